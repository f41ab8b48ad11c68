package message

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/smallstep/pkcs7"
)

// maxEnclosed is how deep mails are looked for within parts of each other.
const maxEnclosed = 3

// open puts what a part only wraps in its place: the mail that an opaque S/MIME
// signature holds (RFC 8551, section 3.5.2), and what Outlook put into winmail.dat
// ([MS-OXTNEF]). Signatures are not checked: who wrote a mail is what the mailbox's
// server says. An encrypted mail cannot be read and stays a part.
func (m *Message) open(limits Limits, depth int) {
	if depth == 0 {
		return
	}
	for i := 0; i < len(m.Parts); i++ {
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
		if err != nil {
			continue // it stays what it is, an attachment
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
func readSigned(data []byte, limits Limits, depth int) (m *Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("read signed mail: %v", r)
		}
	}()
	if !shallow(data) {
		return nil, errors.New("read signed mail: nested too deep")
	}
	signed, err := pkcs7.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read signed mail: %w", err)
	}
	if len(signed.Content) == 0 {
		return nil, errors.New("read signed mail: nothing is enclosed")
	}
	return readWithin(signed.Content, limits, depth)
}

// maxBERDepth is far above what a signature needs. The library that reads it calls
// itself for each level, and Go ends a program whose stack is full.
const maxBERDepth = 100

// shallow says whether BER (X.690) nests no deeper than that.
func shallow(data []byte) bool {
	var ends []int // of what is open, -1 where its end is marked
	for i := 0; i < len(data); {
		for len(ends) > 0 && ends[len(ends)-1] >= 0 && ends[len(ends)-1] <= i {
			ends = ends[:len(ends)-1]
		}
		tag := data[i]
		if i++; tag&0x1F == 0x1F {
			for i < len(data) && data[i]&0x80 != 0 {
				i++
			}
			i++
		}
		if i >= len(data) {
			return true
		}
		size, indefinite := int(data[i]), data[i] == 0x80
		i++
		if n := size & 0x7F; size > 0x80 {
			if n > 4 || i+n > len(data) {
				return true // the library gives up here
			}
			size = 0
			for ; n > 0; n-- {
				size = size<<8 | int(data[i])
				i++
			}
		}
		switch {
		case tag == 0 && size == 0:
			for len(ends) > 0 {
				marked := ends[len(ends)-1] < 0
				if ends = ends[:len(ends)-1]; marked {
					break
				}
			}
		case tag&0x20 == 0 && !indefinite:
			i += size
		case len(ends) == maxBERDepth:
			return false
		case indefinite:
			ends = append(ends, -1)
		default:
			ends = append(ends, i+size)
		}
	}
	return true
}
