package render

import (
	"context"
	"fmt"
	htmltemplate "html/template"
	"regexp"
	"slices"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

var _ newsroom.Renderer = (*Renderer)(nil)

// columnWidth is the width of the text column, and of the widest picture, in pixels.
const columnWidth = 584

// pageData is the data common to the templates of issues and reminders.
type pageData struct {
	templates.Words
	Lang, Name, Network, Subject, Preheader string
	Address, WhyYou                         string
	Unsubscribe                             htmltemplate.URL
	Public                                  string // the foot of a public page; "" in a mail
}

func (r *Renderer) newPageData(w templates.Words) pageData {
	return pageData{
		Words: w, Lang: w.Language, Name: r.Address.Name, Network: r.Network, Address: string(r.Address.Address),
		WhyYou: w.T("why-you", r.Network), Unsubscribe: htmltemplate.URL(r.linkPlaceholder),
	}
}

// row is an entry of the agenda.
type row struct {
	templates.Words
	When, Hours, Title, Place, Link, More string // More is the text of the link
}

func (r *Renderer) row(w templates.Words, e agenda.Event) row {
	return row{
		Words: w, When: agenda.FormatRange(e.Start, e.End, w.Language), Hours: agenda.FormatTimes(e.StartTime, e.EndTime, w.Language),
		Title: typeset(w.Language, e.Title), Place: e.Place, Link: e.Link, More: w.T(linkWord(e.LinkKind)),
	}
}

func linkWord(k agenda.LinkKind) string {
	switch k {
	case agenda.LinkRegistration:
		return "link-registration"
	case agenda.LinkProgramme:
		return "link-programme"
	}
	return "link-more"
}

// rows returns the agenda entries of an item: those for members, then those for everyone.
func (r *Renderer) rows(w templates.Words, events []agenda.Event) (internal, external []row) {
	for _, e := range events {
		if e.Audience == agenda.Internal {
			internal = append(internal, r.row(w, e))
		} else {
			external = append(external, r.row(w, e))
		}
	}
	return internal, external
}

// piece is an item as an issue shows it.
type piece struct {
	templates.Words
	Lang, Note, Text, ContactWord string
	Centre, Title                 string // "" if the section's title says the same
	HTML                          htmltemplate.HTML
	Images                        []picture
	Legends                       []string // of all pictures, for plain text
	Files                         []file
	Contacts                      []item.Contact
	Signature                     item.Contact // of an editorial; Name is "" for none
}

// file is a linked file.
type file struct {
	Word, Name, Size string
	Link             htmltemplate.URL
}

type picture struct {
	Hash, Alt, Legend, Credit string
	Width                     int // pixels
}

var cid = regexp.MustCompile(`cid:([0-9a-f]{64})`)

func (r *Renderer) piece(w templates.Words, c item.Content) piece {
	c, _ = c.Excerpt()
	c = c.In(w.Language)
	p := piece{
		Words: w, Lang: c.Language, Title: typeset(c.Language, c.Title), Text: c.Text,
		HTML: htmltemplate.HTML(raiseOrdinals(c.Language, c.HTML)), // sanitized when the item was made
	}
	if c.Section != item.SectionEditorial && !sameHeading(c.Centre, c.Title) {
		p.Centre = c.Centre
	}
	if r.namesSection(c.Title, c.Section) {
		p.Title = ""
	}
	if c.Language != w.Language && w.Has("in-language-"+c.Language) {
		p.Note = w.T("in-language-" + c.Language)
	}
	for _, img := range c.Images {
		if !strings.Contains(c.HTML, "cid:"+img.Hash) {
			p.Images = append(p.Images, picture{
				Hash: img.Hash, Alt: img.Alt, Legend: typeset(c.Language, img.Legend), Credit: typeset(c.Language, img.Credit),
				Width: min(columnWidth, max(img.Width, 1)),
			})
		}
	}
	p.Text, p.Legends = plainLegends(w, c)
	for _, a := range c.Attachments {
		if a.Hash != "" {
			p.Files = append(p.Files, file{Word: w.T("document"), Name: a.Name, Size: size(w, a.Bytes), Link: htmltemplate.URL(r.FileLink(a))})
		}
	}
	for _, contact := range c.Contacts {
		// An editorial is signed, and a contact that the text gives is not printed twice.
		if c.Section == item.SectionEditorial {
			if contact.Name != "" && !endsWith(c.Text, contact.Name) {
				p.Signature = contact
			}
			break
		}
		if contact.Email == "" || !strings.Contains(strings.ToLower(c.Text), strings.ToLower(contact.Email)) {
			p.Contacts = append(p.Contacts, contact)
		}
	}
	p.ContactWord = w.T("contact")
	if len(p.Contacts) > 1 {
		p.ContactWord = w.T("contacts")
	}
	return p
}

type chapter struct {
	Title  string
	Titled bool
	Pieces []piece
}

// sectionTitle returns the title of a section in a language, or its key if it has none.
func (r *Renderer) sectionTitle(w templates.Words, key string) string {
	for _, s := range r.Sections {
		if s.Key == key && s.Title[w.Language] != "" {
			return s.Title[w.Language]
		}
	}
	return capital(key)
}

// Issue renders an issue in each variant and language.
func (r *Renderer) Issue(_ context.Context, c issue.Content) ([]issue.Edition, error) {
	var editions []issue.Edition
	for _, v := range r.Service.Variants(c) {
		for _, lang := range r.Languages {
			data := r.newIssueData(c.For(v), r.words[lang])
			e, err := r.renderEdition("issue", lang, data.Subject, data)
			if err != nil {
				return nil, err
			}
			e.Variant = v
			editions = append(editions, e)
		}
	}
	return editions, nil
}

// issueData is the data of the templates of an issue.
type issueData struct {
	pageData
	Period             string
	Year               int
	Internal, External []row
	Chapters           []chapter
	Team               []issue.Member
}

func (r *Renderer) newIssueData(c issue.Content, w templates.Words) issueData {
	data := issueData{pageData: r.newPageData(w), Period: capital(period(w, c.Period)), Year: c.Period.Year, Team: c.Team}
	data.Subject = w.T("issue-subject", r.Address.Name, period(w, c.Period))
	for _, e := range c.Internal {
		data.Internal = append(data.Internal, r.row(w, e.Event))
	}
	for _, e := range c.External {
		data.External = append(data.External, r.row(w, e.Event))
	}
	var titles []string
	for _, ch := range c.Chapters {
		// The editorial has no section heading; every other section does.
		shown := chapter{Title: r.sectionTitle(w, ch.Section), Titled: ch.Section != item.SectionEditorial}
		for _, p := range ch.Pieces {
			shown.Pieces = append(shown.Pieces, r.piece(w, p.Content))
			titles = append(titles, p.Content.In(w.Language).Title)
		}
		data.Chapters = append(data.Chapters, shown)
	}
	data.Preheader = strings.Join(titles[:min(3, len(titles))], " · ")
	return data
}

// renderEdition renders one edition and lists the pictures that it shows.
func (r *Renderer) renderEdition(name, lang, subject string, data any) (issue.Edition, error) {
	e := issue.Edition{Language: lang, Subject: subject, Images: []string{}}
	var err error
	if e.HTML, err = r.renderHTML(name, data); err != nil {
		return e, err
	}
	if e.Text, err = r.renderText(name, data); err != nil {
		return e, err
	}
	e.Images = imagesIn(e.HTML)
	return e, nil
}

// imagesIn returns the hashes of the pictures in an HTML text, each once, in order.
func imagesIn(html string) []string {
	hashes := []string{}
	for _, m := range cid.FindAllStringSubmatch(html, -1) {
		if !slices.Contains(hashes, m[1]) {
			hashes = append(hashes, m[1])
		}
	}
	return hashes
}

// Reminder renders the reminder of an event in each language.
func (r *Renderer) Reminder(_ context.Context, e issue.Entry) ([]issue.Edition, error) {
	var editions []issue.Edition
	for _, lang := range r.Languages {
		w := r.words[lang]
		data := struct {
			pageData
			Entry row
			Rows  []row
		}{pageData: r.newPageData(w), Entry: r.row(w, e.Event)}
		data.Rows = []row{data.Entry}
		data.Subject = w.T("reminder-subject", e.Event.Title, data.Entry.When)
		data.Preheader = strings.TrimSuffix(fmt.Sprintf("%s, %s", data.Entry.When, e.Event.Place), ", ")
		edition, err := r.renderEdition("reminder", lang, data.Subject, data)
		if err != nil {
			return nil, err
		}
		editions = append(editions, edition)
	}
	return editions, nil
}
