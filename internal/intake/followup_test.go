package intake_test

import (
	"context"
	"fmt"
	"log/slog"
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

const (
	nadia   = "nadia@cite-rouen.example"
	mailbox = "info@cites.example"
)

// desk is an intake on a real store with its own time.
type desk struct {
	*intake.Intake
	t       testing.TB
	service *newsroom.Service
	store   *sqlite.Store
	now     time.Time
	uid     uint32
}

func newDesk(t testing.TB) *desk {
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
	d := &desk{t: t, now: time.Date(2018, 2, 1, 9, 0, 0, 0, paris)}
	sections := []item.Section{{Key: "cites"}}
	d.service = newsroom.New(newsroom.Options{
		Address: message.Mailbox{Name: "InfoLettre", Address: mailbox}, Operator: message.Mailbox{Address: "admin@cites.example"},
		Languages: []string{"fr", "en"}, Location: paris, Secret: token.Secret("a key for the tests, which is no secret"),
		Rules: editorial.Rules{Quorum: 1, ProofQuorum: 1}, Sections: sections,
		Editors: []newsroom.Editor{{Mailbox: message.Mailbox{Name: "Élise", Address: "elise@reseau.example"}, Language: "fr"}},
		Calendar: issue.Calendar{
			Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
			Grace: 7 * 24 * time.Hour, Location: paris,
		},
	})
	if d.store, err = sqlite.Open(context.Background(), newFolder(t), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	d.Intake = intake.New(intake.Options{
		Sections: sections, Location: paris, AuthservID: "mx.example", Now: func() time.Time { return d.now },
		Log: slog.New(slog.DiscardHandler),
	}, d.service, d.store)
	_, err = d.store.ImportPeople(context.Background(), audience.Import{
		People:  []audience.Subscriber{{Address: nadia, Name: "Nadia Berthier", Tags: []string{audience.TagContact}, Consent: "x", Language: "fr"}},
		Columns: []string{"email", "name", "tags", "language"},
	}, d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.act(func(v newsroom.View) (newsroom.Effects, error) { return d.service.Open(v, d.now) })
	return d
}

func (d *desk) act(f func(newsroom.View) (newsroom.Effects, error)) {
	d.t.Helper()
	if err := d.store.Write(context.Background(), f); err != nil {
		d.t.Fatal(err)
	}
}

// offer submits items of one message and returns the handle of their receipt.
func (d *desk) offer(texts ...string) string {
	d.t.Helper()
	d.uid++
	var handle string
	_, err := d.store.Receive(context.Background(), intake.Arrival{UIDValidity: 1, UID: d.uid, ContentHash: fmt.Sprint(d.uid), At: d.now, Raw: []byte("x")},
		func(v newsroom.View, id int64) (intake.Verdict, newsroom.Effects, error) {
			o := newsroom.SubmitInput{Message: id, Sender: message.Mailbox{Name: "Nadia Berthier", Address: nadia}, Language: "fr", SendReceipt: true, At: d.now}
			for i, text := range texts {
				o.Items = append(o.Items, item.ParsedItem{Content: item.Content{Title: fmt.Sprintf("Titre %c", 'A'+i), Section: "cites", Language: "fr", Text: text, HTML: "<p>" + text + "</p>"}})
			}
			fx, err := d.service.Submit(v, o)
			for _, change := range fx {
				if q, ok := change.(newsroom.AddRequest); ok && q.Purpose == token.Receipt {
					handle = q.Request.Handle(d.service.Secret).String()
				}
			}
			return intake.Verdict{Kind: intake.Contribution, Folder: intake.FolderDone}, fx, err
		})
	if err != nil {
		d.t.Fatal(err)
	}
	return handle
}

// answer handles Nadia's reply to a receipt and returns its verdict.
func (d *desk) answer(handle, text string) (v intake.Verdict) {
	d.t.Helper()
	d.uid++
	to := strings.Replace(mailbox, "@", "+"+handle+"@", 1)
	raw := fmt.Appendf(nil, "From: Nadia Berthier <%s>\r\nTo: %s\r\nSubject: Re: Bien reçu\r\nDate: %s\r\nMessage-ID: <%d@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n",
		nadia, to, d.now.Format(time.RFC1123Z), d.uid, strings.ReplaceAll(text, "\n", "\r\n"))
	m, err := intake.Read(raw, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	// What `explain` says is what the mailbox's loop does.
	err = d.store.Read(context.Background(), func(view newsroom.View) error {
		v, _, err = d.Classify(view, m, 0, d.now)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := receive(d.Intake, d.uid, raw); err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) items() []item.Item {
	d.t.Helper()
	items, err := d.store.Items(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return items
}

// letters counts the letters queued since the last call, by person and topic.
func (d *desk) letters() map[string]int {
	d.t.Helper()
	jobs, err := d.store.Ledger().Claim(context.Background(), d.now, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	topics := map[string]int{}
	for _, job := range jobs {
		topics[job.To.Address.Local()+" "+job.Letter.Topic]++
	}
	return topics
}

const (
	sea     = "La Cité des métiers de Rouen organise un forum des métiers de la mer. Deux cents lycéens sont attendus sur les quais pour rencontrer des marins, essayer un simulateur et faire relire leur premier CV."
	crafts  = "Le nouveau campus des métiers d'art ouvre ses portes à Nantes. Les visites guidées partent toutes les heures de l'accueil, et les ateliers de céramique et de reliure sont ouverts aux familles du quartier."
	scholar = "Une bourse de mobilité est offerte à dix apprentis du réseau. Les dossiers sont à rendre avant la fin du mois de juin auprès de la délégation, qui répondra à chacune et à chacun avant la rentrée."
)

// Of several items only the one that is meant is corrected.
func TestFollowup_CorrectsOnlyTheItemThatIsMeant(t *testing.T) {
	d := newDesk(t)
	handle := d.offer(sea, crafts, scholar)
	d.letters()
	v := d.answer(handle, "Version corrigée :\n\n"+strings.Replace(crafts, "toutes les heures", "toutes les deux heures", 1))
	if v.Kind != intake.Correction || v.Reply.Verb != editorial.Edit || v.Folder != intake.FolderDone || len(v.Items) != 1 {
		t.Errorf("%+v", v)
	}
	for i, it := range d.items() {
		if want := map[bool]int{true: 2, false: 1}[i == 1]; it.Current.Number != want {
			t.Errorf("item %d has revision %d", it.ID, it.Current.Number)
		}
	}
	if got := d.items()[1].Current; !strings.Contains(got.Text, "toutes les deux heures") || got.Title != "Titre B" || strings.Contains(got.Text, "corrigée") {
		t.Errorf("%q:\n%s", got.Title, got.Text)
	}
	if got := d.letters(); len(got) != 2 || got["nadia revised"] != 1 || got["elise request-revised"] != 1 {
		t.Errorf("letters %v", got)
	}
	// Which one is meant is not clear: the editors read it.
	v = d.answer(handle, "Version corrigée :\n\nUn texte entièrement nouveau, dont rien ne dit lequel des trois il doit remplacer dans le prochain numéro.")
	if v.Kind != intake.Correction || v.Reply.Verb != editorial.None {
		t.Errorf("%+v", v)
	}
	if got := d.letters(); len(got) != 2 || got["nadia noted"] != 1 || got["elise note"] != 1 {
		t.Errorf("letters %v", got)
	}
	// By its number.
	v = d.answer(handle, "n° 3 : nouvelle version\n\nDix bourses de mobilité sont offertes cette année. Les dossiers se retirent à la délégation et sont à y rendre avant l'été, par voie électronique seulement.")
	if v.Reply.Verb != editorial.Edit || d.items()[2].Current.Number != 2 {
		t.Errorf("%+v", v)
	}
	for text, why := range map[string]string{"Merci !": "thanks", "OUI": "thanks", "NON : doublon": "remark"} {
		if v := d.answer(handle, text); v.Kind != intake.Correction || v.Reply.Verb != editorial.None || !strings.Contains(v.Why, why) {
			t.Errorf("%q: %+v", text, v)
		}
	}
}

// The endless answers of a hidden machine to a receipt go to the office after a while, and
// flood no editor.
func TestFollowup_FloodIsLeftToTheOffice(t *testing.T) {
	d := newDesk(t)
	handle := d.offer(sea)
	d.letters()
	notes := 0
	for i := range 50 {
		d.answer(handle, fmt.Sprintf("Votre message n° %d a été transmis au service concerné.", i))
		notes += d.letters()["elise note"]
	}
	if notes < 10 || notes > 30 {
		t.Errorf("an editor was told %d times within an hour", notes)
	}
	if v := d.answer(handle, "Une dernière remarque."); v.Folder != intake.FolderOther || !strings.Contains(v.Why, "office") {
		t.Errorf("%+v", v)
	}
	d.now = d.now.Add(61 * time.Minute)
	if v := d.answer(handle, "Encore une."); v.Folder != intake.FolderDone || d.letters()["elise note"] != 1 {
		t.Errorf("an hour later: %+v", v)
	}
}

// In any order of answers, decisions and commands: what is approved was approved by somebody,
// a contributor changes nothing in a closed issue, each outcome is told once for a revision,
// and no remark is lost.
func TestFollowup_InvariantsHoldInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		defer d.store.Close()
		handle := d.offer(sea)
		letters := map[string]int{}
		count := func() {
			for topic, n := range d.letters() {
				letters[topic] += n
			}
		}
		closed := ""
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			d.now = d.now.Add(time.Hour)
			before := d.items()[0]
			switch rapid.SampledFrom([]string{"correct", "correct", "thank", "remark", "withdraw", "decide", "decide", "operate", "close"}).Draw(rt, "what") {
			case "correct":
				d.answer(handle, "Version corrigée :\n"+strings.Replace(sea, "Deux cents", fmt.Sprintf("%d", rapid.IntRange(100, 104).Draw(rt, "lycéens")), 1))
				if it := d.items()[0]; it.Approved != before.Approved || it.Issue != before.Issue {
					rt.Fatalf("a correction made %+v of %+v", it, before)
				}
			case "thank":
				d.answer(handle, "Merci beaucoup !")
				if it := d.items()[0]; it.Current.Number != before.Current.Number {
					rt.Fatalf("thanks made a revision")
				}
			case "remark":
				n := letters["elise note"]
				d.answer(handle, fmt.Sprintf("Remarque n° %d : où sont les photos", i+100))
				if count(); letters["elise note"] != n+1 {
					rt.Fatalf("a remark was lost")
				}
			case "withdraw":
				d.answer(handle, "RETIRER")
			case "decide":
				err := d.store.Write(context.Background(), func(v newsroom.View) (newsroom.Effects, error) {
					fx, _, err := d.service.Decide(v, editorial.Decision{
						Item: 1, Revision: before.Current.Number, Hash: before.Current.Hash, Editor: "elise@reseau.example", Reason: "x", At: d.now,
						Verb: rapid.SampledFrom([]editorial.Verb{editorial.Approve, editorial.Approve, editorial.Reject, editorial.Defer}).Draw(rt, "verb"),
					})
					return fx, err
				})
				_ = err // refused where it is settled
			case "operate":
				_ = d.store.Write(context.Background(), func(v newsroom.View) (newsroom.Effects, error) {
					fx, _, err := d.service.Override(v, 1, rapid.SampledFrom([]editorial.Verb{editorial.Approve, editorial.Reject, editorial.Defer}).Draw(rt, "order"), "x", d.now)
					return fx, err
				})
			case "close":
				if closed == "" {
					d.act(func(v newsroom.View) (newsroom.Effects, error) { return d.service.Close(v, 1, d.now) })
					closed = "closed"
				}
			}
			count()
			it := d.items()[0]
			if (it.State == item.Approved) != (it.Approved > 0) || it.Approved > it.Current.Number {
				rt.Fatalf("%s with revision %d of %d approved", it.State, it.Approved, it.Current.Number)
			}
			events, err := d.store.Agenda(context.Background())
			if err != nil {
				rt.Fatal(err)
			}
			for _, e := range events {
				if !e.Cancelled && it.State != item.Approved {
					rt.Fatalf("an event stands of an item that is %s", it.State)
				}
			}
			for _, topic := range []string{"nadia your-approved", "nadia your-deferred"} {
				if letters[topic] > 1 {
					rt.Fatalf("%s: %d times", topic, letters[topic])
				}
			}
			if n := letters["nadia your-rejected"]; n > it.Current.Number {
				rt.Fatalf("told %d times that it is refused, of %d revisions", n, it.Current.Number)
			}
		}
	})
}
