package render_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
)

// committee returns an item that announces only an internal event.
func committee() item.Content {
	return item.Content{
		Title: "Convocation du comité exécutif", Section: "network", Language: "fr", Centre: "Cité des métiers de Porto",
		Text: "Le comité se réunit à Porto.", HTML: "<p>Le comité se réunit à Porto.</p>",
		Events: []agenda.Event{{Title: "Comité exécutif", Start: agenda.Date{Year: 2018, Month: 2, Day: 23}, End: agenda.Date{Year: 2018, Month: 2, Day: 24}, Place: "Porto", Audience: agenda.Internal}},
	}
}

// The proof tells the editors which readers get what, and shows every variant.
func TestProof_ListsWhatExternalReadersDoNotGet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		items    []item.Content
		variants []issue.Variant
		attached []string // to the proof for Élise, in French
		says     string
	}{
		"less": {[]item.Content{news(t), committee()}, []issue.Variant{issue.Full, issue.External},
			[]string{"InfoLettre-en.html", "InfoLettre-fr-hors-reseau.html", "InfoLettre-en-hors-reseau.html"}, "« Comité exécutif », 23-24 février 2018"},
		"same": {[]item.Content{news(t)}, []issue.Variant{issue.Full, issue.External}, []string{"InfoLettre-en.html"}, "Rien n’est interne dans ce numéro"},
		"none": {[]item.Content{committee()}, []issue.Variant{issue.Full}, []string{"InfoLettre-en.html"}, "ne recevront rien"},
	} {
		o := newOffice(t)
		o.service.Internal = []audience.Segment{{Name: "membres", Any: []string{"membre"}}}
		for i, it := range c.items {
			o.offer(uint32(i+1), it)
			o.approve(item.ID(i + 1))
		}
		content, editions := o.proposed()
		if got := issue.Variants(editions); !slices.Equal(got, c.variants) {
			t.Errorf("%s: variants %q", name, got)
		}
		letters := o.letters()
		for _, who := range []string{"elise", "marco"} {
			m := letters[who+"-proof"]
			if name == "less" {
				golden(t, who+"-proof-outward.txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			}
			if !strings.Contains(m.Text, issue.EditionsHash(content, editions)) {
				t.Errorf("%s: %s is not told what is signed", name, who)
			}
			noOrders(t, name, m.Text)
		}
		elise := letters["elise-proof"]
		if !strings.Contains(folded(elise.Text), c.says) || !strings.Contains(folded(elise.HTML), c.says) {
			t.Errorf("%s: the proof does not say %q:\n%s", name, c.says, elise.Text)
		}
		var attached []string
		for _, p := range elise.Parts {
			if !p.Inline {
				attached = append(attached, p.Name)
				if secret := strings.Contains(string(p.Data), "Comité"); secret == strings.Contains(p.Name, "hors-reseau") && name == "less" {
					t.Errorf("%s tells of the committee: %t", p.Name, secret)
				}
			}
		}
		if !slices.Equal(attached, c.attached) {
			t.Errorf("%s: attached are %q", name, attached)
		}
		for _, topic := range []string{"proof-new", "proof-again"} {
			for _, lang := range []string{"fr", "en"} {
				out, err := o.render.Letter(o.ctx, &delivery.Letter{
					ID: 1, Kind: delivery.KindProof, Topic: topic, To: message.Mailbox{Address: "elise@reseau.example"}, Language: lang,
					Request: elisesProof(o), Issue: 1, Created: o.now,
				})
				if err != nil {
					t.Fatal(err)
				}
				said, without := o.render.ExternalSummary(content, lang)
				for _, s := range append(without, said) {
					if !strings.Contains(folded(out.Text), folded(s)) {
						t.Errorf("%s in %s does not say %q:\n%s", topic, lang, s, out.Text)
					}
				}
				noOrders(t, topic, out.Text)
			}
		}
	}
}

// folded joins the words of a text with single blanks.
func folded(s string) string { return strings.Join(strings.Fields(s), " ") }

// elisesProof returns her request to sign: the last but one, before Marco's.
func elisesProof(o *office) (id int64) {
	o.t.Helper()
	err := o.store.Read(o.ctx, func(v newsroom.View) error {
		next, err := v.Next(newsroom.SeqRequest)
		id = next - 2
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func noOrders(t *testing.T, name, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if r := editorial.ReadReply(editorial.ReplyText{Text: strings.TrimLeft(line, "> ")}); r.Verb != editorial.None {
			t.Errorf("%s holds a line that orders %q when quoted: %q", name, r.Verb, line)
		}
	}
}

// Readers outside get an edition without internal content in any language, even one that was
// added later.
func TestPrint_ChoosesTheVariant(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.service.Internal = []audience.Segment{{Name: "membres", Any: []string{"membre"}}}
	o.offer(1, news(t))
	content := issue.Content{Issue: 1, Period: issue.Period{First: time.January, Last: time.February, Year: 2018}, Internal: []issue.Entry{{ID: 1, Item: 2, Event: committee().Events[0]}},
		Chapters: []issue.Chapter{{Section: "cites", Pieces: []issue.Piece{{Item: 1, Content: news(t)}}}, {Section: "network", Pieces: []issue.Piece{{Item: 2, Content: committee()}}}}}
	editions, err := o.render.Issue(o.ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if e.Variant == issue.External {
			golden(t, "issue-outward."+e.Language+".txt", "Subject: "+e.Subject+"\n\n"+e.Text)
			golden(t, "issue-outward."+e.Language+".html", e.HTML)
		}
	}
	p := o.frozen(content, audience.Subscriber{Address: "ana@cidade.example", Language: "fr"})[0]
	for _, c := range []struct {
		lang    string
		variant issue.Variant
	}{{"fr", issue.Full}, {"en", issue.Full}, {"fr", issue.External}, {"en", issue.External}, {"pt", issue.External}} {
		p.Language, p.Variant = c.lang, string(c.variant)
		_, raw, err := o.render.RenderJob(o.ctx, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		inside := strings.Contains(m.Text, "Comité") && strings.Contains(m.HTML, "Convocation")
		outside := !strings.Contains(m.Text+m.HTML, "Comité") && !strings.Contains(m.Text+m.HTML, "Convocation")
		if c.variant == issue.Full && !inside || c.variant == issue.External && !outside || !strings.Contains(m.Text, "lycéens") {
			t.Errorf("%s %q:\n%s", c.lang, c.variant, m.Text)
		}
	}
	p.Mailing, p.Variant = 2, string(issue.External)
	o.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{Mailing: delivery.Mailing{ID: 2, Kind: delivery.KindIssue, Key: "2", Created: o.now, Expires: o.now}, Editions: editions[:2]}}, nil
	})
	if _, raw, err := o.render.RenderJob(o.ctx, p, nil); err == nil {
		t.Errorf("where there is no outward edition, one was printed:\n%s", raw)
	}
}
