package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"infolettre/config"
)

// prepared is a root folder that init --system has prepared.
func prepared(t *testing.T) (root, said string) {
	t.Helper()
	// Not the test's own folder, which other users may not enter.
	root, err := os.MkdirTemp("", "infolettre-root-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shadow": "root:*:1::::::\n", "gshadow": "root:*::\n"} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, command(t, "init", "--system", "--root", root)
}

// The system gets its user, folders, rights and unit; what is there already keeps its content.
func TestInitSystem_KeepsExistingFiles(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	root, said := prepared(t)
	owners := os.Geteuid() == 0
	rights := func() {
		t.Helper()
		for _, want := range []struct {
			path, mode   string
			theirs, read bool // the user's own; the group's
		}{
			{"etc/infolettre", "drwxr-x---", false, true},
			{"etc/infolettre/infolettre.toml", "-rw-r-----", false, true},
			{"etc/infolettre/secret", "-rw-r-----", false, true},
			{"etc/infolettre/mailbox-password", "-rw-r-----", false, true},
			{"etc/infolettre/relay-password", "-rw-r-----", false, true},
			{"etc/systemd/system/infolettre.service", "-rw-r--r--", false, false},
			{"var/lib/infolettre", "drwx------", true, true},
		} {
			info, err := os.Stat(filepath.Join(root, want.path))
			if err != nil {
				t.Error(err)
				continue
			}
			s := info.Sys().(*syscall.Stat_t)
			if info.Mode().String() != want.mode || owners && ((s.Uid != 0) != want.theirs || (s.Gid != 0) != want.read) {
				t.Errorf("%s: %v, %d:%d", want.path, info.Mode(), s.Uid, s.Gid)
			}
		}
	}
	rights()
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || owners && !strings.Contains(string(passwd), "\ninfolettre:") || owners && !strings.Contains(string(passwd), ":/var/lib/infolettre:/usr/sbin/nologin\n") {
		t.Errorf("%s, %v", passwd, err)
	}
	for _, want := range []string{
		filepath.Join(root, "etc/infolettre/infolettre.toml"), "Next, as root:", "infolettre check", "infolettre subscribers import PEOPLE.csv",
		"systemctl daemon-reload", "systemctl enable --now infolettre", "install -m 755 ",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	file := filepath.Join(root, "etc/infolettre/infolettre.toml")
	cfg, err := config.Load(file)
	if err != nil || cfg.Data != systemData || cfg.Mailbox.Password != "file:mailbox-password" || cfg.Relay.Password != "file:relay-password" {
		t.Errorf("%+v, %v", cfg, err)
	}

	// The unit is the embedded one, and systemd takes it.
	unit, err := os.ReadFile(filepath.Join(root, "etc/systemd/system/infolettre.service"))
	if err != nil || string(unit) != config.Service {
		t.Errorf("%v: %s", err, unit)
	}
	for _, line := range []string{
		"ExecStart=" + systemBinary + " serve --config " + systemConfig + "/infolettre.toml", "User=" + systemUser, "Group=" + systemUser,
		"StateDirectory=" + filepath.Base(systemData), "StateDirectoryMode=0700", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes",
	} {
		if !strings.Contains(string(unit), "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
	if verify, err := exec.LookPath("systemd-analyze"); err == nil {
		// Of the command alone it may complain: it is not installed here.
		out, _ := exec.Command(verify, "verify", filepath.Join(root, "etc/systemd/system/infolettre.service")).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "infolettre.service") && !strings.Contains(line, systemBinary+" is not executable") {
				t.Errorf("systemd: %s", line)
			}
		}
	}

	// Once more, after somebody has been there.
	if err := os.WriteFile(file, []byte("# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(root, "var/lib/infolettre")} {
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	again := command(t, "init", "--system", "--root", root)
	if !strings.Contains(again, "infolettre.toml, kept") {
		t.Errorf("%s", again)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "# mine\n" {
		t.Errorf("%q, %v", text, err)
	}
	rights()

	for _, args := range [][]string{{"init"}, {"init", "--root", root}, {"init", "--system", "here"}} {
		var out, errs strings.Builder
		if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status != exitFailed || errs.String() == "" {
			t.Errorf("%q: %d %s", args, status, errs.String())
		}
	}
}
