// Package item models the pieces of news that contributors send, and makes them from messages.
//
// An Item is one piece of news; its content is a Revision, and each change makes a new one. A
// revision is identified by the hash of everything that a reader would see of it, so that an
// approval is bound to what was read. Nothing here does I/O or keeps state: the store writes
// items and revisions in the transaction that handles their message, and never changes a
// revision afterwards. Begin reading at Prepare, which takes the text and the pictures from a
// message, and FromMessage, which makes the items.
package item

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// ID is the number of an item, as people know it ("n° 42").
type ID int64

// State is the state of an item. Package editorial defines the allowed transitions.
type State string

// The states of an item.
const (
	Held      State = "held"      // its sender is not in the people list
	Pending   State = "pending"   // waits for the editors
	Approved  State = "approved"  // will be in the next issue to close
	Rejected  State = "rejected"  // rejected with a reason
	Deferred  State = "deferred"  // requested again when the next issue opens
	Withdrawn State = "withdrawn" // withdrawn by its contributor or the operator
	Published State = "published" // in an issue that was sent
)

// Contact is a person or office that readers may ask about an item.
type Contact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Function string `json:"function,omitempty"` // from their signature; printed under an editorial
}

// Image is a picture of an item, upright, scaled and without metadata. The item's HTML refers
// to it as "cid:" and its hash; pictures that the HTML does not name are shown after the text.
type Image struct {
	Hash   string `json:"hash"` // SHA-256 of Data, in hexadecimal
	Name   string `json:"name"`
	Type   string `json:"type"` // media type
	Alt    string `json:"alt"`
	Legend string `json:"legend,omitempty"` // printed below, unless the text contains it
	Credit string `json:"credit,omitempty"` // the photographer or owner
	Width  int    `json:"width"`            // pixels
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	Data   []byte `json:"-"` // only on a new image; stored separately
}

// Attachment is a file that came with an item. If it has a Hash, it is stored and readers get a
// link to it; otherwise only the editors see its name.
type Attachment struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int    `json:"bytes"`
	Hash  string `json:"hash,omitempty"` // SHA-256 of Data, in hexadecimal
	Data  []byte `json:"-"`              // only on a new attachment; stored separately
}

// Content is what a revision says, and what an approval covers.
type Content struct {
	Title       string         `json:"title"`
	Section     string         `json:"section"`
	Language    string         `json:"language"` // ISO 639-1
	Centre      string         `json:"centre"`
	Text        string         `json:"text"`
	HTML        string         `json:"html"`
	Contacts    []Contact      `json:"contacts"`
	Events      []agenda.Event `json:"events"`
	Images      []Image        `json:"images"`
	Attachments []Attachment   `json:"attachments"`

	// Translations are the versions that editors added, by language (ISO 639-1). An issue in
	// that language shows them instead of title and text.
	Translations map[string]Translation `json:"translations,omitempty"`
}

// Translation is an item's title and text in another language.
type Translation struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	HTML  string `json:"html"`
}

// In returns the content for readers of a language: translated if there is a translation, else
// unchanged.
func (c Content) In(language string) Content {
	t, ok := c.Translations[language]
	if !ok || language == c.Language {
		return c
	}
	c.Title, c.Text, c.HTML, c.Language = t.Title, t.Text, t.HTML, language
	return c
}

// HasLanguage reports whether the content is written in a language or translated into it.
func (c Content) HasLanguage(language string) bool {
	_, ok := c.Translations[language]
	return ok || c.Language == language
}

// Hash returns the SHA-256 of the content's JSON form, in hexadecimal.
func (c Content) Hash() string {
	b, err := json.Marshal(c)
	if err != nil {
		// Every field of Content can be marshalled.
		panic("item: content does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Remarks are what editors and contributor are told about a revision besides its content.
// Approvals do not cover them.
type Remarks struct {
	Source    Contact           `json:"source,omitzero"`     // the author of a forwarded mail
	Questions []agenda.Question `json:"questions,omitempty"` // doubtful dates
	Unrouted  bool              `json:"unrouted,omitempty"`  // nothing indicated its section
	TooLong   int               `json:"too_long,omitempty"`  // octets of the whole text, if Text is an excerpt
	Calendar  []CalendarEntry   `json:"calendar,omitempty"`  // events from calendar files
	Concerns  []Concern         `json:"concerns,omitempty"`  // items whose events these change
	Unread    []UnreadFile      `json:"unread,omitempty"`    // files that could not be read
	Struck    string            `json:"struck,omitempty"`    // the beginning of text that was struck through and is left out
}

// CalendarEntry identifies an event of a calendar file (RFC 5545, sections 3.8.4.7 and
// 3.8.7.4).
type CalendarEntry struct {
	UID       string `json:"uid"`
	Sequence  int    `json:"sequence,omitempty"`
	Cancelled bool   `json:"cancelled,omitempty"`
}

// Concern is an earlier item with an event that a calendar file cancels or changes.
type Concern struct {
	Item    ID     `json:"item"`
	Title   string `json:"title"`
	Cancels bool   `json:"cancels,omitempty"`
}

// Revision is one version of an item's content. Numbers begin at 1.
type Revision struct {
	Number  int
	Hash    string
	Created time.Time
	Content
	Remarks Remarks
}

// Item is one piece of news and its state.
type Item struct {
	ID       ID
	State    State
	Message  int64 // the inbound message that it came from
	Sender   message.Mailbox
	Received time.Time
	Current  Revision
	Approved int   // number of the approved revision, 0 for none
	Position int   // in its issue
	Issue    int64 // the issue that contains it, 0 for none
}
