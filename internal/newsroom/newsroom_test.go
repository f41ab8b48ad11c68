package newsroom_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

// fixture is a newsroom on a real store with its own time.
type fixture struct {
	*newsroom.Service
	t     *testing.T
	store *sqlite.Store
	now   time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	cron := func(expr string) schedule.Cron {
		c, err := schedule.ParseCron(expr, paris)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	f := &fixture{t: t, now: time.Date(2018, 2, 1, 9, 0, 0, 0, paris)}
	f.Service = newsroom.New(newsroom.Options{
		Address: message.Mailbox{Name: "InfoLettre", Address: "info@cites.example"}, Operator: message.Mailbox{Address: "admin@cites.example"},
		Languages: []string{"fr", "en"}, Location: paris, Secret: token.Secret("a key for the tests, which is no secret"),
		Rules:    editorial.Rules{Quorum: 1, ProofQuorum: 1},
		Sections: []item.Section{{Key: "agenda"}, {Key: "cites"}},
		Editors: []newsroom.Editor{
			{Mailbox: message.Mailbox{Name: "Élise", Address: "elise@reseau.example"}, Language: "fr"},
			{Mailbox: message.Mailbox{Name: "Marco", Address: "marco@reseau.example"}, Language: "en"},
		},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: paris,
		},
		RemindBefore: []agenda.Distance{agenda.Days(7), agenda.Days(1)}, RemindAt: 8 * 60,
	})
	if f.store, err = sqlite.Open(t.Context(), newFolder(t), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.store.Close() })
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Open(v, f.now) })
	return f
}

func (f *fixture) try(act func(newsroom.View) (newsroom.Effects, error)) error {
	return f.store.Write(context.Background(), act)
}

func (f *fixture) act(act func(newsroom.View) (newsroom.Effects, error)) {
	f.t.Helper()
	if err := f.try(act); err != nil {
		f.t.Fatal(err)
	}
}

// offer submits an item of a contributor.
func (f *fixture) offer(uid uint32, c item.Content) {
	f.t.Helper()
	_, err := f.store.Receive(context.Background(), intake.Arrival{UIDValidity: 1, UID: uid, ContentHash: c.Hash(), At: f.now, Raw: []byte(c.Title)},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			fx, err := f.Submit(v, newsroom.SubmitInput{
				Message: id, Sender: message.Mailbox{Name: "Nadia", Address: "nadia@cite.example"},
				Items: []item.ParsedItem{{Content: c}}, SendReceipt: true, At: f.now,
			})
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, err
		})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) order(id item.ID, verb editorial.Verb) {
	f.t.Helper()
	f.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, _, err := f.Override(v, id, verb, "because", f.now)
		return fx, err
	})
}

func (f *fixture) content(id issue.ID) (c issue.Content) {
	f.t.Helper()
	err := f.store.Read(context.Background(), func(v newsroom.View) (err error) {
		c, err = f.Content(v, id)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fixture) state(id issue.ID) (s issue.State) {
	f.t.Helper()
	err := f.store.Read(context.Background(), func(v newsroom.View) error {
		is, err := v.Issue(id)
		s = is.State
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fixture) letters(kind delivery.Kind) (n int) {
	f.t.Helper()
	jobs, err := f.store.Ledger().Claim(context.Background(), f.now, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, job := range jobs {
		if job.Kind == kind {
			n++
		}
	}
	return n
}

var editions = []issue.Edition{{Language: "fr", Subject: "s", HTML: "<p>un</p>", Images: []string{}}}

// closedIssue is a newsroom with two items in a closed issue.
func closedIssue(t *testing.T) *fixture {
	f := newFixture(t)
	f.offer(1, item.Content{Title: "Un", Section: "cites", Language: "fr"})
	f.offer(2, item.Content{Title: "Deux", Section: "cites", Language: "fr"})
	f.order(1, editorial.Approve)
	f.order(2, editorial.Approve)
	f.now = time.Date(2018, 2, 12, 9, 0, 0, 0, f.Location)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
	return f
}

// A proof is refused if the issue changed while it was rendered.
func TestPropose_ChangedIssueIsRefused(t *testing.T) {
	f := closedIssue(t)
	before := f.content(1)
	f.order(2, editorial.Withdraw) // while the issue is being rendered
	err := f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, before, editions, f.now) })
	if !errors.Is(err, newsroom.ErrIssueChanged) {
		t.Errorf("a proof of an issue that had changed: %v", err)
	}
	if s := f.state(1); s != issue.Closed {
		t.Errorf("the issue is %s", s)
	}
	now := f.content(1)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, now, editions, f.now) })
	if n := f.letters(delivery.KindProof); n != 2 || f.state(1) != issue.InProof {
		t.Errorf("%d proofs went out, the issue is %s", n, f.state(1))
	}
}

