package message

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHTMLToText_ReadsWell(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"<p>Un</p><p>Deux<br>trois</p>", "Un\n\nDeux\ntrois"},
		{"<h2>Titre</h2><ul><li>a</li><li><p>b</p></li></ul><ol><li>x</li><li>y</li></ol>", "Titre\n\n- a\n- b\n\n1. x\n2. y"},
		{`<a href="https://cite.example/x">Inscription</a>.`, "Inscription <https://cite.example/x>."},
		{`<a href="https://cite.example/">cite.example</a> <a href="mailto:a@cite.example">a@cite.example</a>`, "cite.example a@cite.example"},
		{"<table><tr><td>7 février</td><td>Réunion</td></tr><tr><td>8 mars</td><td>Forum</td></tr></table>", "7 février | Réunion\n8 mars | Forum"},
		{"<style>p{}</style><script>x</script><title>t</title><p>  a\n b </p>", "a b"},
		{"a <b>b</b> <i>c</i>d", "a b cd"},
		{"<pre>a\n  b</pre>", "a\n  b"},
		{"<div>a<div>b</div></div>c", "a\nb\nc"},
		{"1<sup>er</sup> juin", "1er juin"},
	} {
		if got := HTMLToText(c[0]); got != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], got, c[1])
		}
	}
}

// HTML nested beyond the parser's bound still gives its text to a contribution,
// and nothing to a reply.
func TestHTMLToText_TooDeepKeepsTheWords(t *testing.T) {
	t.Parallel()
	deep := "<style>p{}</style><p>un</p>" + strings.Repeat("<div>", 5000) + "deux"
	if got := HTMLToText(deep); got != "un\n\ndeux" {
		t.Errorf("text %q", got)
	}
	if got := (&Message{HTML: deep}).Visible(); got != "" {
		t.Errorf("visible %q", got)
	}
}

func TestCleanHTML_KeepsTheSafeSet(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{`<p style="x" onclick="y">a <script>b</script><b>c</b></p>`, "<p>a <strong>c</strong></p>"},
		{`<a href="javascript:x">a</a> <a href="https://cite.example" target="_blank">b</a>`, `<p>a <a href="https://cite.example">b</a></p>`},
		{`<img src="cid:photo" alt="Une salle"><img src="https://t.example/p.gif">`, `<p><img src="cid:photo" alt="Une salle"></p>`},
		{`<h1>t</h1><h4>u</h4>`, "<h2>t</h2>\n<h3>u</h3>"},
		{`<table border=1><tr><th>Quand</th><th>Où</th></tr><tr><td colspan="2">v</td></tr></table>`,
			"<table>\n<tbody><tr><th>Quand</th>\n<th>Où</th>\n</tr>\n<tr><td colspan=\"2\">v</td>\n</tr>\n</tbody>\n</table>"},
		// Gmail: a div is a line, an empty one separates paragraphs.
		{`<div dir="ltr"><div>Un</div><div>deux</div><div><br></div><div>trois<br></div></div>`, "<p>Un<br>\ndeux</p>\n<p>trois</p>"},
		// Word: paragraphs, and empty ones for space between them.
		{`<p class=MsoNormal>Un<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>deux</p>`, "<p>Un</p>\n<p>deux</p>"},
		// Two line ends separate paragraphs, one does not.
		{`a<br>b<br><br>c<br>&nbsp;<br>d`, "<p>a<br>\nb</p>\n<p>c</p>\n<p>d</p>"},
		// Emphasis around blocks is put within each.
		{`<b><p>a</p><p>b</p></b>c`, "<p><strong>a</strong></p>\n<p><strong>b</strong></p>\n<p>c</p>"},
		{`<ul><li>a</li><li><p>b</p><p>c</p></li><li> </li></ul>`, "<ul>\n<li>a</li>\n<li>b<br>\nc</li>\n</ul>"},
		// A table for placement is no table.
		{`<table><tr><td><p>a</p></td></tr><tr><td>b</td></tr></table>`, "<p>a</p>\n<p>b</p>"},
		{`<p>a</p><div class="gmail_signature">Nadia</div>`, "<p>a</p>"},
		{`<p>a</p><p style="display:none">b</p>`, "<p>a</p>"},
	} {
		if got := CleanHTML(c[0]); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

func TestTextToHTML_ParagraphsListsAndLinks(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"},
		{"Liste :\n- un\n- deux\n  suite\nfin", "<p>Liste :</p>\n<ul>\n<li>un</li>\n<li>deux suite</li>\n</ul>\n<p>fin</p>"},
		{"voir https://cite.example/a?b=1&c=2.", `<p>voir <a href="https://cite.example/a?b=1&amp;c=2">https://cite.example/a?b=1&amp;c=2</a>.</p>`},
		{"écrire à ana@cite.example, ou www.cite.example", `<p>écrire à <a href="mailto:ana@cite.example">ana@cite.example</a>, ou <a href="http://www.cite.example">www.cite.example</a></p>`},
		{`<b>"x"</b>`, "<p>&lt;b&gt;&#34;x&#34;&lt;/b&gt;</p>"},
	} {
		if got := TextToHTML(c[0]); got != c[1] {
			t.Errorf("%q: got %s, want %s", c[0], got, c[1])
		}
	}
}

