package editorial

import (
	"strings"
	"testing"
	"unicode"
)

// firstSaid is the first line that is neither blank nor a greeting.
func firstSaid(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" && !greets(line) {
			return line
		}
	}
	return ""
}

func FuzzReadReply(f *testing.F) {
	for _, list := range [][]string{plainYeses, kindWords, secondThoughts} {
		for i, text := range list {
			f.Add(text, "")
			f.Add("OUI\n"+text, list[(i+1)%len(list)])
		}
	}
	f.Add("TITRE : La mer\nDATE = 12 mars", "CORRIGER\nLe forum.")
	f.Add("41 oui, 42 non : doublon", "ORDRE : 4, 2")
	f.Fuzz(func(t *testing.T, text, html string) {
		for _, w := range []ReplyText{{Text: text}, {HTML: text}, {text, html}} {
			r := ReadReply(w)
			if (r.Verb == None) != (r.Why != "") {
				t.Fatalf("%q: verb %s, why %q", w, r.Verb, r.Why)
			}
			if r.Verb == Reject && r.Reason == "" {
				t.Fatalf("%q refuses without a reason", w)
			}
			if l := ReadList(w, []int64{41, 42}); len(l) > maxEntries+1 {
				t.Fatalf("%q: %d lines", w, len(l))
			}
			ReadPlan(w)
		}
		r := read(text)
		if r.Verb != Approve {
			return
		}
		if first := firstSaid(text); !approving(first) {
			t.Fatalf("%q approves", first)
		}
		for _, c := range text {
			if unicode.Is(unicode.Cf, c) && c != '\u200d' && c != '\ufeff' || unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c) && c != 'ª' && c != 'º' {
				t.Fatalf("%q approves in disguise", text)
			}
		}
		for _, after := range []string{"PS: ne pas publier avant mardi", "But wait, not before Tuesday."} {
			if r := read(text + "\n" + after); r.Verb != None && !strings.Contains(r.Body, "But wait") {
				t.Fatalf("%q approves", text+"\n"+after)
			}
		}
		if r := ReadReply(ReplyText{Text: text, HTML: "NON : doublon"}); r.Verb != None {
			t.Fatalf("%q approves against its HTML", text)
		}
	})
}

// approving says whether a line holds a phrase that approves, or a sign for it.
func approving(line string) bool {
	words := strings.Fields(foldLine(line))
	return len(words) > 0 && spoken().orders["approve"].stands(words) || strings.ContainsAny(line, agreeing)
}

// Reading an answer ends soon, however long it is.
func TestReadReply_HostileAnswersEnd(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long and in one goroutine")
	}
	for _, text := range []string{
		strings.Repeat("oui ", 250_000), "OUI\n" + strings.Repeat("si ", 30_000), "OUI\n" + strings.Repeat("merci, ", 14_000), strings.Repeat("41 oui, ", 12_000), strings.Repeat("41-999999999 ", 7000),
		"OUI\n" + strings.Repeat("ne\n", 30_000), strings.Repeat("TITRE : x\n", 9000), "41" + strings.Repeat(", 4", 30_000) + " oui", "NON : " + strings.Repeat("a (", 30_000), strings.Repeat("\n", 1_000_000) + "OUI", "OUI\n" + strings.Repeat("CORRIGER\n", 10_000),
		"OUI\n" + strings.Repeat(strings.Repeat("a", 70)+"\n", 1400), strings.Repeat("non ", 25_000), "41 non : " + strings.Repeat("x 1 oui ", 12_000), "41 oui\n" + strings.Repeat("41 x\n", 15_000),
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := ReplyText{Text: text}
			ReadReply(w)
			ReadList(w, waiting)
			ReadPlan(w)
		})
	}
}