// A reminder is refused if its event changed while it was rendered.
func TestRemind_ChangedEventIsRefused(t *testing.T) {
	f := newFixture(t)
	day := agenda.Date{Year: 2018, Month: 3, Day: 22}
	f.offer(1, item.Content{Title: "Un forum", Section: "cites", Language: "fr", Events: []agenda.Event{
		{Title: "Forum", Start: day, End: day, Place: "Rouen", Audience: agenda.External},
	}})
	f.order(1, editorial.Approve)
	f.now = time.Date(2018, 3, 15, 8, 0, 0, 0, f.Location)
	due, err := f.store.Due(t.Context(), f.now)
	if err != nil {
		t.Fatal(err)
	}
	var remind newsroom.Due
	for _, d := range due {
		if d.Kind == newsroom.DueRemind {
			remind = d
		}
	}
	var entry issue.Entry
	var send bool
	err = f.store.Read(t.Context(), func(v newsroom.View) (err error) {
		entry, send, err = f.ReminderDue(v, remind, f.now)
		return err
	})
	if err != nil || !send {
		t.Fatalf("nothing to remind of at its hour: %v", err)
	}
	other := entry
	other.Event.Place = "Le Havre"
	err = f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.Remind(v, remind, other, editions, f.now) })
	if !errors.Is(err, newsroom.ErrIssueChanged) {
		t.Errorf("a reminder of another place: %v", err)
	}
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Remind(v, remind, entry, editions, f.now) })
	// Frozen once, it is not again, though its row was not marked as done.
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Remind(v, remind, entry, editions, f.now) })
	if m, err := f.store.Mailings(t.Context()); err != nil || len(m) != 1 {
		t.Errorf("%d mailings, %v", len(m), err)
	}
}

// Only a signed issue is sent, whatever is ordered in whatever order.
func TestSend_OnlyASignedIssueIsSent(t *testing.T) {
	f := newFixture(t)
	send := func() error {
		return f.try(func(v newsroom.View) (newsroom.Effects, error) { return f.Send(v, 1, f.now) })
	}
	if err := send(); !errors.Is(err, newsroom.ErrNotSigned) {
		t.Errorf("open: %v", err)
	}
	f = closedIssue(t)
	if err := send(); !errors.Is(err, newsroom.ErrNotSigned) {
		t.Errorf("closed: %v", err)
	}
	content := f.content(1)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, content, editions, f.now) })
	if err := send(); !errors.Is(err, newsroom.ErrNotSigned) {
		t.Errorf("in proof: %v", err)
	}
	proof, hash := int64(1), issue.EditionsHash(content, editions)
	sign := func() (complete bool) {
		f.act(func(v newsroom.View) (fx newsroom.Effects, err error) {
			fx, complete, err = f.Sign(v, 1, editorial.Signature{Proof: proof, Hash: hash, Editor: "elise@reseau.example", At: f.now})
			if errors.Is(err, editorial.ErrVoid) {
				err = nil
			}
			return fx, err
		})
		return complete
	}
	if !sign() || f.state(1) != issue.Signed {
		t.Fatalf("signed, the issue is %s", f.state(1))
	}
	f.order(1, editorial.Withdraw)
	if s := f.state(1); s != issue.Closed {
		t.Errorf("after a change, the issue is %s", s)
	}
	if err := send(); !errors.Is(err, newsroom.ErrNotSigned) {
		t.Errorf("changed: %v", err)
	}
	if sign() {
		t.Error("an old proof was signed")
	}
	content = f.content(1)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Propose(v, content, editions, f.now) })
	proof, hash = 2, issue.EditionsHash(content, editions)
	if !sign() {
		t.Fatal("the new proof was not signed")
	}
	if err := send(); err != nil || f.state(1) != issue.Sending {
		t.Errorf("signed: %v, the issue is %s", err, f.state(1))
	}
	if err := send(); !errors.Is(err, newsroom.ErrWrongState) {
		t.Errorf("a second time: %v", err)
	}
}

