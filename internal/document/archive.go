package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// archive is a zip file with a bound on what is unpacked.
type archive struct {
	files  map[string]*zip.File // by their names in lower case
	left   int64                // octets that may still be unpacked
	main   *string              // the main part of a .docx; nil until it is looked for
	nested bool                 // it is within another: files within it are not read
}

func open(data []byte) (*archive, error) {
	// The zip reader holds all entries before they can be counted.
	if n := bytes.Count(data, []byte("PK\x01\x02")); n > 10*maxEntries {
		return nil, &LimitError{fmt.Sprintf("%d entries", n)}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDocument, err)
	}
	if len(z.File) > maxEntries {
		return nil, &LimitError{fmt.Sprintf("%d entries", len(z.File))}
	}
	a := &archive{files: map[string]*zip.File{}, left: maxUnpacked}
	for _, f := range z.File {
		a.files[partName(f.Name)] = f
	}
	return a, nil
}

// partName returns the form of a name under which it is found: part names ignore case
// (ECMA-376 part 2, section 6.3.5), and some programs write backslashes.
func partName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

func (a *archive) file(name string) *zip.File { return a.files[partName(name)] }

// read unpacks one entry; nil if there is none of that name.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	f := a.file(name)
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	defer r.Close()
	limit = min(limit, a.left)
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, &LimitError{fmt.Sprintf("%s is larger than %d octets", name, limit)}
	}
	a.left -= int64(len(data))
	return data, nil
}

// beginning returns the first octets of an entry, "" if it cannot be read.
func (a *archive) beginning(name string, n int64) string {
	f := a.file(name)
	if f == nil {
		return ""
	}
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	data, _ := io.ReadAll(io.LimitReader(r, n)) // the data before an error is enough
	return string(data)
}

// maxRootRels bounds, in octets, the relationships that name the main part: they are read
// of every attached archive.
const maxRootRels = 256 << 10

// relation is the target of a relationship of a part (ECMA-376 part 2, section 6.5).
type relation struct {
	kind   string // the last word of its type
	target string // the name of a part, or an address
}

// relations returns the relationships of a part by their identifiers; those of the whole
// archive for "".
func (a *archive) relations(part string) (map[string]relation, error) {
	dir, base := path.Split(part)
	limit := int64(maxXML)
	if part == "" {
		limit = maxRootRels
	}
	data, err := a.read(dir+"_rels/"+base+".rels", limit)
	if err != nil {
		return nil, err
	}
	all := map[string]relation{}
	err = walk(data, func(e xml.StartElement) {
		if e.Name.Local != "Relationship" {
			return
		}
		r := relation{kind: path.Base(attr(e, "Type")), target: attr(e, "Target")}
		if attr(e, "TargetMode") == "External" {
			if r.kind != "hyperlink" {
				return // external targets are not fetched
			}
		} else if r.kind != "hyperlink" {
			if !strings.HasPrefix(r.target, "/") {
				r.target = "/" + dir + r.target
			}
			r.target = strings.TrimPrefix(path.Clean(r.target), "/")
		}
		all[attr(e, "Id")] = r
	}, func(xml.Name) {}, func(string) {})
	return all, err
}

// mainPart returns the name of the part with the text of a .docx: the one that the
// archive's own relationships name (Word on the web calls it word/document2.xml), or else
// the usual one. It returns "" if there is no text.
func (a *archive) mainPart() string {
	if a.main == nil {
		name := a.findMain()
		a.main = &name
	}
	return *a.main
}

func (a *archive) findMain() string {
	if rels, err := a.relations(""); err == nil {
		for _, r := range rels {
			if r.kind == "officeDocument" && a.file(r.target) != nil && !a.isOther(r.target) {
				return r.target
			}
		}
	}
	for _, name := range []string{"word/document.xml", "word/document2.xml"} {
		if a.file(name) != nil {
			return name
		}
	}
	return ""
}

// isOther reports whether a part is the main part of a spreadsheet or of slides.
func (a *archive) isOther(part string) bool {
	head := a.beginning(part, 4<<10)
	return strings.Contains(head, "workbook") || strings.Contains(head, "presentationml") || strings.Contains(head, "<visiodocument")
}

