package item

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/abadojack/whatlanggo"

	"infolettre/internal/agenda"
	"infolettre/internal/document"
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
	Remarks Remarks
	Why     map[string]string
}

// ErrNothing reports a message with neither a title, a text nor a file.
var ErrNothing = errors.New("the message holds no text and no picture")

// Prepared is what takes time to make of a message and depends on nothing else:
// its text, cleaned, and its pictures.
type Prepared struct {
	html, text string
	from       string         // where the text was found
	title      string         // of the attached document, "" without one
	parts      []message.Part // besides the text, with those of the document
	photos     photos
	why        string // of a document that could not be read
}

// Prepare cleans a message's text and makes its pictures ready. The text is
// taken from the HTML part, which says more, or else from the plain one; both
// forms that an item keeps are made of the same. A word processor's file that
// says more than the mail is the text, and the mail its cover note.
func Prepare(m *message.Message) Prepared {
	p := Prepared{parts: m.Parts}
	if p.html = withoutSignature(message.CleanHTML(m.HTML)); p.html != "" {
		p.text, p.from = message.HTMLToText(p.html), "the HTML part"
	}
	if p.text == "" {
		p.text, p.from = message.Unwrap(strings.TrimSpace(message.StripSignature(m.Body()))), "the plain text"
		p.html = message.TextToHTML(p.text)
	}
	p.readDocument()
	p.photos = readPhotos(p.parts)
	return p
}

// maxDocuments is how many files of a message are read.
const maxDocuments = 3

// readDocument takes the text from the first attached file that can be read and
// says more than what was found so far. Its pictures take the file's place among
// the parts.
func (p *Prepared) readDocument() {
	tried := 0
	for i, part := range p.parts {
		if tried == maxDocuments || !document.Readable(part.Name, part.Type) {
			continue
		}
		tried++
		d, err := document.Read(part.Data)
		if err != nil {
			p.why = part.Name + ": " + err.Error()
			continue
		}
		html := message.CleanHTML(d.HTML)
		text := message.HTMLToText(html)
		if len(text) <= len(p.text) {
			continue
		}
		p.html, p.text, p.title, p.from = html, text, d.Title, "the file "+part.Name
		parts := slices.Clone(p.parts[:i])
		for _, img := range d.Images {
			parts = append(parts, message.Part{Name: img.Name, Type: img.Type, ContentID: img.ID, Inline: true, Data: img.Data})
		}
		p.parts = append(parts, p.parts[i+1:]...)
		return
	}
}

// maxStudied bounds, in octets, how much of a text is searched for dates and
// guessed a language from. An item is a page or two; what is longer is an attack
// or a book.
const maxStudied = 32 << 10

func studied(text string) string {
	if len(text) <= maxStudied {
		return text
	}
	return strings.ToValidUTF8(text[:maxStudied], "")
}

// FromMessage makes the items that a prepared message offers; today one each.
// It never fails for a part that cannot be read: such a part stays an attachment.
func FromMessage(m *message.Message, p Prepared, g Guide) ([]Understood, error) {
	u := Understood{Why: map[string]string{"text": p.from}}
	u.HTML, u.Text = p.html, p.text
	if u.Text == "" && len(m.Parts) == 0 {
		return nil, ErrNothing
	}
	if u.Title, u.Why["title"] = shorten(p.title, maxTitle), "the file's first heading"; u.Title == "" {
		u.Title, u.Why["title"] = titleOf(m.Subject, u.Text)
	}
	if u.Title == "" {
		return nil, ErrNothing
	}
	u.Centre = g.Centre
	u.Section, u.Why["section"] = route(g.Sections, u.Title, studied(u.Text), g.Centre)
	u.Language, u.Why["language"] = languageOf(u.Title+". "+studied(u.Text), g.Language)
	var ends int
	if u.Contacts, ends, u.Why["contacts"] = contactsOf(u.Text, g.Sender); ends >= 0 {
		if cut := cutContact(u.HTML); cut != "" || ends == 0 {
			u.HTML = cut
		}
		u.Text = strings.TrimSpace(strings.Join(strings.Split(u.Text, "\n")[:ends], "\n"))
	}
	ref := agenda.DateOf(g.Received.In(g.Location))
	u.Events, u.Remarks.Questions = agenda.Read(studied(u.Text), agenda.Options{
		Title: u.Title, Ref: ref, Lang: u.Language, Agenda: u.Section == SectionAgenda,
	})
	u.Why["events"] = fmt.Sprintf("%d found, a year left out being counted from %s", len(u.Events), ref)
	if p.why != "" {
		u.Why["attachments"] = p.why
	}
	takeParts(&u, p.parts, p.photos)
	return []Understood{u}, nil
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
func takeParts(u *Understood, parts []message.Part, photos photos) {
	hashes := map[string]string{} // by Content-ID
	seen := map[string]bool{}
	for i, p := range parts {
		if img, ok := photos.ready[i]; ok {
			hashes[p.ContentID] = img.Hash
			if !seen[img.Hash] {
				u.Images = append(u.Images, img)
			}
			seen[img.Hash] = true
			continue
		}
		if err := photos.failed[i]; errors.Is(err, errNotPhoto) || err != nil && document.IsImage(p.ContentID) {
			continue // an icon, or a drawing in a form that only its program shows
		} else if err != nil {
			u.Why["attachments"] = p.Name + ": " + err.Error()
		}
		u.Attachments = append(u.Attachments, attachment(p))
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

// attachment keeps what readers can open anywhere, which is PDF; of any other
// file only the name.
func attachment(p message.Part) Attachment {
	a := Attachment{Name: p.Name, Type: p.Type, Bytes: len(p.Data)}
	if bytes.HasPrefix(p.Data, []byte("%PDF-")) {
		sum := sha256.Sum256(p.Data)
		a.Type, a.Hash, a.Data = "application/pdf", hex.EncodeToString(sum[:]), p.Data
	}
	return a
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
