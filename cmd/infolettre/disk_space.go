package main

import (
	"errors"
	"fmt"
	"syscall"

	"infolettre/internal/sqlite"
)

// diskSpace is the free space of a file system, in bytes and files.
type diskSpace struct {
	free, size   uint64
	files, inAll uint64 // inAll is 0 where the file system does not count them
}

func diskSpaceIn(dir string) (diskSpace, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return diskSpace{}, err
	}
	block := uint64(fs.Bsize)
	return diskSpace{free: fs.Bavail * block, size: fs.Blocks * block, files: fs.Ffree, inAll: fs.Files}, nil
}

// minFree is the free space, in bytes, that is always enough; on a small disk, a twentieth is.
const minFree = 64 << 20

// short reports whether the disk is full or nearly full.
func (r diskSpace) short() bool {
	return r.free < min(minFree, r.size/20) || r.inAll > 0 && r.files < 10
}

func (r diskSpace) String() string {
	switch {
	case r.inAll > 0 && r.files < 10:
		return "no more files can be created"
	case r.free >= 1e9:
		return fmt.Sprintf("%.1f GB free", float64(r.free)/1e9)
	}
	return fmt.Sprintf("%.1f MB free", float64(r.free)/1e6)
}

// isDiskFull reports whether an error means that a folder's disk is full. SQLite does not
// always say so: it may fail to open or map a side file.
func isDiskFull(err error, dir string) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || sqlite.IsDiskFull(err) {
		return true
	}
	left, statErr := diskSpaceIn(dir)
	return statErr == nil && left.free < 1<<20 && sqlite.IsUnavailable(err)
}