// A proof is void too when the configured variants differ from those that it shows: an issue
// signed for the network alone goes nowhere else.
func TestSign_ChangedVariantsVoidTheProof(t *testing.T) {
	members := []audience.Segment{{Name: "members", Any: []string{"m"}}}
	day := agenda.Date{Year: 2018, Month: 3, Day: 22}
	for name, c := range map[string]struct {
		signed, sent []audience.Segment
		all          bool // of the issue is internal
		want         issue.State
	}{
		"everybody, as signed":         {nil, nil, false, issue.Sending},
		"two variants, as signed":      {members, members, false, issue.Sending},
		"nobody outside, as signed":    {members, members, true, issue.Sending},
		"a variant that nobody signed": {nil, members, false, issue.Closed},
		"all of it to everybody":       {members, nil, false, issue.Closed},
	} {
		r := newFixture(t)
		content := item.Content{Title: "Un", Section: "cites", Language: "fr"}
		if c.all {
			content.Events = []agenda.Event{{Title: "Comité", Start: day, End: day, Audience: agenda.Internal}}
		}
		r.offer(1, content)
		r.order(1, editorial.Approve)
		r.now = time.Date(2018, 2, 12, 9, 0, 0, 0, r.Location)
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Close(v, 1, r.now) })
		r.Internal = c.signed
		laid := r.content(1)
		var shown []issue.Edition
		for _, v := range r.Variants(laid) {
			shown = append(shown, issue.Edition{Language: "fr", Variant: v, Images: []string{}})
		}
		r.act(func(v newsroom.View) (newsroom.Effects, error) { return r.Propose(v, laid, shown, r.now) })
		r.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, _, err := r.Sign(v, 1, editorial.Signature{Proof: 1, Hash: issue.EditionsHash(laid, shown), Editor: "elise@reseau.example", At: r.now})
			return fx, err
		})
		r.Internal = c.sent
		var frozen newsroom.CreateMailing
		r.act(func(v newsroom.View) (newsroom.Effects, error) {
			fx, err := r.Send(v, 1, r.now)
			for _, change := range fx {
				if f, ok := change.(newsroom.CreateMailing); ok {
					frozen = f
				}
			}
			return fx, err
		})
		if s := r.state(1); s != c.want {
			t.Errorf("%s: the issue is %s, want %s", name, s, c.want)
		}
		if c.want == issue.Sending && (len(frozen.Internal) != len(c.sent) || len(frozen.Editions) != len(shown)) {
			t.Errorf("%s: frozen for %v in %d editions", name, frozen.Internal, len(frozen.Editions))
		}
	}
}

