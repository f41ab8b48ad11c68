package demo

import (
	"fmt"
	"html"
	"strings"
	"time"

	"infolettre/internal/message"
)

// Reply is a reply as a mail program writes it: the new text above the original, which
// is quoted in the program's own way.
type Reply struct {
	From   message.Mailbox
	To     *message.Message // the original
	Text   string
	At     time.Time
	Client string // "gmail", "outlook", "iphone"; any other is Thunderbird
}

// Address returns where the reply goes: to the original's Reply-To, or its author.
func (r Reply) Address() message.Address {
	if len(r.To.ReplyTo) > 0 {
		return r.To.ReplyTo[0].Address
	}
	return r.To.Author().Address
}

// Bytes returns the reply as an RFC 5322 message.
func (r Reply) Bytes() ([]byte, error) {
	out := message.Outbound{
		From: r.From, To: []message.Mailbox{{Name: r.To.Author().Name, Address: r.Address()}},
		Subject: "Re: " + r.To.Subject, Date: r.At,
		ID:        fmt.Sprintf("%s.%d@%s", r.Client, r.At.UnixNano(), r.From.Address.Domain()),
		InReplyTo: r.To.ID, References: append(append([]string{}, r.To.References...), r.To.ID),
	}
	asHTML := func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n") }
	when := r.To.Date
	switch r.Client {
	case "gmail":
		intro := fmt.Sprintf("Le %s à %s, %s <%s> a écrit :", when.Format("02/01/2006"), when.Format("15:04"), r.To.Author().Name, r.To.Author().Address)
		out.Text = r.Text + "\n\n" + intro + "\n\n" + Quote(r.To.Text)
		out.HTML = `<div dir="ltr">` + asHTML(r.Text) + `</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">` +
			asHTML(intro) + `<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">` +
			asHTML(r.To.Text) + `</blockquote></div>`
	case "outlook":
		out.Subject = "RE: " + r.To.Subject
		head := fmt.Sprintf("De : %s <%s>\nEnvoyé : %s\nÀ : %s\nObjet : %s", r.To.Author().Name, r.To.Author().Address,
			when.Format("02/01/2006 15:04"), r.From, r.To.Subject)
		out.Text = r.Text + "\n\n" + head + "\n\n" + r.To.Text
		out.HTML = `<html><body lang="FR"><div class="WordSection1"><p class="MsoNormal">` + asHTML(r.Text) +
			`</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>` +
			strings.ReplaceAll(asHTML(head), "\n", "\n") + `</b></p></div><p class="MsoNormal">` + asHTML(r.To.Text) + `</p></div></body></html>`
	case "iphone":
		out.Text = r.Text + "\n\nEnvoyé de mon iPhone\n\n> Le " + when.Format("2 Jan 2006 à 15:04") + ", " + r.To.Author().Name +
			" <" + string(r.To.Author().Address) + "> a écrit :\n> \n" + Quote(r.To.Text)
	default: // Thunderbird
		out.Text = r.Text + "\n\nLe " + when.Format("02/01/2006 à 15:04") + ", " + r.To.Author().Name + " a écrit :\n" + Quote(r.To.Text)
	}
	return out.Bytes()
}

// Quote returns a text with "> " before each line.
func Quote(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("> " + line)
	}
	return b.String()
}
