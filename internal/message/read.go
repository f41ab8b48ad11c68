package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Read parses a mail under DefaultLimits. It accepts any bytes; its only error is a
// *LimitError.
func Read(raw []byte) (*Message, error) { return ReadLimited(raw, DefaultLimits()) }

// ReadHeader parses only the header of a mail that Read has accepted: the Message has no
// text and no parts.
func ReadHeader(raw []byte) *Message {
	header, _ := parseHeader(raw)
	m := &Message{Header: header}
	m.readHeader()
	return m
}

// ReadLimited is Read with other limits.
func ReadLimited(raw []byte, limits Limits) (*Message, error) {
	return readNested(raw, limits, maxUnwrapDepth)
}

// readNested parses a mail, and those enclosed in it up to a depth.
func readNested(raw []byte, limits Limits, depth int) (*Message, error) {
	if err := limits.check(raw); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	header, body := parseHeader(raw)
	m := &Message{Header: header}
	m.readHeader()
	m.contentType, m.reportType = topType(header)

	root, err := parts(raw, header, body)
	if err != nil || (root.FirstChild == nil && strings.HasPrefix(m.contentType, "multipart/")) {
		// No part was found: show the body as text.
		m.Text = decodeText(body, "", false)
		m.boundBody()
		return m, nil
	}
	b := &bodies{m: m, locations: map[int]string{}}
	m.collect(b.walk(root, ""))
	for i := range m.Parts {
		m.Parts[i].byContent()
	}
	m.resolveLocations(b.locations)
	if strings.TrimSpace(m.Text) == "" {
		m.Text = tidyLines(flatText(b.long))
	}
	if m.Text == "" && m.HTML == "" && len(m.Parts) == 0 {
		m.Text = decodeText(limits.looseText(raw), "", false)
	}
	m.unwrapParts(limits, depth)
	m.boundBody()
	return m, nil
}

func topType(h Header) (media, report string) {
	media, params, _, err := mediatype.Parse(boundParams(h.raw("Content-Type")))
	if err != nil {
		media, params = "text/plain", nil
	}
	return strings.ToLower(media), strings.ToLower(params["report-type"])
}

// asIs is a charset that the MIME library does not know. The library then leaves the bytes
// unchanged, without guessing, for decodeText.
const asIs = "x-infolettre-as-is"

// parts runs the MIME library over the mail. It writes the header again from the parsed
// fields, so that a garbled line cannot stop the library.
func parts(raw []byte, header Header, body []byte) (root *enmime.Part, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("mime library: %v", r)
		}
	}()
	parser := enmime.NewParser(
		enmime.SkipMalformedParts(true),
		enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.DisableTextConversion(true),
		enmime.RawContent(true),
		enmime.DisableCharacterDetection(true),
		enmime.MaxStoredPartErrors(1),
		enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }),
		enmime.SetCustomParseMediaType(parseMediaType),
	)
	var clean bytes.Buffer
	for _, f := range header {
		if name := strings.ToLower(f.Name); strings.HasPrefix(name, "content-") {
			fmt.Fprintf(&clean, "%s: %s\r\n", f.Name, strings.Join(strings.Fields(f.Value), " "))
		}
	}
	if clean.Len() == 0 {
		clean.WriteString("Content-Type: text/plain\r\n")
	}
	clean.WriteString("\r\n")
	root, err = parser.ReadParts(io.MultiReader(&clean, bytes.NewReader(body)))
	if err == nil && root == nil {
		err = errors.New("no part")
	}
	return root, err
}

// parseMediaType never fails: a Content-Type that breaks the grammar is text/plain (RFC
// 2045, section 5.2).
func parseMediaType(s string) (string, map[string]string, []string, error) {
	s = boundParams(s)
	media, params, invalid, err := mediatype.Parse(s)
	if err != nil || !strings.Contains(media, "/") {
		switch low := strings.ToLower(strings.TrimSpace(s)); {
		case strings.HasPrefix(low, "attachment"):
			media = "attachment"
		case strings.HasPrefix(low, "inline"):
			media = "inline"
		case err != nil && indexFold(s, "boundary") >= 0 && strings.HasPrefix(low, "multipart/"):
			media, params = "multipart/mixed", map[string]string{"boundary": looseBoundary(s)}
		case err != nil:
			media = "text/plain"
		}
	}
	if params == nil {
		params = map[string]string{}
	}
	if boundary := looseBoundary(s); boundary != "" && params["boundary"] == "" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(s)), "multipart/") {
		media, params["boundary"] = "multipart/mixed", boundary // no semicolon before it
	}
	if strings.HasPrefix(media, "text/") || media == "" {
		params["charset"] = asIs
	}
	return media, params, invalid, nil
}

// unit is a stretch of the mail's body: its text, its HTML, or both as alternatives.
type unit struct{ text, html string }

// bodies sorts the leaves of a mail into units of its body and parts.
type bodies struct {
	m           *Message
	text, lines int    // of the plain text so far
	html, tags  int    // of the HTML so far
	source      int    // lines of the HTML so far
	long        string // the first HTML that is too long
	leaves      int
	pictures    int            // found in the HTML itself
	locations   map[int]string // Content-Location of the parts
}

// truncate returns as much of a leaf of the body as the bounds allow together with those
// before it. It keeps the rest as a part.
func (b *bodies) truncate(text string, html bool) string {
	if html {
		b.html += len(text)
		b.tags += strings.Count(text, "<")
		b.source += strings.Count(text, "\n")
		if b.html <= maxHTML && b.tags <= maxTags && b.source <= maxHTMLLines {
			return text
		}
		if b.long == "" {
			b.long = text
		}
		b.m.moveToPart(longHTMLName, "text/html", text)
		return ""
	}
	short, cut := beginning(text, max(maxText-b.text, 0), max(maxTextLines-b.lines, 0))
	b.text += len(text)
	b.lines += strings.Count(text, "\n") + 1
	if cut {
		b.m.moveToPart(LongTextName, "text/plain", text)
	}
	return short
}

