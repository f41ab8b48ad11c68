package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"pgregory.net/rapid"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

var noon = time.Date(2018, 2, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func people(t testing.TB, s *Store, tags ...[]string) {
	t.Helper()
	var list []audience.Subscriber
	for i, tg := range tags {
		list = append(list, audience.Subscriber{
			Address: message.Address(fmt.Sprintf("p%d@x.example", i+1)), Tags: tg, Consent: "form", Language: "fr",
		})
	}
	if _, err := s.ImportPeople(t.Context(), audience.Import{People: list, Columns: []string{"email", "tags", "language"}}, noon); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, s *Store, fx ...newsroom.Change) {
	t.Helper()
	err := s.Write(context.Background(), func(newsroom.View) (newsroom.Effects, error) { return fx, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func freezeAll(t testing.TB, s *Store, id int64, kind delivery.Kind, segments ...audience.Segment) {
	t.Helper()
	if len(segments) == 0 {
		segments = []audience.Segment{{Name: "all", Any: []string{"m"}}}
	}
	write(t, s, newsroom.CreateMailing{
		Mailing: delivery.Mailing{
			ID: delivery.MailingID(id), Kind: kind, Key: fmt.Sprint("key/", id), Segments: segments,
			Created: noon, Expires: noon.Add(72 * time.Hour),
		},
		Editions: []issue.Edition{{Language: "fr", Subject: "s", Images: []string{}}},
	})
}

func claim(t testing.TB, s *Store, at time.Time, n int) []delivery.Job {
	t.Helper()
	p, err := s.Ledger().Claim(context.Background(), at, n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMigrations_GoDownAndUp(t *testing.T) {
	s := open(t)
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.w, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 0); err != nil {
		t.Fatalf("down: %v", err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatalf("up again: %v", err)
	}
}

func TestOpen_DatabaseIsPrivateAndDurable(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(filepath.Join(dir, FileName+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %s: %v", info.Name(), info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.w.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v", pragma, got, err)
		}
	}
}

func TestReceive_RecognisesDuplicates(t *testing.T) {
	s := open(t)
	handled := 0
	receive := func(validity, uid uint32, id, hash string) intake.Folder {
		t.Helper()
		folder, err := s.Receive(t.Context(), intake.Arrival{UIDValidity: validity, UID: uid, MessageID: id, ContentHash: hash, At: noon, Raw: []byte(id + hash)},
			func(newsroom.View, int64) (intake.Verdict, newsroom.Effects, error) {
				handled++
				return intake.Verdict{Kind: intake.Unknown, Folder: intake.FolderOther}, nil, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		return folder
	}
	receive(1, 1, "a@x", "h1")
	if f := receive(1, 1, "a@x", "h1"); f != intake.FolderOther || handled != 1 {
		t.Errorf("the same place: %s, handled %d times", f, handled)
	}
	if f := receive(2, 1, "a@x", "h1"); f != intake.FolderDone || handled != 1 {
		t.Errorf("the same mail elsewhere: %s, handled %d times", f, handled)
	}
	receive(2, 2, "a@x", "h2") // a Message-ID used twice
	receive(2, 3, "", "h3")    // none at all
	receive(2, 4, "", "h4")
	if handled != 4 {
		t.Errorf("handled %d, want 4", handled)
	}
	receive(2, 5, "", "h4")
	if handled != 4 {
		t.Error("the same mail without Message-ID was handled twice")
	}
	// A recreated mailbox repeats its UIDs: another mail with a known one.
	receive(1, 1, "z@x", "h9")
	if handled != 5 {
		t.Error("a mail was taken for another that once had its place")
	}
}

func TestReceive_FailureStoresNothing(t *testing.T) {
	s := open(t)
	broken := errors.New("broken")
	_, err := s.Receive(t.Context(), intake.Arrival{UIDValidity: 1, UID: 1, At: noon, Raw: []byte("x")},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			return intake.Verdict{}, newsroom.Effects{newsroom.AddDue{Due: newsroom.Due{Key: "k", At: noon}}}, broken
		})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	// Effects of which the last one fails.
	err = s.Write(t.Context(), func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{
			newsroom.AddDue{Due: newsroom.Due{Key: "k2", At: noon}},
			newsroom.AddProof{}, // without an issue
		}, nil
	})
	if err == nil {
		t.Fatal("a proof of no issue was stored")
	}
	due, err := s.Due(t.Context(), noon)
	if err != nil || len(due) != 0 {
		t.Errorf("half was stored: %v, %v", due, err)
	}
	if _, err := s.Message(t.Context(), 1); !errors.Is(err, newsroom.ErrNotFound) {
		t.Errorf("the message was stored: %v", err)
	}
}

func TestAddDue_KeyIsDoneOnce(t *testing.T) {
	s := open(t)
	row := newsroom.AddDue{Due: newsroom.Due{Key: "close/1", Kind: newsroom.DueClose, Ref: 1, At: noon}}
	write(t, s, row, row)
	due, err := s.Due(t.Context(), noon)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	write(t, s, newsroom.CompleteDue{Key: "close/1", At: noon})
	write(t, s, row)
	if due, _ := s.Due(t.Context(), noon.AddDate(1, 0, 0)); len(due) != 0 {
		t.Errorf("a key that was done came back: %v", due)
	}
}

// The query chooses the people that the segments define, each once.
func TestCreateMailing_ChoosesTheSegments(t *testing.T) {
	tags := []string{"membre", "executif", "partenaire", "presse"}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(tags), 0, 3, rapid.ID[string])
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t)
		var everyone [][]string
		for range rapid.IntRange(1, 8).Draw(rt, "people") {
			everyone = append(everyone, some.Draw(rt, "tags"))
		}
		people(t, s, everyone...)
		var segments []audience.Segment
		for range rapid.IntRange(0, 3).Draw(rt, "segments") {
			segments = append(segments, audience.Segment{Any: some.Draw(rt, "any"), All: some.Draw(rt, "all"), None: some.Draw(rt, "none")})
		}
		if len(segments) > 0 {
			freezeAll(t, s, 1, delivery.KindIssue, segments...)
		} else {
			write(t, s, newsroom.CreateMailing{Mailing: delivery.Mailing{ID: 1, Kind: delivery.KindIssue, Key: "k", Created: noon, Expires: noon.Add(time.Hour)}})
		}
		var want []audience.ID
		for i, tg := range everyone {
			for _, seg := range segments {
				if (len(seg.Any) == 0 || slices.ContainsFunc(seg.Any, func(x string) bool { return slices.Contains(tg, x) })) &&
					!slices.ContainsFunc(seg.All, func(x string) bool { return !slices.Contains(tg, x) }) &&
					!slices.ContainsFunc(seg.None, func(x string) bool { return slices.Contains(tg, x) }) {
					want = append(want, audience.ID(i+1))
					break
				}
			}
		}
		var got []audience.ID
		for _, p := range claim(t, s, noon, 100) {
			got = append(got, p.Subscriber)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("chose %v, want %v of %v by %+v", got, want, everyone, segments)
		}
	})
}

func TestUnsubscribe_KeepsDeliveriesFromBeingSent(t *testing.T) {
	s := open(t)
	people(t, s, []string{"m"}, []string{"m"}, []string{"m"}, []string{"m"})
	write(t, s, newsroom.Unsubscribe{Subscriber: 1, At: noon, How: "link"})
	freezeAll(t, s, 1, delivery.KindIssue)
	write(t, s, newsroom.Unsubscribe{Subscriber: 2, At: noon, How: "link"})
	if _, err := s.w.Exec(`INSERT INTO suppression VALUES ('p3@x.example', 'complaint', 0)`); err != nil {
		t.Fatal(err)
	}
	got := claim(t, s, noon, 10)
	if len(got) != 1 || got[0].Subscriber != 4 {
		t.Errorf("claimed %+v", got)
	}
	m, err := s.Mailings(t.Context())
	if err != nil || m[0].Count[delivery.Suppressed] != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	// An import is not a new consent.
	n, err := s.ImportPeople(t.Context(), audience.Import{People: []audience.Subscriber{{Address: "P1@x.example", Consent: "again"}}}, noon)
	if err != nil || n.Unsubscribed != 1 {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestClaim_LettersThenRemindersThenIssues(t *testing.T) {
	s := open(t)
	people(t, s, []string{"m"})
	freezeAll(t, s, 1, delivery.KindIssue)
	freezeAll(t, s, 2, delivery.KindReminder)
	write(t, s, newsroom.QueueLetter{Letter: delivery.Letter{ID: 1, Kind: delivery.KindNotice, To: message.Mailbox{Address: "a@x.example"}, Created: noon}})
	var order []delivery.Kind
	for _, p := range claim(t, s, noon, 10) {
		order = append(order, p.Kind)
	}
	if want := []delivery.Kind{delivery.KindNotice, delivery.KindReminder, delivery.KindIssue}; !slices.Equal(order, want) {
		t.Errorf("order %v", order)
	}
	if more := claim(t, s, noon, 10); len(more) != 0 {
		t.Errorf("claimed twice: %v", more)
	}
}

func TestNext_NumbersAreUniqueInAnAct(t *testing.T) {
	s := open(t)
	err := s.Write(t.Context(), func(v newsroom.View) (newsroom.Effects, error) {
		a, err1 := v.Next(newsroom.SeqLetter)
		b, err2 := v.Next(newsroom.SeqLetter)
		c, err3 := v.Next(newsroom.SeqRequest)
		if a != 1 || b != 2 || c != 1 {
			t.Errorf("numbers %d, %d, %d", a, b, c)
		}
		return nil, errors.Join(err1, err2, err3)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Each delivery's variant is fixed when the mailing is created. An issue without an external
// variant goes to nobody outside the network, whatever their segments.
func TestCreateMailing_FixesTheVariant(t *testing.T) {
	members, partners := audience.Segment{Any: []string{"m"}}, audience.Segment{Any: []string{"p"}}
	full, external := issue.Edition{Language: "fr", Subject: "all", Images: []string{}}, issue.Edition{Language: "fr", Variant: issue.External, Subject: "less", Images: []string{}}
	for name, c := range map[string]struct {
		internal []audience.Segment
		editions []issue.Edition
		want     string
	}{
		"everybody gets the whole":   {nil, []issue.Edition{full}, "p1= p2= p3= "},
		"partners get the other":     {[]audience.Segment{members}, []issue.Edition{full, external}, "p1= p2=outward p3= "},
		"nothing is left for them":   {[]audience.Segment{members}, []issue.Edition{full}, "p1= p3= "},
		"nobody is in the segment":   {[]audience.Segment{{Any: []string{"executive"}}}, []issue.Edition{full, external}, "p1=outward p2=outward p3=outward "},
		"a segment by what it lacks": {[]audience.Segment{{None: []string{"p"}}}, []issue.Edition{full, external}, "p1= p2=outward p3=outward "},
	} {
		s := open(t)
		people(t, s, []string{"m"}, []string{"p"}, []string{"m", "p"}, []string{"other"})
		write(t, s, newsroom.CreateMailing{Mailing: delivery.Mailing{
			ID: 1, Kind: delivery.KindIssue, Key: "k", Segments: []audience.Segment{members, partners}, Created: noon, Expires: noon.Add(time.Hour),
		}, Editions: c.editions, Internal: c.internal})
		got := ""
		for _, p := range claim(t, s, noon, 10) {
			got += p.To.Address.Local() + "=" + p.Variant + " "
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, e := range c.editions {
			if read, _, err := s.MailingEdition(t.Context(), 1, "fr", e.Variant); err != nil || read.Subject != e.Subject || read.Variant != e.Variant {
				t.Errorf("%s: edition %q is %+v, %v", name, e.Variant, read, err)
			}
		}
		if _, _, err := s.MailingEdition(t.Context(), 1, "en", issue.External); !errors.Is(err, newsroom.ErrNotFound) {
			t.Errorf("%s: an edition that there is not: %v", name, err)
		}
	}
}

// Parts of a batch are committed together; a part that fails or panics is rolled back alone.
func TestBatch_CommitsTogether(t *testing.T) {
	s := open(t)
	notify := func(ctx context.Context, key string, fail error) error {
		return s.Write(ctx, func(v newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.NotifyOnce{Key: key, At: noon}}, fail
		})
	}
	notified := func() (keys string) {
		if err := s.r.QueryRow(`SELECT coalesce(group_concat(key, ' '), '') FROM notified`).Scan(&keys); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	poison := errors.New("poison")
	writes := s.Writes()
	err := s.Batch(t.Context(), func(ctx context.Context) error {
		if err := notify(ctx, "a", nil); err != nil {
			t.Error(err)
		}
		if err := notify(ctx, "b", poison); !errors.Is(err, poison) {
			t.Error(err)
		}
		func() {
			defer func() { recover() }()
			s.Write(ctx, func(newsroom.View) (newsroom.Effects, error) { panic("poison") })
		}()
		if err := notify(ctx, "a", nil); err == nil {
			t.Error("an earlier part is not seen")
		}
		if notified() != "" {
			t.Error("others see it before the commit")
		}
		return notify(ctx, "c", nil)
	})
	if err != nil || notified() != "a c" || s.Writes() != writes+1 {
		t.Errorf("%v; %q is stored, in %d acts", err, notified(), s.Writes()-writes)
	}
	if err := s.Batch(t.Context(), func(ctx context.Context) error { return errors.Join(notify(ctx, "d", nil), poison) }); !errors.Is(err, poison) || notified() != "a c" {
		t.Errorf("%v; %q is stored", err, notified())
	}
	// If the store itself fails, the rest is skipped and everything is rolled back.
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Batch(ctx, func(ctx context.Context) error {
		if err := notify(ctx, "e", nil); err != nil {
			t.Error(err)
		}
		cancel()
		notify(ctx, "f", nil)
		return nil
	})
	if err == nil || notified() != "a c" {
		t.Errorf("%v; %q is stored", err, notified())
	}
}
