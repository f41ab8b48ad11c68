package message

import (
	"errors"
	"slices"
	"strings"
)

// maxUnwrapDepth bounds how deep mails within parts of each other are opened.
const maxUnwrapDepth = 3

// maxUnwrapped bounds how many parts of one mail are opened.
const maxUnwrapped = 10

// unwrapParts replaces each part that only wraps others by its content: the mail within an
// opaque S/MIME signature (RFC 8551, section 3.5.2), and the content of Outlook's
// winmail.dat ([MS-OXTNEF]). It checks no signature, because the mailbox's server says who
// wrote a mail. An encrypted mail stays a part.
func (m *Message) unwrapParts(limits Limits, depth int) {
	if depth == 0 {
		return
	}
	opened := 0
	for i := 0; i < len(m.Parts) && opened < maxUnwrapped; i++ {
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
			continue // it stays an attachment
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

// readSigned parses the mail within a CMS SignedData (RFC 5652).
func readSigned(data []byte, limits Limits, depth int) (*Message, error) {
	content, ok := signedContent(data)
	if !ok {
		return nil, errors.New("read signed mail: nothing is enclosed")
	}
	return readNested(content, limits, depth)
}
