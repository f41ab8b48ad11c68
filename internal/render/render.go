// Package render turns an issue, a reminder or a letter into the mail for one reader: HTML,
// plain text and pictures, in the reader's language.
//
// An issue or a reminder is rendered once for each language and variant into an issue.Edition,
// which the store keeps. When it is sent, the edition is written once as a mail
// (message.Template), and for each reader only the name and address, the Message-ID and the
// unsubscribe link are filled in. A letter is rendered when it is first sent and its bytes are
// stored, so that every attempt sends the same bytes, also after a crash. The package itself
// keeps only a cache.
//
// Begin reading at Renderer.RenderJob, which the sending loop calls, and Renderer.Issue.
package render

import (
	"bytes"
	"context"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"github.com/vanng822/go-premailer/premailer"

	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
	"infolettre/templates"
)

// Options configure a Renderer.
type Options struct {
	Address   message.Mailbox // the newsletter's name and mailbox
	Network   string
	ListID    string // RFC 2919
	BaseURL   *url.URL
	Languages []string // the first is the default
	Location  *time.Location
	Sections  []item.Section
	Secret    token.Secret
	Plus      bool // the mailbox accepts plus addressing
	VERP      bool // each mail has its own return path
	// AuthservID is the server whose Authentication-Results are trusted, see package message.
	AuthservID string
	Service    *newsroom.Service // reads plans and undecided items
	Now        func() time.Time
}

// Source reads what is rendered.
type Source interface {
	Read(ctx context.Context, f func(newsroom.View) error) error
	// MessageID returns the Message-ID of an inbound message, "" if it has none.
	MessageID(ctx context.Context, id int64) (string, error)
	Image(ctx context.Context, hash string) (item.Image, error)
}

// Outbox stores what was rendered before.
type Outbox interface {
	// Rendered returns the stored bytes of a letter, or nil if it was never rendered.
	Rendered(ctx context.Context, id delivery.LetterID) ([]byte, error)
	KeepRendered(ctx context.Context, id delivery.LetterID, raw []byte) error
	// MailingEdition returns the edition of a mailing in a language and variant and its event,
	// which is the zero Entry if the mailing is not about one. It returns newsroom.ErrNotFound
	// if there is no such edition.
	MailingEdition(ctx context.Context, id delivery.MailingID, language string, v issue.Variant) (issue.Edition, issue.Entry, error)
}

// Renderer renders issues, reminders and letters. It may be used by several goroutines.
type Renderer struct {
	Options
	source Source
	outbox Outbox
	words  map[string]templates.Words
	html   *htmltemplate.Template
	text   *texttemplate.Template
	letter map[string]*texttemplate.Template // by language and topic

	linkPlaceholder string
	fieldMarkers    []string // see fieldMarkersFor

	mu        sync.Mutex
	templates map[templateKey]*message.Template
}

type templateKey struct {
	mailing  delivery.MailingID
	language string
	variant  issue.Variant
}

// linkPlaceholderFor returns the placeholder for the unsubscribe link in an edition. It is
// keyed, so that no contributor can write it into a text, and is the same as long as the secret
// is, because editions are stored.
func linkPlaceholderFor(s token.Secret) string {
	return "https://unsubscribe.invalid/" + s.Handle(token.Unsubscribe, 1, "the hole in an edition").String()
}

// New parses the templates. It returns an error for a language without words or letters.
func New(o Options, source Source, outbox Outbox) (*Renderer, error) {
	r := &Renderer{
		Options: o, source: source, outbox: outbox,
		words: map[string]templates.Words{}, letter: map[string]*texttemplate.Template{},
		templates: map[templateKey]*message.Template{}, linkPlaceholder: linkPlaceholderFor(o.Secret), fieldMarkers: fieldMarkersFor(o.Secret),
	}
	var err error
	if r.html, err = htmltemplate.New("html").Funcs(htmltemplate.FuncMap{"ordinals": ordinals}).ParseFS(templates.Files(), "*.html"); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	if r.text, err = texttemplate.New("text").Funcs(textFuncs).ParseFS(templates.Files(), "*.txt"); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	for _, lang := range o.Languages {
		if r.words[lang], err = templates.Load(lang); err != nil {
			return nil, err
		}
		if err := r.parseLetters(lang); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// MessageIDDomain returns the domain of the Message-IDs.
func (r *Renderer) MessageIDDomain() string { return r.Address.Address.Domain() }

// renderHTML executes an HTML template and moves its styles into the elements, because some
// mail programs drop style sheets.
func (r *Renderer) renderHTML(name string, data any) (string, error) {
	var out bytes.Buffer
	if err := r.html.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	p, err := premailer.NewPremailerFromString(out.String(), &premailer.Options{RemoveClasses: true, KeepBangImportant: true})
	if err != nil {
		return "", fmt.Errorf("inline the styles of %s: %w", name, err)
	}
	html, err := p.Transform()
	if err != nil {
		return "", fmt.Errorf("inline the styles of %s: %w", name, err)
	}
	return html, nil
}

func (r *Renderer) renderText(name string, data any) (string, error) {
	var out strings.Builder
	if err := r.text.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("render %s as text: %w", name, err)
	}
	return tidy(out.String()), nil
}

// languageFor returns the language of a reader's edition.
func (r *Renderer) languageFor(wanted string) string {
	if _, ok := r.words[wanted]; ok {
		return wanted
	}
	return r.Languages[0]
}
