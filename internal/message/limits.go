package message

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
)

// Limits bound what Read accepts. A mail within them takes memory of a small multiple of
// its size and time almost linear in it; the MIME library alone takes seconds for a
// megabyte of tiny parts.
type Limits struct {
	Bytes       int // the whole mail
	Parts       int // leaves and multiparts together
	Depth       int // of nested multiparts
	HeaderBytes int // of all header blocks together
	Fields      int // of one header block
	TextBytes   int // of all text/plain and text/html bodies together, as transferred
}

// DefaultLimits returns bounds far above what people send: 40 MB, as large as any provider
// accepts, and 4 MB of text.
func DefaultLimits() Limits {
	return Limits{Bytes: 40 << 20, Parts: 1000, Depth: 20, HeaderBytes: 1 << 20, Fields: 1000, TextBytes: 4 << 20}
}

// Bound names one of the Limits.
type Bound string

// The bounds that a LimitError names.
const (
	BoundBytes       Bound = "bytes"
	BoundParts       Bound = "parts"
	BoundDepth       Bound = "depth"
	BoundHeaderBytes Bound = "header bytes"
	BoundFields      Bound = "header fields"
	BoundTextBytes   Bound = "text bytes"
)

// LimitError names the bound that a mail passes. It is permanent: the same bytes give it
// again.
type LimitError struct {
	Bound Bound
	Max   int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("message has more than %d %s", e.Max, e.Bound)
}

// maxField bounds, in octets, how much of one header field is parsed. Parsers of
// structured fields take time quadratic in its length.
const maxField = 8 << 10

// boundParams cuts a too long field of parameters after its last whole one.
func boundParams(value string) string {
	if len(value) <= maxField {
		return value
	}
	value = value[:maxField]
	if end := strings.LastIndexByte(value, ';'); end > 0 {
		return value[:end]
	}
	return value
}

// scanner reads a mail line by line. It counts, and keeps only the stack of open
// boundaries and, if asked, the text. Like the MIME library, it treats a part with a
// boundary parameter as a multipart whatever its type, except text.
type scanner struct {
	limits     Limits
	boundaries []string // open multiparts, outermost first
	parts      int
	header     int
	text       int
	inText     bool
	keep       bool // whether the text is kept
	kept       []byte
}

// check returns a *LimitError for the first bound that raw passes.
func (l Limits) check(raw []byte) error { return (&scanner{limits: l}).scan(raw) }

// looseText returns the text parts of a mail in which the MIME library finds none, without
// decoding their transfer encodings.
func (l Limits) looseText(raw []byte) []byte {
	s := &scanner{limits: l, keep: true}
	if err := s.scan(raw); err != nil {
		return nil
	}
	return bytes.TrimSpace(s.kept)
}

// scan walks the whole mail.
func (s *scanner) scan(raw []byte) error {
	l := s.limits
	if len(raw) > l.Bytes {
		return &LimitError{BoundBytes, l.Bytes}
	}
	rest, err := s.part(raw)
	for err == nil && len(rest) > 0 {
		var line []byte
		before := len(rest)
		line, rest = nextLine(rest)
		level, closing := s.boundary(line)
		switch {
		case level < 0:
			if s.inText {
				s.text += before - len(rest)
				if s.keep {
					s.kept = append(append(s.kept, line...), '\n')
				}
			}
			if s.text > l.TextBytes {
				err = &LimitError{BoundTextBytes, l.TextBytes}
			}
		case closing:
			s.boundaries, s.inText = s.boundaries[:level], false
		default:
			s.boundaries = s.boundaries[:level+1]
			rest, err = s.part(rest)
		}
	}
	return err
}

// part reads the header block at the start of a part.
func (s *scanner) part(raw []byte) (rest []byte, err error) {
	s.parts++
	if s.parts > s.limits.Parts {
		return nil, &LimitError{BoundParts, s.limits.Parts}
	}
	rest = raw
	var contentType, disposition []byte
	var current *[]byte
	fields := 0
	for len(rest) > 0 {
		var line []byte
		before := len(rest)
		line, rest = nextLine(rest)
		s.header += before - len(rest)
		if s.header > s.limits.HeaderBytes {
			return nil, &LimitError{BoundHeaderBytes, s.limits.HeaderBytes}
		}
		if len(line) == 0 {
			break
		}
		if level, _ := s.boundary(line); level >= 0 {
			rest = raw[len(raw)-before:] // the part ends within its header
			break
		}
		name, value, ok := splitField(line)
		if ok {
			if fields++; fields > s.limits.Fields {
				return nil, &LimitError{BoundFields, s.limits.Fields}
			}
		}
		switch {
		case ok && strings.EqualFold(name, "Content-Type") && contentType == nil:
			contentType = append([]byte{}, value...)
			current = &contentType
		case ok && strings.EqualFold(name, "Content-Disposition") && disposition == nil:
			disposition = append([]byte{}, value...)
			current = &disposition
		case ok:
			current = nil
		case current != nil && len(*current) <= maxField:
			*current = append(append(*current, ' '), line...)
		}
	}
	stated := boundParams(string(contentType))
	media, params, _ := mime.ParseMediaType(strings.TrimSpace(stated))
	boundary := params["boundary"]
	if boundary == "" {
		boundary = looseBoundary(stated)
	}
	isText := media == "" || media == "text/plain" || media == "text/html"
	if boundary != "" && !(isText && media != "") {
		if len(s.boundaries) >= s.limits.Depth {
			return nil, &LimitError{BoundDepth, s.limits.Depth}
		}
		s.boundaries = append(s.boundaries, boundary)
		isText = false
	}
	attached := bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(disposition)), []byte("attachment"))
	s.inText = isText && !attached
	return rest, nil
}

// boundary finds the open multipart of a delimiter line, innermost first; level is -1 for
// any other line.
func (s *scanner) boundary(line []byte) (level int, closing bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	line = bytes.TrimRight(line[2:], " \t")
	for i := len(s.boundaries) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(line, []byte(s.boundaries[i]))
		if ok && (len(rest) == 0 || string(rest) == "--") {
			return i, len(rest) == 2
		}
	}
	return -1, false
}

// indexFold is strings.Index ignoring the case of ASCII letters.
func indexFold(s, word string) int {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// looseBoundary finds the boundary in a Content-Type that breaks the grammar.
func looseBoundary(contentType string) string {
	at := indexFold(contentType, "boundary")
	if at < 0 {
		return ""
	}
	value, ok := strings.CutPrefix(strings.TrimLeft(contentType[at+len("boundary"):], " \t"), "=")
	if !ok {
		return ""
	}
	value = strings.TrimLeft(value, " \t")
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, _, _ = strings.Cut(quoted, `"`)
		return value
	}
	if end := strings.IndexAny(value, "; \t"); end >= 0 {
		value = value[:end]
	}
	return value
}