// Closing takes the approved and the pending items. It asks about the deferred ones again, for
// the next issue, and leaves the others.
func TestClose_TakesApprovedAndPendingItems(t *testing.T) {
	f := newFixture(t)
	for i, verb := range []editorial.Verb{editorial.Approve, editorial.Defer, editorial.Reject, ""} {
		f.offer(uint32(i+1), item.Content{Title: string(rune('A' + i)), Section: "cites"})
		if verb != "" {
			f.order(item.ID(i+1), verb)
		}
	}
	f.letters("") // what went out so far
	f.now = time.Date(2018, 2, 10, 18, 0, 0, 0, f.Location)
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) })
	f.act(func(v newsroom.View) (newsroom.Effects, error) { return f.Close(v, 1, f.now) }) // once more changes nothing
	items, err := f.store.Items(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		state item.State
		issue int64
	}{{item.Approved, 1}, {item.Pending, 0}, {item.Rejected, 0}, {item.Pending, 1}} {
		if items[i].State != want.state || items[i].Issue != want.issue {
			t.Errorf("item %d is %s in issue %d, want %s in %d", i+1, items[i].State, items[i].Issue, want.state, want.issue)
		}
	}
	if n := f.letters(delivery.KindRequest); n != 4 {
		t.Errorf("%d requests, want one for each editor about the pending item, and one about the deferred", n)
	}
	issues, err := f.store.Issues(t.Context())
	if err != nil || len(issues) != 2 || issues[1].State != issue.Open || issues[1].Period.String() != "2018-03/04" {
		t.Errorf("issues %+v, %v", issues, err)
	}
}

// due lists the reminders that are to be sent, by the number of their event.
func (f *fixture) reminders(id int64) (n int) {
	f.t.Helper()
	err := f.store.Read(context.Background(), func(v newsroom.View) error {
		rows, err := v.DueReminders(id)
		n = len(rows)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func eventOn(day int, title, place string, who agenda.Audience) item.Content {
	d := agenda.Date{Year: 2018, Month: 3, Day: day}
	return item.Content{Title: title, Section: "cites", Events: []agenda.Event{{Title: title, Start: d, End: d, Place: place, Audience: who}}}
}

// Events that are only similar are each announced.
func TestAnnounce_SimilarEventsAreEachAnnounced(t *testing.T) {
	f := newFixture(t)
	for i, c := range []item.Content{
		eventOn(22, "Portes ouvertes", "Rouen", agenda.External),
		eventOn(22, "Portes ouvertes", "Nantes", agenda.External),
		eventOn(22, "Portes ouvertes", "Rouen", agenda.Internal),
		eventOn(22, "Les portes ouvertes", "Rouen", agenda.External), // the first, told of again
	} {
		f.offer(uint32(i+1), c)
		f.order(item.ID(i+1), editorial.Approve)
	}
	c := f.content(1)
	if len(c.External) != 2 || len(c.Internal) != 1 {
		t.Errorf("external %+v, internal %+v", c.External, c.Internal)
	}
}

// An item that was deferred over its reminder's time and is approved again is announced.
func TestAnnounce_EventThatComesBackIsAnnounced(t *testing.T) {
	f := newFixture(t)
	f.offer(1, eventOn(22, "Un forum", "Rouen", agenda.External))
	f.order(1, editorial.Approve)
	f.now = time.Date(2018, 3, 14, 9, 0, 0, 0, f.Location)
	f.order(1, editorial.Defer)
	f.now = time.Date(2018, 3, 15, 9, 0, 0, 0, f.Location)
	due, err := f.store.Due(t.Context(), f.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due { // the reminder of the week before falls due, of a cancelled event
		f.act(func(newsroom.View) (newsroom.Effects, error) {
			return newsroom.Effects{newsroom.CompleteDue{Key: d.Key, At: f.now}}, nil
		})
	}
	f.now = time.Date(2018, 3, 16, 9, 0, 0, 0, f.Location)
	f.order(1, editorial.Approve)
	if n := f.reminders(2); n != 2 {
		t.Errorf("%d reminders are planned, want one at once and one a day before", n)
	}
}
