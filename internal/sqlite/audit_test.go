package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"infolettre/internal/audit"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

const (
	contributor = message.Address("nadia@cite-rouen.example")
	decider     = message.Address("Elise@reseau.example")
)

func newRevision(number int, title string) item.Revision {
	c := item.Content{Title: title}
	return item.Revision{Number: number, Hash: c.Hash(), Created: noon, Content: c}
}

func newItem(id int64) item.Item {
	return item.Item{
		ID: item.ID(id), State: item.Pending, Message: 1, Sender: message.Mailbox{Address: contributor}, Received: noon,
		Current: newRevision(1, fmt.Sprint("Item ", id)),
	}
}

func decision(id int64, verb editorial.Verb) editorial.Decision {
	return editorial.Decision{
		Item: item.ID(id), Revision: 1, Hash: newRevision(1, fmt.Sprint("Item ", id)).Hash, Editor: decider,
		Verb: verb, Reason: "well said", At: noon.Add(time.Hour), How: "command line",
	}
}

// mailed receives a message with these effects.
func mailed(t testing.TB, s *Store, uid uint32, from message.Address, fx ...newsroom.Change) {
	t.Helper()
	a := intake.Arrival{UIDValidity: 1, UID: uid, MessageID: fmt.Sprint(uid), ContentHash: fmt.Sprint("content ", uid), From: from, At: noon, Raw: []byte{byte(uid)}}
	_, err := s.Receive(context.Background(), a, func(newsroom.View, int64) (intake.Verdict, newsroom.Effects, error) {
		return intake.Verdict{Folder: intake.FolderDone, Authenticated: message.Authentication{Verdict: message.AuthPass, Why: "dmarc=pass"}}, fx, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kept fills a store with one change of each kind that is logged.
func kept(t testing.TB, s *Store) {
	t.Helper()
	it := newItem(1)
	mailed(t, s, 1, contributor, newsroom.AddItem{Item: it})
	mailed(t, s, 2, contributor, newsroom.AddRevision{Item: 1, State: item.Pending, Revision: newRevision(2, "Corrected")})
	d := decision(1, editorial.Approve)
	d.Revision, d.Hash, d.Message, d.How = 2, newRevision(2, "Corrected").Hash, 3, "handle"
	mailed(t, s, 3, decider, newsroom.AddDecision{Decision: d}, newsroom.MoveItem{Item: 1, State: item.Approved, Approved: 2})
	is := issue.Issue{ID: 1, Period: issue.Period{First: 1, Last: 2, Year: 2018}, State: issue.Closed, Closes: noon, Proofs: noon, Sends: noon, Grace: noon}
	write(t, s, newsroom.AddIssue{Issue: is},
		newsroom.AddProof{Proof: editorial.Proof{ID: 1, Issue: 1, Hash: "ff", Created: noon}}, newsroom.MoveIssue{Issue: 1, State: issue.InProof})
	mailed(t, s, 4, decider,
		newsroom.AddSignature{Signature: editorial.Signature{Proof: 1, Editor: decider, Hash: "ff", At: noon, Message: 4, How: "handle"}},
		newsroom.MoveIssue{Issue: 1, State: issue.Signed})
	write(t, s, newsroom.MoveIssue{Issue: 1, State: issue.Sending},
		newsroom.CreateMailing{Mailing: delivery.Mailing{ID: 1, Kind: delivery.KindIssue, Key: "issue/1", Issue: 1, Created: noon, Expires: noon.Add(time.Hour)}})
	claim(t, s, noon, 1) // there are no readers: the mailing ends
}

func checked(t testing.TB, s *Store, head string) audit.Report {
	t.Helper()
	r, err := s.VerifyLog(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func head(t testing.TB, s *Store) (h string) {
	t.Helper()
	err := s.Read(t.Context(), func(v newsroom.View) (err error) {
		h, err = v.LogHead()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestApply_LogsWhatHappens(t *testing.T) {
	s := open(t)
	if h := head(t, s); h != "" {
		t.Errorf("an empty log has the head %q", h)
	}
	kept(t, s)
	all, err := s.LogRecords(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []audit.Kind
	for _, rec := range all {
		kinds = append(kinds, rec.Kind)
	}
	want := []audit.Kind{
		audit.Began, audit.Received, audit.Revised, audit.Decided, audit.Moved, audit.Proofed, audit.Staged,
		audit.Signed, audit.Staged, audit.Staged, audit.Mailed, audit.Staged,
	}
	if !slices.Equal(kinds, want) {
		t.Fatalf("logged %v, want %v", kinds, want)
	}
	decided, err := all[3].Stored.Text()
	if err != nil {
		t.Fatal(err)
	}
	if all[3].Message != 3 || all[3].Ref != 1 || decided.Person != string(decider) || decided.Content != "content 3" ||
		decided.Sender != "pass: dmarc=pass" || decided.How != "handle" || decided.Reason != "well said" || all[3].Stored.Person != decider.Key() {
		t.Errorf("decided: %+v, %+v", all[3].Numbers, decided)
	}
	if moved, err := all[4].Stored.Text(); err != nil || all[4].Message != 3 || moved.Sender != "" || moved.Content != "" {
		t.Errorf("what is nobody's tells of a mail: %+v, %v", moved, err)
	}
	revised, err := all[2].Stored.Text()
	if err != nil || revised.Person != string(contributor) || all[2].Message != 2 || revised.Hash != newRevision(2, "Corrected").Hash {
		t.Errorf("revised: %+v, %+v, %v", all[2].Numbers, revised, err)
	}
	r := checked(t, s, head(t, s))
	if len(r.Faults) > 0 || r.Rows != int64(len(want)) || r.Printed == nil || r.Printed.After != 0 {
		t.Errorf("%+v", r)
	}
	of, err := s.LogRecords(t.Context(), 1)
	if err != nil || len(of) != 4 {
		t.Errorf("%d rows of item 1, %v", len(of), err)
	}
}

// An act that is rolled back leaves no entry, and the chain continues.
func TestWrite_FailedActLeavesNoLogEntry(t *testing.T) {
	s := open(t)
	kept(t, s)
	before := head(t, s)
	err := s.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.AddDecision{Decision: decision(1, editorial.Reject)}, newsroom.AddProof{}}, nil // without an issue
	})
	if err == nil || head(t, s) != before {
		t.Errorf("%v; the head went from %s to %s", err, before, head(t, s))
	}
	write(t, s, newsroom.AddDecision{Decision: decision(1, editorial.Reject)})
	if r := checked(t, s, before); len(r.Faults) > 0 || r.Printed.After != 1 {
		t.Errorf("%+v", r)
	}
}

func TestLog_UpdatesAndDeletesAreRefused(t *testing.T) {
	s := open(t)
	kept(t, s)
	for _, query := range []string{`UPDATE audit SET item = 2 WHERE seq = 2`, `DELETE FROM audit WHERE seq = 12`} {
		if _, err := s.w.Exec(query); err == nil {
			t.Errorf("%s: done", query)
		}
	}
}

// An attacker with the file drops the triggers first.
func TestVerifyLog_FindsTampering(t *testing.T) {
	for query, want := range map[string]string{
		`UPDATE audit SET item = 7 WHERE seq = 4`:                                           "row 4 was changed",
		`UPDATE audit SET at = at + 1 WHERE seq = 12`:                                       "row 12 was changed",
		`UPDATE audit SET hash = x'00' WHERE seq = 5`:                                       "row 5 was changed",
		`DELETE FROM audit_text WHERE seq = 1; DELETE FROM audit WHERE seq = 1`:             "row 1 is missing",
		`DELETE FROM audit_text WHERE seq IN (6, 7); DELETE FROM audit WHERE seq IN (6, 7)`: "rows 6 to 7 are missing",
		`DELETE FROM audit_text WHERE seq = 12; DELETE FROM audit WHERE seq = 12`:           "hash of no row",
		`UPDATE audit_text SET text = replace(text, 'approve', 'reject') WHERE seq = 4`:     "the text of row 4 was changed",
		`UPDATE audit_text SET person = 'x@x.example' WHERE seq = 4`:                        "the text of row 4 was changed",
		`DELETE FROM audit_text WHERE seq = 4`:                                              "the text of row 4 is gone",
		`UPDATE decision SET verb = 'reject'`:                                               "decision 1 is not what row 4 has of it",
		`UPDATE decision SET at = at + 1`:                                                   "decision 1 is not what row 4 has of it",
		`UPDATE decision SET message = 1`:                                                   "decision 1 is not what row 4 has of it",
		`DELETE FROM decision`:                                                              "decision 1, which row 4 has, is not in its table",
		`INSERT INTO decision (id, item, revision, hash, editor, verb, reason, at, message, request, how) SELECT 9, item, revision, hash, editor, verb, reason, at, message, request, how FROM decision`: "decision 9 is not in the log",
		`UPDATE signature SET editor = 'marco@reseau.example'`: "signature 1 is not what row 8 has of it",
		`DELETE FROM signature`:                                "signature 1, which row 8 has, is not in its table",
		`INSERT INTO signature (id, proof, editor, hash, at, message, how) SELECT 9, proof, editor, hash, at, message, how FROM signature`:                                                                                                     "signature 9 is not in the log",
		`UPDATE audit_since SET decision = 99; INSERT INTO decision (id, item, revision, hash, editor, verb, reason, at, message, request, how) SELECT 9, item, revision, hash, editor, verb, reason, at, message, request, how FROM decision`: "decision 9 is not in the log",
		`UPDATE revision SET content = replace(content, 'Corrected', 'Changed')`:                                                                                                                                                               "revision 2 of item 1 is not what row 3 has of it",
		`UPDATE revision SET hash = 'aa' WHERE number = 1`: "revision 1 of item 1 is not what row 2 has of it",
		`INSERT INTO revision (item, number, hash, created, content, remarks) SELECT item, 3, hash, created, content, remarks FROM revision WHERE number = 2`: "revision 3 of item 1 is not in the log",
	} {
		t.Run(query, func(t *testing.T) {
			s := open(t)
			kept(t, s)
			printed := head(t, s)
			if _, err := s.w.Exec(`DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept; ` + query); err != nil {
				t.Fatal(err)
			}
			r := checked(t, s, printed)
			if len(r.Faults) == 0 || !slices.ContainsFunc(r.Faults, func(f audit.Fault) bool { return strings.Contains(f.Detail, want) }) {
				t.Errorf("found %v, want %q", r.Faults, want)
			}
		})
	}
}

func TestEraseFromLog_KeepsTheChain(t *testing.T) {
	s := open(t)
	kept(t, s)
	printed := head(t, s)
	n, err := s.EraseFromLog(t.Context(), "ELISE@reseau.example", noon)
	if err != nil || n != 2 {
		t.Fatalf("erased %d, %v", n, err)
	}
	r := checked(t, s, printed)
	if len(r.Faults) > 0 || r.Erased != 2 || r.Printed.After != 1 {
		t.Errorf("%+v", r)
	}
	if n, err := s.EraseFromLog(t.Context(), decider, noon); err != nil || n != 0 || checked(t, s, "").Rows != r.Rows {
		t.Errorf("erased once more: %d, %v", n, err)
	}
	// IDs are still compared; the erased words are not.
	if _, err := s.w.Exec(`UPDATE decision SET editor = '', reason = ''`); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, s, printed); len(r.Faults) > 0 {
		t.Errorf("%v", r.Faults)
	}
	if _, err := s.w.Exec(`UPDATE decision SET revision = 1`); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, s, printed); len(r.Faults) != 1 {
		t.Errorf("%v", r.Faults)
	}
}

// Erased text is overwritten in the files.
func TestEraseFromLog_OverwritesTheText(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(t, s, newsroom.ConfirmChallenge{Request: 1, At: noon})
	mailed(t, s, 1, "unheard-of@x.example", newsroom.ConfirmChallenge{Request: 1, At: noon})
	if _, err := s.w.Exec(`PRAGMA secure_delete = 1; UPDATE message SET sender = ''`); err != nil {
		t.Fatal(err)
	}
	if n, err := s.EraseFromLog(t.Context(), "unheard-of@x.example", noon); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, FileName+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "unheard-of") {
			t.Errorf("the address still stands in %s%s", FileName, suffix)
		}
	}
}

// Rows from before the log are neither logged nor compared.
func TestVerifyLog_IgnoresRowsFromBeforeTheLog(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.w, files)
	if err != nil {
		t.Fatal(err)
	}
	kept(t, s)
	if _, err := p.DownTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, s, ""); len(r.Faults) > 0 || r.Rows != 0 {
		t.Fatalf("%+v", r)
	}
	write(t, s, newsroom.AddDecision{Decision: decision(1, editorial.Reject)})
	r := checked(t, s, "")
	if len(r.Faults) > 0 || r.Rows != 2 {
		t.Fatalf("%+v", r)
	}
	if _, err := s.w.Exec(`DELETE FROM decision WHERE id = 2`); err != nil {
		t.Fatal(err)
	}
	if r := checked(t, s, ""); len(r.Faults) != 1 {
		t.Errorf("%v", r.Faults)
	}
}

// BenchmarkVerifyLog verifies a log of decisions against their table.
func BenchmarkVerifyLog(b *testing.B) {
	s := open(b)
	mailed(b, s, 1, contributor, newsroom.AddItem{Item: newItem(1)})
	var fx []newsroom.Change
	const rows = 100_000
	for range rows {
		fx = append(fx, newsroom.AddDecision{Decision: decision(1, editorial.Approve)})
	}
	write(b, s, fx...)
	for b.Loop() {
		if r, err := s.VerifyLog(b.Context(), ""); err != nil || len(r.Faults) > 0 {
			b.Fatal(err, r.Faults)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
