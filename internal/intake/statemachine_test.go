package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"infolettre/internal/audience"
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

// The machine is a newsroom on a real store that receives random mails, of people who answer
// twice, late, and in any order, while time passes and the program is restarted between any
// two steps. After each step the invariants of package editorial are checked in the store.

const quorum = 2

var machineEditors = []message.Mailbox{
	{Name: "Élise Marchand", Address: "elise@reseau.example"},
	{Name: "Marco Bellini", Address: "marco@reseau.example"},
	{Name: "Solène Kerdoncuff", Address: "solene@reseau.example"},
}

const deputy = "paul@cite-lille.example"

type machine struct {
	t            rapid.TB
	draw         *rapid.T // what chance decides by
	dir          string
	clock        *schedule.Stepped
	service      *newsroom.Service
	store        *sqlite.Store
	in           *intake.Intake
	jobs         *newsroom.Jobs
	location     *time.Location
	uid          uint32
	sent         [][]byte                   // every mail that came
	requestCache []editorial.Request        // every request that is read already
	mails        map[int64]*message.Message // by number, those that are read already
	itemStates   map[item.ID]item.State     // before the step
	issueStates  map[issue.ID]issue.State   // likewise
}

// plainRenderer renders no more than the content's hash: the content is what is signed.
type plainRenderer struct{}

func (plainRenderer) Issue(_ context.Context, c issue.Content) ([]issue.Edition, error) {
	return []issue.Edition{{Language: "fr", Subject: "InfoLettre", Text: c.Hash(), HTML: c.Hash()}}, nil
}

func (plainRenderer) Reminder(_ context.Context, e issue.Entry) ([]issue.Edition, error) {
	return []issue.Edition{{Language: "fr", Subject: e.Event.Title}}, nil
}

func newMachine(t rapid.TB, dir, zone string) *machine {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	cron := func(expr string) schedule.Cron {
		c, err := schedule.ParseCron(expr, loc)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	m := &machine{
		t: t, dir: dir, location: loc, clock: schedule.NewStepped(time.Date(2018, 1, 29, 9, 0, 0, 0, loc)),
		itemStates: map[item.ID]item.State{}, issueStates: map[issue.ID]issue.State{}, mails: map[int64]*message.Message{},
	}
	o := newsroom.Options{
		Address: message.Mailbox{Name: "InfoLettre", Address: mailbox}, Operator: message.Mailbox{Address: "admin@cites.example"},
		Languages: []string{"fr", "en"}, Location: loc, Secret: token.Secret("a key for the tests, which is no secret"),
		Rules:    editorial.Rules{Quorum: quorum, SectionQuorum: map[string]int{"people": 1}, ProofQuorum: 2, Undo: 2 * time.Hour},
		Sections: []item.Section{{Key: "editorial"}, {Key: "cites"}, {Key: "people", Words: []string{"arrivée"}}},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: loc,
		},
		HasQueue: true, QueueAt: cron("0 8 * * 1-5"), Escalate: 3 * 24 * time.Hour, MinItems: 2,
	}
	for _, e := range machineEditors {
		o.Editors = append(o.Editors, newsroom.Editor{Mailbox: e, Language: "fr"})
	}
	m.service = newsroom.New(o)
	m.open()
	if _, err := m.store.ImportPeople(context.Background(), audience.Import{
		People: []audience.Subscriber{
			{Address: nadia, Name: "Nadia Berthier", Tags: []string{audience.TagContact}, Consent: "x", Language: "fr"},
			{Address: deputy, Name: "Paul Lenoir", Tags: []string{"membre"}, Consent: "x", Language: "fr"},
		},
		Columns: []string{"email", "name", "tags", "language"},
	}, m.clock.Now()); err != nil {
		t.Fatal(err)
	}
	m.write(func(v newsroom.View) (newsroom.Effects, error) {
		fx, err := m.service.Open(v, m.clock.Now())
		if err != nil {
			return nil, err
		}
		queue, err := m.service.ScheduleQueue(m.clock.Now(), m.clock.Now())
		return append(fx, queue...), err
	})
	return m
}

// open starts the program on the store.
func (m *machine) open() {
	log := slog.New(slog.DiscardHandler)
	var err error
	if m.store, err = sqlite.Open(context.Background(), m.dir, log); err != nil {
		m.t.Fatal(err)
	}
	m.in = intake.New(intake.Options{
		Sections: m.service.Sections, Location: m.location, AuthservID: "mx.example", Now: m.clock.Now, Log: log,
		Challenge: true,
	}, m.service, m.store)
	m.jobs = newsroom.NewJobs(m.service, m.store, plainRenderer{}, m.in, m.clock, log, func() {})
}

