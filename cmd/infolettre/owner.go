package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// folderOwner is who owns a folder; false where that is not told.
func folderOwner(dir string) (uid, gid int, ok bool) {
	info, err := os.Stat(dir)
	if err != nil {
		return 0, 0, false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(s.Uid), int(s.Gid), true
}

// notOthers refuses to run the daemon as root on a data folder of another user: its own
// daemon could not open what root's left behind.
func notOthers(dir string) error {
	uid, _, ok := folderOwner(dir)
	if os.Geteuid() != 0 || !ok || uid == 0 {
		return nil
	}
	name := strconv.Itoa(uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return fmt.Errorf("the data folder %s belongs to %s; run the daemon as that user: “systemctl start infolettre”, or “runuser -u %s -- infolettre serve”", dir, name, name)
}

// handOver gives what a command that root runs has made in the data folder to the folder's
// owner, as whom the daemon runs.
func handOver(dir string) error {
	uid, gid, ok := folderOwner(dir)
	if os.Geteuid() != 0 || !ok || uid == 0 {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		// A second name of a file elsewhere is none of ours.
		if !ok || s.Uid != 0 || !info.Mode().IsRegular() || s.Nlink != 1 {
			continue
		}
		if err := os.Lchown(filepath.Join(dir, e.Name()), uid, gid); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("give %s to the owner of its folder: %w", e.Name(), err)
		}
	}
	return nil
}
