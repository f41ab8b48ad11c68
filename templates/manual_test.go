package templates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark/text"
)

func parse(source string) Manual {
	return Manual{Topic: "test", Language: "en", Title: "Test", source: []byte(source), doc: markdown.Parser().Parse(text.NewReader([]byte(source)))}
}

func TestLoadManual_LanguagesHaveTheSameSections(t *testing.T) {
	for _, topic := range Topics {
		want := -1
		for _, lang := range ManualLanguages() {
			m, err := LoadManual(topic, lang)
			if err != nil {
				t.Fatal(err)
			}
			if m.Title == "" || m.Summary == "" || len(m.Sections) < 5 {
				t.Errorf("%s in %s: %q, %q, %d sections", topic, lang, m.Title, m.Summary, len(m.Sections))
			}
			if want < 0 {
				want = len(m.Sections)
			}
			if len(m.Sections) != want {
				t.Errorf("%s in %s has %d sections, another language %d", topic, lang, len(m.Sections), want)
			}
		}
	}
}

func TestLoadManual_UnknownTopicOrLanguageIsNamed(t *testing.T) {
	if _, err := LoadManual("../words", "en"); err == nil || !strings.Contains(err.Error(), "contributors, editors, operators") {
		t.Errorf("%v", err)
	}
	if _, err := LoadManual("editors", ".."); err == nil || !strings.Contains(err.Error(), "en, fr") {
		t.Errorf("%v", err)
	}
}

func TestManual_TextIsLegibleWithoutMarkdown(t *testing.T) {
	m := parse("A **bold** word, a `code`, an *accent* and\na [link](https://x.example).\n\n## Part\n\n- one two three four five six\n  seven\n- x\n\n1. a\n\n   b\n\n| You | We |\n|---|---|\n| `say` | do what you say to us |\n\n```\nas  it is, however long the line may be\n```\n")
	want := `Test
====

A bold word, a
` + "`code`" + `, an accent
and a link.


Part
----

- one two three four
  five six seven
- x

1. a

   b

` + "`say`" + `
    do what you say
    to us

    as  it is, however long the line may be

`
	if got := m.Text(20, false); got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
}

func TestManual_TextInBoldIsAsWide(t *testing.T) {
	m := parse("## Part\n\nSome words and `code that is code` until the end of it all.\n")
	got := m.Text(30, true)
	if !strings.Contains(got, boldOn+"Part"+boldOff+"\n") || strings.ContainsAny(got, "`=-") {
		t.Errorf("%q", got)
	}
	for line := range strings.SplitSeq(strings.NewReplacer(boldOn, "", boldOff, "").Replace(got), "\n") {
		if utf8.RuneCountInString(line) > 30 {
			t.Errorf("%q is longer than 30", line)
		}
	}
}

func TestManual_HTMLHoldsNoRawHTML(t *testing.T) {
	html, err := parse("Text <script>alert(1)</script> [x](javascript:alert(1))\n\n<div onclick=\"x\">y</div>\n").HTML()
	if err != nil || strings.Contains(string(html), "<script") || strings.Contains(string(html), "onclick") || strings.Contains(string(html), "javascript:") {
		t.Errorf("%v %s", err, html)
	}
}
