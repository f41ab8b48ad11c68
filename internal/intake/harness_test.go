package intake_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"infolettre/config"
	"infolettre/internal/audience"
	"infolettre/internal/editorial"
	"infolettre/internal/intake"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
	"infolettre/internal/token"
)

const (
	elise  = "elise@reseau.example"
	marco  = "marco@reseau.example"
	solene = "solene@reseau.example"
)

// bench is a newsroom on a real store with its own clock, which renders every letter.
type bench struct {
	*intake.Intake
	t            testing.TB
	service      *newsroom.Service
	store        *sqlite.Store
	render       *render.Renderer
	jobs         *newsroom.Jobs
	clock        *schedule.Stepped
	uid          uint32
	requestCache []editorial.Request // that are read already
}

func newBench(t testing.TB, change func(*newsroom.Options)) *bench {
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
	var sections []item.Section
	for _, s := range config.DefaultSections() {
		sections = append(sections, item.Section{Key: s.Key, Title: s.Title, Words: s.Words})
	}
	o := newsroom.Options{
		Address: message.Mailbox{Name: "InfoLettre", Address: mailbox}, Operator: message.Mailbox{Address: "admin@cites.example"},
		Languages: []string{"fr", "en"}, Location: paris, Secret: token.Secret("a key for the tests, which is no secret"),
		Rules:    editorial.Rules{Quorum: 1, ProofQuorum: 1, Undo: 2 * time.Hour},
		Sections: sections,
		Editors: []newsroom.Editor{
			{Mailbox: message.Mailbox{Name: "Élise Marchand", Address: elise}, Language: "fr"},
			{Mailbox: message.Mailbox{Name: "Marco Bellini", Address: marco}, Language: "en"},
			{Mailbox: message.Mailbox{Name: "Solène Kerdoncuff", Address: solene}, Language: "fr"},
		},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: paris,
		},
		HasQueue: true, QueueAt: cron("0 8 * * 1-5"), Escalate: 14 * 24 * time.Hour,
		Segments: []audience.Segment{{Any: []string{"membre"}}},
	}
	if change != nil {
		change(&o)
	}
	b := &bench{t: t, clock: schedule.NewStepped(time.Date(2018, 1, 29, 9, 0, 0, 0, paris))}
	b.service = newsroom.New(o)
	log := slog.New(slog.DiscardHandler)
	if b.store, err = sqlite.Open(context.Background(), newFolder(t), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.store.Close() })
	base, _ := url.Parse("https://infolettre.cites.example")
	b.render, err = render.New(render.Options{
		Address: o.Address, Network: "Réseau", ListID: "infolettre.cites.example", BaseURL: base, Languages: o.Languages,
		Location: paris, Sections: sections, Secret: o.Secret, Plus: true, AuthservID: "mx.example", Service: b.service, Now: b.clock.Now,
	}, b.store, b.store)
	if err != nil {
		t.Fatal(err)
	}
	b.Intake = intake.New(intake.Options{
		Sections: sections, Location: paris, AuthservID: "mx.example", Now: b.clock.Now, Log: log, Challenge: true,
	}, b.service, b.store)
	b.jobs = newsroom.NewJobs(b.service, b.store, b.render, b.Intake, b.clock, log, func() {})
	if _, err = b.store.ImportPeople(context.Background(), audience.Import{
		People: []audience.Subscriber{
			{Address: nadia, Name: "Nadia Berthier", Centre: "Cité de Rouen", Tags: []string{audience.TagContact, "membre"}, Consent: "x", Language: "fr"},
			{Address: deputy, Name: "Paul Lenoir", Tags: []string{"membre"}, Consent: "x", Language: "fr"},
		},
		Columns: []string{"email", "name", "centre", "tags", "language"},
	}, b.clock.Now()); err != nil {
		t.Fatal(err)
	}
	b.act(func(v newsroom.View) (newsroom.Effects, error) {
		fx, err := b.service.Open(v, b.clock.Now())
		if err != nil {
			return nil, err
		}
		queue, err := b.service.ScheduleQueue(b.clock.Now(), b.clock.Now())
		return append(fx, queue...), err
	})
	return b
}

