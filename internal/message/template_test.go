package message

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	markOwn   = "d999999999999-mmmmmmmmmmmmmmmmmmmmmmmmmm"
	markLeave = "u999999999999-nnnnnnnnnnnnnnnnnnnnnnnnnn"
)

// holed returns a mail with both marks in every place where one may be.
func holed(base, before, after string) Outbound {
	link := base + markLeave
	return Outbound{
		From: Mailbox{"Réseau des Cités", "lettre@cite.example"}, Subject: "InfoLettre janvier-février 2018 : " + before,
		Date: time.Date(2018, 2, 16, 9, 0, 0, 0, time.FixedZone("", 3600)), ID: markOwn + "@cite.example",
		Header: []Field{
			{Name: "X-InfoLettre-Delivery", Value: markOwn},
			{Name: "List-Unsubscribe", Value: "<" + link + ">, <mailto:lettre+" + markLeave + "@cite.example?subject=unsubscribe>"},
		},
		Text:     before + link + after + link + "\n" + before,
		HTML:     "<p>" + before + `<a href="` + link + `">` + after + "</a></p>" + link,
		Inline:   []Part{{Name: "photo à Porto.png", Type: "image/png", ContentID: "photo", Data: []byte(before)}},
		Attached: []Part{{Name: "rendez-vous.ics", Type: "text/calendar", Data: []byte(after)}},
	}
}

// with returns the mail for one reader, encoded on its own.
func (o Outbound) with(to Mailbox, own, leave string) Outbound {
	fill := strings.NewReplacer(markOwn, own, markLeave, leave).Replace
	o.To, o.ID, o.Text, o.HTML = []Mailbox{to}, fill(o.ID), fill(o.Text), fill(o.HTML)
	o.Header = append([]Field(nil), o.Header...)
	for i := range o.Header {
		o.Header[i].Value = fill(o.Header[i].Value)
	}
	return o
}

var uncanonical = regexp.MustCompile(`[ \t]\r\n|[ \t]{2}|\t`)

// checkCopy compares a copy with the mail that Bytes writes for the same reader.
func checkCopy(t interface {
	Fatalf(string, ...any)
	Helper()
}, raw []byte, o Outbound) {
	t.Helper()
	checkWire(t, raw)
	alone, err := o.Bytes()
	if err != nil {
		t.Fatalf("%v", err)
	}
	want, err := Read(alone)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := Read(raw)
	if err != nil {
		t.Fatalf("%v", err)
	}
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	wantHead, _, _ := bytes.Cut(alone, []byte("\r\n\r\n"))
	boundary := regexp.MustCompile(`boundary="=_[0-9a-f]*"`)
	if h, w := boundary.ReplaceAll(head, nil), boundary.ReplaceAll(wantHead, nil); !bytes.Equal(h, w) {
		t.Fatalf("header\n%s\nwant\n%s", h, w)
	}
	if got.Text != want.Text || got.HTML != want.HTML || len(got.Parts) != len(want.Parts) {
		t.Fatalf("got %q %q, %d parts; want %q %q, %d", got.Text, got.HTML, len(got.Parts), want.Text, want.HTML, len(want.Parts))
	}
	if strings.TrimSuffix(got.Text, "\n") != strings.TrimSuffix(o.Text, "\n") {
		t.Fatalf("text %q, want %q", got.Text, o.Text)
	}
	for i, p := range got.Parts {
		if w := want.Parts[i]; p.Name != w.Name || p.Type != w.Type || p.ContentID != w.ContentID || p.Inline != w.Inline || !bytes.Equal(p.Data, w.Data) {
			t.Fatalf("part %d is %+v, want %+v", i, p, w)
		}
	}
	if at := uncanonical.FindIndex(body); at != nil {
		t.Fatalf("signing would have to change %q", body[max(0, at[0]-40):at[1]])
	}
	for line := range strings.SplitSeq(string(body), "\r\n") {
		if len(line) > 78 || strings.HasPrefix(line, ".") || strings.HasPrefix(line, "From ") {
			t.Fatalf("body line %q", line)
		}
	}
}

// prose draws texts that contributors write, and texts that nobody should.
func prose() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{
			"Le camion des métiers", " ", "  ", "\t", " \n", "\n", "\n.", ".", "...", "\nFrom ", "From here", "=", "=20", "=\n", "été", "ação",
			"coração", "🙂", "👩‍🚒", strings.Repeat("x", 80), strings.Repeat("é", 40), "https://cite.example/?a=1&b=2", "the fair is open",
			"«\u00a0oui\u00a0»", "--", "\n-- \n", markOwn[:20],
		}), 0, 40).Draw(t, "words")
		return strings.Join(words, rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	})
}

// word draws a word as long as its mark, or shorter.
func word() *rapid.Generator[string] {
	return rapid.StringMatching(`[du][1-9][0-9]{0,11}-[a-z2-7]{26}`)
}

// A quoted text has no line above 76 columns, decodes to itself, and is no longer than it
// must be.
func TestAppendQuoted_IsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := prose().Draw(t, "text") + rapid.SampledFrom([]string{"", markOwn, markLeave + markOwn}).Draw(t, "mark") + prose().Draw(t, "more") + "\n"
		marks := []string{markLeave, markOwn}
		quoted := string(appendQuoted(nil, text, marks))
		back, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(quoted)))
		if err != nil || strings.ReplaceAll(string(back), "\r\n", "\n") != text {
			t.Fatalf("%q was read back as %q, %v", text, back, err)
		}
		if uncanonical.MatchString(quoted) || strings.Count(quoted, markOwn) != strings.Count(text, markOwn) {
			t.Fatalf("%q was quoted as %q", text, quoted)
		}
		for line := range strings.SplitSeq(quoted, "\r\n") {
			if len(line) > 76 {
				t.Fatalf("%q has %d columns", line, len(line))
			}
		}
		if at := regexp.MustCompile(`[^\n]=(4[1-57-9A-F]|5[0-9A]|6|7[0-9A])`).FindString(quoted); at != "" && !strings.Contains(text, "=") {
			t.Fatalf("a letter is quoted, %q in %q", at, quoted)
		}
	})
}

