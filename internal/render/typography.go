package render

import (
	htmltemplate "html/template"
	"regexp"
	"slices"
	"strings"

	"infolettre/internal/item"
	"infolettre/templates"
)

var (
	// markup parts HTML into tags and text.
	markup = regexp.MustCompile(`<[^>]*>|[^<]+`)
	// unbroken is a run of text between blanks.
	unbroken = regexp.MustCompile(`[^\s\x{a0}\x{202f}]+`)
	// ordinal is a French ordinal number, in figures or in Roman numerals.
	ordinal = regexp.MustCompile(`^([("«’'\[]*(?:\pL’|\pL')?)(\d{1,4}|[IVX]+)(ers?|res?|ères?|èmes?|es?|nde?s?)([^\pL\d].*)?$`)
)

// raiseOrdinals raises the endings of ordinal numbers in HTML, where the language does
// so: "1er juin" is written 1<sup>er</sup> in French.
func raiseOrdinals(lang, html string) string {
	if lang != "fr" {
		return html
	}
	return markup.ReplaceAllStringFunc(html, func(s string) string {
		if s[0] == '<' {
			return s
		}
		return unbroken.ReplaceAllStringFunc(s, func(word string) string {
			if strings.ContainsAny(word, "/@_&;") {
				return word
			}
			return ordinal.ReplaceAllString(word, "$1$2<sup>$3</sup>$4")
		})
	})
}

// ordinals is raiseOrdinals for plain text within HTML.
func ordinals(lang, text string) htmltemplate.HTML {
	return htmltemplate.HTML(raiseOrdinals(lang, htmltemplate.HTMLEscapeString(text)))
}

// plainLegends puts the legends of pictures into plain text: in the place of the line
// that stands below a picture within it, or else as lines of their own, which are
// returned.
func plainLegends(w templates.Words, c item.Content) (string, []string) {
	var below []string
	lines := strings.Split(c.Text, "\n")
	for _, img := range c.Images {
		said := img.Legend
		if said == "" {
			said = img.Alt
		}
		if img.Credit != "" {
			said = strings.TrimSpace(said + " " + w.T("legend-credit", img.Credit))
		}
		if said == "" {
			continue
		}
		line := w.T("legend", said)
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Join(strings.Fields(l), " ") == img.Alt })
		if img.Alt != "" && at >= 0 && strings.Contains(c.HTML, "cid:"+img.Hash) {
			lines[at] = line
			continue
		}
		below = append(below, line)
	}
	return strings.Join(lines, "\n"), below
}
