package item

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/abadojack/whatlanggo"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// Guide is what the configuration and the people list know of a message before
// it is read.
type Guide struct {
	Sections []Section
	Location *time.Location
	Sender   message.Mailbox // as the people list names them, or as they named themselves
	Centre   string          // the sender's, "" when unknown
	Language string          // the sender's, or the newsletter's default
	Received time.Time       // from which dates without a year are counted
}

// Understood is an item as it was read from a message, and why each choice was
// made, by the name of the field that `explain` prints.
type Understood struct {
	Content
	Why map[string]string
}

// ErrNothing reports a message with neither a title, a text nor a file.
var ErrNothing = errors.New("the message holds no text and no picture")

// FromMessage makes the items that a message offers; today one each. It never
// fails for a part it cannot read: such a part stays an attachment.
func FromMessage(m *message.Message, g Guide) ([]Understood, error) {
	u := Understood{Why: map[string]string{}}
	u.Text = strings.TrimSpace(message.StripSignature(m.Body()))
	u.Why["text"] = "the plain text"
	if m.HTML != "" {
		u.Why["text"] = "the HTML part"
	}
	if u.Text == "" && len(m.Parts) == 0 {
		return nil, ErrNothing
	}
	u.Title, u.Why["title"] = titleOf(m.Subject, u.Text)
	if u.Title == "" {
		return nil, ErrNothing
	}
	u.Centre = g.Centre
	u.Section, u.Why["section"] = route(g.Sections, u.Title, u.Text, g.Centre)
	u.Language, u.Why["language"] = languageOf(u.Title+". "+u.Text, g.Language)
	u.Contacts, u.Why["contacts"] = contactsOf(u.Text, g.Sender)
	ref := agenda.DateOf(g.Received.In(g.Location))
	u.Events = agenda.Events(u.Text, agenda.Options{
		Title: u.Title, Ref: ref, Lang: u.Language, Agenda: u.Section == SectionAgenda,
	})
	u.Why["events"] = fmt.Sprintf("%d found, a year left out being counted from %s", len(u.Events), ref)
	u.HTML = m.HTML
	takeParts(&u, m)
	if u.HTML != "" {
		u.HTML = message.CleanHTML(u.HTML)
	} else {
		u.HTML = message.TextToHTML(u.Text)
	}
	return []Understood{u}, nil
}

// takeParts sorts the message's other parts into pictures and attachments, and
// makes the HTML name its pictures by their hash.
func takeParts(u *Understood, m *message.Message) {
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if strings.HasPrefix(p.Type, "image/") {
			img, err := photo(p)
			if errors.Is(err, errNotPhoto) {
				continue
			}
			if err == nil {
				if p.ContentID != "" {
					u.HTML = strings.ReplaceAll(u.HTML, "cid:"+p.ContentID, "cid:"+img.Hash)
				}
				if !seen[img.Hash] {
					u.Images = append(u.Images, img)
				}
				seen[img.Hash] = true
				continue
			}
			u.Why["attachments"] = p.Name + ": " + err.Error()
		}
		u.Attachments = append(u.Attachments, Attachment{Name: p.Name, Type: p.Type, Bytes: len(p.Data)})
	}
}

// minDetect is how much text, in octets, a language is guessed from.
const minDetect = 80

var detectable = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Fra: true, whatlanggo.Eng: true, whatlanggo.Por: true, whatlanggo.Ita: true, whatlanggo.Spa: true,
}}

func languageOf(text, fallback string) (language, why string) {
	if len(text) >= minDetect {
		if info := whatlanggo.DetectWithOptions(text, detectable); info.IsReliable() {
			return info.Lang.Iso6391(), "the text's own"
		}
	}
	return fallback, "the sender's"
}
