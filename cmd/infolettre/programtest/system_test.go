package programtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"infolettre/internal/demo"
)

// prepared returns a root folder that init --system has set up.
func prepared(t *testing.T) (root string) {
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
	if out, err := exec.CommandContext(t.Context(), binary(t), "init", "--system", "--root", root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return root
}

// The way of the README: the commands as root, the daemon as its user. What root's commands
// leave in the data folder, the daemon can use.
func TestServe_RunsAsItsUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || testing.Short() {
		t.Skip("needs root")
	}
	root := prepared(t)
	var uid, gid int
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(passwd), "\ninfolettre:x:")
	if _, err := fmt.Sscanf(strings.ReplaceAll(line, ":", " "), "%d %d", &uid, &gid); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(root, "infolettre")
	text, err := os.ReadFile(binary(t))
	if err == nil {
		err = os.WriteFile(program, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(root, "/var/lib/infolettre")
	etc := filepath.Join(root, "/etc/infolettre")
	o, err := newOffice(t.TempDir(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.mail.Close()
	o.dir = etc
	o.config = strings.Replace(o.config, `data = "data"`, `data = "`+data+`"`, 1)
	for name, text := range map[string]string{
		"infolettre.toml": o.config, "mailbox-password": demo.Password,
		"people.csv": "email,name,centre,language,tags,consent\n" + nadia + ",Nadia Berthier,Cité des métiers de Rouen,fr,contact;membre,formulaire 2017\n",
	} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(strings.ReplaceAll(text, "file:password", "file:mailbox-password")), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	must := func(want string, args ...string) {
		t.Helper()
		out, err := o.infolettre(t.Context(), program, nil, args...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	owned := func() {
		t.Helper()
		entries, err := os.ReadDir(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil && int(info.Sys().(*syscall.Stat_t).Uid) != uid {
				t.Errorf("%s in the data folder is of user %d", e.Name(), info.Sys().(*syscall.Stat_t).Uid)
			}
		}
	}
	must("All checks passed", "check", "--no-mail")
	if entries, err := os.ReadDir(data); err != nil || len(entries) != 0 {
		t.Errorf("check made %v, %v", entries, err)
	}
	must("1 added", "subscribers", "import", "people.csv")
	must("There are none", "items", "list")
	owned()
	// A secret that only root can read is said.
	if err := os.Chmod(filepath.Join(etc, "secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := o.infolettre(t.Context(), program, nil, "check", "--no-mail"); err == nil || !strings.Contains(out, "the owner of the data folder, cannot read "+etc+"/secret; run “chown root:") {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.Chmod(filepath.Join(etc, "secret"), 0o640); err != nil {
		t.Fatal(err)
	}
	if out, err := o.infolettre(t.Context(), program, nil, "serve"); err == nil || !strings.Contains(out, "runuser -u ") {
		t.Errorf("root's daemon: %v: %s", err, out)
	}

	cmd := exec.CommandContext(t.Context(), program, "serve", "--config", filepath.Join(etc, "infolettre.toml"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	log := &watchedLog{}
	cmd.Stderr, cmd.Dir, cmd.Env = log, "/", []string{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	if err := log.await(t.Context(), "msg=serving", exited); err != nil {
		t.Fatal(err)
	}
	if err := log.await(t.Context(), `msg="mailbox connected"`, exited); err != nil {
		t.Error(err)
	}
	// Commands beside it, as root.
	must("1 ", "issues", "list")
	must("1 updated", "subscribers", "import", "people.csv")
	must("Wrote and verified the backup", "backup", filepath.Join(t.TempDir(), "copy"))
	owned()
	cmd.Process.Signal(syscall.SIGTERM)
	<-exited
	if !cmd.ProcessState.Success() {
		t.Errorf("%v: %s", cmd.ProcessState, log)
	}
	must("There are none", "items", "list")
	owned()
}
