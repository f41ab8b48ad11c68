package item

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// prose is a text written by a person in which dates are searched.
type prose struct {
	name, hash  string // of the file
	text, title string
	ref         agenda.Date
}

// shared returns a folder beside the module. The test is skipped if it is absent, unless
// INFOLETTRE_REQUIRE names corpus.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{"..", "..", "..", "shared"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		if slices.Contains(strings.Split(os.Getenv("INFOLETTRE_REQUIRE"), ","), "corpus") {
			t.Fatalf("%s is required: %v", filepath.Join(parts...), err)
		}
		t.Skipf("%s is not here", filepath.Join(parts...))
	}
	return dir
}

// undated is the reference date of texts without a date: earlier than all of them, so that no
// date is ignored for being past.
var undated = agenda.Date{Year: 2000, Month: 1, Day: 1}

// proses returns the seed and the visible texts of the mails of two corpora.
func proses(t *testing.T) []prose {
	t.Helper()
	var all []prose
	for _, pattern := range []string{"seed/*.txt", "corpus/replies/*.*", "corpus/mime/*/*.eml"} {
		parts := strings.Split(pattern, "/")
		set, files := strings.Join(parts[:min(2, len(parts)-1)], "/"), []string(nil)
		dir := shared(t, set)
		files, err := filepath.Glob(filepath.Join(dir, strings.TrimPrefix(pattern, set)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(raw)
			p := prose{name: file, hash: hex.EncodeToString(sum[:8]), ref: undated}
			switch ext := filepath.Ext(file); {
			case parts[0] == "seed":
				p.text, p.ref = string(raw), agenda.Date{Year: 2018, Month: 1, Day: 10}
			case ext == ".eml":
				m, err := message.Read(raw)
				if err != nil {
					continue // not a mail, so no text
				}
				p.text, p.title = m.Visible(), m.Subject
				if !m.Date.IsZero() {
					p.ref = agenda.DateOf(m.Date)
				}
			case ext == ".html":
				p.text = (&message.Message{HTML: string(raw)}).Visible()
			case ext == ".txt":
				p.text = message.VisibleReply(string(raw))
			default:
				continue
			}
			if p.title == "" {
				p.title = "Text" // an item always has a title
			}
			all = append(all, p)
		}
	}
	return all
}

// proseLabels returns the manual labels of the events found, by the hash of the file and the
// event. The file contains no text of the corpora.
func proseLabels(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "agenda", "testdata", "prose.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, label, _ := strings.Cut(line, "\t")
		if label != "event" && label != "none" {
			t.Fatalf("label of %s: %q", key, label)
		}
		labels[key] = label
	}
	return labels
}

// eventKey identifies an event in a text by a hash of its days.
func eventKey(p prose, e agenda.Event) string {
	sum := sha256.Sum256([]byte(p.hash + e.Start.String() + e.End.String()))
	return hex.EncodeToString(sum[:8])
}

// proseMark is the highest share, in hundredths, of found events that are none.
const proseMark = 2

func TestFromMessage_ProseHasNoEvents(t *testing.T) {
	t.Parallel()
	labels := proseLabels(t)
	found, wrong, unlabelled := 0, 0, 0
	for _, p := range proses(t) {
		events, questions := agenda.Read(p.text, agenda.Options{Title: p.title, Ref: p.ref})
		for _, e := range events {
			found++
			key := eventKey(p, e)
			switch labels[key] {
			case "event":
			case "none":
				wrong++
				t.Logf("%s: %s is no event: %+v", p.name, key, e)
			default:
				unlabelled++
				t.Errorf("%s: %s is not labelled: %+v", p.name, key, e)
			}
		}
		for _, q := range questions {
			t.Logf("%s: question %+v", p.name, q)
		}
	}
	fmt.Printf("score: dates prose %d false of %d found (%d unlabelled)\n", wrong, found, unlabelled)
	if wrong*100 > proseMark*found {
		t.Errorf("%d of %d events found are none, beyond the mark of %d %%", wrong, found, proseMark)
	}
}
