package programtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"infolettre/internal/delivery"
)

// processorTime is what a process has used so far.
func processorTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	var ticks int
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// startedMailing returns a mailing of which a little was sent, so that the store has only
// small side files.
func startedMailing(t *testing.T, readers int, y *countingRelay) (m *mailing, flying []map[string]int) {
	t.Helper()
	m = newMailing(t, readers, y.addr)
	m.speed = 60
	begun := make(chan struct{})
	y.mind(once(pointData, 20, func() { close(begun) }))
	daemon := m.start()
	came(t, "first mails", begun, daemon)
	m.stopped(daemon)
	return m, append(flying, y.ended())
}

// starved runs a daemon whose disk is full from its n-th mail on. It asserts that sending
// stops, that the daemon idles meanwhile, and that it goes on once there is space.
func (m *mailing) starved(y *countingRelay, daemon *running, n int, fill func(), room func()) {
	t := m.t
	t.Helper()
	full := make(chan struct{})
	y.mind(once(pointData, n, func() { fill(); close(full) }))
	came(t, "mail number "+strconv.Itoa(n), full, daemon)
	failures := func() int { return strings.Count(daemon.log.String(), `msg="claim jobs"`) }
	m.await(daemon, "the daemon that sees the full disk", func() bool { return failures() > 0 })
	// What was claimed before still goes out.
	seen, before := failures(), 0
	m.await(daemon, "rest", func() bool {
		_, now := y.served()
		if now != before {
			seen, before = failures(), now
		}
		return failures() > seen+1
	})
	busy, since := processorTime(t, daemon.cmd.Process.Pid), time.Now()
	seen = failures()
	m.await(daemon, "more tries", func() bool { return failures() >= seen+4 })
	busy = processorTime(t, daemon.cmd.Process.Pid) - busy
	if _, after := y.served(); after != before {
		t.Errorf("%d mails went out while nothing could be recorded", after-before)
	}
	t.Logf("%d mails were out; %v of processor time in %v without room", before, busy, time.Since(since).Round(time.Millisecond))
	on := make(chan struct{})
	y.mind(once(pointData, 1, func() { close(on) }))
	if room != nil {
		room()
		came(t, "mail after there was room", on, daemon)
	}
	y.mind(nil)
}

// The disk fills up while an issue is sent, by a file beside the store. Sending stops
// until there is room. A daemon that is killed then cannot start, says why, and the
// next one goes on when there is room.
func TestServe_DiskFillsUpWhileSending(t *testing.T) {
	t.Parallel()
	y := newCountingRelay(t)
	m, flying := startedMailing(t, 4_000, y)
	data := filepath.Join(m.dir, "data")
	aside := filepath.Join(m.dir, "aside")
	if err := os.Rename(data, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small file system needs root, and leave to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.CopyFS(data, os.DirFS(aside)); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(data, "ballast")
	fill := func() {
		f, err := os.Create(ballast)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		for size := 1 << 20; size > 0; { // to the last octet
			if _, err := f.Write(make([]byte, size)); err == nil {
				continue
			} else if !errors.Is(err, syscall.ENOSPC) {
				t.Error(err)
				return
			}
			size /= 2
		}
	}
	room := func() {
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
	}

	daemon := m.start()
	m.starved(y, daemon, 50, fill, room)
	m.stopped(daemon) // so that the side files are small again
	flying = append(flying, y.ended())

	daemon = m.start()
	m.starved(y, daemon, 50, fill, nil)
	daemon.cmd.Process.Kill()
	<-daemon.exited
	flying = append(flying, y.ended())

	// There may be room for the few octets that a start needs. Else it waits, and ends when
	// it is told to.
	daemon = m.start()
	m.await(daemon, "the daemon that sees the full disk", func() bool {
		return strings.Contains(daemon.log.String(), `msg="the disk is full: waiting for space`) || strings.Contains(daemon.log.String(), "msg=serving")
	})
	t.Logf("without room, it says: %s", daemon.log)
	m.stopped(daemon)
	flying = append(flying, y.ended())
	_, before := y.served()
	daemon = m.start() // without room still
	time.Sleep(2 * time.Second)
	room()
	if err := daemon.log.await(t.Context(), "msg=serving", daemon.exited); err != nil {
		t.Fatal(err)
	}
	m.finish(daemon)
	flying = append(flying, y.ended())
	doubts, repeats := m.accounted(y, flying)
	m.balanced()
	t.Logf("%d mails before the last start, %d counted as in doubt, %d repeated", before, doubts, repeats)
}

// The same where the store's side file reaches the limit of a file's size, which needs no file
// system and no privilege.
func TestServe_FileSizeLimitWhileSending(t *testing.T) {
	t.Parallel()
	y := newCountingRelay(t)
	m, flying := startedMailing(t, 12_000, y)
	daemon := m.start()
	limit := func(bytes uint64) {
		limits := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
		var old syscall.Rlimit
		get := func(set, got *syscall.Rlimit) {
			_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(daemon.cmd.Process.Pid), syscall.RLIMIT_FSIZE,
				uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(got)), 0, 0)
			if errno != 0 {
				t.Error(errno)
			}
		}
		get(nil, &old)
		limits.Max = old.Max
		limits.Cur = min(limits.Cur, old.Max)
		get(&limits, nil)
	}
	m.starved(y, daemon, 50, func() { limit(1100 << 10) }, func() { limit(^uint64(0)) })
	m.stopped(daemon)
	flying = append(flying, y.ended())

	// Stopped without room, it knows of every outcome the next time, whether the store
	// had room for them or the journal keeps them.
	daemon = m.start()
	m.starved(y, daemon, 50, func() { limit(1100 << 10) }, nil)
	if err := daemon.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-daemon.exited:
	case <-time.After(10 * time.Second):
		t.Fatalf("it does not end; its log:\n%s", daemon.log)
	}
	lines := strings.Split(strings.TrimSpace(daemon.log.String()), "\n")
	t.Logf("stopped without room, it ends with %v and says: %s", daemon.err, lines[len(lines)-1])
	flying = append(flying, y.ended())
	daemonErr := daemon.err
	daemon = m.start()
	m.finish(daemon)
	if found := foundLeft.FindStringSubmatch(daemon.log.String()); found != nil && found[3] != "0" || found == nil && daemonErr != nil {
		t.Errorf("it takes up %q", found)
	}
	flying = append(flying, y.ended())
	doubts, repeats := m.accounted(y, flying)
	m.balanced()
	t.Logf("%d counted as in doubt, %d repeated", doubts, repeats)
}

