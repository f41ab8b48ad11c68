package item

import (
	"strings"

	"infolettre/internal/message"
)

// PrepareReply is Prepare for a mail that answers a receipt: its text is only
// what was written anew, not what it quotes.
func PrepareReply(m *message.Message) Prepared {
	p := Prepared{parts: m.Parts, from: "the reply"}
	p.text = message.Unwrap(m.Visible())
	p.html = message.TextToHTML(p.text)
	p.readDocument()
	p.photos = readPhotos(p.parts)
	return p
}

// Text is what was found to be the message's text.
func (p Prepared) Text() string { return p.text }

// FromDocument says whether the text was taken from an attached file.
func (p Prepared) FromDocument() bool { return strings.HasPrefix(p.from, "the file ") }

// Files counts the pictures and other files that would be added to an item.
func (p Prepared) Files() int {
	n := 0
	for i := range p.parts {
		if _, icon := p.photos.failed[i]; !icon || !strings.HasPrefix(p.parts[i].Type, "image/") {
			n++
		}
	}
	return n
}

// Correct makes the revision in which the prepared reply's text stands for the
// current one. Section and centre stay, and so do title, contacts and pictures
// unless the reply has its own.
func Correct(m *message.Message, p Prepared, g Guide, current Content) (Understood, error) {
	all, err := FromMessage(m, p, g)
	if err != nil {
		return Understood{}, err
	}
	u := all[0]
	u.Title, u.Section, u.Centre = current.Title, current.Section, current.Centre
	if len(u.Contacts) == 0 {
		u.Contacts = current.Contacts
	}
	u.Images = append(append([]Image{}, current.Images...), u.Images...)
	u.Attachments = append(append([]Attachment{}, current.Attachments...), u.Attachments...)
	return u, nil
}

// Add makes the revision that has the prepared reply's pictures and files beside
// the current content. Text and dates stay.
func Add(p Prepared, current Content) Understood {
	u := Understood{Content: current, Why: map[string]string{}}
	u.Images = append([]Image{}, current.Images...)
	u.Attachments = append([]Attachment{}, current.Attachments...)
	takeParts(&u, p.parts, p.photos)
	return u
}
