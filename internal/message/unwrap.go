package message

import (
	"errors"
	"slices"
	"strings"
)

// maxEnclosed is how deep mails are looked for within parts of each other.
const maxEnclosed = 3

// maxOpened is how many parts of one mail are opened.
const maxOpened = 10

// open puts what a part only wraps in its place: the mail that an opaque S/MIME
// signature holds (RFC 8551, section 3.5.2), and what Outlook put into winmail.dat
// ([MS-OXTNEF]). Signatures are not checked: who wrote a mail is what the mailbox's
// server says. An encrypted mail cannot be read and stays a part.
func (m *Message) open(limits Limits, depth int) {
	if depth == 0 {
		return
	}
	opened := 0
	for i := 0; i < len(m.Parts) && opened < maxOpened; i++ {
		part := m.Parts[i]
		var inner *Message
		var err error
		switch {
		case isSigned(part):
			inner, err = readSigned(part.Data, limits, depth-1)
		case isTNEF(part):
			inner, err = readTNEF(part.Data, limits)
		default:
			continue
		}
		opened++
		if err != nil || len(m.Parts)+len(inner.Parts) > limits.Parts {
			continue // it stays what it is, an attachment
		}
		for k := range inner.Parts {
			inner.Parts[k].byContent()
		}
		if strings.TrimSpace(m.Text) == "" {
			m.Text = inner.Text
		}
		if strings.TrimSpace(m.HTML) == "" {
			m.HTML = inner.HTML
		}
		m.Parts = slices.Concat(m.Parts[:i:i], inner.Parts, m.Parts[i+1:])
		i += len(inner.Parts) - 1
	}
}

func isSigned(p Part) bool {
	return p.Type == "application/pkcs7-mime" || p.Type == "application/x-pkcs7-mime" ||
		p.Type == "application/octet-stream" && strings.EqualFold(p.Name, "smime.p7m")
}

// readSigned reads the mail within a CMS SignedData (RFC 5652).
func readSigned(data []byte, limits Limits, depth int) (*Message, error) {
	content, ok := signedContent(data)
	if !ok {
		return nil, errors.New("read signed mail: nothing is enclosed")
	}
	return readWithin(content, limits, depth)
}
