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

// folderOwner returns the owner of a folder, and false if the system does not report it.
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

// refuseRootOnOthersData returns an error if root runs the daemon on another user's data
// folder: that user's daemon could not open the files that root's would leave.
func refuseRootOnOthersData(dir string) error {
	uid, _, ok := folderOwner(dir)
	if os.Geteuid() != 0 || !ok || uid == 0 {
		return nil
	}
	name := userName(uid)
	return fmt.Errorf("the data folder %s belongs to %s; run the daemon as that user: “systemctl start infolettre”, or “runuser -u %s -- infolettre serve”", dir, name, name)
}

// userName returns a user's name, or the number if there is none.
func userName(uid int) string {
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}

// groupName returns a group's name, or the number if there is none.
func groupName(gid int) string {
	number := strconv.Itoa(gid)
	if g, err := user.LookupGroupId(number); err == nil {
		return g.Name
	}
	return number
}

// giveToOwner changes the owner of files that a command of root created in the data folder to
// the folder's owner, because the daemon runs as that user.
func giveToOwner(dir string) error {
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
		// A hard link to a file elsewhere is not ours.
		if !ok || s.Uid != 0 || !info.Mode().IsRegular() || s.Nlink != 1 {
			continue
		}
		if err := os.Lchown(filepath.Join(dir, e.Name()), uid, gid); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("give %s to the owner of its folder: %w", e.Name(), err)
		}
	}
	return nil
}
