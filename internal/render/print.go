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

var _ delivery.JobRenderer = (*Renderer)(nil)

// RenderJob writes the mail of a job. It returns a letter as it was rendered before, if it was;
// only deliveries use buf. A delivery has the same bytes at every attempt. It returns
// delivery.ErrTooLarge for a letter above maxLetter.
func (r *Renderer) RenderJob(ctx context.Context, job delivery.Job, buf []byte) (from string, raw []byte, err error) {
	if job.Class == delivery.ClassLetter {
		return r.printLetter(ctx, job)
	}
	t, err := r.template(ctx, job)
	if err != nil {
		return "", nil, err
	}
	deliveryHandle := r.Secret.Handle(token.Delivery, job.ID, string(job.To.Address)).String()
	unsubscribe := r.unsubscribeHandle(subscriberOf(job)).String()
	if raw, err = t.Fill(buf[:0], []message.Mailbox{job.To}, deliveryHandle, unsubscribe); err != nil {
		return "", nil, fmt.Errorf("write %s: %w", job, err)
	}
	return r.ReturnPath(job), raw, nil
}

// ReturnPath returns the envelope sender of a job. It is keyed, so that a bounce is matched
// without parsing, or the plain address if the relay does not keep it.
func (r *Renderer) ReturnPath(job delivery.Job) string {
	if !r.VERP || !r.Plus {
		return string(r.Address.Address)
	}
	purpose := token.Bounce
	if job.Class == delivery.ClassLetter {
		purpose = token.LetterPath
	}
	return string(r.plusAddress(r.Secret.Handle(purpose, job.ID, string(job.To.Address)).String()))
}

// maxLetter is the size of the largest letter, in octets: what mail providers accept.
const maxLetter = 25 << 20

func (r *Renderer) printLetter(ctx context.Context, job delivery.Job) (string, []byte, error) {
	l := job.Letter
	from := "" // answers have a null return path, so that they are never bounced
	if l.Message == 0 {
		from = r.ReturnPath(job)
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
		return "", nil, fmt.Errorf("write %s: %w", job, err)
	}
	if len(raw) > maxLetter {
		return "", nil, fmt.Errorf("%w: %d octets", delivery.ErrTooLarge, len(raw))
	}
	return from, raw, r.outbox.KeepRendered(ctx, l.ID, raw)
}

// addHeaders adds sender, recipients and the fields that the letter's kind and request need.
func (r *Renderer) addHeaders(l *delivery.Letter, d letterData, out message.Outbound) message.Outbound {
	out.From, out.To, out.Date = r.Address, []message.Mailbox{l.To}, r.Now().In(r.Location)
	handle := r.Secret.Handle(token.Letter, int64(l.ID), string(l.To.Address))
	if d.request.ID != 0 {
		handle = d.request.Handle(r.Secret)
		if r.Plus {
			out.ReplyTo = []message.Mailbox{{Name: r.Address.Name, Address: r.plusAddress(handle.String())}}
		} else {
			out.Subject += " " + handle.Subject()
		}
	}
	out.ID = handle.String() + "@" + r.MessageIDDomain()
	if l.Kind == delivery.KindCall {
		out.ID = newsroom.CallPrefix + out.ID
	}
	submitted := "auto-generated" // RFC 3834
	if l.Message != 0 {
		submitted = "auto-replied"
		if d.inReplyTo != "" && message.IsValidID(d.inReplyTo) {
			out.InReplyTo, out.References = d.inReplyTo, []string{d.inReplyTo}
		}
	}
	out.Header = []message.Field{
		{Name: delivery.KindField, Value: string(l.Kind)},
		{Name: newsroom.DeliveryField, Value: handle.String()},
		{Name: "Auto-Submitted", Value: submitted},
	}
	return out
}

// plusAddress returns the newsletter's address with a handle added.
func (r *Renderer) plusAddress(handle string) message.Address {
	a := r.Address.Address
	return message.Address(a.Local() + "+" + handle + "@" + a.Domain())
}

// maxTemplates limits the cache to the templates of a few mailings.
const maxTemplates = 16

// fieldMarkersFor returns the placeholders in a template, in the order in which RenderJob fills
// them: the handle of the delivery and the handle for unsubscribing. Like the placeholder for
// the unsubscribe link in an edition they are keyed. They have the highest number, so that no
// handle is longer.
func fieldMarkersFor(s token.Secret) []string {
	const longest = 999_999_999_999
	return []string{
		s.Handle(token.Delivery, longest, "the mark in a template").String(),
		s.Handle(token.Unsubscribe, longest, "the mark in a template").String(),
	}
}

