package message

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outbound is a mail to write.
type Outbound struct {
	From       Mailbox
	Sender     *Mailbox
	ReplyTo    []Mailbox
	To         []Mailbox
	Subject    string
	Date       time.Time // written in its own zone
	ID         string    // without <>, like the ids below
	InReplyTo  string
	References []string
	Header     []Field // further fields in order; values are plain text, encoded if need be
	Text       string
	HTML       string
	Inline     []Part // shown by the HTML through cid:ContentID
	Attached   []Part // Type may have parameters: text/calendar; method=PUBLISH
}

// ErrOutbound is wrapped by the errors of Outbound.Bytes: the mail cannot be written. It
// is permanent.
var ErrOutbound = errors.New("message cannot be written")

// Bytes writes the mail with CRLF line ends and no line above 998 octets (RFC 5322,
// section 2.1.1), in ASCII except for the local part of an address, which then needs a
// server with SMTPUTF8. It has only the layers that it needs: mixed(alternative(text,
// related(html, inline…)), attached…). The same Outbound gives the same bytes; boundaries
// come from the ID. No value can put a line end into the header, and there is no Bcc. A
// relay that signs the body does not change it: see appendQuoted. Errors wrap ErrOutbound.
func (o Outbound) Bytes() ([]byte, error) {
	t, err := o.Template()
	if err != nil {
		return nil, err
	}
	return t.Fill(nil, o.To)
}

// header writes all fields except those of the content; to is the position in the buffer
// for the field that names the recipients.
func (o Outbound) header(w *headerWriter) (to int) {
	w.mailboxes("From", []Mailbox{o.From})
	if o.Sender != nil {
		w.mailboxes("Sender", []Mailbox{*o.Sender})
	}
	w.mailboxes("Reply-To", o.ReplyTo)
	to = len(w.buf)
	w.text("Subject", o.Subject)
	if !o.Date.IsZero() {
		w.text("Date", o.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	}
	w.ids("Message-ID", o.ID)
	w.ids("In-Reply-To", o.InReplyTo)
	w.ids("References", o.References...)
	for _, f := range o.Header {
		if ownField(f.Name) {
			w.fail("field %s is not for the caller to add", f.Name)
		}
		w.text(f.Name, f.Value)
	}
	w.text("MIME-Version", "1.0")
	if o.From.Address == "" {
		w.fail("no From")
	}
	return to
}

// ownField reports whether Bytes itself writes the field, or the field is Bcc.
func ownField(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "from", "sender", "reply-to", "to", "subject", "date", "message-id", "in-reply-to",
		"references", "mime-version", "bcc", "resent-bcc":
		return true
	}
	return strings.HasPrefix(name, "content-")
}

// entity is a node of the MIME tree to write: a multipart or a leaf.
type entity struct {
	fields   []string // formatted header fields without their line end
	multi    string   // subtype, "" for a leaf
	params   []param  // of a multipart
	children []entity
	text     string // of a leaf in quoted-printable
	data     []byte // of one in base64
}

func (o Outbound) tree() (entity, error) {
	text := textEntity("text/plain", o.Text)
	root := text
	if o.HTML != "" {
		root = textEntity("text/html", o.HTML)
		if len(o.Inline) > 0 {
			related := entity{multi: "related", params: []param{{"type", "text/html"}}, children: []entity{root}}
			for _, p := range o.Inline {
				e, err := partEntity(p, "inline")
				if err != nil {
					return entity{}, err
				}
				related.children = append(related.children, e)
			}
			root = related
		}
		if o.Text != "" {
			root = entity{multi: "alternative", children: []entity{text, root}}
		}
	} else if len(o.Inline) > 0 {
		return entity{}, fmt.Errorf("%w: inline parts without HTML", ErrOutbound)
	}
	if len(o.Attached) == 0 {
		return root, nil
	}
	mixed := entity{multi: "mixed", children: []entity{root}}
	for _, p := range o.Attached {
		e, err := partEntity(p, "attachment")
		if err != nil {
			return entity{}, err
		}
		mixed.children = append(mixed.children, e)
	}
	return mixed, nil
}

func textEntity(media, text string) entity {
	text = normalise(text)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return entity{
		fields: []string{"Content-Type: " + media + "; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"},
		text:   text,
	}
}

func partEntity(p Part, disposition string) (entity, error) {
	contentType, err := formatType(p.Type, p.Name)
	if err != nil {
		return entity{}, err
	}
	e := entity{data: p.Data, fields: []string{contentType}}
	if p.ContentID != "" {
		id, err := formatID(p.ContentID)
		if err != nil {
			return entity{}, err
		}
		e.fields = append(e.fields, "Content-ID: "+id)
	}
	var params []param
	if p.Name != "" {
		params = append(params, param{"filename", p.Name})
	}
	e.fields = append(e.fields,
		formatParams("Content-Disposition: "+disposition, params),
		"Content-Transfer-Encoding: base64")
	return e, nil
}

// append appends header and body of the entity. n numbers the multiparts; appendQuoted
// keeps the marks whole.
func (e entity) append(dst []byte, id string, n *int, marks []string) []byte {
	if e.multi == "" {
		for _, f := range e.fields {
			dst = append(append(dst, f...), "\r\n"...)
		}
		dst = append(dst, "\r\n"...)
		if e.text != "" {
			return appendQuoted(dst, e.text, marks)
		}
		return appendBase64(dst, e.data)
	}
	*n++
	boundary := boundaryFor(id, *n)
	params := append([]param{{"boundary", boundary}}, e.params...)
	dst = append(dst, formatParams("Content-Type: multipart/"+e.multi, params)+"\r\n\r\n"...)
	for _, child := range e.children {
		dst = append(dst, "--"+boundary+"\r\n"...)
		dst = child.append(dst, id, n, marks)
		if child.text != "" { // the line end before a delimiter belongs to it
			dst = append(dst, "\r\n"...)
		}
	}
	return append(dst, "--"+boundary+"--\r\n"...)
}

func appendBase64(dst, data []byte) []byte {
	const line = 57 // octets, which make 76 columns
	for chunk := range slices.Chunk(data, line) {
		dst = append(base64.StdEncoding.AppendEncode(dst, chunk), "\r\n"...)
	}
	return dst
}

// boundaryFor returns a delimiter that cannot occur in a body: "=_" is neither
// quoted-printable nor base64.
func boundaryFor(id string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, n))
	return "=_" + hex.EncodeToString(sum[:12])
}
