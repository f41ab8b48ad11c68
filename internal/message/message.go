package message

import (
	"net/mail"
	"strings"
	"time"
)

// Part is a leaf of a mail other than its text: an image, a file, a forwarded message.
type Part struct {
	Name      string // file name; "" if it has none
	Type      string // media type without parameters, lower-case; with them in an Outbound
	ContentID string // without <>; a cid: link in the HTML names it
	Inline    bool   // meant to be shown with the text
	Charset   string // declared by a text part; "" for none
	Data      []byte // transfer encoding decoded; text in its own charset
}

// Message is one parsed mail.
type Message struct {
	Header     Header
	ID         string   // Message-ID without <>; "" if missing
	InReplyTo  []string // message ids without <>
	References []string // message ids without <>, oldest first
	From       []Mailbox
	Sender     *Mailbox
	ReplyTo    []Mailbox
	To         []Mailbox
	Cc         []Mailbox
	// Recipients are the addresses that the mail may have come to, each once, in the
	// order in which a handle is looked for: Delivered-To, X-Original-To, Envelope-To,
	// To, Cc.
	Recipients    []Address
	Subject       string    // decoded, on one line
	Date          time.Time // zero if missing or unreadable
	ReturnPath    string    // topmost Return-Path without <>
	HasReturnPath bool      // with ReturnPath "": the null return path
	Text          string    // UTF-8 with LF; "" if there is no text/plain
	HTML          string    // UTF-8 with LF; "" if there is no text/html
	Parts         []Part    // every other leaf, in order
	OversizeBytes int       // octets of a body beyond the bounds: Text is its beginning, and Parts has the whole
	Reaction      bool      // it is a Gmail reaction to the mail that it answers
	Emoji         string    // of a reaction; "" if unknown

	added         []string // plain texts below a body in base64, added by a list or a server
	methods       []string // of its calendar parts, lower-case
	fromUncertain bool     // From can be read in more than one way
	fromLoose     bool     // From breaks the grammar of RFC 5322
	contentType   string   // of the whole mail, without parameters, lower-case
	reportType    string   // of a multipart/report, lower-case
}

// Author returns the one mailbox in From: the address in angle brackets, whatever the name
// before it looks like. It returns the zero Mailbox, which authenticates nobody, if From
// is missing, repeated, names several, or can be read in more than one way.
func (m *Message) Author() Mailbox {
	if len(m.From) != 1 || m.fromUncertain {
		return Mailbox{}
	}
	return m.From[0]
}

// readHeader fills every field that comes from the header.
func (m *Message) readHeader() {
	h := m.Header
	m.ID = firstID(h.raw("Message-ID"))
	m.InReplyTo = messageIDs(h.raw("In-Reply-To"))
	m.References = messageIDs(h.raw("References"))
	m.Subject = strings.Join(strings.Fields(h.Get("Subject")), " ")
	m.Date = parseDate(h.raw("Date"))
	for _, value := range h.Values("From") {
		list, certain, loose := readMailboxes(value)
		m.From = append(m.From, list...)
		m.fromUncertain = m.fromUncertain || !certain
		m.fromLoose = m.fromLoose || loose
	}
	m.fromUncertain = m.fromUncertain || len(h.Values("From")) > 1 || h.cut("From")
	if local := localMailbox(h.raw("From")); len(m.From) == 0 && local.Address != "" {
		m.From, m.fromUncertain = []Mailbox{local}, true
	}
	if sender, _ := parseMailboxes(h.raw("Sender")); len(sender) > 0 {
		m.Sender = &sender[0]
	}
	m.ReplyTo, _ = parseMailboxes(h.raw("Reply-To"))
	m.To = allMailboxes(h, "To")
	m.Cc = allMailboxes(h, "Cc")
	if paths := h.Values("Return-Path"); len(paths) > 0 {
		m.HasReturnPath = true
		m.ReturnPath = strings.TrimSpace(strings.Trim(strings.TrimSpace(paths[0]), "<>"))
	}
	m.Recipients = recipients(h)
}

// AddressesIn returns the addresses in all fields of that name.
func (m *Message) AddressesIn(name string) []Mailbox { return allMailboxes(m.Header, name) }

func allMailboxes(h Header, name string) []Mailbox {
	var all []Mailbox
	for _, value := range h.Values(name) {
		list, _ := parseMailboxes(value)
		all = append(all, list...)
	}
	return all
}

func recipients(h Header) []Address {
	var found []Address
	seen := map[string]bool{}
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"} {
		for _, m := range allMailboxes(h, name) {
			if key := m.Address.Key(); !seen[key] {
				seen[key] = true
				found = append(found, m.Address)
			}
		}
	}
	return found
}

// messageIDs returns the ids in angle brackets or, if there are none, the words with an @.
func messageIDs(s string) []string {
	var ids []string
	for rest := s; ; {
		open := strings.IndexByte(rest, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '>')
		if end < 0 {
			break
		}
		if id := strings.Join(strings.Fields(rest[open+1:open+end]), ""); id != "" {
			ids = append(ids, id)
		}
		rest = rest[open+end+1:]
	}
	if ids == nil {
		for _, word := range strings.Fields(s) {
			if strings.Contains(word, "@") {
				ids = append(ids, strings.Trim(word, "<>,;"))
			}
		}
	}
	return ids
}

func firstID(s string) string {
	if ids := messageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	return strings.Trim(strings.TrimSpace(s), "<> ")
}

// parseDate parses a Date field (RFC 5322, section 3.3), and the forms without weekday,
// seconds or zone that old programs write.
func parseDate(s string) time.Time {
	s = strings.Join(strings.Fields(s), " ")
	if t, err := mail.ParseDate(s); err == nil {
		return t
	}
	if open := strings.IndexByte(s, '('); open > 0 {
		s = strings.TrimSpace(s[:open])
	}
	for _, layout := range []string{
		"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04 -0700",
		"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 2006 -0700",
		"Monday, 2 Jan 2006 15:04:05 -0700", "Monday, 2-Jan-06 15:04:05 MST",
		"Mon, 2 January 2006 15:04:05 -0700", time.RFC3339,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
