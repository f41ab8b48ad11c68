package audit

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Record is a stored row with its text.
type Record struct {
	Row
	Stored *StoredText // nil if the text was erased
}

// StoredText is a stored text.
type StoredText struct {
	Key    []byte
	Person string // Text.Person in lower case, by which an erasure finds it
	Octets []byte
}

// Text decodes the stored text.
func (k *StoredText) Text() (t Text, err error) {
	if err := json.Unmarshal(k.Octets, &t); err != nil {
		return t, fmt.Errorf("read text of a log row: %w", err)
	}
	return t, nil
}

// FaultKind is the kind of a fault.
type FaultKind string

// The kinds of faults.
const (
	Changed     FaultKind = "changed"      // a row does not match its hash
	Missing     FaultKind = "missing"      // rows are missing
	Inserted    FaultKind = "inserted"     // rows were inserted outside the chain
	Renumbered  FaultKind = "renumbered"   // rows had other numbers when they were written
	Replaced    FaultKind = "replaced"     // a row is not the one that the next row follows
	TextChanged FaultKind = "text changed" // a text does not match its commitment
	TextMissing FaultKind = "text missing" // a text is missing without an erasure
	UnknownHead FaultKind = "unknown head" // a head that was printed is the hash of no row
	Disagrees   FaultKind = "disagrees"    // a table and the log say different things
)

// Fault is a fault in the rows First to Last (0 for none).
type Fault struct {
	Kind   FaultKind `json:"kind"`
	First  int64     `json:"first"`
	Last   int64     `json:"last"`
	Detail string    `json:"detail"` // a sentence without its end
}

func (f Fault) String() string { return f.Detail }

// Head is the row that a printed head belongs to.
type Head struct {
	Row   int64     // the row with that hash
	At    time.Time // when that row was written
	After int64     // the number of later rows
	Since time.Time // when the first later row was written; zero for none
}

// Report is the result of Verify.
type Report struct {
	Rows    int64
	Erased  int64 // rows whose text was erased
	Last    Row
	Printed *Head // nil if no head was given, or it is unknown
	Faults  []Fault
}

// Verify checks records, which must be in the order of their numbers, and a printed head (see
// ParseHead) unless it is "". Its error is one that the sequence yields.
func Verify(records iter.Seq2[Record, error], head string) (Report, error) {
	v := verifier{head: head, seen: map[Digest]int64{{}: 0}, accounted: map[int64]bool{}}
	for rec, err := range records {
		if err != nil {
			return v.report, fmt.Errorf("verify the log: %w", err)
		}
		v.row(rec.Row)
		v.text(rec)
	}
	return v.end(), nil
}

type verifier struct {
	report    Report
	head      string
	seen      map[Digest]int64 // row numbers by hash
	last      int64            // the number of the last row when it was written
	shift     int64            // the written number less the present one, of the last row
	erased    []int64
	accounted map[int64]bool // rows whose texts were erased
}

func (v *verifier) fault(kind FaultKind, first, last int64, format string, args ...any) {
	v.report.Faults = append(v.report.Faults, Fault{kind, first, last, fmt.Sprintf(format, args...)})
}

// row checks one row against its own hash and against the row before.
func (v *verifier) row(r Row) {
	prev := v.report.Last
	written, genuine := v.written(r)
	switch {
	case !genuine:
		v.fault(Changed, r.Seq, r.Seq, "row %d was changed: it is not what its hash says", r.Seq)
	case written != r.Seq:
		v.renumbered(r.Seq, written)
	}
	position, known := v.seen[r.Prev]
	switch {
	case r.Prev == prev.Hash && written == v.last+1:
	case written > v.last+1:
		v.missing(v.last+1, written-1, prev.Seq, r.Seq)
	case genuine && known && position < prev.Seq && !v.blamed(Renumbered, position+1, prev.Seq):
		v.inserted(position+1, prev.Seq)
	case !genuine || v.blamed(Renumbered, prev.Seq, r.Seq):
		// The fault found already explains the broken chain.
	case !v.blamed(Changed, prev.Seq, prev.Seq):
		v.fault(Replaced, prev.Seq, prev.Seq,
			"row %d was replaced, or the log was rewritten up to it: row %d was written after another one", prev.Seq, r.Seq)
	}
	v.seen[r.Hash], v.last = r.Seq, written
	v.report.Rows++
	if v.report.Printed != nil {
		if v.report.Printed.After++; v.report.Printed.After == 1 {
			v.report.Printed.Since = r.At
		}
	} else if v.head != "" && strings.HasPrefix(r.Hash.String(), v.head) {
		v.report.Printed = &Head{Row: r.Seq, At: r.At}
	}
	v.report.Last = r
}