func (b *bench) act(f func(newsroom.View) (newsroom.Effects, error)) {
	b.t.Helper()
	if err := b.store.Write(context.Background(), f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(f func(newsroom.View) error) {
	b.t.Helper()
	if err := b.store.Read(context.Background(), f); err != nil {
		b.t.Fatal(err)
	}
}

// mail receives a mail. Its sender is authenticated unless auth says otherwise.
func (b *bench) mail(from message.Address, to, subject, text string, auth ...string) intake.Folder {
	b.t.Helper()
	b.uid++
	b.clock.Set(b.clock.Now().Add(time.Second))
	verdict := "dmarc=pass"
	if len(auth) > 0 {
		verdict = auth[0]
	}
	raw := ""
	if verdict != "" {
		raw = "Authentication-Results: mx.example; " + verdict + " header.from=" + from.Domain() + "\r\n"
	}
	raw += fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%d@client.example>\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s",
		from, to, subject, b.uid, b.clock.Now().Format(time.RFC1123Z), strings.ReplaceAll(text, "\n", "\r\n"))
	folder, err := receive(b.Intake, b.uid, []byte(raw))
	if err != nil {
		b.t.Fatalf("the mail would be put aside: %v\n%s", err, raw)
	}
	return folder
}

const sea2 = "La Cité des métiers de Rouen organise un forum des métiers de la mer, sur les quais, le 22 mars 2018.\n\nDeux cents lycéens y sont attendus.\n"

// news receives n contributions of Nadia and returns the number of the last item.
func (b *bench) news(n int) item.ID {
	b.t.Helper()
	for range n {
		b.mail(nadia, mailbox, fmt.Sprintf("Forum des métiers %d", b.uid), fmt.Sprintf("%sIls seront %d.\n", sea2, b.uid))
	}
	items := b.items()
	return items[len(items)-1].ID
}

func (b *bench) items() []item.Item {
	b.t.Helper()
	all, err := b.store.Items(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func (b *bench) item(id item.ID) (it item.Item) {
	b.t.Helper()
	b.read(func(v newsroom.View) (err error) { it, err = v.Item(id); return err })
	return it
}

func (b *bench) issue(id issue.ID) (is issue.Issue) {
	b.t.Helper()
	b.read(func(v newsroom.View) (err error) { is, err = v.Issue(id); return err })
	return is
}

func (b *bench) decisions(id item.ID) (all []editorial.Decision) {
	b.t.Helper()
	b.read(func(v newsroom.View) (err error) { all, err = v.Decisions(id); return err })
	return all
}

// requests lists all requests. Their field Used is as it was when they were first listed.
func (b *bench) requests() []editorial.Request {
	b.t.Helper()
	b.read(func(v newsroom.View) (err error) {
		b.requestCache, err = appendRequests(b.requestCache, v)
		return err
	})
	return b.requestCache
}

// appendRequests appends the new requests to a list ordered by number.
func appendRequests(all []editorial.Request, v newsroom.View) ([]editorial.Request, error) {
	for {
		q, err := v.Request(editorial.RequestID(len(all) + 1))
		if errors.Is(err, newsroom.ErrNotFound) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, q)
	}
}

// last is the latest request of a purpose to a person; false for none.
func (b *bench) last(p token.Purpose, person message.Address) (last editorial.Request, ok bool) {
	b.t.Helper()
	for _, q := range b.requests() {
		if q.Purpose == p && q.Person.Equal(person) {
			last, ok = q, true
		}
	}
	return last, ok
}

// reply answers the latest request of a purpose to a person.
func (b *bench) reply(p token.Purpose, person message.Address, text string, auth ...string) {
	b.t.Helper()
	q, ok := b.last(p, person)
	if !ok {
		b.t.Fatalf("%s was asked for no %q", person, p)
	}
	b.replyTo(q, text, auth...)
}

func (b *bench) replyTo(q editorial.Request, text string, auth ...string) {
	b.t.Helper()
	b.mail(q.Person, "info+"+q.Handle(b.service.Secret).String()+"@cites.example", "Re: ", text+"\n", auth...)
}

// about is the latest request on one item to a person.
func (b *bench) about(id item.ID, person message.Address) (last editorial.Request) {
	b.t.Helper()
	for _, q := range b.requests() {
		if q.Purpose == token.Decision && q.Person.Equal(person) && q.Subjects[0].Item == id {
			last = q
		}
	}
	if last.ID == 0 {
		b.t.Fatalf("%s was not asked about item %d", person, id)
	}
	return last
}

// letters renders the letters queued since the last call and counts them by person and topic.
func (b *bench) letters() map[string]int {
	b.t.Helper()
	topics := map[string]int{}
	for topic, mails := range b.renderedLetters() {
		topics[topic] = len(mails)
	}
	return topics
}

func (b *bench) renderedLetters() map[string][]message.Outbound {
	b.t.Helper()
	jobs, err := b.store.Ledger().Claim(context.Background(), b.clock.Now(), 100000)
	if err != nil {
		b.t.Fatal(err)
	}
	mails := map[string][]message.Outbound{}
	for _, job := range jobs {
		if job.Letter == nil {
			continue
		}
		out, err := b.render.Letter(context.Background(), job.Letter)
		if err != nil {
			b.t.Fatalf("%s to %s: %v", job.Letter.Topic, job.To.Address, err)
		}
		raw, err := out.Bytes()
		if err != nil {
			b.t.Fatalf("%s to %s: %v", job.Letter.Topic, job.To.Address, err)
		}
		if i := strings.Index(out.Text, "["+"report-"); i >= 0 || len(raw) == 0 {
			b.t.Errorf("%s lacks words:\n%s", job.Letter.Topic, out.Text)
		}
		key := job.To.Address.Local() + " " + job.Letter.Topic
		mails[key] = append(mails[key], out)
	}
	return mails
}

// passUntil moves the clock forward and runs each job at its time.
func (b *bench) passUntil(until time.Time) {
	b.t.Helper()
	passUntil(b.t, until, b.store, b.jobs, b.clock, func(string) {})
}

func (b *bench) wait(d time.Duration) { b.t.Helper(); b.passUntil(b.clock.Now().Add(d)) }

// verifyLog verifies the audit log.
func (b *bench) verifyLog() { b.t.Helper(); verifyLog(b.t, b.store) }

// queueFor waits for the next queue mail and returns an editor's.
func (b *bench) queueFor(person message.Address) editorial.Request {
	b.t.Helper()
	b.wait(24 * time.Hour)
	q, ok := b.last(token.Queue, person)
	if !ok {
		b.t.Fatal("no queue mail")
	}
	return q
}

func (b *bench) request(id int) (q editorial.Request) {
	b.t.Helper()
	b.read(func(v newsroom.View) (err error) { q, err = v.Request(editorial.RequestID(id)); return err })
	return q
}
