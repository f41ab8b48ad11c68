package render

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"strings"

	"infolettre/internal/agenda"
	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

var _ delivery.Printer = (*Renderer)(nil)

// printed is an edition made ready for its readers.
type printed struct {
	issue.Edition
	entry    issue.Entry
	pictures []message.Part
	attached []message.Part
}

// Print makes the mail of a parcel. A letter that was rendered before is
// returned as it was.
func (r *Renderer) Print(ctx context.Context, p delivery.Parcel, _ []byte) (from string, raw []byte, err error) {
	if p.Class == delivery.ClassLetter {
		return r.printLetter(ctx, p)
	}
	e, err := r.printed(ctx, p.Mailing, r.languageFor(p.Language), p)
	if err != nil {
		return "", nil, err
	}
	raw, err = r.fill(e, p).Bytes()
	if err != nil {
		return "", nil, fmt.Errorf("write %s: %w", p, err)
	}
	return r.ReturnPath(p), raw, nil
}

// ReturnPath is where a parcel comes back to: keyed, so that no bounce needs
// parsing to know whose it is, or the plain address where the relay rewrites it.
func (r *Renderer) ReturnPath(p delivery.Parcel) string {
	if !r.VERP || !r.Plus {
		return string(r.Address.Address)
	}
	purpose := token.Bounce
	if p.Class == delivery.ClassLetter {
		purpose = token.LetterPath
	}
	return string(r.plus(r.Secret.Handle(purpose, p.ID, string(p.To.Address))))
}

func (r *Renderer) printLetter(ctx context.Context, p delivery.Parcel) (string, []byte, error) {
	l := p.Letter
	from := "" // answers carry the null return path: they are never bounced
	if l.Message == 0 {
		from = r.ReturnPath(p)
	}
	raw, err := r.outbox.Rendered(ctx, l.ID)
	if err != nil || raw != nil {
		return from, raw, err
	}
	out, err := r.Letter(ctx, l)
	if err != nil {
		return "", nil, err
	}
	if raw, err = out.Bytes(); err != nil {
		return "", nil, fmt.Errorf("write %s: %w", p, err)
	}
	return from, raw, r.outbox.KeepRendered(ctx, l.ID, raw)
}

// address completes a letter with what its kind and its request ask for.
func (r *Renderer) address(l *delivery.Letter, d letterData, out message.Outbound) message.Outbound {
	out.From, out.To, out.Date = r.Address, []message.Mailbox{l.To}, r.Now().In(r.Location)
	handle := r.Secret.Handle(token.Letter, int64(l.ID), string(l.To.Address))
	if d.request.ID != 0 {
		handle = d.request.Handle(r.Secret)
		if r.Plus {
			out.ReplyTo = []message.Mailbox{{Name: r.Address.Name, Address: r.plus(handle)}}
		} else {
			out.Subject += " " + handle.Subject()
		}
	}
	out.ID = handle.String() + "@" + r.ListDomain()
	if l.Kind == delivery.KindCall {
		out.ID = newsroom.CallMark + out.ID
	}
	submitted := "auto-generated" // RFC 3834
	if l.Message != 0 {
		submitted = "auto-replied"
		if d.answered != "" {
			out.InReplyTo, out.References = d.answered, []string{d.answered}
		}
	}
	out.Header = []message.Field{
		{Name: delivery.KindField, Value: string(l.Kind)},
		{Name: "Auto-Submitted", Value: submitted},
	}
	return out
}

// plus is the newsletter's address with a handle in it.
func (r *Renderer) plus(h token.Handle) message.Address {
	a := r.Address.Address
	return message.Address(a.Local() + "+" + h.String() + "@" + a.Domain())
}

// maxEditions bounds how many editions are kept ready: those of a few mailings.
const maxEditions = 16

