package item

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"infolettre/internal/agenda"
	"infolettre/internal/message"
)

// Guide is what the configuration and the people list know about a message.
type Guide struct {
	Sections []Section
	Location *time.Location
	Sender   message.Mailbox // from the people list, or as in the message
	Centre   string          // of the sender; "" if unknown
	Language string          // of the sender, or the default
	Received time.Time       // from which dates without a year are resolved
	Untitled bool            // the subject is not the sender's: it answers a mail of ours
}

// ParsedItem is an item as it was read from a message, and the reason of each choice, by the
// name of the field that `explain` prints.
type ParsedItem struct {
	Content
	Remarks Remarks
	Why     map[string]string
}

// ErrEmptyMessage reports a message with neither a title, a text nor a file.
var ErrEmptyMessage = errors.New("the message holds no text and no picture")

// maxStruck is the longest quotation of text that was struck through, in characters.
const maxStruck = 200

// maxAnalysed limits, in octets, how much of a text is searched for dates and used to detect its
// language. An item is a page or two; anything longer is an attack or a book.
const maxAnalysed = 32 << 10

func analysedPart(text string) string {
	if len(text) <= maxAnalysed {
		return text
	}
	return strings.ToValidUTF8(text[:maxAnalysed], "")
}

// FromMessage makes the items of a prepared message: one, or as many as the writer separated. A
// part that cannot be read stays an attachment and is named in the remarks. It returns an
// *UnreadError for a message that has nothing else, and ErrEmptyMessage for an empty one.
func FromMessage(p Prepared, g Guide) ([]ParsedItem, error) {
	if files := p.OnlyUnread(); len(files) > 0 {
		return nil, &UnreadError{files}
	}
	if len(message.BlocksText(p.blocks)) == 0 && p.Files() == 0 {
		return nil, ErrEmptyMessage
	}
	if g.Untitled {
		p.subject = ""
	}
	pieces, parted := split(p.blocks, p.subject, p.coverNote+"\n"+p.subject, g.Centre)
	owners := p.owners(pieces)
	var all []ParsedItem
	for n, piece := range pieces {
		u := p.understand(piece, g, func(part int) bool { return owners[part] == n })
		if u.Title == "" {
			return nil, ErrEmptyMessage
		}
		if u.Text == "" && len(u.Images)+len(u.Attachments)+len(u.Events)+len(u.Remarks.Calendar)+len(u.Remarks.Unread)+len(p.lost) == 0 {
			continue // a title above something meaningless, such as an answer from a calendar
		}
		if parted != "" {
			u.Why["text"] += "; " + parted
		}
		all = append(all, u)
	}
	if len(all) == 0 {
		return nil, ErrEmptyMessage
	}
	all[0].Remarks.Unread = append(all[0].Remarks.Unread, p.lost...)
	return all, nil
}

