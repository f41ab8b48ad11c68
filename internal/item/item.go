// Package item holds the pieces of news that contributors send, and makes them
// out of messages.
//
// An Item is one piece of news; what it says is a Revision, and each change
// makes a new one. A revision is named by the hash of everything that a reader
// would see of it, so that an approval can be bound to what was read. Nothing
// here does I/O or keeps state: the store writes items and revisions in the
// transaction that handles their message, and never changes a revision after.
package item

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// ID is an item's number, as people say it ("n° 42").
type ID int64

// State is where an item stands; package editorial has the allowed moves.
type State string

const (
	Held      State = "held"      // of a sender who is not in the people list
	Pending   State = "pending"   // waits for the editors
	Approved  State = "approved"  // will stand in the next issue to close
	Rejected  State = "rejected"  // refused, with a reason
	Deferred  State = "deferred"  // asked again when the next issue opens
	Withdrawn State = "withdrawn" // taken back by its contributor or the operator
	Published State = "published" // stands in an issue that was sent
)

// Contact is whom a reader may ask about an item.
type Contact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Function string `json:"function,omitempty"` // as their signature has it; an editorial is signed with it
}

// Image is a picture of an item, already upright, scaled and without metadata.
// The item's HTML refers to it as "cid:" and its hash; one that the HTML does
// not name stands after the text.
type Image struct {
	Hash   string `json:"hash"` // SHA-256 of Data, in hexadecimal
	Name   string `json:"name"`
	Type   string `json:"type"` // media type
	Alt    string `json:"alt"`
	Legend string `json:"legend,omitempty"` // printed below, where the text does not have it
	Credit string `json:"credit,omitempty"` // whose picture it is
	Width  int    `json:"width"`            // pixels
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	Data   []byte `json:"-"` // only on an image just made; stored apart
}

// Attachment is a file that came with an item. One that has a Hash is kept, and
// readers get a link to it; any other is only named to the editors.
type Attachment struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int    `json:"bytes"`
	Hash  string `json:"hash,omitempty"` // SHA-256 of Data, in hexadecimal
	Data  []byte `json:"-"`              // only on one just made; stored apart
}

// Content is what a revision says: all that is approved when it is approved.
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

	// Translations are what the editors added of it, by language (ISO 639-1). An
	// issue in one of these shows it in the place of title and text.
	Translations map[string]Translation `json:"translations,omitempty"`
}

// Translation is an item's title and text in another language.
type Translation struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	HTML  string `json:"html"`
}

// In is the content as a reader of a language gets it: translated where there is
// a translation, else as it is.
func (c Content) In(language string) Content {
	t, ok := c.Translations[language]
	if !ok || language == c.Language {
		return c
	}
	c.Title, c.Text, c.HTML, c.Language = t.Title, t.Text, t.HTML, language
	return c
}

// Speaks reports whether the content is written in a language, or translated.
func (c Content) Speaks(language string) bool {
	_, ok := c.Translations[language]
	return ok || c.Language == language
}

// Hash names the content: SHA-256 over its JSON form, in hexadecimal.
func (c Content) Hash() string {
	b, err := json.Marshal(c)
	if err != nil {
		// Content has no field that JSON cannot hold.
		panic("item: content does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Remarks are what the editors and the contributor are told of a revision beside
// its content. They are no part of what is approved.
type Remarks struct {
	Source    Contact           `json:"source,omitzero"`     // whose mail was forwarded
	Questions []agenda.Question `json:"questions,omitempty"` // dates in doubt
	Unrouted  bool              `json:"unrouted,omitempty"`  // nothing spoke for its section
	TooLong   int               `json:"too_long,omitempty"`  // octets of the whole, where the text is an excerpt
	Calendar  []CalendarEntry   `json:"calendar,omitempty"`  // of calendar files
	Concerns  []Concern         `json:"concerns,omitempty"`  // the items whose events these change
	Unread    []UnreadFile      `json:"unread,omitempty"`    // files that could not be read
	Struck    string            `json:"struck,omitempty"`    // the beginning of text that was struck through, and is left out
}

// CalendarEntry names an event of a calendar file (RFC 5545, sections 3.8.4.7 and
// 3.8.7.4).
type CalendarEntry struct {
	UID       string `json:"uid"`
	Sequence  int    `json:"sequence,omitempty"`
	Cancelled bool   `json:"cancelled,omitempty"`
}

// Concern is an earlier item whose event a calendar file cancels or changes.
type Concern struct {
	Item    ID     `json:"item"`
	Title   string `json:"title"`
	Cancels bool   `json:"cancels,omitempty"`
}

// Revision is one state of an item's content. Numbers begin at 1.
type Revision struct {
	Number  int
	Hash    string
	Created time.Time
	Content
	Remarks Remarks
}

// Item is one piece of news and where it stands.
type Item struct {
	ID       ID
	State    State
	Message  int64 // the inbound message that it came by
	Sender   message.Mailbox
	Received time.Time
	Current  Revision
	Approved int   // number of the approved revision, 0 for none
	Position int   // in its issue
	Issue    int64 // the issue that holds it, 0 for none
}
