package message

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"time"
)

// Outbound is a mail to be written.
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
	Header     []Field // further fields in order; values are plain text, encoded where need be
	Text       string
	HTML       string
	Inline     []Part // shown by the HTML through cid:ContentID
	Attached   []Part // Type may have parameters: text/calendar; method=PUBLISH
}

// ErrOutbound is wrapped by the errors of Outbound.Bytes: the caller asked for a
// mail that cannot be written. It is permanent.
var ErrOutbound = errors.New("message cannot be written")

// Bytes writes the mail with CRLF line ends, in ASCII, with no line above 998
// octets (RFC 5322, section 2.1.1). It has only the layers that it needs:
// mixed(alternative(text, related(html, inline…)), attached…). The same Outbound
// gives the same bytes; boundaries come from the ID. No value can bring a line
// end into the header, and there is no Bcc.
func (o Outbound) Bytes() ([]byte, error) {
	w := &headerWriter{}
	w.mailboxes("From", []Mailbox{o.From})
	if o.Sender != nil {
		w.mailboxes("Sender", []Mailbox{*o.Sender})
	}
	w.mailboxes("Reply-To", o.ReplyTo)
	w.mailboxes("To", o.To)
	w.text("Subject", o.Subject)
	if !o.Date.IsZero() {
		w.words("Date", []string{o.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700")}, "")
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
	w.words("MIME-Version", []string{"1.0"}, "")
	if o.From.Address == "" {
		w.fail("no From")
	}
	root, err := o.tree()
	if err != nil {
		return nil, err
	}
	if w.err != nil {
		return nil, w.err
	}
	out := &w.buf
	if err := root.write(out, o.ID, new(int)); err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return out.Bytes(), nil
}

// ownField names the fields that Bytes itself writes, and Bcc.
func ownField(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "from", "sender", "reply-to", "to", "subject", "date", "message-id", "in-reply-to",
		"references", "mime-version", "bcc", "resent-bcc":
		return true
	}
	return strings.HasPrefix(name, "content-")
}

// entity is a node of the tree to be written: a multipart or a leaf.
type entity struct {
	fields   []string // formatted header fields without their line end
	multi    string   // subtype, "" for a leaf
	params   []param  // of a multipart
	children []entity
	body     []byte
	quoted   bool // quoted-printable, else base64
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
		body:   []byte(text),
		quoted: true,
	}
}

func partEntity(p Part, disposition string) (entity, error) {
	contentType, err := formatType(p.Type, p.Name)
	if err != nil {
		return entity{}, err
	}
	e := entity{body: p.Data, fields: []string{contentType}}
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

// write appends header and body of the entity. n numbers the multiparts.
func (e entity) write(w io.Writer, id string, n *int) error {
	if e.multi == "" {
		for _, f := range e.fields {
			fmt.Fprintf(w, "%s\r\n", f)
		}
		fmt.Fprint(w, "\r\n")
		return e.writeBody(w)
	}
	*n++
	boundary := boundaryFor(id, *n)
	params := append([]param{{"boundary", boundary}}, e.params...)
	fmt.Fprintf(w, "%s\r\n\r\n", formatParams("Content-Type: multipart/"+e.multi, params))
	for _, child := range e.children {
		fmt.Fprintf(w, "--%s\r\n", boundary)
		if err := child.write(w, id, n); err != nil {
			return err
		}
		if child.quoted { // the line end before a delimiter belongs to it
			fmt.Fprint(w, "\r\n")
		}
	}
	_, err := fmt.Fprintf(w, "--%s--\r\n", boundary)
	return err
}

func (e entity) writeBody(w io.Writer) error {
	if e.quoted {
		qp := quotedprintable.NewWriter(w)
		if _, err := qp.Write(e.body); err != nil {
			return err
		}
		return qp.Close()
	}
	encoded := base64.StdEncoding.EncodeToString(e.body)
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		if _, err := io.WriteString(w, encoded[:n]+"\r\n"); err != nil {
			return err
		}
		encoded = encoded[n:]
	}
	return nil
}

// boundaryFor gives a delimiter that cannot stand in a body: "=_" is neither
// quoted-printable nor base64.
func boundaryFor(id string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, n))
	return "=_" + hex.EncodeToString(sum[:12])
}
