package item

import (
	"errors"
	"fmt"
	"html"
	"regexp"
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
	readText(&u, m)
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
	var ends int
	if u.Contacts, ends, u.Why["contacts"] = contactsOf(u.Text, g.Sender); ends >= 0 {
		u.HTML = cutContact(u.HTML)
		u.Text = strings.TrimSpace(strings.Join(strings.Split(u.Text, "\n")[:ends], "\n"))
	}
	ref := agenda.DateOf(g.Received.In(g.Location))
	u.Events = agenda.Events(u.Text, agenda.Options{
		Title: u.Title, Ref: ref, Lang: u.Language, Agenda: u.Section == SectionAgenda,
	})
	u.Why["events"] = fmt.Sprintf("%d found, a year left out being counted from %s", len(u.Events), ref)
	takeParts(&u, m)
	return []Understood{u}, nil
}

// readText takes the text from the HTML part, which says more, or else from the
// plain one. Both forms that an item keeps are made of the same.
func readText(u *Understood, m *message.Message) {
	if u.HTML = withoutSignature(message.CleanHTML(m.HTML)); u.HTML != "" {
		u.Text, u.Why["text"] = message.HTMLToText(u.HTML), "the HTML part"
	}
	if u.Text == "" {
		u.Text, u.Why["text"] = message.Unwrap(strings.TrimSpace(message.StripSignature(m.Body()))), "the plain text"
		u.HTML = message.TextToHTML(u.Text)
	}
}

// separator is the line that begins a signature (RFC 3676), in cleaned HTML.
var separator = regexp.MustCompile(`(?:<p>|<br>\n)--[\s\p{Z}]*(?:<br>|</p>)`)

// withoutSignature cuts cleaned HTML at the line that begins a signature.
func withoutSignature(html string) string {
	if at := separator.FindStringIndex(html); at != nil {
		return message.CleanHTML(html[:at[0]])
	}
	return html
}

// unplaced is a picture in the HTML that did not come with the message, or is
// none to be shown.
var unplaced = regexp.MustCompile(`<img src="cid:[^"]*"[^>]*>`)

// takeParts sorts the message's other parts into pictures and attachments, and
// makes the HTML name its pictures by their hash.
func takeParts(u *Understood, m *message.Message) {
	hashes := map[string]string{} // by Content-ID
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if strings.HasPrefix(p.Type, "image/") {
			img, err := photo(p)
			if errors.Is(err, errNotPhoto) {
				continue
			}
			if err == nil {
				hashes[p.ContentID] = img.Hash
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
	delete(hashes, "")
	found := false
	u.HTML = unplaced.ReplaceAllStringFunc(u.HTML, func(tag string) string {
		id, _, _ := strings.Cut(strings.TrimPrefix(tag, `<img src="cid:`), `"`)
		hash := hashes[html.UnescapeString(id)]
		if hash == "" {
			found = true
			return ""
		}
		return strings.Replace(tag, "cid:"+id, "cid:"+hash, 1)
	})
	if found {
		u.HTML = message.CleanHTML(u.HTML)
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
