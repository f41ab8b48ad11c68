package message

import (
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLine_BoldOnlyAsAWhole(t *testing.T) {
	t.Parallel()
	for inner, want := range map[string]bool{
		"<strong>Un camion</strong>":                           true,
		"<strong>Un</strong> <strong>camion</strong>":          true,
		"<em><strong>Un camion</strong></em>":                  true,
		`<a href="https://x.example/"><strong>Un</strong></a>`: true,
		"<strong>Un</strong>\u00a0<strong>camion</strong>":     true,
		"<strong>Un</strong> camion":                           false,
		"Un camion":                                            false,
		"<em>Un camion</em>":                                   false,
		"":                                                     false,
		`<strong></strong>`:                                    false,
		`<img src="cid:a" alt="x">`:                            false,
		`<strong>Photo</strong><img src="cid:a" alt="x">`:      true,
		"1. <strong>Un camion</strong>":                        false,
		"<strong>Un</strong><strong> camion</strong><em>, vite dit</em>": false,
		"<strong><strong>Un</strong> camion</strong>":                    true,
		"<strong>Un &lt;camion&gt; &amp; un car</strong>":                true,
		"<strong>À</strong> <em> </em>":                                  true,
		"<strong> </strong>Un":                                           false,
		"<em><strong>Un</strong></em>\u202f<em><strong>?</strong></em>":  true,
	} {
		if got := newLine(inner).Bold(); got != want {
			t.Errorf("%s: bold %t", inner, got)
		}
	}
}

func TestLine_BeforeAndAfterSplitIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		inner         string
		n             int
		before, after string // HTML
	}{
		{"Bonjour, voici", 9, "Bonjour,", "voici"},
		{"Bonjour, <strong>voici le camion</strong>", 9, "Bonjour,", "<strong>voici le camion</strong>"},
		{"<strong>Bonjour, voici</strong> le camion", 9, "<strong>Bonjour, </strong>", "<strong>voici</strong> le camion"},
		{"<em>Élise, <strong>un camion</strong></em>", len("Élise, "), "<em>Élise, </em>", "<em><strong>un camion</strong></em>"},
		{"a &amp; b &lt;c&gt;", 4, "a &amp;", "b &lt;c&gt;"},
		{"Un camion", 0, "", "Un camion"},
		{"Un camion", 100, "Un camion", ""},
		{`Voir <a href="https://x.example/">le camion rouge</a>`, len("Voir le camion"), `Voir <a href="https://x.example/">le camion</a>`, `<a href="https://x.example/">rouge</a>`},
		{"1.\u00a0Un camion", 2, "1.", "Un camion"},
	} {
		l := newLine(c.inner)
		if got := l.Before(c.n).HTML; got != c.before {
			t.Errorf("%s before %d: %q, want %q", c.inner, c.n, got, c.before)
		}
		if got := l.After(c.n).HTML; got != c.after {
			t.Errorf("%s after %d: %q, want %q", c.inner, c.n, got, c.after)
		}
	}
}

func TestLine_CapitalisedBehindTags(t *testing.T) {
	t.Parallel()
	for inner, want := range map[string]string{
		"le camion":                  "Le camion",
		"<strong>le</strong> camion": "<strong>Le</strong> camion",
		"école":                      "École",
		"œuvres":                     "Œuvres",
		"Le camion":                  "Le camion",
		"12 camions":                 "12 camions",
		"«\u00a0le camion\u00a0»":    "«\u00a0le camion\u00a0»",
		"":                           "",
	} {
		if got := newLine(inner).Capitalised(); got.HTML != want {
			t.Errorf("%s: %s, want %s", inner, got.HTML, want)
		} else if got.Text != lineText(got.HTML) {
			t.Errorf("%s: the text is %q", inner, got.Text)
		}
	}
}

func TestLine_TextNamesLinks(t *testing.T) {
	t.Parallel()
	for inner, want := range map[string]string{
		`<a href="https://x.example/a">ici</a>.`:                                    "ici <https://x.example/a>.",
		`<a href="https://x.example/a">x.example/a</a>`:                             "x.example/a",
		`<a href="mailto:a@x.example">a@x.example</a>`:                              "a@x.example",
		`<a href="mailto:a@x.example">Ana</a>`:                                      "Ana <a@x.example>",
		`<a href="https://x.example/?a=1&amp;b=2">ici</a>`:                          "ici <https://x.example/?a=1&b=2>",
		`<a href="https://x.example/"></a>rien`:                                     "rien",
		`a &lt;b&gt; &amp; c`:                                                       "a <b> & c",
		`<img src="cid:a" alt="Une photo">`:                                         "",
		"deux\u200bmots \ufeffcachés &amp; plus":                                    "deuxmots cachés & plus",
		`<a href="https://x.example/"><strong>le</strong> <em>camion</em></a> bleu`: "le camion <https://x.example/> bleu",
	} {
		if got := lineText(inner); got != want {
			t.Errorf("%s: %q, want %q", inner, got, want)
		}
	}
}

