package message

import "strings"

// Bounds of the body that is read and laid out, far above an article with all of Word's
// markup. A longer body becomes a part of the mail, so that nothing is lost, and only its
// beginning is read.
const (
	maxText      = 256 << 10 // octets of plain text
	maxTextLines = 5000
	maxHTML      = 512 << 10 // octets of HTML
	maxTags      = 20000     // "<" in it
	maxHTMLLines = 20000     // of its source, each of which is a line of text within <pre>
)

// Names of the parts that hold a body beyond the bounds. The text is UTF-8.
const (
	LongTextName = "message.txt"
	longHTMLName = "message.html"
)

// boundBody moves a text or HTML body beyond the bounds to a part and keeps its beginning.
func (m *Message) boundBody() {
	if htmlTooLong(m.HTML) {
		if strings.TrimSpace(m.Text) == "" {
			m.Text = tidyLines(flatText(m.HTML))
		}
		m.moveToPart(longHTMLName, "text/html", m.HTML)
		m.HTML = ""
	}
	if short, cut := beginning(m.Text, maxText, maxTextLines); cut {
		m.moveToPart(LongTextName, "text/plain", m.Text)
		m.Text = short
	}
}

// moveToPart keeps a body, or a piece of one, as a part.
func (m *Message) moveToPart(name, media, body string) {
	m.OversizeBytes += len(body)
	m.Parts = append(m.Parts, Part{Name: name, Type: media, Data: []byte(body)})
}

func htmlTooLong(html string) bool {
	return len(html) > maxHTML || strings.Count(html, "<") > maxTags || strings.Count(html, "\n") > maxHTMLLines
}

// beginning returns the start of a text within so many octets and lines, cut at a line end
// if there is one. cut means that the text goes on.
func beginning(text string, octets, lines int) (short string, cut bool) {
	short = text
	if len(short) > octets {
		short = strings.ToValidUTF8(short[:octets], "")
		if end := strings.LastIndexByte(short, '\n'); end > 0 {
			short = short[:end]
		}
		cut = true
	}
	at := 0
	for range lines {
		next := strings.IndexByte(short[at:], '\n')
		if next < 0 {
			return short, cut
		}
		at += next + 1
	}
	if at < len(short) {
		return short[:at], true
	}
	return short, cut
}
