// Package debian runs Debian's own mail servers, Dovecot and Postfix, for tests:
// on free loopback ports, in a temporary folder, for the length of one test.
//
//	SMTP client ─▶ Postfix ─┬─▶ maildirs ─▶ Dovecot ─▶ IMAP   (accounts)
//	                        └─▶ one maildir                   (all other recipients)
//
// It also verifies DKIM signatures with dkimpy. Begin reading at StartMailhost.
//
// A test is skipped under -short and where a server is not installed. It fails instead when
// the environment variable INFOLETTRE_REQUIRE, a comma-separated list, names that server.
package debian

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"infolettre/internal/message"
)

// Account is a mailbox of Dovecot; its user name is the address. It also receives mail to
// local+anything@domain.
type Account struct {
	Address  message.Address
	Password string
}

// findProgram returns the path of a program, or skips or fails the test.
func findProgram(t testing.TB, server, program string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("%s: not under -short", server)
	}
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/bin") {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	skipOrFail(t, server, "it is not installed")
	return ""
}

// skipOrFail skips the test, or fails it if INFOLETTRE_REQUIRE names the server.
func skipOrFail(t testing.TB, server, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("INFOLETTRE_REQUIRE"), ","), server) {
		t.Fatalf("%s is required, but %s", server, why)
	}
	t.Skipf("%s: %s", server, why)
}

// owner is the user who owns the mail: nobody when root runs the test, because the servers
// refuse root, else the present user.
type owner struct {
	Name, Group string
	UID, GID    int
}

func mailOwner(t testing.TB) owner {
	t.Helper()
	find := user.Current
	if os.Getuid() == 0 {
		find = func() (*user.User, error) { return user.Lookup("nobody") }
	}
	u, err := find()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return owner{Name: u.Username, Group: g.Name, UID: uid, GID: gid}
}

// newDir creates a temporary folder with a short name, for sockets, that other users can
// enter, unlike those of testing.T.
func newDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "il-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// freePorts returns ports that nothing listens on.
func freePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ln.Close() }() // only at the end, so that the ports differ
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func write(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	// WriteFile applies the umask.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func execute(t testing.TB, text string, data any) string {
	t.Helper()
	var b strings.Builder
	if err := template.Must(template.New("").Parse(text)).Execute(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func runOutput(cmd *exec.Cmd) string {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return string(out)
}
