package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"infolettre/internal/message"
)

// reply is an answer as a person's mail program writes it: the new text above
// the mail that it answers, quoted in the program's own way.
type reply struct {
	from   message.Mailbox
	to     *message.Message // what is answered
	text   string
	at     time.Time
	client string
}

// address is where an answer goes.
func (r reply) address() message.Address {
	if len(r.to.ReplyTo) > 0 {
		return r.to.ReplyTo[0].Address
	}
	return r.to.Author().Address
}

func (r reply) bytes() ([]byte, error) {
	out := message.Outbound{
		From: r.from, To: []message.Mailbox{{Name: r.to.Author().Name, Address: r.address()}},
		Subject: "Re: " + r.to.Subject, Date: r.at,
		ID:        fmt.Sprintf("%s.%d@%s", r.client, r.at.UnixNano(), r.from.Address.Domain()),
		InReplyTo: r.to.ID, References: append(append([]string{}, r.to.References...), r.to.ID),
	}
	asHTML := func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n") }
	when := r.to.Date
	switch r.client {
	case "gmail":
		intro := fmt.Sprintf("Le %s à %s, %s <%s> a écrit :", when.Format("02/01/2006"), when.Format("15:04"), r.to.Author().Name, r.to.Author().Address)
		out.Text = r.text + "\n\n" + intro + "\n\n" + quoted(r.to.Text)
		out.HTML = `<div dir="ltr">` + asHTML(r.text) + `</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">` +
			asHTML(intro) + `<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">` +
			asHTML(r.to.Text) + `</blockquote></div>`
	case "outlook":
		out.Subject = "RE: " + r.to.Subject
		head := fmt.Sprintf("De : %s <%s>\nEnvoyé : %s\nÀ : %s\nObjet : %s", r.to.Author().Name, r.to.Author().Address,
			when.Format("02/01/2006 15:04"), r.from, r.to.Subject)
		out.Text = r.text + "\n\n" + head + "\n\n" + r.to.Text
		out.HTML = `<html><body lang="FR"><div class="WordSection1"><p class="MsoNormal">` + asHTML(r.text) +
			`</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>` +
			strings.ReplaceAll(asHTML(head), "\n", "\n") + `</b></p></div><p class="MsoNormal">` + asHTML(r.to.Text) + `</p></div></body></html>`
	case "iphone":
		out.Text = r.text + "\n\nEnvoyé de mon iPhone\n\n> Le " + when.Format("2 Jan 2006 à 15:04") + ", " + r.to.Author().Name +
			" <" + string(r.to.Author().Address) + "> a écrit :\n> \n" + quoted(r.to.Text)
	default: // Thunderbird
		out.Text = r.text + "\n\nLe " + when.Format("02/01/2006 à 15:04") + ", " + r.to.Author().Name + " a écrit :\n" + quoted(r.to.Text)
	}
	return out.Bytes()
}

func quoted(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("> " + line)
	}
	return b.String()
}