// restart stops and starts the program.
func (m *machine) restart() {
	before := m.dump()
	if err := m.store.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.open()
	if after := m.dump(); after != before {
		m.t.Fatalf("a restart changed\n%s\ninto\n%s", before, after)
	}
}

func (m *machine) write(f func(newsroom.View) (newsroom.Effects, error)) {
	if err := m.store.Write(context.Background(), f); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(f func(newsroom.View) error) {
	if err := m.store.Read(context.Background(), f); err != nil {
		m.t.Fatal(err)
	}
}

// mail receives a mail.
func (m *machine) mail(from message.Address, to, fields, text string, vouched bool) {
	m.uid++
	raw := ""
	if vouched {
		raw = "Authentication-Results: mx.example; dmarc=pass header.from=" + from.Domain() + "\r\n"
	}
	raw += fmt.Sprintf("From: %s\r\nTo: %s\r\nMessage-ID: <%d@client.example>\r\nDate: %s\r\n%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s",
		from, to, m.uid, m.clock.Now().Format(time.RFC1123Z), fields, strings.ReplaceAll(text, "\n", "\r\n"))
	m.bring([]byte(raw))
}

func (m *machine) bring(raw []byte) {
	m.sent = append(m.sent, raw)
	if _, err := receive(m.in, m.uid, raw); err != nil {
		m.t.Fatalf("%v\n%s", err, raw)
	}
}

// asked lists all requests for these purposes. Their field Used is as it was when they were
// first listed; forget makes it be read again.
func (m *machine) asked(purposes ...token.Purpose) []editorial.Request {
	m.read(func(v newsroom.View) (err error) {
		m.requestCache, err = appendRequests(m.requestCache, v)
		return err
	})
	var all []editorial.Request
	for _, q := range m.requestCache {
		if slices.Contains(purposes, q.Purpose) {
			all = append(all, q)
		}
	}
	return all
}

func (m *machine) forget() { m.requestCache = nil }

func (m *machine) address(q editorial.Request) string {
	return "info+" + q.Handle(m.service.Secret).String() + "@cites.example"
}

// pass moves the clock forward and runs each job at its time.
func (m *machine) pass(d time.Duration) {
	passUntil(m.t, m.clock.Now().Add(d), m.store, m.jobs, m.clock, m.checkInvariants)
}

// failing is the common part of testing.TB and *rapid.T.
type failing interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// passUntil moves the clock forward and runs each job at its time; it calls after when a job
// is done.
func passUntil(t failing, until time.Time, store *sqlite.Store, jobs *newsroom.Jobs, clock *schedule.Stepped, after func(step string)) {
	t.Helper()
	for {
		next, any, err := store.NextDue(context.Background())
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !any || next.After(until) {
			break
		}
		if next.After(clock.Now()) {
			clock.Set(next)
		}
		due, err := store.Due(context.Background(), clock.Now())
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, d := range due {
			if err := jobs.Do(context.Background(), d); err != nil {
				t.Fatalf("%s: %v", d.Key, err)
			}
			after("the job " + d.Key)
		}
	}
	if until.After(clock.Now()) {
		clock.Set(until)
	}
}

// verifyLog verifies the audit log.
func verifyLog(t failing, store *sqlite.Store) {
	t.Helper()
	report, err := store.VerifyLog(context.Background(), "")
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, f := range report.Faults {
		t.Errorf("the log: %+v", f)
	}
}

// items lists every item.
func (m *machine) items() []item.Item {
	all, err := m.store.Items(context.Background())
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

func (m *machine) issues() []issue.Issue {
	rows, err := m.store.Issues(context.Background())
	if err != nil {
		m.t.Fatal(err)
	}
	all := make([]issue.Issue, len(rows))
	for i, r := range rows {
		all[i] = r.Issue
	}
	return all
}

// dump describes all decisions in words.
func (m *machine) dump() string { return m.decided(math.MaxInt64) }

// decided describes all decisions on the items up to a number.
func (m *machine) decided(last item.ID) string {
	var b strings.Builder
	m.read(func(v newsroom.View) error {
		for _, it := range m.items() {
			if it.ID > last {
				continue
			}
			fmt.Fprintln(&b, "item", it.ID, it.State, it.Approved, it.Issue, it.Position, it.Current.Number, it.Current.Hash[:8])
			decisions, err := v.Decisions(it.ID)
			if err != nil {
				return err
			}
			for _, d := range decisions {
				fmt.Fprintln(&b, "  ", d.ID, d.Revision, d.Editor, d.By, d.Verb, d.Undoes, d.Before)
			}
		}
		for _, is := range m.issues() {
			p, standing, err := v.Proof(is.ID)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, "issue", is.ID, is.State, standing, p.ID)
			signatures, err := v.Signatures(p.ID)
			if err != nil {
				return err
			}
			for _, s := range signatures {
				fmt.Fprintln(&b, "  ", s.Editor, s.By, s.Hash)
			}
		}
		for _, e := range machineEditors {
			d, err := v.Delegation(e.Address)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, "away", d.Editor, d.Deputy.Address)
		}
		return nil
	})
	return b.String()
}