func (r *Renderer) printed(ctx context.Context, id delivery.MailingID, lang string, p delivery.Parcel) (*printed, error) {
	key := editionKey{id, lang}
	r.mu.Lock()
	e := r.edition[key]
	r.mu.Unlock()
	if e != nil {
		return e, nil
	}
	edition, entry, err := r.outbox.MailingEdition(ctx, id, lang)
	if errors.Is(err, newsroom.ErrUnknown) { // a language that came after the freezing
		edition, entry, err = r.outbox.MailingEdition(ctx, id, r.Languages[0])
	}
	if err != nil {
		return nil, err
	}
	e = &printed{Edition: edition, entry: entry}
	if e.pictures, err = r.pictures(ctx, edition.Images); err != nil {
		return nil, err
	}
	if entry.ID != 0 {
		ics, err := agenda.Calendar(entry.Event, fmt.Sprintf("event-%d@%s", entry.ID, r.ListID), agenda.CalendarOptions{
			Stamp: p.Created, Location: r.Location, Name: r.Address.Name,
		})
		if err != nil {
			return nil, fmt.Errorf("calendar of event %d: %w", entry.ID, err)
		}
		e.attached = []message.Part{{Name: "rendez-vous.ics", Type: "text/calendar; charset=utf-8; method=PUBLISH", Data: ics}}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.edition) >= maxEditions {
		clear(r.edition)
	}
	r.edition[key] = e
	return e, nil
}

// fill makes one subscriber's copy.
func (r *Renderer) fill(e *printed, p delivery.Parcel) message.Outbound {
	link := r.UnsubscribeLink(personOf(p))
	unsubscribe := "<" + link + ">"
	if r.Plus {
		unsubscribe += ", <mailto:" + string(r.plus(r.unsubscribeHandle(personOf(p)))) + "?subject=unsubscribe>"
	}
	return message.Outbound{
		From: r.Address, To: []message.Mailbox{p.To}, Subject: e.Subject, Date: p.Created.In(r.Location),
		ID:   r.Secret.Handle(token.Delivery, p.ID, string(p.To.Address)).String() + "@" + r.ListDomain(),
		Text: strings.ReplaceAll(e.Text, r.hole, link),
		HTML: strings.ReplaceAll(e.HTML, r.hole, html.EscapeString(link)),
		Header: []message.Field{
			{Name: delivery.KindField, Value: string(p.Kind)},
			{Name: "List-Id", Value: r.Address.Name + " <" + r.ListID + ">"},
			{Name: "List-Unsubscribe", Value: unsubscribe},
			{Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}, // RFC 8058
		},
		Inline: e.pictures, Attached: e.attached,
	}
}

func (r *Renderer) unsubscribeHandle(s audience.Subscriber) token.Handle {
	return r.Secret.Handle(token.Unsubscribe, int64(s.ID), string(s.Address))
}

// UnsubscribePath is where, under the base URL, the unsubscribing links lead.
const UnsubscribePath = "/u/"

// UnsubscribeLink is the one by which a subscriber leaves.
func (r *Renderer) UnsubscribeLink(s audience.Subscriber) string {
	return strings.TrimSuffix(r.BaseURL.String(), "/") + UnsubscribePath + r.unsubscribeHandle(s).String()
}

// pictures loads what an HTML text names by cid, as parts to stand inline.
func (r *Renderer) pictures(ctx context.Context, hashes []string) ([]message.Part, error) {
	var parts []message.Part
	for _, h := range hashes {
		img, err := r.source.Image(ctx, h)
		if err != nil {
			return nil, fmt.Errorf("picture %s: %w", h, err)
		}
		parts = append(parts, message.Part{Name: img.Name, Type: img.Type, ContentID: h, Inline: true, Data: img.Data})
	}
	return parts, nil
}

// withoutHoles is an edition for somebody who is no subscriber: its links lead to
// the newsletter's pages.
func (r *Renderer) withoutHoles(e issue.Edition) issue.Edition {
	e.HTML = strings.ReplaceAll(e.HTML, r.hole, html.EscapeString(r.BaseURL.String()))
	e.Text = strings.ReplaceAll(e.Text, r.hole, r.BaseURL.String())
	return e
}

// Standalone is an edition as a page of its own, its pictures in it.
func (r *Renderer) Standalone(ctx context.Context, e issue.Edition) (string, error) {
	html := r.withoutHoles(e).HTML
	for _, h := range imagesIn(html) {
		img, err := r.source.Image(ctx, h)
		if err != nil {
			return "", fmt.Errorf("picture %s: %w", h, err)
		}
		html = strings.ReplaceAll(html, "cid:"+h, "data:"+img.Type+";base64,"+base64.StdEncoding.EncodeToString(img.Data))
	}
	return html, nil
}
