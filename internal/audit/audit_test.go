package audit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2018, 2, 1, 12, 0, 0, 0, time.UTC)

// chain returns a log of n rows.
func chain(n int) []Record {
	var all []Record
	for i := range n {
		all = append(all, sealed(last(all), Entry{
			Kind: []Kind{Received, Decided, Staged}[i%3], At: noon.Add(time.Duration(i) * time.Minute),
			Numbers: Numbers{Item: int64(i/3 + 1), Revision: 1, Message: int64(i), Ref: int64(i)},
			Text:    Text{Person: fmt.Sprintf("P%d@x.example", i%4), Verb: "approve", Reason: "good", Hash: "ab"},
		}))
	}
	return all
}

func sealed(prev Row, e Entry) Record {
	key := make([]byte, KeySize)
	rand.Read(key)
	return Record{
		Row:    Seal(prev, e, key),
		Stored: &StoredText{Key: key, Person: strings.ToLower(e.Person), Octets: e.Octets()},
	}
}

func last(all []Record) Row {
	if len(all) == 0 {
		return Row{}
	}
	return all[len(all)-1].Row
}

func cloned(all []Record) []Record {
	out := slices.Clone(all)
	for i, r := range out {
		if r.Stored != nil {
			k := *r.Stored
			k.Key, k.Octets = slices.Clone(k.Key), slices.Clone(k.Octets)
			out[i].Stored = &k
		}
	}
	return out
}

func sequence(all []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func verify(t rapid.TB, all []Record, head string) Report {
	t.Helper()
	report, err := Verify(sequence(all), head)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func has(r Report, kind FaultKind, first, last int64) bool {
	return slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Kind == kind && f.First == first && f.Last == last })
}

// renumber gives rows their positions as numbers, as an attacker who hides a gap does.
func renumber(all []Record) {
	for i := range all {
		all[i].Seq = int64(i + 1)
	}
}

// rewrite recomputes the chain from a row on, as an attacker with write access does.
func rewrite(all []Record, from int) {
	for i := from; i < len(all); i++ {
		r := &all[i].Row
		prev := last(all[:i])
		r.Seq, r.Prev = prev.Seq+1, prev.Hash
		r.Hash = r.digest()
	}
}

var kinds = rapid.StringMatching(`[a-z]{0,8}`)

func TestVerify_UntouchedLogHasNoFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(0, 30).Draw(t, "rows"))
		if r := verify(t, all, ""); len(r.Faults) > 0 || r.Rows != int64(len(all)) || r.Last != last(all) {
			t.Fatalf("%+v", r)
		}
	})
}

// Every printed head is found, in full and shortened.
func TestVerify_FindsThePrintedHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(1, 30).Draw(t, "rows"))
		i := rapid.IntRange(0, len(all)-1).Draw(t, "printed")
		head := all[i].Hash.String()[:rapid.IntRange(minHead, 64).Draw(t, "digits")]
		r := verify(t, all, head)
		if len(r.Faults) > 0 || r.Printed == nil {
			t.Fatalf("%+v", r)
		}
		p := *r.Printed
		if p.Row != int64(i+1) || !p.At.Equal(all[i].At) || p.After != int64(len(all)-i-1) {
			t.Fatalf("%+v", p)
		}
		if p.After > 0 != !p.Since.IsZero() || p.After > 0 && !p.Since.Equal(all[i+1].At) {
			t.Fatalf("since %v", p.Since)
		}
	})
}