// allowedMoves are the moves that package editorial allows, including those of undoing.
var allowedMoves = map[item.State][]item.State{
	item.Held:     {item.Approved, item.Rejected, item.Deferred, item.Withdrawn},
	item.Pending:  {item.Approved, item.Rejected, item.Deferred, item.Withdrawn},
	item.Deferred: {item.Approved, item.Rejected, item.Withdrawn, item.Pending, item.Held},
	item.Approved: {item.Published, item.Deferred, item.Withdrawn, item.Pending, item.Held},
	item.Rejected: {item.Pending, item.Held, item.Deferred, item.Withdrawn},
}

var allowedIssueMoves = map[issue.State][]issue.State{
	issue.Open:    {issue.Closed},
	issue.Closed:  {issue.InProof, issue.Cancelled},
	issue.InProof: {issue.Signed, issue.Closed, issue.Cancelled},
	issue.Signed:  {issue.Sending, issue.InProof, issue.Closed, issue.Cancelled},
	issue.Sending: {issue.Sent},
}

// checkInvariants checks what must hold after every step.
func (m *machine) checkInvariants(step string) {
	fail := func(format string, args ...any) {
		m.t.Fatalf("after %s: "+format+"\n%s", append(append([]any{step}, args...), m.dump())...)
	}
	m.read(func(v newsroom.View) error {
		issues := m.issues()
		for _, it := range m.items() {
			if was, ok := m.itemStates[it.ID]; ok && was != it.State && !slices.Contains(allowedMoves[was], it.State) {
				fail("item %d went from %s to %s", it.ID, was, it.State)
			}
			m.itemStates[it.ID] = it.State
			decisions, err := v.Decisions(it.ID)
			if err != nil {
				return err
			}
			m.checkAuthors(v, it, decisions, fail)
			if (it.State == item.Approved || it.State == item.Published) != (it.Approved != 0) {
				fail("item %d is %s, its approved revision %d", it.ID, it.State, it.Approved)
			}
			if it.Approved != 0 {
				rev, err := v.Revision(it.ID, it.Approved)
				if err != nil {
					return err
				}
				votes, people := map[string]bool{}, map[string]bool{}
				for _, d := range editorial.Effective(decisions) {
					if d.Verb == editorial.Approve && d.Revision == rev.Number && d.Hash == rev.Hash {
						votes[d.Editor.Key()], people[d.DecidedBy().Key()] = true, true
					}
				}
				if want := m.service.Rules.QuorumOf(rev.Section); len(votes) < want || len(people) < want {
					fail("item %d is approved by %d voices of %d people, and %d are needed", it.ID, len(votes), len(people), want)
				}
			}
			if it.Issue != 0 && !slices.ContainsFunc(issues, func(is issue.Issue) bool {
				return int64(is.ID) == it.Issue && is.State != issue.Open && is.State != issue.Cancelled
			}) {
				fail("item %d stands in issue %d, which does not hold it", it.ID, it.Issue)
			}
		}
		for _, is := range issues {
			if was, ok := m.issueStates[is.ID]; ok && was != is.State && !slices.Contains(allowedIssueMoves[was], is.State) {
				fail("issue %d went from %s to %s", is.ID, was, is.State)
			}
			m.issueStates[is.ID] = is.State
			if is.State != issue.Signed && is.State != issue.Sending {
				continue
			}
			p, standing, err := v.Proof(is.ID)
			if err != nil {
				return err
			}
			signatures, err := v.Signatures(p.ID)
			if err != nil {
				return err
			}
			signers := map[string]bool{}
			for _, s := range signatures {
				if s.Hash == p.Hash {
					signers[s.Signer().Key()] = true
				}
			}
			if !standing || len(signers) < m.service.Rules.ProofQuorum {
				fail("issue %d is %s with %d signers of its proof", is.ID, is.State, len(signers))
			}
			content, err := m.service.Content(v, is.ID)
			if err != nil {
				return err
			}
			editions, _ := plainRenderer{}.Issue(context.Background(), content)
			if issue.EditionsHash(content, editions) != p.Hash {
				fail("issue %d is %s and is not what was signed", is.ID, is.State)
			}
		}
		return nil
	})
}