// small mounts a file system of a given size in a folder.
func small(t *testing.T, dir, size string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system needs root, and leave to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// fillUp leaves so many octets free in a folder, and returns what frees the rest again.
func fillUp(t *testing.T, dir string, left int64) (room func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ballast, make([]byte, int64(fs.Bavail)*fs.Bsize-left), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
	}
}

// The disk is full at the first start: the daemon waits, notifies the operator by mail although
// nothing can be stored, and serves once there is space. When the disk is full again, the
// health page says so, and the operator is notified once a day. It mostly waits for the
// health checks, which run every two seconds.
func TestServe_WaitsForFullDisk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("not under -short")
	}
	o, program := officeFor(t)
	data := filepath.Join(o.dir, "data")
	small(t, data, "16m")
	room := fillUp(t, data, 0)
	daemon, err := o.launch(t.Context(), program, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.log.await(t.Context(), `msg="the disk is full: waiting for space"`, daemon.exited); err != nil {
		t.Fatal(err)
	}
	m, err := o.wait(t.Context(), "admin@cites.example", delivery.KindNotice, 1)
	if err != nil {
		t.Fatalf("%v; its log:\n%s", err, daemon.log)
	}
	if m.Subject != "Le disque de l’InfoLettre est presque plein" || !strings.Contains(m.Text, data) || m.ID == "" {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	room()
	if err := daemon.log.await(t.Context(), "msg=serving", daemon.exited); err != nil {
		t.Fatal(err)
	}
	page := func(status int, begins string) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			got, text := daemon.healthz(t)
			if got == status && strings.HasPrefix(text, begins) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d %q, want %d %q", got, text, status, begins)
			}
		}
	}
	page(200, "ok\n")
	for range 2 {
		room = fillUp(t, data, 0)
		page(503, "the disk is nearly full: ")
		// The letter of this process, of which the first one knew nothing.
		if _, err := o.wait(t.Context(), "admin@cites.example", delivery.KindNotice, 2); err != nil {
			t.Fatalf("%v; its log:\n%s", err, daemon.log)
		}
		time.Sleep(2 * healthInterval)
		room()
		page(200, "ok\n")
	}
	if n := o.count("admin@cites.example", delivery.KindNotice); n != 2 {
		t.Errorf("the operator was told %d times", n)
	}
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
}
