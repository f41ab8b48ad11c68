package item

import (
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// Correct returns the revision that replaces the current text with the text of a reply. Section
// and centre stay; title, contacts and pictures stay unless the reply has its own.
func Correct(p Prepared, g Guide, current Content) (ParsedItem, error) {
	p.subject = current.Title
	u := p.understand(piece{blocks: withoutRules(p.blocks)}, g, func(int) bool { return true })
	if u.Text == "" && len(u.Images)+len(u.Attachments) == 0 {
		return ParsedItem{}, ErrEmptyMessage
	}
	if !p.fromDocument {
		u.Title = current.Title
	}
	u.Remarks.Unread = append(u.Remarks.Unread, p.lost...)
	u.Section, u.Centre, u.Remarks.Unrouted = current.Section, current.Centre, false
	if u.Why["contacts"] == whySender || u.Section == SectionEditorial {
		u.Contacts = current.Contacts
	}
	u.Images = append(append([]Image{}, current.Images...), u.Images...)
	u.Attachments = append(append([]Attachment{}, current.Attachments...), u.Attachments...)
	u.limit()
	return u, nil
}

// Add returns the revision that adds the pictures, files and calendar events of a reply. The
// text stays.
func Add(p Prepared, g Guide, current Content) ParsedItem {
	u := ParsedItem{Content: current, Why: map[string]string{}}
	u.Images = append([]Image{}, current.Images...)
	u.Attachments = append([]Attachment{}, current.Attachments...)
	html := u.HTML
	u.Remarks.Unread = append(p.unread(func(int) bool { return true }), p.lost...)
	takeParts(&u, p.parts, p.photos, nil, nil, func(int) bool { return true })
	u.HTML = html
	u.Events = append([]agenda.Event{}, current.Events...)
	for _, file := range p.calendars {
		if events, err := agenda.ReadCalendar(file.Data, file.Charset, g.Location); err == nil {
			u.Events = withCalendar(u.Events, events)
		}
	}
	u.limit()
	return u
}

// WithText returns the reply reduced to a part of its text: the part that replaces an item's.
// Emphasis, lists and links are kept if the HTML part has the same text.
func (p Prepared) WithText(text string) Prepared {
	p.blocks, p.parts, p.photos, p.fromDocument = message.TextBlocks(text), nil, photos{}, false
	p.pdfText, p.calendars, p.why, p.skipped = "", nil, "", 0
	p.kinds, p.trouble, p.lost = nil, nil, nil
	want := lettersAndDigits(text)
	var kept []message.Block
	size := 0
	for _, b := range p.htmlBlocks {
		var lines []message.Line
		for _, l := range b.Lines {
			if said := lettersAndDigits(l.Text); said != "" && strings.Contains(want, said) {
				lines, size = append(lines, l), size+len(said)
			}
		}
		if b.Lines = lines; len(lines) > 0 {
			kept = append(kept, b)
		}
	}
	if size == len(want) {
		p.blocks = kept
	}
	return p
}

// lettersAndDigits returns the letters and digits of a text, without the addresses of its links.
func lettersAndDigits(text string) string {
	return strings.ReplaceAll(fold(link.ReplaceAllString(text, " ")), " ", "")
}