// near is the maximum distance of a renumbered row for which its old number is found.
const near = 16

// written returns the number with which a row's hash matches: its own or one nearby. genuine
// is false if there is none.
func (v *verifier) written(r Row) (seq int64, genuine bool) {
	now := r.Seq
	for i := range int64(2*near + 2) {
		switch {
		case i == 0:
			r.Seq = now
		case i == 1:
			r.Seq = now + v.shift
		case i%2 == 0:
			r.Seq = now + i/2
		default:
			r.Seq = now - i/2
		}
		if r.digest() == r.Hash {
			v.shift = r.Seq - now
			return r.Seq, true
		}
	}
	return now + v.shift, false
}

// renumbered reports a renumbered row, joined with those before it to one fault.
func (v *verifier) renumbered(seq, written int64) {
	first := seq
	if v.last == written-1 {
		v.report.Faults = slices.DeleteFunc(v.report.Faults, func(f Fault) bool {
			joins := f.Kind == Renumbered && f.Last == seq-1
			if joins {
				first = f.First
			}
			return joins
		})
	}
	v.fault(Renumbered, first, seq, "%s had other numbers when written: %s",
		rows(first, seq), rows(written-(seq-first), written))
}

func (v *verifier) missing(first, last, before, after int64) {
	verb := "are"
	if first == last {
		verb = "is"
	}
	where := fmt.Sprintf("between row %d and what is now row %d", before, after)
	if before == 0 {
		where = fmt.Sprintf("before what is now row %d", after)
	}
	v.fault(Missing, first, last, "%s %s missing, %s", rows(first, last), verb, where)
}

// inserted reports rows that the chain skips. It replaces their faults of kind Changed, which
// say less.
func (v *verifier) inserted(first, last int64) {
	v.report.Faults = slices.DeleteFunc(v.report.Faults, func(f Fault) bool {
		return f.Kind == Changed && f.First >= first && f.Last <= last
	})
	verb := "were"
	if first == last {
		verb = "was"
	}
	v.fault(Inserted, first, last, "%s %s inserted: the row after was written after row %d", rows(first, last), verb, first-1)
}

// blamed reports whether a fault of a kind concerns any of the rows.
func (v *verifier) blamed(kind FaultKind, first, last int64) bool {
	return slices.ContainsFunc(v.report.Faults, func(f Fault) bool {
		return f.Kind == kind && f.First <= last && f.Last >= first
	})
}

func (v *verifier) text(rec Record) {
	if rec.Stored == nil {
		v.erased = append(v.erased, rec.Seq)
		return
	}
	text, err := rec.Stored.Text()
	if err != nil || Commit(rec.Stored.Key, rec.Stored.Octets) != rec.Commitment || strings.ToLower(text.Person) != rec.Stored.Person {
		v.fault(TextChanged, rec.Seq, rec.Seq, "the text of row %d was changed: it is not the one that the row is about", rec.Seq)
		return
	}
	if rec.Kind == Erased {
		for _, seq := range text.Erased {
			v.accounted[seq] = true
		}
	}
}

func (v *verifier) end() Report {
	for _, seq := range v.erased {
		if v.accounted[seq] {
			v.report.Erased++
			continue
		}
		v.fault(TextMissing, seq, seq, "the text of row %d is gone, and the log has no erasure of it", seq)
	}
	if v.head != "" && v.report.Printed == nil {
		v.fault(UnknownHead, 0, 0, "the head %s is the hash of no row: rows were cut from the end (as by restoring an older copy), or the log was rewritten", v.head)
	}
	return v.report
}

func rows(first, last int64) string {
	if first == last {
		return fmt.Sprintf("row %d", first)
	}
	return fmt.Sprintf("rows %d to %d", first, last)
}
