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

// Print makes the mail of a parcel. A letter that was rendered before is
// returned as it was, and a letter makes no use of buf. A delivery has the same
// bytes at every attempt.
func (r *Renderer) Print(ctx context.Context, p delivery.Job, buf []byte) (from string, raw []byte, err error) {
	if p.Class == delivery.ClassLetter {
		return r.printLetter(ctx, p)
	}
	t, err := r.template(ctx, p)
	if err != nil {
		return "", nil, err
	}
	own := r.Secret.Handle(token.Delivery, p.ID, string(p.To.Address)).String()
	leave := r.unsubscribeHandle(personOf(p)).String()
	if raw, err = t.Fill(buf[:0], []message.Mailbox{p.To}, own, leave); err != nil {
		return "", nil, fmt.Errorf("write %s: %w", p, err)
	}
	return r.ReturnPath(p), raw, nil
}

// ReturnPath is where a parcel comes back to: keyed, so that no bounce needs
// parsing to know whose it is, or the plain address where the relay rewrites it.
func (r *Renderer) ReturnPath(p delivery.Job) string {
	if !r.VERP || !r.Plus {
		return string(r.Address.Address)
	}
	purpose := token.Bounce
	if p.Class == delivery.ClassLetter {
		purpose = token.LetterPath
	}
	return string(r.plus(r.Secret.Handle(purpose, p.ID, string(p.To.Address)).String()))
}

// maxLetter is the size, in octets, of the largest letter: what providers take of a mail.
const maxLetter = 25 << 20

func (r *Renderer) printLetter(ctx context.Context, p delivery.Job) (string, []byte, error) {
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
	if len(raw) > maxLetter {
		return "", nil, fmt.Errorf("%w: %d octets", delivery.ErrTooLarge, len(raw))
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
			out.ReplyTo = []message.Mailbox{{Name: r.Address.Name, Address: r.plus(handle.String())}}
		} else {
			out.Subject += " " + handle.Subject()
		}
	}
	out.ID = handle.String() + "@" + r.ListDomain()
	if l.Kind == delivery.KindCall {
		out.ID = newsroom.CallPrefix + out.ID
	}
	submitted := "auto-generated" // RFC 3834
	if l.Message != 0 {
		submitted = "auto-replied"
		if d.answered != "" && message.ValidID(d.answered) {
			out.InReplyTo, out.References = d.answered, []string{d.answered}
		}
	}
	out.Header = []message.Field{
		{Name: delivery.KindField, Value: string(l.Kind)},
		{Name: newsroom.DeliveryField, Value: handle.String()},
		{Name: "Auto-Submitted", Value: submitted},
	}
	return out
}

// plus is the newsletter's address with a handle in it, or what stands for one.
func (r *Renderer) plus(handle string) message.Address {
	a := r.Address.Address
	return message.Address(a.Local() + "+" + handle + "@" + a.Domain())
}

// maxTemplates bounds how many are kept ready: those of a few mailings.
const maxTemplates = 16

// marksFor are what stands in a template for what is each delivery's own, in the order in
// which Print gives it: the handle of the delivery, and that by which its reader leaves.
// Like the hole in an edition they are keyed, and they have the longest number, so
// that no handle is longer.
func marksFor(s token.Secret) []string {
	const longest = 999_999_999_999
	return []string{
		s.Handle(token.Delivery, longest, "the mark in a template").String(),
		s.Handle(token.Unsubscribe, longest, "the mark in a template").String(),
	}
}

// template is the mail of an edition, of which a parcel gets a copy. There is one
// for each mailing, language and variant.
func (r *Renderer) template(ctx context.Context, p delivery.Job) (*message.Template, error) {
	key := templateKey{p.Mailing, r.languageFor(p.Language), issue.Variant(p.Variant)}
	r.mu.Lock()
	t := r.ready[key]
	r.mu.Unlock()
	if t != nil {
		return t, nil
	}
	edition, entry, err := r.outbox.MailingEdition(ctx, key.mailing, key.language, key.variant)
	if errors.Is(err, newsroom.ErrNotFound) { // a language that came after the freezing
		edition, entry, err = r.outbox.MailingEdition(ctx, key.mailing, r.Languages[0], key.variant)
	}
	if err != nil {
		return nil, err
	}
	out, err := r.outbound(ctx, edition, entry, p)
	if err != nil {
		return nil, err
	}
	if t, err = out.Template(r.marks...); err != nil {
		return nil, fmt.Errorf("write mailing %d: %w", p.Mailing, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ready) >= maxTemplates {
		clear(r.ready)
	}
	r.ready[key] = t
	return t, nil
}

// outbound is the mail of an edition with marks in its holes. Of the parcel it has
// only what all those of the mailing have in common.
func (r *Renderer) outbound(ctx context.Context, e issue.Edition, entry issue.Entry, p delivery.Job) (message.Outbound, error) {
	own, leave := r.marks[0], r.marks[1]
	link := r.link(UnsubscribePath, leave)
	unsubscribe := "<" + link + ">"
	if r.Plus {
		unsubscribe += ", <mailto:" + string(r.plus(leave)) + "?subject=unsubscribe>"
	}
	out := message.Outbound{
		From: r.Address, Subject: e.Subject, Date: p.Created.In(r.Location), ID: own + "@" + r.ListDomain(),
		Text: strings.ReplaceAll(e.Text, r.hole, link),
		HTML: strings.ReplaceAll(e.HTML, r.hole, html.EscapeString(link)),
		Header: []message.Field{
			{Name: delivery.KindField, Value: string(p.Kind)},
			{Name: newsroom.DeliveryField, Value: own},
			{Name: "List-Id", Value: r.Address.Name + " <" + r.ListID + ">"},
			{Name: "List-Unsubscribe", Value: unsubscribe},
			{Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}, // RFC 8058
		},
	}
	var err error
	if out.Inline, err = r.pictures(ctx, e.Images); err != nil || entry.ID == 0 {
		return out, err
	}
	ics, err := agenda.Calendar(entry.Event, fmt.Sprintf("event-%d@%s", entry.ID, r.ListID), agenda.CalendarOptions{
		Stamp: p.Created, Location: r.Location, Name: r.Address.Name,
	})
	if err != nil {
		return out, fmt.Errorf("calendar of event %d: %w", entry.ID, err)
	}
	out.Attached = []message.Part{{Name: "rendez-vous.ics", Type: "text/calendar; charset=utf-8; method=PUBLISH", Data: ics}}
	return out, nil
}

func (r *Renderer) unsubscribeHandle(s audience.Subscriber) token.Handle {
	return r.Secret.Handle(token.Unsubscribe, int64(s.ID), string(s.Address))
}

// UnsubscribePath is where, under the base URL, the unsubscribing links lead.
const UnsubscribePath = "/u/"

// UnsubscribeLink is the one by which a subscriber leaves.
func (r *Renderer) UnsubscribeLink(s audience.Subscriber) string {
	return r.link(UnsubscribePath, r.unsubscribeHandle(s).String())
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
