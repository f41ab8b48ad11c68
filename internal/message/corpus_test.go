package message

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

// repliesMark is the least share of the replies corpus that must be right, in hundredths.
const repliesMark = 97

func TestVisible_RepliesCorpus(t *testing.T) {
	t.Parallel()
	dir := corpusDir(t, "replies")
	table, err := os.ReadFile(filepath.Join(dir, "replies.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	type score struct{ right, all int }
	scores := map[string]*score{}
	count := func(kind string, ok bool) {
		if scores[kind] == nil {
			scores[kind] = &score{}
		}
		scores[kind].all++
		if ok {
			scores[kind].right++
		}
	}
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		cells := strings.Split(row, "\t")
		name, input, expected, takesOff, french := cells[0], cells[1], cells[2], cells[3], cells[4]
		raw, err := os.ReadFile(filepath.Join(dir, input))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, expected))
		if err != nil {
			t.Fatal(err)
		}
		m := &Message{}
		fold := func(s string) string { return strings.Join(strings.Fields(s), " ") }
		switch filepath.Ext(input) {
		case ".eml":
			if m, err = Read(raw); err != nil {
				t.Fatal(err)
			}
		case ".html":
			m.HTML = normalise(string(raw))
			fold = func(s string) string { return strings.Join(strings.Fields(s), "") }
		default:
			m.Text = normalise(string(raw))
		}
		got := m.withoutQuotes()
		if takesOff != "quote" {
			got = withoutSignature(got)
		}
		ok := fold(got) == fold(string(want))
		count("replies", ok)
		count("replies, "+takesOff, ok)
		if french == "yes" {
			count("replies, French", ok)
		}
		if !ok {
			t.Logf("%s:\n--- got\n%s\n--- want\n%s", name, got, want)
		}
	}
	for _, kind := range []string{"replies", "replies, quote", "replies, signature", "replies, quote+signature", "replies, French"} {
		if s := scores[kind]; s != nil {
			fmt.Printf("score: %s %d/%d\n", kind, s.right, s.all)
		}
	}
	if s := scores["replies"]; s.right*100 < repliesMark*s.all {
		t.Errorf("replies: %d of %d, below the mark of %d %%", s.right, s.all, repliesMark)
	}
}
