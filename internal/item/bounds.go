package item

import (
	"fmt"
	"strings"

	"infolettre/internal/message"
)

// Limits of an item, far above what an issue prints of one. If a text exceeds them, the item
// keeps an excerpt, and the editors and the contributor are told.
const (
	maxText      = 64 << 10  // octets
	maxMarkup    = 256 << 10 // octets of HTML
	maxLines     = 2000
	maxBlocks    = 500
	excerptText  = 4 << 10 // octets
	excerptLines = 40      // blocks and lines
	maxEvents    = 200
	maxContacts  = 20
	maxImages    = 60
	maxFiles     = 60
)

// TooLong reports whether a text or its HTML exceeds the limits of an item.
func TooLong(text, html string) bool {
	return len(text) > maxText || len(html) > maxMarkup || strings.Count(text, "\n") > maxLines ||
		strings.Count(html, "<") > 40*maxBlocks
}

// limitBlocks returns the blocks of an item's text, or an excerpt if they exceed the limits. cut is
// then the size of the whole in octets, else 0.
func limitBlocks(blocks []message.Block) (kept []message.Block, cut int) {
	text, lines := 0, 0
	for _, b := range blocks {
		for _, l := range b.Lines {
			text += len(l.Text) + 1
			lines += 1 + strings.Count(l.Text, "\n")
		}
	}
	if len(blocks) <= maxBlocks && lines <= maxLines && text <= maxText && len(message.JoinBlocks(blocks)) <= maxMarkup {
		return blocks, 0
	}
	return excerpt(message.BlocksText(blocks[:min(len(blocks), 2*excerptLines)])), text
}

// excerpt returns the beginning of a text as blocks.
func excerpt(text string) []message.Block {
	if len(text) > excerptText {
		text = text[:excerptText]
		if end := strings.LastIndexAny(text, " \n"); end > 0 {
			text = text[:end]
		}
		text = strings.ToValidUTF8(text, "")
	}
	lines := strings.SplitN(text, "\n", excerptLines+1)
	text = strings.Join(lines[:min(len(lines), excerptLines)], "\n")
	return message.TextBlocks(strings.TrimRight(text, " \n.,;:") + " …")
}

// Excerpt returns the content with an excerpt in place of each text that is too long. cut is
// then the size of the longest in octets, else 0. Only items older than these limits need it.
func (c Content) Excerpt() (short Content, cut int) {
	if TooLong(c.Text, c.HTML) {
		cut = max(len(c.Text), len(c.HTML))
		blocks := excerpt(c.Text)
		c.Text, c.HTML = message.BlocksText(blocks), message.JoinBlocks(blocks)
	}
	var all map[string]Translation
	for language, t := range c.Translations {
		if TooLong(t.Text, t.HTML) {
			cut = max(cut, len(t.Text), len(t.HTML))
			blocks := excerpt(t.Text)
			t.Text, t.HTML = message.BlocksText(blocks), message.JoinBlocks(blocks)
		}
		if all == nil {
			all = map[string]Translation{}
		}
		all[language] = t
	}
	c.Translations = all
	return c, cut
}

// limit limits the events, contacts, pictures and files of an item.
func (u *ParsedItem) limit() {
	cut := func(what string, n, most int) {
		if n > most {
			u.Why[what] += fmt.Sprintf("; the first %d of %d are kept", most, n)
		}
	}
	cut("events", len(u.Events), maxEvents)
	cut("contacts", len(u.Contacts), maxContacts)
	cut("images", len(u.Images), maxImages)
	cut("attachments", len(u.Attachments), maxFiles)
	u.Events = u.Events[:min(len(u.Events), maxEvents)]
	u.Contacts = u.Contacts[:min(len(u.Contacts), maxContacts)]
	u.Images = u.Images[:min(len(u.Images), maxImages)]
	u.Attachments = u.Attachments[:min(len(u.Attachments), maxFiles)]
	u.Remarks.Questions = u.Remarks.Questions[:min(len(u.Remarks.Questions), maxContacts)]
}