func (b *bodies) walk(p *enmime.Part, parent string) []unit {
	media := strings.ToLower(p.ContentType)
	if media == "" {
		media = "text/plain"
		if parent == "multipart/digest" {
			media = "message/rfc822"
		}
	}
	if p.FirstChild == nil {
		return b.leaf(p, media, parent)
	}
	var units []unit
	for child := p.FirstChild; child != nil; child = child.NextSibling {
		units = append(units, b.walk(child, media)...)
	}
	if media == "multipart/alternative" && len(units) > 1 {
		one := mergeAlternatives(units)
		return []unit{{text: one.text, html: one.html}}
	}
	return units
}

// mergeAlternatives joins the units of a multipart/alternative, which say the same.
func mergeAlternatives(units []unit) unit {
	var texts, htmls []string
	for _, u := range units {
		if u.text != "" {
			texts = append(texts, u.text)
		}
		if u.html != "" {
			htmls = append(htmls, u.html)
		}
	}
	return unit{strings.Join(texts, "\n"), strings.Join(htmls, "\n")}
}

func (b *bodies) leaf(p *enmime.Part, media, parent string) []unit {
	b.leaves++
	name, id := fileName(p.Header), contentID(p.Header.Get("Content-Id"))
	if name == "" {
		name = p.FileName
	}
	encoding := p.Header.Get("Content-Transfer-Encoding")
	if isText := media == "text/plain" || media == "text/html"; isText && b.isBody(p, media, name) {
		return b.body(p, media, encoding)
	}
	if strings.HasPrefix(media, "multipart/") && len(bytes.TrimSpace(p.Content)) == 0 {
		return nil
	}
	inline := strings.EqualFold(p.Disposition, "inline") ||
		p.Disposition == "" && id != "" && parent == "multipart/related"
	if location := strings.Join(strings.Fields(p.Header.Get("Content-Location")), ""); location != "" {
		b.locations[len(b.m.Parts)] = percentDecoded(location)
	}
	content := decodeTransfer(encoding, p.Content, false)
	switch attached := strings.EqualFold(p.Disposition, "attachment"); {
	case media == reactionType && !attached:
		b.m.readReaction(content.data)
		return nil
	case media == "text/calendar":
		b.m.addMethod(typeParams(p)["method"], content.data, attached)
	}
	b.m.Parts = append(b.m.Parts, Part{
		Name:      cleanFileName(name),
		Type:      media,
		ContentID: id,
		Inline:    inline,
		Charset:   statedCharset(p),
		Data:      content.data,
	})
	return nil
}

// isBody reports whether a text leaf is shown as the mail's text and is no file. One with
// a name is shown if it is marked inline or is the first of the mail.
func (b *bodies) isBody(p *enmime.Part, media, name string) bool {
	switch {
	case strings.EqualFold(p.Disposition, "attachment"):
		return false
	case name == "":
		return true
	}
	return media == "text/plain" && (strings.EqualFold(p.Disposition, "inline") || p.Disposition == "" && b.leaves == 1)
}

// body returns the unit of a leaf that is shown.
func (b *bodies) body(p *enmime.Part, media, encoding string) []unit {
	isHTML := media == "text/html"
	var text string
	if charset := statedCharset(p); strings.EqualFold(strings.TrimSpace(encoding), "quoted-printable") {
		text = decodeQuotedText(p.Content, charset, isHTML)
	} else {
		content := decodeTransfer(encoding, p.Content, true)
		text = decodeText(content.data, charset, isHTML)
		if len(content.clear) > 0 {
			b.m.added = append(b.m.added, normalise(toUTF8(content.clear)))
		}
	}
	if isHTML {
		text = b.takeDataPictures(text)
	} else if files, rest := uuencoded(text); len(files) > 0 {
		b.m.Parts, text = append(b.m.Parts, files...), rest
	}
	text = b.truncate(text, isHTML)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if isHTML {
		return []unit{{html: text}}
	}
	if params := typeParams(p); strings.EqualFold(params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
	}
	if text = stripListFooter(text); strings.TrimSpace(text) == "" {
		return nil
	}
	return []unit{{text: text}}
}

// collect makes Text and HTML from the units. If one unit has HTML, the others are
// converted to HTML too, so that each form is complete.
func (m *Message) collect(units []unit) {
	var texts, htmls []string
	anyText, anyHTML := false, false
	for _, u := range units {
		anyText = anyText || u.text != ""
		anyHTML = anyHTML || u.html != ""
	}
	for _, u := range units {
		if anyText {
			t := u.text
			if t == "" {
				t = HTMLToText(u.html)
			}
			texts = append(texts, t)
		}
		if anyHTML {
			h := u.html
			if h == "" {
				h = TextToHTML(u.text)
			}
			htmls = append(htmls, h)
		}
	}
	m.Text, m.HTML = strings.Join(texts, "\n"), strings.Join(htmls, "\n")
	m.believeReaction()
}

func statedCharset(p *enmime.Part) string { return typeParams(p)["charset"] }

// typeParams returns the parameters of a part's Content-Type, names in lower case.
func typeParams(p *enmime.Part) map[string]string {
	stated := boundParams(p.Header.Get("Content-Type"))
	_, params, err := mime.ParseMediaType(stated)
	if err != nil && params == nil {
		_, params, _, _ = mediatype.Parse(stated)
	}
	return params
}

// cleanFileName keeps the last element of a path, without control characters.
func cleanFileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, DecodeHeader(name))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return strings.TrimSpace(name)
}