// A change of any field of any row is found, and the row is named.
func TestVerify_NamesAChangedRow(t *testing.T) {
	fields := map[string]func(*rapid.T, *Row){
		"at": func(t *rapid.T, r *Row) {
			r.At = r.At.Add(time.Duration(1+rapid.IntRange(0, 1e6).Draw(t, "ms")) * time.Millisecond)
		},
		"kind":       func(t *rapid.T, r *Row) { r.Kind += Kind(rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "more")) },
		"item":       func(_ *rapid.T, r *Row) { r.Item++ },
		"revision":   func(_ *rapid.T, r *Row) { r.Revision++ },
		"issue":      func(_ *rapid.T, r *Row) { r.Issue++ },
		"proof":      func(_ *rapid.T, r *Row) { r.Proof++ },
		"message":    func(_ *rapid.T, r *Row) { r.Message-- },
		"request":    func(_ *rapid.T, r *Row) { r.Request++ },
		"ref":        func(_ *rapid.T, r *Row) { r.Ref++ },
		"two":        func(_ *rapid.T, r *Row) { r.Item, r.Revision = r.Revision+5, r.Item+5 },
		"commitment": func(t *rapid.T, r *Row) { r.Commitment[rapid.IntRange(0, 31).Draw(t, "octet")]++ },
		"prev":       func(t *rapid.T, r *Row) { r.Prev[rapid.IntRange(0, 31).Draw(t, "octet")]++ },
		"hash":       func(t *rapid.T, r *Row) { r.Hash[rapid.IntRange(0, 31).Draw(t, "octet")]++ },
	}
	for name, change := range fields {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := chain(rapid.IntRange(1, 30).Draw(t, "rows"))
				i := rapid.IntRange(0, len(all)-1).Draw(t, "row")
				change(t, &all[i].Row)
				r := verify(t, all, "")
				if !has(r, Changed, int64(i+1), int64(i+1)) {
					t.Fatalf("%v", r.Faults)
				}
				for _, f := range r.Faults {
					if f.First != int64(i+1) || f.Last != int64(i+1) {
						t.Fatalf("blames others: %v", r.Faults)
					}
				}
			})
		})
	}
}

// A row with a recomputed hash is found by the row after it.
func TestVerify_NamesAReplacedRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(2, 30).Draw(t, "rows"))
		i := rapid.IntRange(0, len(all)-2).Draw(t, "row")
		all[i] = sealed(last(all[:i]), Entry{Kind: Decided, At: all[i].At, Text: Text{Verb: "reject"}})
		r := verify(t, all, "")
		if len(r.Faults) != 1 || !has(r, Replaced, int64(i+1), int64(i+1)) {
			t.Fatalf("%v", r.Faults)
		}
	})
}

func TestVerify_NamesRemovedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(2, 40).Draw(t, "rows"))
		head := last(all).Hash.String()
		first := rapid.IntRange(0, len(all)-1).Draw(t, "first")
		n := rapid.IntRange(1, min(len(all)-first, near)).Draw(t, "n")
		tail := first+n == len(all)
		all = slices.Delete(all, first, first+n)
		hidden := rapid.Bool().Draw(t, "renumbered")
		if hidden {
			renumber(all)
		}
		r := verify(t, all, head)
		switch {
		case tail && !has(r, UnknownHead, 0, 0), !tail && !has(r, Missing, int64(first+1), int64(first+n)):
			t.Fatalf("%v", r.Faults)
		case hidden && !tail && !has(r, Renumbered, int64(first+1), int64(len(all))):
			t.Fatalf("not found to be renumbered: %v", r.Faults)
		case len(r.Faults) > 2:
			t.Fatalf("blames others: %v", r.Faults)
		}
	})
}

func TestVerify_NamesInsertedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(1, 30).Draw(t, "rows"))
		head := last(all).Hash.String()
		at := rapid.IntRange(0, len(all)).Draw(t, "at")
		n := rapid.IntRange(1, 3).Draw(t, "n")
		forged := slices.Clone(all[:at])
		for range n {
			r := sealed(last(forged), Entry{Kind: Decided, At: noon, Text: Text{Verb: "reject"}})
			if n == 1 && rapid.Bool().Draw(t, "clumsy") {
				r.Hash = Digest{1}
			}
			forged = append(forged, r)
		}
		tail := at == len(all)
		forged = append(forged, all[at:]...)
		renumber(forged)
		r := verify(t, forged, head)
		if r.Printed == nil {
			t.Fatalf("the head is unknown: %v", r.Faults)
		}
		if tail {
			// An attacker with write access can append; the head tells since when.
			if r.Printed.After != int64(n) {
				t.Fatalf("%+v", r.Printed)
			}
			return
		}
		if !has(r, Inserted, int64(at+1), int64(at+n)) || !has(r, Renumbered, int64(at+n+1), int64(len(forged))) || len(r.Faults) != 2 {
			t.Fatalf("%v", r.Faults)
		}
	})
}

