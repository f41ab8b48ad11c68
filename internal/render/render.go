// Package render turns an issue, a reminder or a letter into the mail that one
// reader gets: HTML, plain text and pictures, in their language.
//
// An issue or a reminder is rendered once for each language and variant into an
// Edition, which the store keeps. When it is sent, the edition is written out as a
// mail once (message.Template), and for each reader only what is theirs is filled
// in: their name and address, the Message-ID, the link by which they leave. A letter is rendered when it is first sent and
// kept as it was, so that every attempt sends the same bytes.
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

// Options are the configuration's.
type Options struct {
	Address   message.Mailbox // the newsletter's name and mailbox
	Network   string
	ListID    string // RFC 2919
	BaseURL   *url.URL
	Languages []string // the first is the default
	Location  *time.Location
	Sections  []item.Section
	Secret    token.Secret
	Plus      bool // plus addressing reaches the mailbox
	VERP      bool // a return path of its own for each mail
	// AuthservID is whose Authentication-Results count, see package message.
	AuthservID string
	Service    *newsroom.Service // reads plans and what waits
	Now        func() time.Time
}

// Source is what is rendered from.
type Source interface {
	Read(ctx context.Context, f func(newsroom.View) error) error
	// MessageID returns the Message-ID of an inbound message, "" if it has none.
	MessageID(ctx context.Context, id int64) (string, error)
	Image(ctx context.Context, hash string) (item.Image, error)
}

// Outbox is what was rendered before.
type Outbox interface {
	// Rendered returns a letter as it was first written out, nil if it never was.
	Rendered(ctx context.Context, id delivery.LetterID) ([]byte, error)
	KeepRendered(ctx context.Context, id delivery.LetterID, raw []byte) error
	// MailingEdition returns what a mailing says in a language and variant, and its
	// event, the zero Entry when it is about none; newsroom.ErrNotFound when it has
	// no such edition.
	MailingEdition(ctx context.Context, id delivery.MailingID, language string, v issue.Variant) (issue.Edition, issue.Entry, error)
}

// Renderer renders. It may be used by several goroutines.
type Renderer struct {
	Options
	source Source
	outbox Outbox
	words  map[string]templates.Words
	html   *htmltemplate.Template
	text   *texttemplate.Template
	letter map[string]*texttemplate.Template // by language and topic

	hole  string
	marks []string // see marksFor

	mu    sync.Mutex
	ready map[templateKey]*message.Template
}

type templateKey struct {
	mailing  delivery.MailingID
	language string
	variant  issue.Variant
}

// holeFor is what stands in an edition for the link by which its reader leaves.
// It is keyed, so that no contributor can write it into a text of theirs, and
// the same for the life of the secret, since editions are kept.
func holeFor(s token.Secret) string {
	return "https://unsubscribe.invalid/" + s.Handle(token.Unsubscribe, 1, "the hole in an edition").String()
}

// New parses the templates; a language without words is an error.
func New(o Options, source Source, outbox Outbox) (*Renderer, error) {
	r := &Renderer{
		Options: o, source: source, outbox: outbox,
		words: map[string]templates.Words{}, letter: map[string]*texttemplate.Template{},
		ready: map[templateKey]*message.Template{}, hole: holeFor(o.Secret), marks: marksFor(o.Secret),
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

// ListDomain is the domain of the Message-IDs.
func (r *Renderer) ListDomain() string { return r.Address.Address.Domain() }

// inline renders a named HTML template and moves its styles into its elements,
// where mail programs that drop style sheets find them.
func (r *Renderer) inline(name string, data any) (string, error) {
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

func (r *Renderer) plain(name string, data any) (string, error) {
	var out strings.Builder
	if err := r.text.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("render %s as text: %w", name, err)
	}
	return tidy(out.String()), nil
}

// languageFor is the language that a reader's edition is in.
func (r *Renderer) languageFor(wanted string) string {
	if _, ok := r.words[wanted]; ok {
		return wanted
	}
	return r.Languages[0]
}