// isOpenText reports whether the archive is an OpenDocument text; spreadsheets and slides
// have a content.xml too.
func (a *archive) isOpenText() bool {
	if a.file("content.xml") == nil {
		return false
	}
	kind := strings.TrimSpace(a.beginning("mimetype", 200))
	return kind == "" || strings.HasPrefix(kind, "application/vnd.oasis.opendocument.text")
}

// isLocked reports whether the archive is an OpenDocument file with encrypted parts (part
// 2, section 3.4).
func (a *archive) isLocked() bool {
	return a.file("content.xml") != nil && strings.Contains(a.beginning("META-INF/manifest.xml", 256<<10), "encryption-data") ||
		a.file("encrypted-package") != nil
}

// isPages reports whether the archive is a file of Apple's Pages, old or new. Files of
// Numbers and Keynote differ only in their content.
func (a *archive) isPages() bool {
	iwork := a.file("Index/Document.iwa") != nil || a.file("Index.zip") != nil
	return iwork && a.file("Index/CalculationEngine.iwa") == nil && !a.hasSlides() ||
		a.file("index.xml") != nil && strings.Contains(a.beginning("index.xml", 1<<10), "<sl:document")
}

func (a *archive) hasSlides() bool {
	for name := range a.files {
		if strings.HasPrefix(name, "index/slide") || strings.HasPrefix(name, "index/masterslide") || strings.HasPrefix(name, "index/templateslide") {
			return true
		}
	}
	return false
}

// walk calls start and end for each element, and text for the text between.
func walk(data []byte, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	return walkUntil(data, func() error { return nil }, start, end, text)
}

// walkUntil is walk; it stops when full returns an error.
func walkUntil(data []byte, full func() error, start func(xml.StartElement), end func(xml.Name), text func(string)) error {
	if err := boundTags(data); err != nil {
		return err
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	depth := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read XML: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return &LimitError{fmt.Sprintf("more than %d elements within each other", maxDepth)}
			}
			start(t)
		case xml.EndElement:
			depth--
			end(t.Name)
		case xml.CharData:
			text(string(t))
		}
		if err := full(); err != nil {
			return err
		}
	}
}

// boundTags refuses a start tag with many attributes before the decoder, which holds all
// attributes of an element at once, reads it. It also refuses a document type declaration,
// which no such file has and which may hold tags.
func boundTags(data []byte) error {
	for {
		at := bytes.IndexByte(data, '<')
		if at < 0 {
			return nil
		}
		data = data[at:]
		if n := unreadLength(data); n > 0 {
			data = data[n:]
			continue
		}
		if bytes.HasPrefix(data, []byte("<!")) {
			return &LimitError{"a document type declaration"}
		}
		n, counted := tagLength(data)
		if counted > maxTag {
			return &LimitError{fmt.Sprintf("an element with more than %d octets of attributes", maxTag)}
		}
		data = data[n:]
	}
}

// unreadLength returns the length of the comment, the CDATA section or the instruction
// that opens data; 0 if a tag does.
func unreadLength(data []byte) int {
	for _, s := range [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if !bytes.HasPrefix(data, []byte(s[0])) {
			continue
		}
		end := bytes.Index(data[len(s[0]):], []byte(s[1]))
		if end < 0 {
			return len(data)
		}
		return len(s[0]) + end + len(s[1])
	}
	return 0
}

// maxCounted bounds, in octets, how much of one value counts: a long value, such as a
// drawing in o:gfxdata, costs no more than itself.
const maxCounted = 1 << 10

// tagLength returns the length of the tag that opens data, skipping quoted values, and how
// much of it counts; it stops beyond maxTag.
func tagLength(data []byte) (n, counted int) {
	var quote byte
	value := 0
	for i, c := range data {
		if counted > maxTag {
			return i, counted
		}
		switch {
		case quote != 0:
			if value++; value <= maxCounted {
				counted++
			}
			if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'':
			quote, value = c, 0
		case c == '>':
			return i + 1, counted
		}
		counted++
	}
	return len(data), counted
}

// attr returns the attribute of a local name in any name space.
func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