// understand makes one item.
func (p Prepared) understand(piece piece, g Guide, mine func(part int) bool) ParsedItem {
	u := ParsedItem{Why: map[string]string{"text": p.from}}
	if cut := p.cutWhy(); cut != "" {
		u.Why["text"] += "; taken off: " + cut
	}
	kept, cut := limitBlocks(piece.blocks)
	if cut > 0 && p.skipped == 0 {
		u.Attachments = append(u.Attachments, attachment(message.Part{
			Name: message.LongTextName, Type: "text/plain", Data: []byte(message.BlocksText(piece.blocks)),
		}))
	}
	piece.blocks = kept
	if u.Remarks.TooLong = max(cut, p.skipped); u.Remarks.TooLong > 0 {
		u.Why["text"] += fmt.Sprintf("; an excerpt: the whole has %d octets", u.Remarks.TooLong)
	}
	blocks, whole := piece.blocks, piece.blocks
	if u.Title = piece.title; u.Title != "" {
		u.Title, u.Why["title"] = shorten(u.Title, maxTitle), "its heading"
	} else {
		filed := ""
		if p.fromDocument {
			filed = p.title
		}
		u.Title, u.Why["title"], blocks = chooseTitle(p.subject, filed, p.fromDocument, blocks, g.Centre)
	}
	text := analysedPart(message.BlocksText(blocks))
	u.Language, u.Why["language"] = languageOf(u.Title+". "+text, g.Language)
	if set, changed := sentenceCase(u.Title, text, u.Language, g.Centre, g.Sender.Name); changed {
		u.Title = set
		u.Why["title"] += ", set in small letters"
	}
	if u.Centre = g.Centre; u.Centre != "" {
		u.Why["centre"] = "the people list has the sender there"
	}
	author := Contact{Name: g.Sender.Name, Email: string(g.Sender.Address)}
	if p.source.Address != "" {
		author = Contact{Name: p.source.Name, Email: string(p.source.Address)}
	}
	if p.source != (message.Mailbox{}) {
		u.Remarks.Source = Contact{Name: p.source.Name, Email: string(p.source.Address)}
		u.Why["source"] = "the mail that is handed on"
	}
	u.Contacts, blocks, u.Why["contacts"] = contactsOf(blocks, author, p.signature)
	if p.source.Address != "" && u.Why["contacts"] == whySender {
		u.Why["contacts"] = "who wrote the mail that is handed on"
	}
	alts := captionsOf(blocks)
	legends := map[string]legend{}
	if unshown := p.unshownPhotos(blocks, mine); len(unshown) > 0 {
		captions, rest := takeCaptions(blocks)
		if len(captions) > 0 {
			blocks = rest
		}
		for i, part := range unshown[:min(len(unshown), len(captions))] {
			alts[partKey(part)] = captions[i].text
			legends[partKey(part)] = captions[i]
		}
	}
	u.HTML, u.Text = message.JoinBlocks(blocks), message.BlocksText(blocks)
	u.findEvents(p, g)
	if u.Section == SectionEditorial {
		author.Function = functionOf(p.signature, author.Name, g.Centre)
		u.Contacts, u.Why["contacts"] = []Contact{author}, "who signs"
	}
	if u.Section == SectionAgenda && len(blocks) < len(whole) {
		// A heading above dates gives their audience and year.
		if events, questions := agenda.Read(analysedPart(message.BlocksText(whole)), u.readAs(g)); len(events) == len(u.Events) {
			u.Events, u.Remarks.Questions = events, questions
		}
	}
	if p.why != "" {
		u.Why["attachments"] = p.why
	}
	u.Remarks.Unread = append(u.Remarks.Unread, p.unread(mine)...)
	if len(p.struck) > 0 {
		u.Remarks.Struck = shorten(oneLine(strings.Join(p.struck, " … ")), maxStruck)
		u.Why["text"] += fmt.Sprintf("; struck through, and left out: “%s”", u.Remarks.Struck)
	}
	takeParts(&u, p.parts, p.photos, alts, legends, mine)
	u.limit()
	return u
}