func TestVerify_FindsSwappedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(2, 30).Draw(t, "rows"))
		i := rapid.IntRange(0, len(all)-2).Draw(t, "row")
		j := rapid.IntRange(i+1, min(len(all)-1, i+near)).Draw(t, "other")
		all[i], all[j] = all[j], all[i]
		renumber(all)
		r := verify(t, all, "")
		for _, f := range r.Faults {
			if f.First > 0 && (f.First > int64(j+2) || f.Last < int64(i+1)) {
				t.Fatalf("blames others than %d and %d: %v", i+1, j+1, r.Faults)
			}
		}
		if !has(r, Renumbered, int64(i+1), int64(i+1)) || !has(r, Renumbered, int64(j+1), int64(j+1)) && j > i+1 {
			t.Fatalf("%d and %d: %v", i+1, j+1, r.Faults)
		}
	})
}

// A chain recomputed from some row on has no faults by itself. Every head printed from that
// row on shows it.
func TestVerify_RewrittenChainLacksThePrintedHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(1, 30).Draw(t, "rows"))
		from := rapid.IntRange(0, len(all)-1).Draw(t, "from")
		printed := rapid.IntRange(0, len(all)-1).Draw(t, "printed")
		head := all[printed].Hash.String()
		forged := cloned(all)
		forged[from] = sealed(last(forged[:from]), Entry{Kind: Decided, At: noon, Text: Text{Verb: "reject"}})
		rewrite(forged, from+1)
		if r := verify(t, forged, ""); len(r.Faults) > 0 {
			t.Fatalf("the forgery is clumsy: %v", r.Faults)
		}
		r := verify(t, forged, head)
		if found := has(r, UnknownHead, 0, 0); found != (printed >= from) {
			t.Fatalf("rewritten from %d, printed at %d: %v", from+1, printed+1, r.Faults)
		}
	})
}

func TestVerify_NamesAChangedText(t *testing.T) {
	changes := map[string]func(*StoredText){
		"text":   func(k *StoredText) { k.Octets = []byte(strings.Replace(string(k.Octets), "approve", "reject", 1)) },
		"blank":  func(k *StoredText) { k.Octets = append(k.Octets, ' ') },
		"broken": func(k *StoredText) { k.Octets = k.Octets[1:] },
		"key":    func(k *StoredText) { k.Key[3]++ },
		"person": func(k *StoredText) { k.Person = "other@x.example" },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := chain(rapid.IntRange(1, 20).Draw(t, "rows"))
				i := rapid.IntRange(0, len(all)-1).Draw(t, "row")
				change(all[i].Stored)
				if r := verify(t, all, ""); len(r.Faults) != 1 || !has(r, TextChanged, int64(i+1), int64(i+1)) {
					t.Fatalf("%v", r.Faults)
				}
			})
		})
	}
}

// Erased texts are counted, are not a fault and keep all heads valid. A text that is missing
// without an erasure is a fault.
func TestVerify_AcceptsRecordedErasuresOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := chain(rapid.IntRange(1, 30).Draw(t, "rows"))
		head := last(all).Hash.String()
		var taken []int64
		for i := range all {
			if all[i].Stored.Person == "p1@x.example" {
				taken = append(taken, all[i].Seq)
				all[i].Stored = nil
			}
		}
		all = append(all, sealed(last(all), Entry{Kind: Erased, At: noon, Text: Text{Erased: taken}}))
		r := verify(t, all, head)
		if len(r.Faults) > 0 || r.Erased != int64(len(taken)) || r.Printed == nil {
			t.Fatalf("%+v", r)
		}
		i := rapid.IntRange(0, len(all)-2).Draw(t, "row")
		if all[i].Stored == nil {
			return
		}
		all[i].Stored = nil
		if r := verify(t, all, head); len(r.Faults) != 1 || !has(r, TextMissing, int64(i+1), int64(i+1)) {
			t.Fatalf("%v", r.Faults)
		}
	})
}

