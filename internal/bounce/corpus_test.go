package bounce

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"infolettre/internal/message"
)

// corpusDir returns the folder of a public corpus beside the module. Without it the test
// is skipped, unless INFOLETTRE_REQUIRE names corpus.
func corpusDir(t *testing.T, set string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", set)
	if _, err := os.Stat(dir); err != nil {
		for _, need := range strings.Split(os.Getenv("INFOLETTRE_REQUIRE"), ",") {
			if need == "corpus" {
				t.Fatalf("corpus %s is required: %v", set, err)
			}
		}
		t.Skipf("corpus %s is not here", set)
	}
	return dir
}

func readFile(t *testing.T, path string) Report {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Read(m)
}

// marks are the least shares of the bounces corpus that must be right, in hundredths.
// Reason follows that project's own scale and is only printed.
var marks = []struct {
	name string
	mark int
}{
	{"kind", 98}, {"recipient", 98}, {"hard", 97}, {"status class", 95}, {"status", 95}, {"reply_code", 0}, {"reason", 0},
}

func TestRead_BouncesCorpus(t *testing.T) {
	t.Parallel()
	dir := corpusDir(t, "bounces")
	table, err := os.ReadFile(filepath.Join(dir, "bounces.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	right, all := map[string]int{}, map[string]int{}
	count := func(name, file string, got, want string) {
		all[name]++
		if got == want {
			right[name]++
		} else {
			t.Logf("%s: %s %q, want %q", file, name, got, want)
		}
	}
	nth := map[string]int{} // rows of a file so far
	reports := map[string]Report{}
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		cells := strings.Split(row, "\t")
		file, recipient, status, reply, hard, reason, kind := cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]
		if _, seen := reports[file]; !seen {
			reports[file] = readFile(t, filepath.Join(dir, file))
			want := strings.TrimPrefix(kind, "not-bounce")
			count("kind", file, string(reports[file].Kind), want)
		}
		var got Recipient
		if all := reports[file].Recipients; nth[file] < len(all) {
			got = all[nth[file]]
		}
		nth[file]++
		if recipient != "-" {
			ok := false
			for _, one := range strings.Split(recipient, ",") {
				ok = ok || strings.EqualFold(one, string(got.Address))
			}
			if ok {
				count("recipient", file, "", "")
			} else {
				count("recipient", file, string(got.Address), recipient)
			}
		}
		if kind == "bounce" {
			count("hard", file, strconv.FormatBool(got.Hard), hard)
			count("reason", file, string(got.Reason), reason)
		}
		if status != "-" {
			count("status class", file, (got.Status + " ")[:1], status[:1])
			count("status", file, got.Status, status)
		}
		if reply != "-" {
			count("reply_code", file, strconv.Itoa(got.ReplyCode), reply)
		}
	}
	for _, m := range marks {
		fmt.Printf("score: bounces %s %d/%d\n", m.name, right[m.name], all[m.name])
		if right[m.name]*100 < m.mark*all[m.name] {
			t.Errorf("%s: %d of %d, below the mark of %d %%", m.name, right[m.name], all[m.name], m.mark)
		}
	}
}

// Ordinary mail is never a report: neither the replies, each in a plain mail, nor the mime
// set.
func TestRead_OrdinaryMailIsNone(t *testing.T) {
	t.Parallel()
	dir := corpusDir(t, "replies")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	right, all := 0, 0
	check := func(name string, raw []byte) {
		m, err := message.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		all++
		if r := Read(m); r.Kind == None {
			right++
		} else {
			t.Errorf("%s: %s (%s)", name, r.Kind, r.Why)
		}
	}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		head := "From: Odile <odile@example.org>\nTo: redaction@example.net\nSubject: Re: votre texte\nMIME-Version: 1.0\nContent-Type: %s; charset=utf-8\n\n"
		switch filepath.Ext(e.Name()) {
		case ".txt":
			raw = append(fmt.Appendf(nil, head, "text/plain"), raw...)
		case ".html":
			raw = append(fmt.Appendf(nil, head, "text/html"), raw...)
		case ".eml":
		default:
			continue
		}
		check(e.Name(), raw)
	}
	mails, err := filepath.Glob(filepath.Join(corpusDir(t, "mime"), "*", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(path, raw)
	}
	fmt.Printf("score: ordinary mail is no bounce %d/%d\n", right, all)
}