// checkAuthors checks that each decision came by a mail of its author, and that nobody
// approved their own item.
func (m *machine) checkAuthors(v newsroom.View, it item.Item, decisions []editorial.Decision, fail func(string, ...any)) {
	for _, d := range decisions {
		if d.Verb == editorial.Withdraw {
			continue
		}
		mail := m.mails[d.Message]
		if mail == nil {
			raw, err := v.Raw(d.Message)
			if err != nil {
				m.t.Fatal(err)
			}
			if mail, err = message.Read(raw); err != nil {
				m.t.Fatal(err)
			}
			m.mails[d.Message] = mail
		}
		if !mail.Author().Address.Equal(d.DecidedBy()) {
			fail("decision %d of %s came by a mail of %s", d.ID, d.DecidedBy(), mail.Author().Address)
		}
		confirmed := strings.Contains(d.How, "confirmed by one more reply")
		if mail.Authentication("mx.example").Verdict != message.AuthPass && !confirmed || mail.Header.Get("Auto-Submitted") != "" {
			fail("decision %d came by a mail that must not decide: %s, %s", d.ID, mail.ID, mail.Header.Values("Authentication-Results"))
		}
		if d.Verb == editorial.Approve && (it.Sender.Address.Equal(d.Editor) || it.Sender.Address.Equal(d.DecidedBy())) {
			fail("%s approved their own item %d", d.DecidedBy(), it.ID)
		}
		if d.By != "" && d.By != deputy {
			fail("%s spoke for %s", d.By, d.Editor)
		}
	}
}

var machineReplies = []string{
	"Oui", "OK 👍", "Validé, merci !", "OK\n\nMerci à vous, belle journée.\n", "Non : doublon", "NON : déjà paru en 2017", "Reporter", "au prochain numéro",
	"Oui mais pas avant mardi", "OK ?", "oui et non", "OK\n\nPS : ne pas publier avant mardi", "Je suis absent jusqu'au 5 mars.",
	"TITRE : Un autre titre", "OUI\nTITRE : Un titre meilleur", "RUBRIQUE : people", "OUI\nRUBRIQUE : people", "CORRIGER\nUn texte tout neuf, que personne n'avait lu.",
	"OUI\nTITRE : Encore un titre", "TRADUCTION EN\nA title\n\nA text in English.", "ANNULER", "Annuler", "ANNULER",
	"DÉLÉGUER à Paul Lenoir jusqu'au 20 février 2018", "DÉLÉGUER à Marco Bellini jusqu'au 5 février 2018", "Bon à tirer", "BAT", "Retirer",
}

func (m *machine) answer() {
	asked := m.asked(token.Decision, token.Queue, token.Plan, token.Outcome, token.Proof, token.Challenge)
	if len(asked) == 0 {
		return
	}
	// Late ones too, but mostly those that were just asked.
	i := len(asked) - 1 - min(len(asked)-1, rapid.IntRange(0, 12).Draw(m.draw, "how late"))
	if rapid.IntRange(0, 4).Draw(m.draw, "any") == 0 {
		i = rapid.IntRange(0, len(asked)-1).Draw(m.draw, "request")
	}
	q := asked[i]
	text := rapid.SampledFrom(machineReplies).Draw(m.draw, "text")
	switch q.Purpose {
	case token.Queue:
		text = ""
		for _, s := range q.Subjects {
			order := rapid.SampledFrom([]string{"oui", "non : doublon", "reporter", "rubrique = people", "annuler", "oui si Marie veut", ""}).Draw(m.draw, "order")
			if order != "" {
				text += fmt.Sprintf("%d %s\n", s.Item, order)
			}
		}
	case token.Plan:
		if all := m.items(); len(all) > 0 {
			n := rapid.SampledFrom(all).Draw(m.draw, "item").ID
			text = rapid.SampledFrom([]string{fmt.Sprintf("ORDRE : %d", n), fmt.Sprintf("RETIRER %d", n), "ÉDITO\nUn mot\n\nChers collègues, voici notre numéro.", "ATTENDRE", "ANNULER"}).Draw(m.draw, "arrangement")
		}
	case token.Proof:
		text = rapid.SampledFrom([]string{"Bon à tirer", "BAT", "Oui", "ANNULER", "Bon à tirer, sauf la page 2"}).Draw(m.draw, "signing")
	case token.Outcome:
		text = rapid.SampledFrom([]string{"ANNULER", "Merci", "Oui"}).Draw(m.draw, "second thoughts")
	}
	from := q.Person
	if rapid.IntRange(0, 9).Draw(m.draw, "whose") == 0 {
		from = rapid.SampledFrom(append(slices.Clone(machineEditors), message.Mailbox{Address: deputy}, message.Mailbox{Address: nadia})).Draw(m.draw, "from").Address
	}
	fields := rapid.SampledFrom([]string{"", "", "", "", "", "", "Auto-Submitted: auto-replied\r\n"}).Draw(m.draw, "fields")
	vouched := rapid.IntRange(0, 9).Draw(m.draw, "vouched") != 0
	m.mail(from, m.address(q), fields+"Subject: Re: \r\n", text+"\n", vouched)
}