// Rows that differ in any field have different hashes.
func TestSeal_HashCoversEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := func(label string) Row {
			n := rapid.Int64Range(0, 2)
			return Row{
				Seq: n.Draw(t, label), At: time.UnixMilli(n.Draw(t, label)), Kind: Kind(kinds.Draw(t, label)),
				Numbers: Numbers{
					Item: n.Draw(t, label), Revision: n.Draw(t, label), Issue: n.Draw(t, label), Proof: n.Draw(t, label),
					Message: n.Draw(t, label), Request: n.Draw(t, label), Ref: n.Draw(t, label),
				},
				Commitment: Digest{byte(n.Draw(t, label))}, Prev: Digest{byte(n.Draw(t, label))},
			}
		}
		a, b := row("a"), row("b")
		if (a == b) != (a.digest() == b.digest()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

// Without the key, equal texts cannot be recognised by their commitments.
func TestSeal_SameTextGetsAnotherCommitment(t *testing.T) {
	e := Entry{Kind: Decided, At: noon, Text: Text{Person: "a@x.example", Verb: "approve"}}
	if a, b := sealed(Row{}, e), sealed(Row{}, e); a.Commitment == b.Commitment || a.Hash == b.Hash {
		t.Error("two rows with the same text are alike")
	}
}

// The form of a row never changes, because printed heads depend on it.
func TestSeal_FormOfARow(t *testing.T) {
	first := Seal(Row{}, Entry{
		Kind: Received, At: noon, Numbers: Numbers{Item: 1, Revision: 2, Issue: 3, Proof: 4, Message: 5, Request: 6, Ref: 7},
		Text: Text{Person: "nadia@cite-rouen.example", Hash: "ab"},
	}, make([]byte, KeySize))
	second := Seal(first, Entry{Kind: Decided, At: noon, Text: Text{Verb: "approve"}}, make([]byte, KeySize))
	const want = "786affe8cbe559cf451730a127ded0ffe047c17dc10c3476ed996af6b4a473f3"
	if got := second.Hash.String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestParseHead_IgnoresCaseAndBlanks(t *testing.T) {
	digits := hex.EncodeToString(make([]byte, 32))
	for in, want := range map[string]string{
		digits: digits, " ABCD 0123 abcd 4567\n": "abcd0123abcd4567", digits[:16]: digits[:16],
	} {
		if got, err := ParseHead(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "abcd", digits[:15], digits + "0", "xyz" + digits[:20]} {
		if got, err := ParseHead(in); err == nil {
			t.Errorf("%q was read as %q", in, got)
		}
	}
}

// Whatever parses as a head can begin a hash, and parses to itself.
func FuzzParseHead(f *testing.F) {
	for _, s := range []string{"", "ABCD 0123 abcd 4567", strings.Repeat("f", 64), "0x0123456789abcdef", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		head, err := ParseHead(s)
		if err != nil {
			return
		}
		if _, err := hex.DecodeString(head + strings.Repeat("0", 64-len(head))); err != nil || len(head) < minHead {
			t.Fatalf("%q was read as %q", s, head)
		}
		if again, err := ParseHead(head); err != nil || again != head {
			t.Fatalf("%q: %q, %v", head, again, err)
		}
	})
}

func TestVerify_ReturnsTheErrorOfTheStore(t *testing.T) {
	broken := errors.New("broken")
	_, err := Verify(func(yield func(Record, error) bool) { yield(Record{}, broken) }, "")
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

func BenchmarkVerify(b *testing.B) {
	all := chain(10000)
	for b.Loop() {
		if r, err := Verify(sequence(all), ""); err != nil || len(r.Faults) > 0 {
			b.Fatal(err, r.Faults)
		}
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "rows/s")
}
