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
	// markup matches a tag or a text between tags in HTML.
	markup = regexp.MustCompile(`<[^>]*>|[^<]+`)
	// unbroken matches text without blanks.
	unbroken = regexp.MustCompile(`[^\s\x{a0}\x{202f}]+`)
	// ordinal matches a French ordinal number, in figures or in Roman numerals.
	ordinal = regexp.MustCompile(`^([("«’'\[]*(?:\pL’|\pL')?)(\d{1,4}|[IVX]+)(ers?|res?|ères?|èmes?|es?|nde?s?)([^\pL\d].*)?$`)
)

// raiseOrdinals raises the endings of French ordinal numbers in HTML: "1er juin" becomes
// 1<sup>er</sup> juin. Other languages do not raise them.
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

// plainLegends puts the legends of pictures into the plain text. A legend replaces the line
// below a picture in the text; legends of other pictures are returned.
func plainLegends(w templates.Words, c item.Content) (string, []string) {
	var below []string
	lines := strings.Split(c.Text, "\n")
	for _, img := range c.Images {
		legend := img.Legend
		if legend == "" {
			legend = img.Alt
		}
		if img.Credit != "" {
			legend = strings.TrimSpace(legend + " " + w.T("legend-credit", img.Credit))
		}
		if legend == "" {
			continue
		}
		line := w.T("legend", legend)
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Join(strings.Fields(l), " ") == img.Alt })
		if img.Alt != "" && at >= 0 && strings.Contains(c.HTML, "cid:"+img.Hash) {
			lines[at] = line
			continue
		}
		below = append(below, line)
	}
	return strings.Join(lines, "\n"), below
}
