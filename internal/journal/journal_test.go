package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"infolettre/internal/journal"
)

const owner = 7

func open(t interface{ Fatal(...any) }, dir string) (*journal.Journal, []string) {
	j, found, err := journal.Open(dir, owner)
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	for _, r := range found {
		records = append(records, string(r))
	}
	return j, records
}

// Open returns the records that were not released, in order, after any number of runs.
// Begin discards them for good.
func TestOpen_ReturnsUnreleasedRecordsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			j, _ := open(t, dir)
			if err := j.Begin(owner); err != nil {
				t.Fatal(err)
			}
			type kept struct {
				text string
				mark journal.Mark
			}
			var held, all []kept
			for i := range rapid.IntRange(0, 60).Draw(t, "records") {
				text := fmt.Sprint(i, strings.Repeat("x", rapid.IntRange(0, 60000).Draw(t, "size")))
				mark, err := j.Append([]byte(text))
				for errors.Is(err, journal.ErrFull) {
					if len(held) == 0 {
						t.Fatal("full, and nothing is held")
					}
					j.Release(held[0].mark)
					held = held[1:]
					mark, err = j.Append([]byte(text))
				}
				if err != nil {
					t.Fatal(err)
				}
				held, all = append(held, kept{text, mark}), append(all, kept{text, mark})
				if n := rapid.IntRange(0, len(held)).Draw(t, "release"); rapid.Bool().Draw(t, "some") {
					for _, k := range held[:n] {
						j.Release(k.mark)
					}
					held = held[n:]
				}
			}
			j.Close()
			j, found := open(t, dir)
			if len(found) > len(all) {
				t.Fatalf("%d records of %d", len(found), len(all))
			}
			for i, k := range all[len(all)-len(found):] {
				if found[i] != k.text {
					t.Fatalf("record %d is another", i)
				}
			}
			if len(found) < len(held) {
				t.Fatalf("%d found of %d held", len(found), len(held))
			}
			if err := j.Begin(owner); err != nil {
				t.Fatal(err)
			}
			j.Close()
			j, found = open(t, dir)
			if len(found) != 0 {
				t.Fatalf("%d records after they were taken over", len(found))
			}
			j.Close()
		}
	})
}

// An incomplete record ends the journal; the records before it are returned.
func TestOpen_StopsAtAnIncompleteRecord(t *testing.T) {
	dir := t.TempDir()
	j, _ := open(t, dir)
	if err := j.Begin(owner); err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{"first", "second", "third"} {
		if _, err := j.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	for i := range 2 {
		path := filepath.Join(dir, fmt.Sprintf("journal.%d", i))
		all, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != journal.Size {
			t.Errorf("%d bytes, not all its room", len(all))
		}
		if err := os.WriteFile(path, bytes.Replace(all, []byte("third"), []byte("thi\x00\x00"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j, found := open(t, dir)
	defer j.Close()
	if !slices.Equal(found, []string{"first", "second"}) {
		t.Errorf("found %q", found)
	}
}

func TestAppend_BeforeBeginFails(t *testing.T) {
	j, _ := open(t, t.TempDir())
	defer j.Close()
	if _, err := j.Append([]byte("x")); err == nil {
		t.Error("appended before Begin")
	}
}

func BenchmarkAppend(b *testing.B) {
	j, _ := open(b, b.TempDir())
	defer j.Close()
	if err := j.Begin(owner); err != nil {
		b.Fatal(err)
	}
	record := bytes.Repeat([]byte("x"), 100)
	for b.Loop() {
		mark, err := j.Append(record)
		if err != nil {
			b.Fatal(err)
		}
		j.Release(mark)
	}
}

// Records of another owner are not read, even if only one of the files is theirs. Whole
// then reports false, and Begin works all the same.
func TestOpen_IgnoresRecordsOfAnotherOwner(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	j, _ := open(t, other)
	for _, err := range []error{j.Begin(owner + 1), appended(j, "another's"), j.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	begin := func() {
		t.Helper()
		j, _ := open(t, dir)
		for _, err := range []error{j.Begin(owner), appended(j, "own"), j.Close()} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	begin()
	if j, found := open(t, dir); !slices.Equal(found, []string{"own"}) || !j.Complete() {
		t.Errorf("found %q, whole: %v", found, j.Complete())
	}
	for _, spoil := range [][]string{{"journal.0"}, {"journal.1"}, {"journal.0", "journal.1"}} {
		for _, gone := range []bool{false, true} {
			begin()
			for _, name := range spoil {
				raw, err := os.ReadFile(filepath.Join(other, name))
				if gone {
					err = os.Remove(filepath.Join(dir, name))
				} else if err == nil {
					err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			j, found := open(t, dir)
			if j.Complete() || slices.Contains(found, "another's") {
				t.Errorf("with %v spoiled, found %q, whole: %v", spoil, found, j.Complete())
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func appended(j *journal.Journal, text string) error {
	_, err := j.Append([]byte(text))
	return err
}