// findEvents reads the dates and derives the section: a text that is little more than a list of
// dates is an agenda.
func (u *ParsedItem) findEvents(p Prepared, g Guide) {
	text := analysedPart(u.Text)
	u.Section, u.Why["section"] = route(g.Sections, u.Title, text, g.Centre)
	options := u.readAs(g)
	u.Events, u.Remarks.Questions = agenda.Read(text, options)
	if has(g.Sections, SectionAgenda) && !options.Agenda && listsDates(text, len(u.Events)) {
		u.Section, u.Why["section"] = SectionAgenda, "the text is a list of dates"
		options = u.readAs(g)
		u.Events, u.Remarks.Questions = agenda.Read(text, options)
	}
	u.Remarks.Unrouted = u.Why["section"] == whyDefault
	u.Why["events"] = fmt.Sprintf("%d found, a year left out being counted from %s", len(u.Events), options.Ref)
	if len(u.Events) == 0 && p.pdfText != "" && !agenda.CallsOff(u.Title+"\n\n"+text, options) {
		// A programme is full of times and names: only announced events count.
		if u.Events, _ = agenda.Read(analysedPart(p.pdfText), options); len(u.Events) > maxPDFEvents {
			u.Events = nil
		}
		if len(u.Events) == 1 {
			u.Events[0].Title = u.Title
		}
		u.Why["events"] = fmt.Sprintf("%d found in the PDF file", len(u.Events))
	}
	for _, file := range p.calendars {
		events, err := agenda.ReadCalendar(file.Data, file.Charset, g.Location)
		if err != nil {
			u.Why["attachments"] = err.Error()
			u.Remarks.Unread = append(u.Remarks.Unread, UnreadFile{nameOf(file), TroubleCalendar})
			continue
		}
		u.Events = withCalendar(u.Events, events)
		for _, e := range events {
			if e.UID != "" {
				u.Remarks.Calendar = append(u.Remarks.Calendar, CalendarEntry{UID: e.UID, Sequence: e.Sequence, Cancelled: e.Cancelled})
			}
		}
		u.Why["events"] += fmt.Sprintf(", %d of them in a calendar file", len(events))
	}
}

// readAs returns the options for reading dates.
func (u *ParsedItem) readAs(g Guide) agenda.Options {
	return agenda.Options{
		Title: u.Title, Ref: agenda.DateOf(g.Received.In(g.Location)), Lang: u.Language, Agenda: u.Section == SectionAgenda,
	}
}

// maxPDFEvents is how many events a PDF file may announce before it counts as a timetable.
const maxPDFEvents = 3

// withCalendar replaces the events in the text by those of a calendar file on the same days,
// and keeps what only the text says. Cancelled events are removed.
func withCalendar(events []agenda.Event, filed []agenda.CalendarEvent) []agenda.Event {
	for _, entry := range filed {
		e := entry.Event
		if entry.Cancelled { // the text of that day announces the cancellation
			events = slices.DeleteFunc(events, func(k agenda.Event) bool { return k.Start == e.Start })
			continue
		}
		same := slices.IndexFunc(events, func(k agenda.Event) bool { return k.Start == e.Start && (k.End == e.End || k.StartTime == e.StartTime) })
		if same < 0 {
			events = append(events, e)
			continue
		}
		e.Audience = events[same].Audience
		if e.Link == "" {
			e.Link, e.LinkKind = events[same].Link, events[same].LinkKind
		}
		if e.Place == "" {
			e.Place = events[same].Place
		}
		events[same] = e
	}
	return events
}

// A list of dates has at least this many events, and at most this many octets for each.
const (
	fewestListed = 3
	widestListed = 200
)

func listsDates(text string, events int) bool {
	return events >= fewestListed && len(text) <= widestListed*events
}

// cutWhy says what was removed from the text.
func (p Prepared) cutWhy() string {
	var list []string
	for _, c := range p.cuts {
		list = append(list, c.String())
	}
	return strings.Join(list, ", ")
}

// owners returns the piece that each part belongs to: the one that shows it, else the one with
// a title like its name, else the first.
func (p Prepared) owners(pieces []piece) []int {
	owners := make([]int, len(p.parts))
	if len(pieces) == 1 {
		return owners
	}
	html := make([]string, len(pieces))
	for n := range pieces {
		html[n] = message.JoinBlocks(pieces[n].blocks)
	}
	for i, part := range p.parts {
		best := 0
		for n := range pieces {
			if part.ContentID != "" && strings.Contains(html[n], `"cid:`+part.ContentID+`"`) {
				owners[i] = n
				break
			}
			shared := 0
			title := " " + fold(pieces[n].title) + " "
			for _, w := range strings.Fields(fold(part.Name)) {
				if len(w) > 3 && strings.Contains(title, " "+w+" ") {
					shared += len(w)
				}
			}
			if shared > best {
				owners[i], best = n, shared
			}
		}
	}
	return owners
}
