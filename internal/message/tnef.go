package message

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// The form in which Outlook and Exchange enclose what MIME has no place for, in a part
// called winmail.dat ([MS-OXTNEF]): a stream of attributes, some of which hold MAPI
// properties. All numbers are little-endian.
const (
	tnefSignature = 0x223E9F78

	attBody       = 0x0002800C
	attMsgProps   = 0x00069003
	attAttachRend = 0x00069002 // opens the next attachment
	attAttachName = 0x00018010
	attAttachData = 0x0006800F
	attAttachment = 0x00069005 // properties of it
)

// Properties ([MS-OXPROPS]).
const (
	propBody         = 0x1000
	propRTF          = 0x1009
	propHTML         = 0x1013
	propAttachData   = 0x3701
	propAttachName   = 0x3704
	propAttachLong   = 0x3707
	propAttachMIME   = 0x370E
	propAttachID     = 0x3712
	maxTNEFParts     = 100
	maxTNEFProps     = 10000
	maxTNEFMultiples = 10000
)

func isTNEF(p Part) bool {
	return p.Type == "application/ms-tnef" || p.Type == "application/vnd.ms-tnef" || strings.EqualFold(p.Name, "winmail.dat")
}

var errTNEF = errors.New("no TNEF stream")

// readTNEF reads the text and the files of a TNEF stream. A truncated stream gives what
// comes before its end.
func readTNEF(data []byte, limits Limits) (*Message, error) {
	r := tnefReader{data: data}
	if r.u32() != tnefSignature {
		return nil, errTNEF
	}
	r.take(2) // a key that is not needed
	m := &Message{}
	var rtf []byte
	files := []Part{}
	room := limits.TextBytes // for all bodies together
	fits := func(n int) bool { room -= n; return room >= 0 }
	for !r.failed && len(r.data) > 0 {
		r.take(1) // of the message or of an attachment
		id, size := r.u32(), r.u32()
		value := r.take(int(size))
		r.take(2) // checksum
		if r.failed {
			break
		}
		if id == attAttachRend {
			if len(files) == maxTNEFParts {
				return nil, fmt.Errorf("more than %d files", maxTNEFParts)
			}
			files = append(files, Part{Type: "application/octet-stream"})
			continue
		}
		var file *Part
		if len(files) > 0 {
			file = &files[len(files)-1]
		}
		switch {
		case id == attBody:
			if fits(len(value)) {
				m.Text = decodeText(trimNUL(value), "windows-1252", false)
			}
		case id == attMsgProps:
			readProps(value, func(p tnefProp) {
				switch {
				case p.id == propRTF:
					rtf = p.data
				case p.id == propBody && fits(len(p.data)):
					m.Text = normalise(p.text())
				case p.id == propHTML && fits(len(p.data)):
					m.HTML = decodeText(p.data, "", true)
				}
			})
		case id == attAttachName && file != nil && file.Name == "":
			file.Name = cleanFileName(decodeBytes(trimNUL(value[:min(len(value), maxField)]), "windows-1252", false))
		case id == attAttachData && file != nil:
			file.Data = value
		case id == attAttachment && file != nil:
			readProps(value, file.setProp)
		}
	}
	if room < 0 {
		return nil, &LimitError{BoundTextBytes, limits.TextBytes}
	}
	if strings.TrimSpace(m.HTML) == "" && len(rtf) > 0 {
		if source, err := uncompressRTF(rtf, limits.TextBytes); err == nil {
			text, html := readRTF(source)
			if html {
				m.HTML = text
			} else if strings.TrimSpace(m.Text) == "" {
				m.Text = text
			}
		}
	}
	for _, f := range files {
		if len(f.Data) == 0 {
			continue
		}
		if f.Type == "application/octet-stream" {
			f.Type = typeByName(f.Name)
		}
		f.Inline = f.ContentID != ""
		m.Parts = append(m.Parts, f)
	}
	return m, nil
}

func (p *Part) setProp(prop tnefProp) {
	switch prop.id {
	case propAttachLong:
		p.Name = cleanFileName(prop.short())
	case propAttachName:
		if p.Name == "" {
			p.Name = cleanFileName(prop.short())
		}
	case propAttachMIME:
		if media := prop.short(); strings.Contains(media, "/") {
			p.Type = strings.ToLower(media)
		}
	case propAttachID:
		p.ContentID = strings.Trim(prop.short(), "<>")
	case propAttachData:
		if len(p.Data) == 0 {
			p.Data = prop.data
		}
	}
}

// typeByName returns the media type of the files that people attach, by extension.
func typeByName(name string) string {
	at := strings.LastIndexByte(name, '.')
	switch strings.ToLower(name[at+1:]) {
	case "jpg", "jpeg":
		return "image/jpeg"
	case "png":
		return "image/png"
	case "gif":
		return "image/gif"
	case "pdf":
		return "application/pdf"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "odt":
		return "application/vnd.oasis.opendocument.text"
	case "ics":
		return "text/calendar"
	}
	return "application/octet-stream"
}

// tnefProp is a property that holds text or octets.
type tnefProp struct {
	id   uint16
	kind uint16
	data []byte
}

// text returns the value of the property as text.
func (p tnefProp) text() string {
	switch p.kind {
	case 0x1E:
		return decodeBytes(trimNUL(p.data), "windows-1252", false)
	case 0x1F:
		return utf16LE(p.data)
	}
	return decodeBytes(trimNUL(p.data), "", false)
}

// short returns the value as one line, cut if it is too long.
func (p tnefProp) short() string {
	p.data = p.data[:min(len(p.data), maxField)]
	return p.text()
}

// readProps calls f for each property that holds text or octets.
func readProps(data []byte, f func(tnefProp)) {
	r := tnefReader{data: data}
	count := r.u32()
	for n := uint32(0); n < count && n < maxTNEFProps && !r.failed; n++ {
		kind, prop := r.u16(), r.u16()
		if prop >= 0x8000 { // a named property
			r.take(16)
			if r.u32() == 1 {
				r.take(padded(r.u32()))
			} else {
				r.take(4)
			}
		}
		values := uint32(1)
		if size := fixedSize(kind &^ 0x1000); size > 0 {
			if kind&0x1000 != 0 {
				values = r.u32()
			}
			if values > maxTNEFMultiples {
				return
			}
			r.take(size * int(values))
			continue
		}
		for values = r.u32(); values > 0 && values <= maxTNEFMultiples && !r.failed; values-- {
			size := r.u32()
			value := r.take(int(size))
			r.take(padded(size) - int(size))
			if r.failed {
				return
			}
			f(tnefProp{id: prop, kind: kind &^ 0x1000, data: value})
		}
	}
}

func trimNUL(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func utf16LE(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	return string(utf16.Decode(units))
}

// fixedSize returns how many octets a value of the type takes in the stream, 0 for a type
// with an explicit length.
func fixedSize(kind uint16) int {
	switch kind {
	case 0x2, 0x3, 0x4, 0xA, 0xB:
		return 4
	case 0x5, 0x6, 0x7, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	case 0x1:
		return 4
	}
	return 0
}

// padded returns a length rounded up to a multiple of four octets.
func padded(n uint32) int { return int(n) + (4-int(n)%4)%4 }

// tnefReader reads a stream; a missing value is zero, and sets failed.
type tnefReader struct {
	data   []byte
	failed bool
}

func (r *tnefReader) take(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.failed, r.data = true, nil
		return nil
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *tnefReader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *tnefReader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}
