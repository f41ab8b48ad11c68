package message

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is a line of a block. No element goes on over its end.
type Line struct {
	HTML string // the content of the element; the whole of a list or table
	Text string // the same as plain text
}

// newLine returns the line with this HTML, as CleanHTML writes it within an element.
func newLine(inner string) Line {
	inner = strings.TrimSpace(inner)
	return Line{HTML: inner, Text: lineText(inner)}
}

// Bold reports whether all of the line's text is bold.
func (l Line) Bold() bool {
	depth, plain, bold := 0, 0, 0
	walk(l.HTML, func(text, tag string) {
		switch {
		case tag == "<strong>":
			depth++
		case tag == "</strong>":
			depth--
		case strings.Trim(text, " \u00a0\u202f") == "":
		case depth > 0:
			bold++
		default:
			plain++
		}
	})
	return bold > 0 && plain == 0
}

// Plain returns the line's text without the addresses of links: After and Before count its
// octets.
func (l Line) Plain() string {
	if !strings.ContainsAny(l.HTML, "<&") {
		return l.HTML
	}
	var out strings.Builder
	walk(l.HTML, func(text, _ string) { out.WriteString(text) })
	return out.String()
}

// After returns the line without the first n octets of its plain text and the white space
// that follows them. A link before that place loses its address.
func (l Line) After(n int) Line {
	var out strings.Builder
	var open []string
	begun := false
	walk(l.HTML, func(text, tag string) {
		switch {
		case tag != "" && begun:
			out.WriteString(tag)
		case strings.HasPrefix(tag, "</"):
			open = open[:max(len(open)-1, 0)]
		case strings.HasPrefix(tag, "<img"):
		case tag != "":
			open = append(open, tag)
		case begun:
			out.WriteString(html.EscapeString(text))
		case len(text) <= n:
			n -= len(text)
		default:
			text = strings.TrimLeft(text[n:], " \u00a0\u202f")
			if n = 0; text != "" {
				begun = true
				out.WriteString(strings.Join(open, "") + html.EscapeString(text))
			}
		}
	})
	return newLine(out.String())
}

// Before returns the line with only the first n octets of its plain text.
func (l Line) Before(n int) Line {
	var out strings.Builder
	var open []string
	done := false
	walk(l.HTML, func(text, tag string) {
		switch {
		case done:
		case strings.HasPrefix(tag, "</"):
			open = open[:max(len(open)-1, 0)]
			out.WriteString(tag)
		case tag != "":
			if !strings.HasPrefix(tag, "<img") {
				open = append(open, tag)
			}
			out.WriteString(tag)
		default:
			if len(text) >= n {
				text, done = text[:n], true
			}
			n -= len(text)
			out.WriteString(html.EscapeString(text))
		}
	})
	for i := len(open) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(strings.Trim(open[i], "<>"), " ")
		out.WriteString("</" + name + ">")
	}
	return newLine(out.String())
}

// Capitalised returns the line with a capital first letter.
func (l Line) Capitalised() Line {
	r, size := utf8.DecodeRuneInString(l.Text)
	if size == 0 || !unicode.IsLower(r) {
		return l
	}
	at := 0
	for at < len(l.HTML) && (l.HTML[at] == '<' || l.HTML[at] == ' ') { // skip the tags before the text
		if l.HTML[at] == ' ' {
			at++
			continue
		}
		at += strings.IndexByte(l.HTML[at:], '>') + 1
	}
	if !strings.HasPrefix(l.HTML[at:], l.Text[:size]) {
		return l
	}
	return newLine(l.HTML[:at] + string(unicode.ToUpper(r)) + l.HTML[at+size:])
}

// lineText returns the plain text of a line; a link's address follows its text if they
// differ, as in HTMLToText.
func lineText(line string) string {
	if !strings.ContainsAny(line, "<&") {
		return strings.TrimSpace(strings.Map(visibleRune, line))
	}
	var out strings.Builder
	href, start := "", 0
	walk(line, func(text, tag string) {
		switch {
		case strings.HasPrefix(tag, "<a "):
			_, href, _ = strings.Cut(tag, `href="`)
			href, _, _ = strings.Cut(href, `"`)
			href, start = html.UnescapeString(href), out.Len()
		case tag == "</a>":
			shown, bare := strings.TrimSpace(out.String()[start:]), strings.TrimPrefix(href, "mailto:")
			if shown != "" && bare != "" && !sameLink(shown, bare) && !strings.ContainsAny(bare, "<> \n\t") {
				out.WriteString(" <" + bare + ">")
			}
			href = ""
		case tag == "":
			out.WriteString(text)
		}
	})
	return strings.TrimSpace(strings.Map(visibleRune, out.String()))
}

// walk calls f for each tag of a line, and for each run of its text, unescaped.
func walk(line string, f func(text, tag string)) {
	for rest := line; rest != ""; {
		end := strings.IndexByte(rest, '<')
		if end != 0 {
			if end < 0 {
				end = len(rest)
			}
			f(html.UnescapeString(rest[:end]), "")
			rest = rest[end:]
			continue
		}
		if end = strings.IndexByte(rest, '>') + 1; end == 0 {
			return
		}
		f("", rest[:end])
		rest = rest[end:]
	}
}
