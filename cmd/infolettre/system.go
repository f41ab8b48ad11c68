package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"infolettre/config"
)

// Paths of a system (Filesystem Hierarchy Standard 3.0) and the daemon's user. The systemd unit
// names the same.
const (
	systemUser   = "infolettre"
	systemConfig = "/etc/infolettre"
	systemData   = "/var/lib/infolettre"
	systemUnit   = "/etc/systemd/system/infolettre.service"
	systemBinary = "/usr/local/bin/infolettre"
)

// systemInit creates what the daemon needs to run under systemd: a user, folders, a
// configuration and the unit. Existing files keep their content; owners and modes are set
// again.
type systemInit struct {
	root     string // of the file system that is set up; "" for this machine's own
	uid, gid int    // of the user; -1 if there is none
	done     []string
}

// path returns a path of the system below its root.
func (s *systemInit) path(name string) string { return filepath.Join(s.root, name) }

func (s *systemInit) say(format string, args ...any) {
	s.done = append(s.done, "  "+fmt.Sprintf(format, args...))
}

func (c initCmd) system(g *global) error {
	if c.Dir != "" {
		return fmt.Errorf("init --system always uses %s and %s; do not name a folder", systemConfig, systemData)
	}
	s := &systemInit{root: c.Root, uid: -1, gid: -1}
	if s.root == "" && os.Geteuid() != 0 {
		return errors.New("init --system creates a user and system folders: run it as root (“sudo infolettre init --system”), or set up another root folder with --root DIR")
	}
	if err := s.makeUser(); err != nil {
		return err
	}
	secret, err := newSecret()
	if err != nil {
		return err
	}
	// Files, because the daemon and the commands both read them without any environment.
	text := strings.NewReplacer(
		`data = "data" `, `data = "`+systemData+`" `,
		`"env:MAILBOX_PASSWORD"`, `"file:mailbox-password"`, `"env:RELAY_PASSWORD"`, `"file:relay-password"`,
	).Replace(config.Example)
	for _, dir := range []struct {
		path     string
		mode     os.FileMode
		uid, gid int
	}{
		{systemConfig, 0o750, 0, s.gid},
		{systemData, 0o700, s.uid, s.gid},
		{filepath.Dir(systemUnit), 0o755, -1, -1},
	} {
		if err := s.folder(dir.path, dir.mode, dir.uid, dir.gid); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		path, text string
		mode       os.FileMode
		gid        int
	}{
		{systemConfig + "/infolettre.toml", text, 0o640, s.gid},
		{systemConfig + "/secret", secret, 0o640, s.gid},
		{systemConfig + "/mailbox-password", "", 0o640, s.gid},
		{systemConfig + "/relay-password", "", 0o640, s.gid},
		{systemUnit, config.Service, 0o644, 0},
	} {
		if err := s.file(f.path, f.text, f.mode, f.gid); err != nil {
			return err
		}
	}
	var first string
	if _, err := os.Stat(s.path(systemBinary)); err != nil {
		program, err := os.Executable()
		if err != nil {
			program = "infolettre"
		}
		first = fmt.Sprintf("install -m 755 %s %s, where the unit looks for it\n  ", program, s.path(systemBinary))
	}
	_, err = fmt.Fprintf(g.stdout, `%[1]s

Next, as root:
  %[2]sedit %[3]s/infolettre.toml; only root and the group %[4]s can read it
  write the passwords into %[3]s/mailbox-password and relay-password
  infolettre check
  infolettre subscribers import PEOPLE.csv
  systemctl daemon-reload
  systemctl enable --now infolettre
  journalctl -u infolettre, to see its log
`, strings.Join(s.done, "\n"), first, s.path(systemConfig), systemUser)
	return err
}

// makeUser creates the user and its group, unless they exist.
func (s *systemInit) makeUser() error {
	known, err := s.lookUp()
	if err != nil || known {
		return err
	}
	if s.root != "" {
		if _, err := os.Stat(s.path("/etc/passwd")); err != nil || os.Geteuid() != 0 {
			s.say("no user: %s has no writable /etc/passwd; create the system user and group %s there, then run this again", s.root, systemUser)
			return nil
		}
	}
	var cmd *exec.Cmd
	if useradd, err := systemTool("useradd"); err == nil {
		cmd = exec.Command(useradd, "--system", "--user-group", "--home-dir", systemData, "--no-create-home", "--shell", "/usr/sbin/nologin", systemUser)
		if s.root != "" {
			cmd.Args = append(cmd.Args[:1], append([]string{"--prefix", s.root}, cmd.Args[1:]...)...)
		}
	} else if adduser, err := systemTool("adduser"); err == nil && s.root == "" {
		cmd = exec.Command(adduser, "--system", "--group", "--home", systemData, "--no-create-home", systemUser)
	} else {
		return fmt.Errorf("found neither useradd nor adduser; create a system user and a group %q, then run this again", systemUser)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the user %s: %w: %s", systemUser, err, strings.TrimSpace(string(out)))
	}
	if known, err = s.lookUp(); err == nil && !known {
		err = fmt.Errorf("created the user %s, but cannot find it", systemUser)
	}
	s.say("user          %s, which cannot log in", systemUser)
	return err
}

// systemTool finds a program that may not be in PATH under sudo.
func systemTool(name string) (string, error) {
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

// lookUp looks the user up.
func (s *systemInit) lookUp() (known bool, err error) {
	if s.root == "" {
		u, err := user.Lookup(systemUser)
		var unknown user.UnknownUserError
		if errors.As(err, &unknown) {
			return false, nil
		}
		if err == nil {
			s.uid, err = strconv.Atoi(u.Uid)
		}
		if err == nil {
			s.gid, err = strconv.Atoi(u.Gid)
		}
		return err == nil, err
	}
	f, err := os.Open(s.path("/etc/passwd"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":") // passwd(5)
		if len(fields) < 4 || fields[0] != systemUser {
			continue
		}
		var uidErr, gidErr error
		s.uid, uidErr = strconv.Atoi(fields[2])
		s.gid, gidErr = strconv.Atoi(fields[3])
		return true, errors.Join(uidErr, gidErr)
	}
	return false, nil
}

// folder creates a folder and sets its mode and owner; a shared one, with -1, keeps them.
func (s *systemInit) folder(name string, mode os.FileMode, uid, gid int) error {
	path := s.path(name)
	if uid == -1 && gid == -1 && name == filepath.Dir(systemUnit) {
		return os.MkdirAll(path, mode)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	s.say("%-13s %s", "folder", path)
	return s.rights(path, mode, uid, gid)
}

// file writes a file unless it exists, and sets its mode and owner.
func (s *systemInit) file(name, text string, mode os.FileMode, gid int) error {
	path := s.path(name)
	err := writeNew(path, text, mode)
	switch {
	case errors.Is(err, fs.ErrExist):
		s.say("%-13s %s, kept", "file", path)
	case err != nil:
		return err
	default:
		s.say("%-13s %s", "file", path)
	}
	return s.rights(path, mode, 0, gid)
}

// rights sets the mode of a file whatever the umask is, and its owner if root runs it.
func (s *systemInit) rights(path string, mode os.FileMode, uid, gid int) error {
	if os.Geteuid() == 0 && s.uid != -1 {
		if err := os.Lchown(path, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode)
}