// inline draws a line without links, of pieces with and without emphasis.
func inline(t *rapid.T) string {
	var out strings.Builder
	for range rapid.IntRange(0, 6).Draw(t, "pieces") {
		text := html.EscapeString(rapid.SampledFrom([]string{"un", "un ", "école", "deux\u00a0mots", "a & b", "<x>", "«\u00a0Oui\u00a0»", "🚚", "l’été", "et, ", "e\u0301"}).Draw(t, "text"))
		switch rapid.IntRange(0, 3).Draw(t, "tag") {
		case 0:
			text = "<strong>" + text + "</strong>"
		case 1:
			text = "<em>" + text + "</em>"
		case 2:
			text = `<em><strong>` + text + `</strong></em>`
		}
		out.WriteString(text)
	}
	return out.String()
}

// The two parts of a line together are the line.
func TestLine_BeforeAndAfterKeepEveryWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLine(inline(t))
		n := rapid.IntRange(0, len(l.Text)).Draw(t, "n")
		for n < len(l.Text) && !utf8.RuneStart(l.Text[n]) {
			n++
		}
		before, after := l.Before(n), l.After(n)
		if got, want := squeeze(before.Text+after.Text), squeeze(l.Text); got != want {
			t.Fatalf("%q at %d: %q and %q", l.HTML, n, before.Text, after.Text)
		}
		for _, part := range []Line{before, after} {
			if strings.Count(part.HTML, "<strong>") != strings.Count(part.HTML, "</strong>") || strings.Count(part.HTML, "<em>") != strings.Count(part.HTML, "</em>") {
				t.Fatalf("%q at %d: %q is not whole", l.HTML, n, part.HTML)
			}
		}
	})
}

// squeeze drops every blank.
func squeeze(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \n\t\u00a0\u202f", r) }), "")
}

func TestTextBlocks_ParagraphsListsAndQuotations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string // tag, depth as ">", text
	}{
		{"Un.\n\nDeux.", []string{"p Un.", "p Deux."}},
		{"Un\n-----\nDeux", []string{"p Un", "hr ", "p Deux"}},
		{"***\nUn", []string{"hr ", "p Un"}},
		{"Un\n\n=====\n\nDeux", []string{"p Un", "hr ", "p Deux"}},
		{"> Un\n> Deux\n\nTrois", []string{"p> Un\nDeux", "p Trois"}},
		{"> > Un\n> Deux", []string{"p>> Un", "p> Deux"}},
		{"- a\n- b\n\nUn", []string{"ul - a\n- b", "p Un"}},
		{"2 < 3\nUn", []string{"p 2 < 3\nUn"}},
		{">", nil},
		{"", nil},
		{"\u00a0\n\u00a0", nil},
		{"--", []string{"p --"}},
		{"Rendez-vous...\n\n...à Namur", []string{"p Rendez-vous...", "p ...à Namur"}},
	} {
		var got []string
		for _, b := range TextBlocks(c.text) {
			got = append(got, b.Tag+strings.Repeat(">", b.Depth)+" "+b.Text())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestHTMLBlocks_ParagraphsListsAndTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		want   []string
	}{
		{"<h1>Titre</h1>texte nu<p>Un<br>deux</p>", []string{"h2 Titre", "p texte nu", "p Un\ndeux"}},
		{"<h4>Petit</h4><hr><p>Un</p>", []string{"h3 Petit", "hr ", "p Un"}},
		{"<blockquote><p>Un</p><blockquote>Deux</blockquote></blockquote>Trois", []string{"p> Un", "p>> Deux", "p Trois"}},
		{"<ul><li>a<ul><li>b</li></ul></li></ul><p>Un</p>", []string{"ul - a\n\n  - b", "p Un"}},
		{"<table><tr><td>7 mars</td><td>Forum</td></tr></table>", []string{"table 7 mars | Forum"}},
		{"<table><tr><td>Un</td></tr><tr><td>Deux</td></tr></table>", []string{"p Un\nDeux"}},
		{"<p>________</p><p>Un</p>", []string{"hr ", "p Un"}},
		{`<p><img src="cid:a" alt="x"></p><p>Un</p>`, []string{"p ", "p Un"}},
		{"<br><br><br>", nil},
		{"<script>alert(1)</script>", nil},
	} {
		var got []string
		for _, b := range HTMLBlocks(c.source) {
			got = append(got, b.Tag+strings.Repeat(">", b.Depth)+" "+b.Text())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.source, got, c.want)
		}
	}
}

// The blocks of any mail are complete, and written again they are the same.
func FuzzBlocks(f *testing.F) {
	for _, s := range []string{"<p>Un<br>\ndeux</p>", "<ul><li>a", "<table", "<p", "</blockquote>x", "<blockquote><hr>", "\xff<p>\ufdd0</p>", "<p>\ufdd2</p>x", "a<b>c", "<h2>x</h3>", "<hr", "<blockquot>e<h1", "&lt;hr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		blocks := HTMLBlocks(s)
		for _, b := range blocks {
			if b.Depth < 0 || b.Depth > maxQuoteDepth {
				t.Fatalf("depth %d", b.Depth)
			}
			if b.Tag != "hr" && len(b.Lines) == 0 {
				t.Fatalf("%s without a line", b.Tag)
			}
		}
		joined := JoinBlocks(blocks)
		if strings.Count(joined, "<blockquote>") != strings.Count(joined, "</blockquote>") {
			t.Fatalf("quotations are not closed: %s", joined)
		}
		if again := JoinBlocks(parseBlocks(joined)); again != joined {
			t.Fatalf("%q became %q", joined, again)
		}
	})
}
