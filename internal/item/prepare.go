package item

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"infolettre/internal/document"
	"infolettre/internal/message"
)

// Prepared is the part of reading a message that takes time and depends on nothing else: its
// sanitized text, without boilerplate, and its pictures.
type Prepared struct {
	subject      string
	blocks       []message.Block
	htmlBlocks   []message.Block // of a reply: the HTML part, without boilerplate
	coverNote    string          // what the writer says beside the text
	from         string          // where the text was found
	fromDocument bool            // the text is from an attached document
	title        string          // of that document, "" for none
	cuts         []message.Cut
	source       message.Mailbox // the author of a forwarded message
	signature    string          // of the writer
	parts        []message.Part  // other than the text, with those of the document
	photos       photos
	pdfText      string         // the text of PDF files, to be searched for dates
	calendars    []message.Part // calendar files
	why          string         // why a document could not be read

	kinds   []document.Kind // of the parts
	trouble []Trouble       // of the parts, for the letter to the sender
	lost    []UnreadFile    // parts of a document that could not be read
	struck  []string        // text that was struck through
	skipped int             // octets of a text that was too long to be read
}

// Prepare sanitizes a message's text, removes boilerplate and processes its pictures. It reads
// a forwarded mail that is attached instead of the message. If a word processor's file says
// more than the mail, the file is the text and the mail its cover note.
func Prepare(m *message.Message, decoding *DecodeLimit) Prepared {
	var p Prepared
	m, p.source, p.coverNote = forwardedPart(m)
	bare := m.ExtractBody()
	p.subject, p.blocks, p.cuts, p.parts = m.Subject, bare.Blocks, bare.Cuts, m.Parts
	if bare.Source.Address != "" || bare.Source.Name != "" {
		p.source = bare.Source
	}
	p.signature, p.skipped = bare.Signature, m.OversizeBytes
	if bare.Struck != "" {
		p.struck = []string{bare.Struck}
	}
	for _, c := range bare.Cuts {
		if c.Kind == message.CutNote || c.Kind == message.CutCover {
			p.coverNote += "\n" + c.Text
		}
	}
	p.from = "the plain text"
	if m.HTML != "" {
		p.from = "the HTML part"
	}
	own := bare.Blocks
	if bare.Covered != nil {
		own = bare.Covered
	}
	if !p.readDocument(len(message.BlocksText(own))) && bare.Covered != nil && p.files() > 0 {
		p.coverNote += "\n" + message.BlocksText(bare.Blocks)
		p.blocks = bare.Covered // the mail is only a cover note for a file or a picture
		p.cuts = append(p.cuts, bare.Covers...)
	}
	if bare.Kept != "" && !p.fromDocument {
		p.from += fmt.Sprintf("; kept, as it tells more than the sending: “%s”", shorten(oneLine(bare.Kept), maxStruck))
	}
	p.finish(bare.Cuts, decoding)
	return p
}

// finish processes everything but the text.
func (p *Prepared) finish(cuts []message.Cut, decoding *DecodeLimit) {
	p.photos = readPhotos(p.parts, decoding)
	p.withoutLogos(cuts)
	p.readDates()
	p.findTroubles()
}

// PrepareReply is Prepare for an answer to a receipt: its text is only what is new, not what it
// quotes.
func PrepareReply(m *message.Message, decoding *DecodeLimit) Prepared {
	p := Prepared{subject: m.Subject, parts: m.Parts, from: "the reply", skipped: m.OversizeBytes}
	bare := m.ExtractBody()
	p.blocks, p.htmlBlocks = message.TextBlocks(m.Visible()), bare.Blocks
	if bare.Struck != "" {
		p.struck = []string{bare.Struck}
	}
	p.readDocument(len(message.BlocksText(p.blocks)))
	p.finish(bare.Cuts, decoding)
	return p
}

// readDates takes calendars and the text of PDF files from the parts, to be searched for dates.
func (p *Prepared) readDates() {
	for _, part := range p.parts {
		switch {
		case isCalendar(part) && len(p.calendars) < maxDocuments:
			p.calendars = append(p.calendars, part)
		case isPDF(part) && len(p.pdfText) < maxAnalysed:
			text, err := document.PDFText(part.Data)
			if err != nil {
				p.why = part.Name + ": " + err.Error()
				continue
			}
			p.pdfText += text + "\n\n"
		}
	}
}

