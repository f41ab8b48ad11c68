package message

import "bytes"

// Bounds of a signed mail's structure, in elements: far above what a signature needs. The
// content of a large mail is in chunks of a thousand octets.
const (
	maxBERDepth    = 100
	maxBERElements = 100_000
)

// The tags of X.690 that occur in a signature.
const (
	berOctets   = 0x04
	berObject   = 0x06
	berSequence = 0x30
	berChunks   = 0x24 // octets in several pieces
	berExplicit = 0xA0
)

// oidSigned is id-signedData (RFC 5652, section 5.1), encoded.
var oidSigned = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}

// berElement is a tag and its content; for a constructed element of indefinite length, all
// that follows, including its end mark.
type berElement struct {
	tag        byte
	body       []byte
	indefinite bool
}

// berReader reads elements (X.690) in order, each only once.
type berReader struct{ left int } // elements that may still be read

// next reads the first element of data. rest is nil for one of indefinite length: its end
// is found by reading its content.
func (r *berReader) next(data []byte) (e berElement, rest []byte, ok bool) {
	if r.left--; r.left < 0 || len(data) < 2 {
		return e, nil, false
	}
	e.tag = data[0]
	if e.tag&0x1F == 0x1F { // a tag of several octets is none that we need
		at := 1
		for at < len(data) && data[at]&0x80 != 0 {
			at++
		}
		if data = data[at:]; len(data) < 2 {
			return e, nil, false
		}
	}
	size := int(data[1])
	data = data[2:]
	switch {
	case size == 0x80:
		e.indefinite, e.body = true, data
		return e, nil, e.tag&0x20 != 0
	case size > 0x80:
		n := size & 0x7F
		if n > 4 || n > len(data) {
			return e, nil, false
		}
		size = 0
		for _, b := range data[:n] {
			size = size<<8 | int(b)
		}
		data = data[n:]
	}
	if size > len(data) {
		return e, nil, false
	}
	e.body = data[:size]
	return e, data[size:], true
}

// skip passes over the first element of data and its content.
func (r *berReader) skip(data []byte) (rest []byte, ok bool) {
	for open := 0; ; {
		e, after, ok := r.next(data)
		switch {
		case !ok:
			return nil, false
		case e.indefinite:
			if open++; open > maxBERDepth {
				return nil, false
			}
			data = e.body
		case e.tag == 0 && len(e.body) == 0 && open > 0:
			open--
			data = after
		default:
			data = after
		}
		if open == 0 {
			return data, true
		}
	}
}

// octets joins the pieces of an OCTET STRING.
func (r *berReader) octets(e berElement, depth int) (all []byte, rest []byte, ok bool) {
	if e.tag == berOctets {
		return e.body, nil, true
	}
	if e.tag != berChunks || depth == 0 {
		return nil, nil, false
	}
	var out bytes.Buffer
	data := e.body
	for len(data) > 0 {
		piece, after, ok := r.next(data)
		if !ok {
			return nil, nil, false
		}
		if e.indefinite && piece.tag == 0 && len(piece.body) == 0 {
			return out.Bytes(), after, true
		}
		some, end, ok := r.octets(piece, depth-1)
		if !ok {
			return nil, nil, false
		}
		out.Write(some)
		if data = after; piece.indefinite {
			data = end
		}
	}
	return out.Bytes(), nil, !e.indefinite
}

// signedContent returns the content of a CMS SignedData (RFC 5652, sections 3, 5.1 and
// 5.2), in time and memory linear in it; ok is false if it has none. It does not read the
// certificates and signatures behind it.
func signedContent(data []byte) (content []byte, ok bool) {
	r := &berReader{left: maxBERElements}
	// into reads the header of an element with this tag and continues within it.
	into := func(tag byte) bool {
		var e berElement
		if e, _, ok = r.next(data); ok {
			data = e.body
		}
		return ok && e.tag == tag
	}
	isSigned := func() bool {
		var e berElement
		e, data, ok = r.next(data)
		return ok && e.tag == berObject && bytes.Equal(e.body, oidSigned)
	}
	skip := func() bool {
		data, ok = r.skip(data)
		return ok
	}
	if !into(berSequence) || !isSigned() || !into(berExplicit) || !into(berSequence) || // SignedData
		!skip() || !skip() || // version, digestAlgorithms
		!into(berSequence) || !skip() || !into(berExplicit) { // its content, of some type
		return nil, false
	}
	e, _, ok := r.next(data)
	if !ok {
		return nil, false
	}
	content, _, ok = r.octets(e, maxUnwrapDepth)
	return content, ok && len(content) > 0
}