// answerAll answers the latest requests of a purpose with a text.
func (m *machine) answerAll(p token.Purpose, text string) {
	asked := m.asked(p)
	for _, q := range asked[max(0, len(asked)-6):] {
		m.mail(q.Person, m.address(q), "Subject: Re: \r\n", text+"\n", true)
		m.checkInvariants("consent")
	}
}

// TestStateMachine_InvariantsHoldUnderRandomMail runs the newsroom for weeks of random mail.
func TestStateMachine_InvariantsHoldUnderRandomMail(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/Paris", "America/Guadeloupe"}).Draw(rt, "zone")
		m := newMachine(rt, newFolder(t), zone)
		m.draw = rt
		defer func() { m.store.Close() }()
		defer func() { verifyLog(m.t, m.store) }()
		rt.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { m.checkInvariants("a step") },
			"news": func(rt *rapid.T) {
				from := rapid.SampledFrom([]message.Address{nadia, nadia, nadia, "solene@reseau.example", "inconnu@ailleurs.example"}).Draw(rt, "from")
				m.mail(from, mailbox, fmt.Sprintf("Subject: Une nouvelle %d\r\n", m.uid), "La Cité des métiers a du nouveau, et le dit ici.\n\nUn forum aura lieu le 22 mars 2018 à Rouen.\n", true)
			},
			"answer":  func(*rapid.T) { m.answer() },
			"answer2": func(*rapid.T) { m.answer() },
			"answer3": func(*rapid.T) { m.answer() },
			"correction": func(rt *rapid.T) {
				if asked := m.asked(token.Receipt); len(asked) > 0 {
					q := rapid.SampledFrom(asked).Draw(rt, "receipt")
					text := rapid.SampledFrom([]string{"Voici le texte corrigé :\n\nLa Cité des métiers a vraiment du nouveau, et le dit ici plus longuement.\n", "RETIRER", "Merci !", "Merci !", "Bien reçu."}).Draw(rt, "text")
					m.mail(q.Person, m.address(q), "Subject: Re: \r\n", text, true)
				}
			},
			"duplicate": func(rt *rapid.T) {
				if len(m.sent) == 0 {
					return
				}
				raw := rapid.SampledFrom(m.sent).Draw(rt, "mail")
				before := m.dump()
				m.uid++
				m.bring(raw)
				if after := m.dump(); after != before {
					rt.Fatalf("a mail that came again changed\n%s\ninto\n%s\n%s", before, after, raw)
				}
			},
			"consent":  func(*rapid.T) { m.answerAll(token.Decision, "Oui") },
			"sign-off": func(*rapid.T) { m.answerAll(token.Proof, "Bon à tirer") },
			"closing": func(*rapid.T) {
				for _, is := range m.issues() {
					if is.State == issue.Open || is.State == issue.Closed {
						m.pass(is.Proofs.Sub(m.clock.Now()))
						break
					}
				}
			},
			"away": func(rt *rapid.T) {
				for _, q := range m.asked(token.Decision, token.Queue) {
					if q.For == "" && q.Person == rapid.SampledFrom(machineEditors).Draw(rt, "who").Address {
						until := m.clock.Now().AddDate(0, 0, 5).Format("02/01/2006")
						m.mail(q.Person, m.address(q), "Subject: Re: \r\n", "DÉLÉGUER à Paul Lenoir jusqu'au "+until+"\n", true)
						break
					}
				}
			},
			"time":    func(rt *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour) },
			"minutes": func(rt *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 50).Draw(rt, "minutes")) * time.Minute) },
			"restart": func(*rapid.T) { m.restart() },
		})
	})
}