// minOwnText is the least text of its own, in octets, that makes a mail more than a note about
// an attached one.
const minOwnText = 400

// forwardedPart returns the mail attached to a short note, its author and the note. If there is
// none, it returns the message itself.
func forwardedPart(m *message.Message) (inner *message.Message, source message.Mailbox, note string) {
	if !slices.ContainsFunc(m.Parts, isMail) {
		return m, message.Mailbox{}, ""
	}
	own := message.BlocksText(m.ExtractBody().Blocks)
	if len(own) >= minOwnText {
		return m, message.Mailbox{}, ""
	}
	for _, part := range m.Parts {
		if !isMail(part) {
			continue
		}
		if attached, err := message.Read(part.Data); err == nil {
			attached.Parts = append(attached.Parts, others(m.Parts)...)
			return attached, attached.Author(), own
		}
	}
	return m, message.Mailbox{}, ""
}

func isMail(p message.Part) bool { return p.Type == "message/rfc822" }

func others(parts []message.Part) []message.Part {
	return slices.DeleteFunc(slices.Clone(parts), isMail)
}

// maxDocuments is how many files of a message are read.
const maxDocuments = 3

// readDocument takes the text from the first attached file that can be read and is longer than
// the mail's own text, which has the given number of octets. The pictures of the file replace
// it among the parts.
func (p *Prepared) readDocument(own int) (taken bool) {
	p.kinds, p.trouble = kindsOf(p.parts), make([]Trouble, len(p.parts))
	tried := 0
	for i, part := range p.parts {
		if tried == maxDocuments || p.kinds[i] != document.Text {
			continue
		}
		tried++
		d, err := document.Read(part.Data)
		if err != nil {
			p.why, p.trouble[i] = part.Name+": "+err.Error(), documentError(err)
			continue
		}
		blocks, struck := message.DocumentBlocks(d.HTML)
		if message.BlocksText(blocks) == "" && d.Title == "" {
			if len(d.Images) == 0 {
				p.trouble[i] = TroubleEmpty
				continue
			}
			p.replace(i, d.Images) // photographs inserted into a document
			return false
		}
		if d.Struck = strings.TrimSpace(d.Struck + " " + struck); len(message.BlocksText(blocks)) <= own {
			continue
		}
		p.struck = nil // it belonged to the mail's text
		p.coverNote += "\n" + message.BlocksText(p.blocks)
		p.blocks, p.title, p.from, p.fromDocument, p.skipped = blocks, d.Title, "the file "+part.Name, true, 0
		p.recordLosses(part.Name, d)
		p.replace(i, d.Images)
		return true
	}
	return false
}

// replace replaces a document among the parts by its pictures.
func (p *Prepared) replace(i int, images []document.Image) {
	parts := make([]message.Part, len(images))
	for k, img := range images {
		parts[k] = message.Part{Name: img.Name, Type: img.Type, ContentID: img.ID, Inline: true, Data: img.Data}
		if t := message.PictureType(img.Data); t != "" {
			parts[k].Type = t
		}
	}
	p.parts = slices.Replace(slices.Clone(p.parts), i, i+1, parts...)
	p.kinds = slices.Replace(p.kinds, i, i+1, make([]document.Kind, len(parts))...)
	p.trouble = slices.Replace(p.trouble, i, i+1, make([]Trouble, len(parts))...)
}

func (p *Prepared) all() []message.Block { return p.blocks }

// Text returns the text of the message.
func (p Prepared) Text() string { return message.BlocksText(p.blocks) }

// FromDocument reports whether the text comes from an attached file.
func (p Prepared) FromDocument() bool { return p.fromDocument }

// Files counts the pictures, calendars and other files that would be added to an item,
// including pictures that cannot be read.
func (p Prepared) Files() int {
	n := 0
	for i, part := range p.parts {
		_, ready := p.photos.ready[i]
		failed := p.photos.failed[i]
		switch {
		case ready, isCalendar(part):
			n++
		case errors.Is(failed, errNotPhoto), failed != nil && document.IsImage(part.ContentID):
		case failed != nil || !unshown(part):
			n++
		}
	}
	return n
}

// files counts the parts that may be meant for readers, before pictures are read.
func (p *Prepared) files() int {
	n := 0
	for _, part := range p.parts {
		if !unshown(part) && (!strings.HasPrefix(part.Type, "image/") || len(part.Data) > 8<<10) {
			n++
		}
	}
	return n
}