// template returns the mail of an edition, from which each delivery is filled in. There is one
// for each mailing, language and variant.
func (r *Renderer) template(ctx context.Context, job delivery.Job) (*message.Template, error) {
	key := templateKey{job.Mailing, r.languageFor(job.Language), issue.Variant(job.Variant)}
	r.mu.Lock()
	t := r.templates[key]
	r.mu.Unlock()
	if t != nil {
		return t, nil
	}
	edition, entry, err := r.outbox.MailingEdition(ctx, key.mailing, key.language, key.variant)
	if errors.Is(err, newsroom.ErrNotFound) { // a language added after the mailing was created
		edition, entry, err = r.outbox.MailingEdition(ctx, key.mailing, r.Languages[0], key.variant)
	}
	if err != nil {
		return nil, err
	}
	out, err := r.outbound(ctx, edition, entry, job)
	if err != nil {
		return nil, err
	}
	if t, err = out.Template(r.fieldMarkers...); err != nil {
		return nil, fmt.Errorf("write mailing %d: %w", job.Mailing, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.templates) >= maxTemplates {
		clear(r.templates)
	}
	r.templates[key] = t
	return t, nil
}

// outbound returns the mail of an edition with placeholders. It uses only those fields of the
// job that are the same for the whole mailing.
func (r *Renderer) outbound(ctx context.Context, e issue.Edition, entry issue.Entry, job delivery.Job) (message.Outbound, error) {
	deliveryMarker, unsubscribeMarker := r.fieldMarkers[0], r.fieldMarkers[1]
	link := r.link(UnsubscribePath, unsubscribeMarker)
	unsubscribe := "<" + link + ">"
	if r.Plus {
		unsubscribe += ", <mailto:" + string(r.plusAddress(unsubscribeMarker)) + "?subject=unsubscribe>"
	}
	out := message.Outbound{
		From: r.Address, Subject: e.Subject, Date: job.Created.In(r.Location), ID: deliveryMarker + "@" + r.MessageIDDomain(),
		Text: strings.ReplaceAll(e.Text, r.linkPlaceholder, link),
		HTML: strings.ReplaceAll(e.HTML, r.linkPlaceholder, html.EscapeString(link)),
		Header: []message.Field{
			{Name: delivery.KindField, Value: string(job.Kind)},
			{Name: newsroom.DeliveryField, Value: deliveryMarker},
			{Name: "List-Id", Value: r.Address.Name + " <" + r.ListID + ">"},
			{Name: "List-Unsubscribe", Value: unsubscribe},
			{Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}, // RFC 8058
		},
	}
	var err error
	if out.Inline, err = r.pictures(ctx, e.Images); err != nil || entry.ID == 0 {
		return out, err
	}
	ics, err := agenda.WriteCalendar(entry.Event, fmt.Sprintf("event-%d@%s", entry.ID, r.ListID), agenda.CalendarOptions{
		Stamp: job.Created, Location: r.Location, Name: r.Address.Name,
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

// UnsubscribePath is the path of unsubscribe links below the base URL.
const UnsubscribePath = "/u/"

// UnsubscribeLink returns the unsubscribe link of a subscriber.
func (r *Renderer) UnsubscribeLink(s audience.Subscriber) string {
	return r.link(UnsubscribePath, r.unsubscribeHandle(s).String())
}

// pictures loads the pictures that an HTML text refers to by cid, as inline parts.
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

// withoutPlaceholders links to the newsletter's pages instead of an unsubscribe page, for
// readers who are no subscribers.
func (r *Renderer) withoutPlaceholders(e issue.Edition) issue.Edition {
	e.HTML = strings.ReplaceAll(e.HTML, r.linkPlaceholder, html.EscapeString(r.BaseURL.String()))
	e.Text = strings.ReplaceAll(e.Text, r.linkPlaceholder, r.BaseURL.String())
	return e
}

// Standalone returns an edition as one HTML page with its pictures embedded.
func (r *Renderer) Standalone(ctx context.Context, e issue.Edition) (string, error) {
	html := r.withoutPlaceholders(e).HTML
	for _, h := range imagesIn(html) {
		img, err := r.source.Image(ctx, h)
		if err != nil {
			return "", fmt.Errorf("picture %s: %w", h, err)
		}
		html = strings.ReplaceAll(html, "cid:"+h, "data:"+img.Type+";base64,"+base64.StdEncoding.EncodeToString(img.Data))
	}
	return html, nil
}
