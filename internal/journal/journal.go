// Package journal is a small append-only file of records that must outlive the
// process though not the machine: what another store will take in a moment, in
// groups, and would be dear to take one by one.
//
// Append returns when the kernel has the record, which costs a few microseconds:
// a process that is killed leaves it behind, a power cut may not. There are two
// files of a fixed size, written in turn. Their room is taken when they are made,
// so that a disk that fills up later stops no record. A file begins anew when
// everything in it was released, under a new epoch that enters each record's
// checksum: what an earlier epoch left further on is not read again. The upper half
// of an epoch is the owner's number: a journal that somebody else left is not read.
//
//	Open ──▶ the records of the run before, in order ──▶ Begin ──▶ Append … Release
package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"sync"
)

// Size of each of the two files, in bytes.
const Size = 1 << 20

// A file begins with this and its epoch, as 8 bytes; so does each record with its
// length and its checksum, of 4 bytes each.
const (
	magic  = "ILjrnl1\n"
	header = len(magic) + 8
	prefix = 8
)

// reserve is room at the end of each file that only Carry may use.
const reserve = 64 << 10

// ErrFull reports that nothing more can be appended before something is released.
var ErrFull = errors.New("the journal is full")

// Journal is open for one process. It may be used concurrently.
type Journal struct {
	mu    sync.Mutex
	files [2]half
	now   int // which file is being written
	epoch uint64
	whole bool
	buf   []byte
}

// half is one of the two files.
type half struct {
	f      *os.File
	offset int64
	held   int // records not released
}

// Mark says where a record stands, to release it.
type Mark struct {
	file  int
	epoch uint64
}

// Open opens the journal in a folder, making it where there is none, and returns
// the records that it holds of an owner, oldest first: those appended since Begin
// with the same number. They stay until Begin.
func Open(dir string, owner uint32) (*Journal, [][]byte, error) {
	j := &Journal{whole: true}
	var found [2][][]byte
	var epochs [2]uint64
	for i := range j.files {
		f, err := prepare(filepath.Join(dir, fmt.Sprintf("journal.%d", i)))
		var begun bool
		if err == nil {
			j.files[i].f = f
			epochs[i], begun, found[i], err = read(f)
		}
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("open journal: %w", err), j.Close())
		}
		j.epoch = max(j.epoch, epochs[i]&math.MaxUint32)
		if !begun || epochs[i]>>32 != uint64(owner) {
			j.whole, found[i] = false, nil
		}
	}
	if epochs[0] > epochs[1] {
		found[0], found[1] = found[1], found[0]
	}
	return j, append(found[0], found[1]...), nil
}

// Whole reports whether both of the files that Open found were the owner's. Otherwise
// there may have been more than it returned.
func (j *Journal) Whole() bool { return j.whole }

// prepare opens a file with all its room taken.
func prepare(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < Size {
		_, err = f.WriteAt(make([]byte, Size-info.Size()), info.Size())
	}
	if err == nil {
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}

// read returns a file's epoch and records, up to the first that is not whole; begun is
// false for what is no file of a journal.
func read(f *os.File) (epoch uint64, begun bool, records [][]byte, err error) {
	all := make([]byte, Size)
	if _, err := f.ReadAt(all, 0); err != nil {
		return 0, false, nil, err
	}
	if string(all[:len(magic)]) != magic {
		return 0, false, nil, nil
	}
	epoch = binary.LittleEndian.Uint64(all[len(magic):])
	for all = all[header:]; len(all) > prefix; {
		n := int(binary.LittleEndian.Uint32(all))
		if n == 0 || n > len(all)-prefix {
			break
		}
		record := all[prefix : prefix+n]
		if binary.LittleEndian.Uint32(all[4:]) != sum(epoch, record) {
			break
		}
		records = append(records, record)
		all = all[prefix+n:]
	}
	return epoch, true, records, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(epoch uint64, record []byte) uint32 {
	var e [8]byte
	binary.LittleEndian.PutUint64(e[:], epoch)
	return crc32.Update(crc32.Checksum(e[:], castagnoli), castagnoli, record)
}

// Begin forgets the records that Open found, and those of other owners: the former
// have been taken over. What is appended from here on is the owner's.
func (j *Journal) Begin(owner uint32) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epoch = uint64(owner)<<32 | j.epoch&math.MaxUint32
	for i := range j.files {
		if err := j.rewind(i); err != nil {
			return err
		}
	}
	return nil
}

// rewind begins a file anew, under the next epoch.
func (j *Journal) rewind(i int) error {
	h := &j.files[i]
	start := binary.LittleEndian.AppendUint64([]byte(magic), j.epoch+1)
	// The length of a first record is put out as well, so that an epoch that was
	// reached again after a power cut cannot bring an old record back.
	if _, err := h.f.WriteAt(append(start, 0, 0, 0, 0), 0); err != nil {
		return fmt.Errorf("begin journal: %w", err)
	}
	j.epoch++
	j.now, h.offset, h.held = i, int64(header), 0
	return nil
}

// Append adds a record, which is not empty. It fails with ErrFull when the other
// file is still needed.
func (j *Journal) Append(record []byte) (Mark, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := &j.files[j.now]
	if h.offset == 0 {
		return Mark{}, errors.New("append to journal: it was not begun")
	}
	if h.offset+int64(prefix+len(record)) > Size-reserve {
		if len(record) > Size-reserve-header-prefix {
			return Mark{}, fmt.Errorf("append to journal: a record of %d bytes", len(record))
		}
		if j.files[1-j.now].held > 0 {
			return Mark{}, ErrFull
		}
		if err := j.rewind(1 - j.now); err != nil {
			return Mark{}, err
		}
		h = &j.files[j.now]
	}
	return j.write(h, record)
}

// Carry appends a record anew that stands in the other file and is still needed, so
// that it does not keep that file, and releases it there.
func (j *Journal) Carry(record []byte, m Mark) (Mark, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := &j.files[j.now]
	if m.file == j.now {
		return m, nil
	}
	if h.offset+int64(prefix+len(record)) > Size {
		return m, ErrFull
	}
	carried, err := j.write(h, record)
	if err != nil {
		return m, err
	}
	j.files[m.file].held--
	return carried, nil
}

func (j *Journal) write(h *half, record []byte) (Mark, error) {
	j.buf = binary.LittleEndian.AppendUint32(j.buf[:0], uint32(len(record)))
	j.buf = binary.LittleEndian.AppendUint32(j.buf, sum(j.epoch, record))
	j.buf = append(j.buf, record...)
	// What a failed write leaves is overwritten by the next one.
	if _, err := h.f.WriteAt(j.buf, h.offset); err != nil {
		return Mark{}, fmt.Errorf("append to journal: %w", err)
	}
	h.offset += int64(len(j.buf))
	h.held++
	return Mark{j.now, j.epoch}, nil
}

// Release says that a record is needed no more. The zero Mark is of none.
func (j *Journal) Release(m Mark) {
	if m.epoch == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files[m.file].held--
}

// Close closes the files. What was not released is found by the next Open.
func (j *Journal) Close() error {
	var errs []error
	for _, h := range j.files {
		if h.f != nil {
			errs = append(errs, h.f.Close())
		}
	}
	return errors.Join(errs...)
}
