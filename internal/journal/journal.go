// Package journal keeps records until the store has committed them in a group. It is an
// append-only log in two preallocated files of a fixed size, so that a disk that fills up
// later stops no record. Its users are sqlite.Ledger, which appends, and its Recover,
// which reads.
//
// Append returns once the kernel has the record, after a few microseconds. The record
// survives the death of the process; a power cut may lose it. The files are written in
// turn: one is overwritten when every record in it is released. It then gets a new epoch,
// which is part of each record's checksum, so that older records further on are not read
// again. The upper half of the epoch is the owner's number: records of another owner are
// not read.
//
// Begin reading at Open, whose order of calls is:
//
//	Open ──▶ the records of the last run, in order ──▶ Begin ──▶ Append … Release
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

// A file begins with magic and its epoch (8 bytes). A record begins with its length and
// its checksum (4 bytes each). Numbers are little-endian.
const (
	magic  = "ILjrnl1\n"
	header = len(magic) + 8
	prefix = 8
)

// reserve is space at the end of each file, in bytes, that only Carry may use.
const reserve = 64 << 10

// ErrFull reports that both files hold records that are not released.
var ErrFull = errors.New("the journal is full")

// Journal is a journal that one process has open. Its methods may be called concurrently.
type Journal struct {
	mu    sync.Mutex
	files [2]half
	now   int // the index of the file that is written
	epoch uint64
	whole bool
	buf   []byte
}

// half is one of the two files.
type half struct {
	f      *os.File
	offset int64
	held   int // records that are not released
}

// Mark locates a record, to release it.
type Mark struct {
	file  int
	epoch uint64
}

// Open opens the journal in a folder, or creates it, and returns the owner's records,
// oldest first: those appended since Begin was called with the same number. They stay
// in the files until Begin.
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

// Complete reports whether both files that Open found were the owner's. If not, records may
// be missing from what Open returned.
func (j *Journal) Complete() bool { return j.whole }

// prepare opens a file and extends it to its full size.
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

// read returns a file's epoch and its records, up to the first that is incomplete. begun
// is false if the file is not a journal's.
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

// Begin discards all earlier records, of any owner: the caller has taken over those that
// Open returned. Records appended from now on are the owner's.
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

// rewind empties a file and gives it the next epoch.
func (j *Journal) rewind(i int) error {
	h := &j.files[i]
	start := binary.LittleEndian.AppendUint64([]byte(magic), j.epoch+1)
	// The first record's length becomes 0, so that an old record does not reappear if a
	// power cut makes an epoch repeat.
	if _, err := h.f.WriteAt(append(start, 0, 0, 0, 0), 0); err != nil {
		return fmt.Errorf("begin journal: %w", err)
	}
	j.epoch++
	j.now, h.offset, h.held = i, int64(header), 0
	return nil
}

// Append adds a record, which must not be empty. It returns ErrFull if this file is full
// and the other holds records that are not released.
func (j *Journal) Append(record []byte) (Mark, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := &j.files[j.now]
	if h.offset == 0 {
		return Mark{}, errors.New("append to journal: Begin was not called")
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

// Carry copies a record from the other file, if it is there, to the current one and
// releases the old copy, so that the other file can be overwritten. It returns the
// record's new mark; on an error the record stays where it was.
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
	// The next write overwrites what a failed one left.
	if _, err := h.f.WriteAt(j.buf, h.offset); err != nil {
		return Mark{}, fmt.Errorf("append to journal: %w", err)
	}
	h.offset += int64(len(j.buf))
	h.held++
	return Mark{j.now, j.epoch}, nil
}

// Release marks a record as no longer needed. The zero Mark is ignored.
func (j *Journal) Release(m Mark) {
	if m.epoch == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files[m.file].held--
}

// Close closes the files. The next Open returns the records that are not released.
func (j *Journal) Close() error {
	var errs []error
	for _, h := range j.files {
		if h.f != nil {
			errs = append(errs, h.f.Close())
		}
	}
	return errors.Join(errs...)
}
