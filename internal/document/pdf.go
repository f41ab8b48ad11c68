package document

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Bounds of a PDF file: content beyond one is left out, and the rest is read.
const (
	maxPDF         = 30 << 20 // octets of the file
	maxPDFObjects  = 50000
	maxPDFValues   = 1 << 19  // that are read, the same one each time
	maxPDFOctets   = 48 << 20 // that are read, the same one each time
	maxPDFTrailers = 1000     // one is added each time a file is saved
	maxPDFArray    = 50000    // values
	maxPDFString   = 32 << 10 // octets
	maxPDFInflated = 24 << 20 // octets of all streams together, decompressed
	maxPDFStream   = 8 << 20  // octets of one stream, decompressed
	maxPDFFilters  = 4        // of one stream
	maxPDFPages    = 30
	maxPDFText     = 64 << 10 // octets
	maxPDFNesting  = 40       // of arrays and dictionaries, of the page tree
)

// ErrEncrypted reports a PDF file with text that needs a key.
var ErrEncrypted = errors.New("the file is encrypted")

// PDFText returns the text of a PDF file (ISO 32000-1), a line each, as far as the file
// has it as text: a scanned page has none. The text is for finding dates, not for reading.
// PDFText does not use the file's table of objects but searches for them, so that it reads
// damaged files too. Its errors are ErrEncrypted, or that the file is too large or no PDF
// file.
func PDFText(data []byte) (string, error) {
	if len(data) > maxPDF {
		return "", fmt.Errorf("more than %d MB", maxPDF>>20)
	}
	if !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return "", errors.New("no PDF file")
	}
	f := &pdfFile{data: data, at: map[int]int{}, known: map[int]any{}, within: map[int][]byte{}, room: maxPDFInflated,
		work: pdfWork{values: maxPDFValues, octets: maxPDFOctets}}
	f.index()
	if f.encrypted {
		return "", ErrEncrypted
	}
	var out pdfWriter
	for _, page := range f.pages() {
		f.write(&out, page)
		out.line()
		if out.full() {
			break
		}
	}
	return out.String(), nil
}

// Values of PDF: nil, bool, float64, pdfName, pdfString, []any, pdfDict, pdfRef and
// pdfStream.
type (
	pdfName   string
	pdfString string
	pdfDict   map[pdfName]any
	pdfRef    int
	pdfStream struct {
		dict pdfDict
		raw  []byte
	}
)

// pdfFile finds objects.
type pdfFile struct {
	data      []byte
	at        map[int]int    // the position of each object in data; the last one counts
	within    map[int][]byte // objects in streams of objects, from their beginning on
	known     map[int]any
	root      any // the catalogue
	encrypted bool
	room      int // octets that may still be decompressed
	work      pdfWork
}

// parser reads values within the budget of the file.
func (f *pdfFile) parser(data []byte) *pdfParser { return &pdfParser{data: data, work: &f.work} }

