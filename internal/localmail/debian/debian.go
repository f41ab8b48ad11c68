// Package debian runs Debian's own mail servers, Dovecot and Postfix, for tests:
// on free loopback ports, in a temporary folder, for the length of one test.
//
//	ordinary client ─▶ Postfix ─┬─▶ their maildirs ─▶ Dovecot ─▶ IMAP   (the accounts)
//	                            └─▶ one maildir                         (everybody else)
//
// It has dkimpy verify signatures too.
//
// A test is skipped where a server is not installed, unless the environment
// variable INFOLETTRE_REQUIRE, a comma-separated list, names it: then it fails.
// It is skipped under -short as well.
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

// Account is a mailbox of Dovecot's; its user name is the address. Mail to
// local+anything@domain reaches it too.
type Account struct {
	Address  message.Address
	Password string
}

// findProgram returns the path of a program, or ends the test.
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

func skipOrFail(t testing.TB, server, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("INFOLETTRE_REQUIRE"), ","), server) {
		t.Fatalf("%s is required, but %s", server, why)
	}
	t.Skipf("%s: %s", server, why)
}

// owner is who keeps the mail: nobody if the test is root's, since the servers
// refuse to let root, else the test's own user.
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

// newDir makes a short-named folder, for sockets, which other users may
// enter, unlike those of testing.T.
func newDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "il-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
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
		defer ln.Close() // only when all are found, so that they differ
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
	// Whatever the umask is.
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