// Text converted to HTML and back is the same, except for blanks.
func TestTextToHTML_ReadsBackTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zé<>&"' ,]{1,12}\n?){1,8}`).Draw(t, "text")
		back := HTMLToText(TextToHTML(text))
		if strings.Join(strings.Fields(back), " ") != strings.Join(strings.Fields(text), " ") {
			t.Fatalf("%q came back as %q", text, back)
		}
	})
}

// The output for a hostile mail grows no faster than the mail.
func TestCleanHTML_IsBounded(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"a long link over many lines": `<a href="http://x/` + strings.Repeat("a", 20000) + `">` + strings.Repeat("x<br><br>", 4000) + "</a>",
		"a link over many paragraphs": `<a href="http://x/` + strings.Repeat("a", 1900) + `">` + strings.Repeat("<p>x</p>", 4000) + "</a>",
		"emphasis within emphasis":    strings.Repeat("<b>", 300) + strings.Repeat("x<br><br>", 4000),
		"a large table":               "<table>" + strings.Repeat("<tr><td>a</td><td>b</td><td>c</td></tr>", 20000) + "</table>",
		"a row without end":           "<table><tr>" + strings.Repeat("<td>", 40000) + "x</table>",
		"tables within tables":        strings.Repeat("<table><tr><td>a</td><td>", 150) + "x",
		"a numbered list without end": "<ol>" + strings.Repeat("<li>a", 60000) + "</ol>",
		"lists within lists":          strings.Repeat("<ul><li>", 200) + "x",
	} {
		clean := CleanHTML(source)
		if len(clean) > 6*len(source)+100<<10 {
			t.Errorf("%s: %d octets became %d", name, len(source), len(clean))
		}
		if text := HTMLToText(clean); len(text) > 6*len(source)+100<<10 || !strings.Contains(text, "x") && !strings.Contains(text, "a") {
			t.Errorf("%s: text of %d octets", name, len(text))
		}
	}
}

// Laying HTML out in blocks loses no visible word.
func TestCleanHTML_KeepsEveryWord(t *testing.T) {
	t.Parallel()
	tags := []string{"p", "div", "b", "i", "span", "ul", "li", "h1", "blockquote", "a href=\"https://x.example\"", "br", "table", "tr", "td", "font", "center"}
	rapid.Check(t, func(t *rapid.T) {
		var source strings.Builder
		var words []string
		for i := range rapid.IntRange(1, 30).Draw(t, "n") {
			tag := rapid.SampledFrom(tags).Draw(t, "tag")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				source.WriteString("<" + tag + ">")
			case 1:
				source.WriteString("</" + strings.Fields(tag)[0] + ">")
			default:
				word := fmt.Sprintf("mot%d", i)
				words = append(words, word)
				source.WriteString(word + " ")
			}
		}
		count := func(s string) map[string]int {
			n := map[string]int{}
			for _, w := range regexp.MustCompile(`mot\d+`).FindAllString(s, -1) {
				n[w]++
			}
			return n
		}
		clean := CleanHTML(source.String())
		for _, w := range words {
			if n := count(clean)[w]; n != 1 {
				t.Fatalf("%q stands %d times in %q, made of %q", w, n, clean, source.String())
			}
			if n := count(HTMLToText(clean))[w]; n != 1 {
				t.Fatalf("%q stands %d times in the text of %q", w, n, clean)
			}
		}
	})
}