// Any copy equals the mail rendered for its reader alone.
func TestTemplate_FillsAsBytesWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.StringMatching(`https://[a-z]{1,40}\.example/([a-z0-9~.&=]{0,30}/)?u/`).Draw(t, "base")
		o := holed(base, prose().Draw(t, "before"), prose().Draw(t, "after"))
		made, err := o.Template(markOwn, markLeave)
		if err != nil {
			t.Fatal(err)
		}
		var buf []byte
		for range 2 {
			to := Mailbox{rapid.OneOf(rapid.String(), prose()).Draw(t, "name"), "c@d.example"}
			own, leave := word().Draw(t, "own"), word().Draw(t, "leave")
			if buf, err = made.Fill(buf[:0], []Mailbox{to}, own, leave); err != nil {
				t.Fatal(err)
			}
			checkCopy(t, buf, o.with(to, own, leave))
			if bytes.Contains(buf, []byte(markOwn)) || bytes.Contains(buf, []byte(markLeave)) {
				t.Fatalf("a mark is left in\n%s", buf)
			}
			again, err := made.Fill(nil, []Mailbox{to}, own, leave)
			if err != nil || !bytes.Equal(buf, again) {
				t.Fatalf("the same copy has other bytes, %v", err)
			}
		}
	})
}

func TestTemplate_IsFilledConcurrently(t *testing.T) {
	t.Parallel()
	o := holed("https://cite.example/u/", "Une nouvelle de Porto.\n", " et la suite ")
	made, err := o.Template(markOwn, markLeave)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, name := range []string{"Élise Marchand", "Ana \"A.\" Prates", "", "Marco Bellini, chargé de projets à la Cité des métiers de la région"} {
		wg.Go(func() {
			to := Mailbox{name, "a@b.example"}
			own, leave := "d1-"+strings.Repeat("a", 26), "u1-"+strings.Repeat("b", 26)
			var buf []byte
			for range 100 {
				var err error
				if buf, err = made.Fill(buf[:0], []Mailbox{to}, own, leave); err != nil {
					t.Error(err)
					return
				}
			}
			m, err := Read(buf)
			if err != nil || m.ID != own+"@cite.example" || m.To[0].Name != name {
				t.Errorf("%q: %v, %q to %v", name, err, m.ID, m.To)
			}
		})
	}
	wg.Wait()
}

func TestTemplate_RefusesBadWords(t *testing.T) {
	t.Parallel()
	o := holed("https://cite.example/u/", "a", "b")
	for _, mark := range []string{"", "a b", "a\r\n", "é", "a=b", strings.Repeat("m", 76)} {
		if _, err := o.Template(mark); !errors.Is(err, ErrOutbound) {
			t.Errorf("the mark %q: %v", mark, err)
		}
	}
	made, err := o.Template("mmmm")
	if err != nil {
		t.Fatal(err)
	}
	good := []Mailbox{{"", "a@b.example"}}
	for name, fill := range map[string]func() ([]byte, error){
		"no word":            func() ([]byte, error) { return made.Fill(nil, good) },
		"an empty word":      func() ([]byte, error) { return made.Fill(nil, good, "") },
		"a long word":        func() ([]byte, error) { return made.Fill(nil, good, "mmmmm") },
		"a word with a line": func() ([]byte, error) { return made.Fill(nil, good, "a\nb") },
		"a bad address":      func() ([]byte, error) { return made.Fill(nil, []Mailbox{{"", "a@b.example\r\nBcc: c@d.example"}}, "m") },
	} {
		if raw, err := fill(); !errors.Is(err, ErrOutbound) {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
	}
}

func TestWritable_Addresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"a@b.example": true, "o'neill+x@b.example": true, `"a b"@c.example`: true, "a.b@c.example": true,
		"": false, "a": false, "@b.example": false, "a@": false, ".a@b.example": false, "a..b@c.example": false, "a.@b.example": false,
		"a@b@c.example": false, "a b@c.example": false, "é@b.example": true, "a@é.example": false, "\xe9@b.example": false, "a@b.example\r\n": false,
		strings.Repeat("a", 65) + "@b.example": false,
	} {
		if got := canWrite(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

// A reader with an address beyond ASCII gets the same mail; the relay must offer SMTPUTF8,
// which only such a mail needs.
func TestTemplate_AddressBeyondASCII(t *testing.T) {
	t.Parallel()
	out := Outbound{
		From: Mailbox{Name: "InfoLettre", Address: "info@cites.example"}, Subject: "Février", ID: "1@cites.example", Text: "é\n",
	}
	for _, to := range []Mailbox{{Name: "Élise", Address: "élise@lille.example"}, {Address: "élise@lille.example"}, {Name: "Élise", Address: "elise@lille.example"}} {
		out.To = []Mailbox{to}
		raw, err := out.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(raw)
		if err != nil || len(m.Recipients) != 1 || m.Recipients[0] != to.Address {
			t.Errorf("%v: to %v, %v", to, m.Recipients, err)
		}
		if isASCII(string(raw)) != isASCII(string(to.Address)) {
			t.Errorf("%v: written as %q", to, raw)
		}
	}
}
