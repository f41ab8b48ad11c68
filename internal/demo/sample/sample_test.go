package sample

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"infolettre/internal/audience"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// script is what script.toml may hold.
type script struct {
	Start    time.Time `toml:"start"`
	Greylist string    `toml:"greylist"`
	From     time.Time `toml:"greylist_from"`
	End      time.Time `toml:"end"`
	Mail     []struct {
		At     time.Time `toml:"at"`
		File   string    `toml:"file"`
		Says   string    `toml:"says"`
		SaysEn string    `toml:"says_en"`
	} `toml:"mail"`
	Note []struct {
		At     time.Time `toml:"at"`
		Says   string    `toml:"says"`
		SaysEn string    `toml:"says_en"`
	} `toml:"note"`
	Reply []answer `toml:"reply"`
	Auto  []answer `toml:"auto"`
}

type answer struct {
	Kind   string    `toml:"kind"`
	Person string    `toml:"person"`
	About  string    `toml:"about"`
	From   time.Time `toml:"from"`
	After  string    `toml:"after"`
	Text   string    `toml:"text"`
	Client string    `toml:"client"`
	File   string    `toml:"file"`
	Says   string    `toml:"says"`
	SaysEn string    `toml:"says_en"`
}

func readScript(t *testing.T) script {
	t.Helper()
	var s script
	dec := toml.NewDecoder(bytes.NewReader(read(t, "script.toml")))
	if err := dec.DisallowUnknownFields().Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mails(t *testing.T) map[string]*message.Message {
	t.Helper()
	entries, err := Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*message.Message{}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".eml" {
			continue
		}
		raw := read(t, e.Name())
		if bytes.Contains(raw, []byte("\r")) {
			t.Errorf("%s has carriage returns", e.Name())
		}
		m, err := message.Read(bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")))
		if err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		all[e.Name()] = m
	}
	return all
}

func TestMails_AreReadable(t *testing.T) {
	for name, m := range mails(t) {
		if m.Author().Address == "" {
			t.Errorf("%s: no author", name)
		}
		if m.Subject == "" || strings.Contains(m.Subject, "=?") {
			t.Errorf("%s: subject %q", name, m.Subject)
		}
		if m.ID == "" || m.Date.IsZero() {
			t.Errorf("%s: id %q, date %v", name, m.ID, m.Date)
		}
		if body := m.Body(); len(body) < 100 || strings.ContainsRune(body, '\ufffd') {
			t.Errorf("%s: text %q", name, body)
		}
		for _, field := range []string{"Received", "Return-Path", "Delivered-To", "Authentication-Results"} {
			if m.Header.Get(field) != "" {
				t.Errorf("%s has %s, which the server adds", name, field)
			}
		}
	}
}

func TestMails_OnlyTheAbsenceIsAutomatic(t *testing.T) {
	for name, m := range mails(t) {
		if why, automatic := m.Automatic(); automatic != strings.HasPrefix(name, "auto-") {
			t.Errorf("%s: automatic %v (%s)", name, automatic, why)
		}
	}
}

var (
	// namespaces are names, which nobody fetches.
	namespaces = regexp.MustCompile(`xmlns(?::\w+)?="[^"]*"`)
	domains    = regexp.MustCompile(`(?:@|https?://)([\pL\pN-]+(?:\.[\pL\pN-]+)+)`)
)

func TestMails_UseExampleDomainsOnly(t *testing.T) {
	texts := map[string]string{"people.csv": string(read(t, "people.csv")), "script.toml": string(read(t, "script.toml"))}
	for name, m := range mails(t) {
		header, _, _ := bytes.Cut(read(t, name), []byte("\n\n"))
		texts[name] = string(header) + "\n" + m.Text + "\n" + namespaces.ReplaceAllString(m.HTML, "")
	}
	for name, text := range texts {
		for _, found := range domains.FindAllStringSubmatch(text, -1) {
			if !strings.HasSuffix(found[1], ".example") {
				t.Errorf("%s: %s", name, found[0])
			}
		}
	}
}

func TestPeople_MatchTheMails(t *testing.T) {
	file, err := audience.ReadCSV(bytes.NewReader(read(t, "people.csv")), []string{"fr", "en"})
	if err != nil || len(file.Bad) > 0 {
		t.Fatal(err, file.Bad)
	}
	people := file.People
	if len(people) != 40 {
		t.Errorf("%d people, want 40", len(people))
	}
	count := map[string]int{}
	listed := map[string]audience.Subscriber{}
	for _, p := range people {
		count[p.Language]++
		listed[p.Address.Key()] = p
		for _, tag := range p.Tags {
			count[tag]++
		}
	}
	want := map[string]int{"fr": 27, "en": 13, "membre": 29, "executif": 5, "partenaire": 11, "contact": 10}
	for key, n := range want {
		if count[key] != n {
			t.Errorf("%d people with %s, want %d", count[key], key, n)
		}
	}
	strangers := 0
	for name, m := range mails(t) {
		from := m.Author().Address
		if from.Domain() == "reseau.example" { // the editors
			continue
		}
		if p, ok := listed[from.Key()]; !ok {
			strangers++
		} else if !p.Contributor() || p.Name != m.Author().Name && name != "05-grand-geneve.eml" {
			t.Errorf("%s is of %s, whom the list has as %s, %v", name, m.Author(), p.Name, p.Tags)
		}
	}
	if strangers != 1 {
		t.Errorf("%d mails of strangers, want 1", strangers)
	}
}

func TestScript_MatchesTheMails(t *testing.T) {
	s, all := readScript(t), mails(t)
	used := map[string]bool{}
	sent := map[string]message.Address{} // who wrote each item, by its title
	last := s.Start
	for _, m := range s.Mail {
		mail := all[m.File]
		if mail == nil {
			t.Errorf("no file %s", m.File)
			continue
		}
		if lag := m.At.Sub(mail.Date); lag < 0 || lag > time.Minute {
			t.Errorf("%s arrives %v after it was written", m.File, lag)
		}
		if m.At.Before(last) || m.At.After(s.End) {
			t.Errorf("%s is out of order", m.File)
		}
		if m.Says == "" || m.SaysEn == "" {
			t.Errorf("nothing is said of %s", m.File)
		}
		last, used[m.File] = m.At, true
		items, err := item.FromMessage(item.Prepare(mail, nil), item.Guide{
			Sections: []item.Section{{Key: item.SectionNetwork}}, Location: time.UTC, Language: "fr", Received: m.At,
		})
		if err != nil {
			t.Errorf("%s: %v", m.File, err)
		}
		for _, u := range items {
			sent[u.Title] = mail.Author().Address
		}
	}
	for _, a := range append(s.Reply, s.Auto...) {
		if after, err := time.ParseDuration(a.After); err != nil || after <= 0 {
			t.Errorf("%s about %q: after %q", a.Person, a.About, a.After)
		}
		if a.Says == "" || a.SaysEn == "" {
			t.Errorf("nothing is said of %s about %q", a.Person, a.About)
		}
		if a.File != "" {
			if all[a.File] == nil {
				t.Errorf("no file %s", a.File)
			}
			used[a.File] = true
		} else if a.Text == "" || a.Kind == "" || a.Client == "" {
			t.Errorf("%s about %q: incomplete", a.Person, a.About)
		}
		switch a.Kind {
		case "proof", "plan", "queue":
			continue // it is about the issue, or about all that waits
		}
		var fits []string
		for title := range sent {
			if strings.Contains(strings.ToLower(title), strings.ToLower(a.About)) {
				fits = append(fits, title)
			}
		}
		if strings.HasPrefix(a.About, "Version corrigée") || strings.HasPrefix(a.About, "Décision annulée") {
			continue // it is about the only one that is corrected, or undone
		}
		if a.About == "" || len(fits) != 1 {
			t.Errorf("%s about %q fits %q, want one mail", a.Person, a.About, fits)
			continue
		}
		if own := string(sent[fits[0]]) == a.Person; own != (a.Kind == "receipt") {
			t.Errorf("%s answers a %s about %q, which is their own: %t", a.Person, a.Kind, fits[0], own)
		}
	}
	for name := range all {
		if !used[name] {
			t.Errorf("%s is never sent", name)
		}
	}
}