// index finds every object, including those in streams of objects.
func (f *pdfFile) index() {
	var numbers []int
	for i := 0; len(f.at) < maxPDFObjects; {
		k := bytes.Index(f.data[i:], []byte("obj"))
		if k < 0 {
			break
		}
		i += k + len("obj")
		if n, ok := f.numberBefore(i - len("obj")); ok {
			if _, again := f.at[n]; !again {
				numbers = append(numbers, n)
			}
			f.at[n] = i
		}
	}
	for i, n := 0, 0; n < maxPDFTrailers; n++ {
		k := bytes.Index(f.data[i:], []byte("trailer"))
		if k < 0 {
			break
		}
		i += k + len("trailer")
		p := f.parser(f.data[i:])
		if d, ok := p.value(0).(pdfDict); ok {
			f.trailer(d)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if !bytes.Contains(f.data[f.at[n]:min(len(f.data), f.at[n]+400)], []byte("/Type")) {
			continue
		}
		s, ok := f.get(pdfRef(n)).(pdfStream)
		if !ok {
			continue
		}
		switch s.dict["Type"] {
		case pdfName("XRef"):
			f.trailer(s.dict)
		case pdfName("ObjStm"):
			f.unpack(s)
		}
	}
	if f.root == nil {
		for _, n := range numbers {
			if d, ok := f.get(pdfRef(n)).(pdfDict); ok && d["Type"] == pdfName("Catalog") {
				f.root = d
			}
		}
	}
}

func (f *pdfFile) trailer(d pdfDict) {
	if d["Encrypt"] != nil {
		f.encrypted = true
	}
	if d["Root"] != nil {
		f.root = d["Root"]
	}
}

// numberBefore reads "12 0 " before the word obj.
func (f *pdfFile) numberBefore(i int) (int, bool) {
	back := func() (int, bool) {
		for i > 0 && isPDFSpace(f.data[i-1]) {
			i--
		}
		end := i
		for i > 0 && end-i < 10 && f.data[i-1] >= '0' && f.data[i-1] <= '9' {
			i--
		}
		if i == end {
			return 0, false
		}
		n, err := strconv.Atoi(string(f.data[i:end]))
		return n, err == nil
	}
	if _, ok := back(); !ok {
		return 0, false
	}
	return back()
}

// unpack finds the objects in a stream of objects (section 7.5.7).
func (f *pdfFile) unpack(s pdfStream) {
	data := f.inflate(s)
	count, first := asInt(f.get(s.dict["N"])), asInt(f.get(s.dict["First"]))
	if first <= 0 || first > len(data) {
		return
	}
	p := f.parser(data[:first])
	for range min(count, maxPDFObjects-len(f.at)-len(f.within)) {
		n, okN := p.value(0).(float64)
		offset, okO := p.value(0).(float64)
		if !okN || !okO {
			return
		}
		if at := first + int(offset); at >= first && at < len(data) {
			f.within[int(n)] = data[at:]
		}
	}
}

// get follows references.
func (f *pdfFile) get(v any) any {
	for range 10 {
		ref, ok := v.(pdfRef)
		if !ok {
			return v
		}
		n := int(ref)
		if known, ok := f.known[n]; ok {
			v = known
			continue
		}
		f.known[n] = nil // an object that refers to itself is nil
		if at, ok := f.at[n]; ok {
			f.known[n] = f.object(f.data[at:])
		} else if data, ok := f.within[n]; ok {
			f.known[n] = f.parser(data).value(0)
		}
		v = f.known[n]
	}
	return nil
}

// object reads a value, and the stream behind it.
func (f *pdfFile) object(data []byte) any {
	p := f.parser(data)
	v := p.value(0)
	dict, ok := v.(pdfDict)
	if !ok {
		return v
	}
	p.space()
	rest, ok := bytes.CutPrefix(p.data[p.i:], []byte("stream"))
	if !ok {
		return v
	}
	rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	size := asInt(f.get(dict["Length"]))
	if size <= 0 || size > len(rest) || !bytes.HasPrefix(bytes.TrimLeft(rest[size:min(len(rest), size+20)], "\r\n "), []byte("endstream")) {
		if size = bytes.Index(rest, []byte("endstream")); size < 0 {
			size = len(rest)
		}
		f.work.octets -= size
	}
	return pdfStream{dict, rest[:size]}
}

// inflate decodes a stream's filters as far as they are known and the bound allows.
func (f *pdfFile) inflate(s pdfStream) []byte {
	data := s.raw
	filters, _ := f.get(s.dict["Filter"]).([]any)
	if one, ok := f.get(s.dict["Filter"]).(pdfName); ok {
		filters = []any{one}
	}
	for _, filter := range filters[:min(len(filters), maxPDFFilters)] {
		var made []byte
		var err error
		if f.work.octets -= len(data); f.work.spent() {
			return nil
		}
		room := int64(min(f.room, maxPDFStream))
		switch f.get(filter) {
		case pdfName("FlateDecode"), pdfName("Fl"):
			var z io.ReadCloser
			if z, err = zlib.NewReader(bytes.NewReader(data)); err == nil {
				made, err = io.ReadAll(io.LimitReader(z, room))
				if len(made) > 0 {
					err = nil // keep the data before the damage
				}
			}
		case pdfName("ASCIIHexDecode"), pdfName("AHx"):
			data = bytes.Map(func(r rune) rune {
				if r == '>' || isPDFSpace(byte(r)) {
					return -1
				}
				return r
			}, data)
			made = make([]byte, len(data)/2)
			_, err = hex.Decode(made, data[:len(data)/2*2])
		case pdfName("ASCII85Decode"), pdfName("A85"):
			data, _, _ = bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~")), []byte("~>"))
			made, err = io.ReadAll(io.LimitReader(ascii85.NewDecoder(bytes.NewReader(data)), room))
		default:
			return nil
		}
		if err != nil {
			return nil
		}
		f.room = max(f.room-len(made), 0)
		data = made
	}
	return data
}

// pdfPage is a page's content and what it refers to.
type pdfPage struct {
	contents  any
	resources pdfDict
}

// pages lists the pages in their order.
func (f *pdfFile) pages() []pdfPage {
	catalogue, _ := f.get(f.root).(pdfDict)
	var all []pdfPage
	seen := 0
	var walk func(v any, resources pdfDict, depth int)
	walk = func(v any, resources pdfDict, depth int) {
		d, ok := f.get(v).(pdfDict)
		if seen++; !ok || depth > maxPDFNesting || seen > maxPDFObjects || len(all) == maxPDFPages {
			return
		}
		if own, ok := f.get(d["Resources"]).(pdfDict); ok {
			resources = own
		}
		if kids, ok := f.get(d["Kids"]).([]any); ok {
			for _, kid := range kids {
				walk(kid, resources, depth+1)
			}
			return
		}
		all = append(all, pdfPage{d["Contents"], resources})
	}
	walk(catalogue["Pages"], nil, 0)
	return all
}

func asInt(v any) int {
	n, ok := v.(float64)
	if !ok || n < -1e9 || n > 1e9 {
		return 0
	}
	return int(n)
}
