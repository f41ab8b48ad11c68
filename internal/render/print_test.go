package render_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// frozen sends an issue to people and returns the jobs to print, by address.
func (o *office) frozen(content issue.Content, people ...audience.Subscriber) []delivery.Job {
	o.t.Helper()
	for i := range people {
		people[i].Tags, people[i].Consent = []string{"membre"}, "a form"
	}
	file := audience.Import{People: people, Columns: []string{"email", "name", "language", "tags"}}
	if _, err := o.store.ImportPeople(o.ctx, file, o.now); err != nil {
		o.t.Fatal(err)
	}
	editions, err := o.render.Issue(o.ctx, content)
	if err != nil {
		o.t.Fatal(err)
	}
	o.act(func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{Mailing: delivery.Mailing{
			ID: 1, Kind: delivery.KindIssue, Key: "issue/1", Issue: 1, Created: o.now, Expires: o.now.Add(time.Hour),
			Segments: []audience.Segment{{Name: "all"}},
		}, Editions: editions}}, nil
	})
	jobs, err := o.store.Ledger().Claim(o.ctx, o.now, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	jobs = slices.DeleteFunc(jobs, func(p delivery.Job) bool { return p.Class != delivery.ClassDelivery })
	slices.SortFunc(jobs, func(a, b delivery.Job) int { return strings.Compare(string(a.To.Address), string(b.To.Address)) })
	if len(jobs) != len(people) {
		o.t.Fatalf("%d jobs for %d people", len(jobs), len(people))
	}
	return jobs
}

// A delivery is its edition with the reader's own fields. It is the same at every attempt, also
// with concurrent printing.
func TestPrint_FillsInOnlyTheReadersFields(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offer(1, news(t))
	content := issue.Content{Issue: 1, Period: issue.Period{First: time.January, Last: time.February, Year: 2018},
		Chapters: []issue.Chapter{{Section: "cites", Pieces: []issue.Piece{{Item: 1, Content: news(t)}}}}}
	jobs := o.frozen(content,
		audience.Subscriber{Address: "ana@cidade.example", Name: "Ana \"A.\" Prates", Language: "en"},
		audience.Subscriber{Address: "bea@cidade.example"},
		audience.Subscriber{Address: "elise@reseau.example", Name: "Élise Marchand", Language: "fr"},
		audience.Subscriber{Address: "zoe@cidade.example", Name: "Zoé", Language: "fr"})
	raw := make([][]byte, len(jobs))
	var wg sync.WaitGroup
	for i, p := range jobs {
		wg.Go(func() {
			var buf []byte
			for range 20 {
				var err error
				if _, buf, err = o.render.RenderJob(o.ctx, p, buf); err != nil {
					t.Error(err)
					return
				}
			}
			raw[i] = buf
		})
	}
	wg.Wait()
	secret := o.render.Secret
	for i, p := range jobs {
		from, again, err := o.render.RenderJob(o.ctx, p, nil)
		if err != nil || !bytes.Equal(raw[i], again) {
			t.Fatalf("%s is another at another attempt, %v", p.To, err)
		}
		if h, err := token.Parse(strings.TrimPrefix(message.Address(from).Local(), "infolettre+")); err != nil || !secret.Verify(h, string(p.To.Address)) || h.Number != p.ID {
			t.Errorf("%s: return path %s, %v", p.To, from, err)
		}
		m, err := message.Read(raw[i])
		if err != nil {
			t.Fatal(err)
		}
		own := secret.Handle(token.Delivery, p.ID, string(p.To.Address)).String()
		if m.ID != own+"@cites.example" || m.Header.Get(newsroom.DeliveryField) != own || m.To[0] != p.To {
			t.Errorf("%s got %s, %q, to %v", p.To, m.ID, m.Header.Get(newsroom.DeliveryField), m.To)
		}
		link := o.render.UnsubscribeLink(audience.Subscriber{ID: p.Subscriber, Address: p.To.Address})
		leave := link[strings.LastIndex(link, "/")+1:]
		if got := m.Header.Get("List-Unsubscribe"); got != "<"+link+">, <mailto:infolettre+"+leave+"@cites.example?subject=unsubscribe>" {
			t.Errorf("%s leaves by %s", p.To, got)
		}
		if !strings.Contains(m.Text, link) || !strings.Contains(m.HTML, `href="`+link+`"`) || strings.Contains(m.Text+m.HTML, ".invalid") {
			t.Errorf("%s has no link by which to leave:\n%s", p.To, m.Text)
		}
		if english := strings.Contains(m.Subject, "January"); english != (p.Language == "en") {
			t.Errorf("%s, who reads %q, got %q", p.To, p.Language, m.Subject)
		}
		if n := len(m.Parts); n != 1 || !bytes.Equal(m.Parts[0].Data, picture(t).Data) {
			t.Errorf("%s got %d parts", p.To, n)
		}
	}
}

// BenchmarkPrint compares Print for an issue of 20 KB with encoding the same mail for each
// reader. Both include computing the handles, three for each mail.
func BenchmarkPrint(b *testing.B) {
	o := newOffice(b)
	var content issue.Content
	for i := range 9 {
		text := strings.Repeat("La Cité des métiers accueille les jeunes de la région depuis dix ans. ", 6)
		content.Chapters = append(content.Chapters, issue.Chapter{Section: "cites", Pieces: []issue.Piece{{
			Item: item.ID(i + 1), Content: item.Content{Title: fmt.Sprint("Nouvelle ", i), Section: "cites", Language: "fr", Text: text, HTML: "<p>" + text + "</p>"},
		}}})
	}
	content.Issue, content.Period = 1, issue.Period{First: time.January, Last: time.February, Year: 2018}
	p := o.frozen(content, audience.Subscriber{Address: "elise@reseau.example", Name: "Élise Marchand", Language: "fr"})[0]
	_, raw, err := o.render.RenderJob(o.ctx, p, nil)
	if err != nil {
		b.Fatal(err)
	}
	m, err := message.Read(raw)
	if err != nil {
		b.Fatal(err)
	}
	out := message.Outbound{From: m.Author(), To: m.To, Subject: m.Subject, Date: m.Date, ID: m.ID, Text: m.Text, HTML: m.HTML}
	for _, name := range []string{delivery.KindField, newsroom.DeliveryField, "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} {
		out.Header = append(out.Header, message.Field{Name: name, Value: m.Header.Get(name)})
	}
	handles := func() {
		for _, purpose := range []token.Purpose{token.Delivery, token.Unsubscribe, token.Bounce} {
			_ = o.render.Secret.Handle(purpose, p.ID, string(p.To.Address)).String()
		}
	}
	var alone float64
	perMail := func(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
	b.Run("handles", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			handles()
		}
	})
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			handles()
			if _, err := out.Bytes(); err != nil {
				b.Fatal(err)
			}
		}
		alone = perMail(b)
	})
	b.Run("copy", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(raw)))
		buf := make([]byte, 0, 2*len(raw))
		for b.Loop() {
			if _, buf, err = o.render.RenderJob(o.ctx, p, buf); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(raw)), "octets")
		b.ReportMetric(alone/perMail(b), "times-alone")
	})
}
