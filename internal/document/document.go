// Package document reads the files of word processors that contributors attach, .docx
// (ECMA-376), .odt (OASIS OpenDocument) and .rtf, into plain HTML with pictures, and the
// text of PDF files. It keeps no state and does no input or output.
//
// It identifies a file by its content, not by its name or media type. Archives of XML may
// be bombs: unpacked octets are counted while they are read, whatever the archive
// declares, and a file that passes a bound is refused with a *LimitError. The HTML is not
// cleaned; message.CleanHTML does that, as for any HTML from a mail. Begin reading at Read
// below, at KindOf in format.go and at PDFText in pdf.go.
package document

import (
	"errors"
	"fmt"
)

// Document is the text of a file. It leaves out text that its author deleted, hid or
// struck through, tables of contents, and the prompts of empty form fields.
type Document struct {
	Title  string // its title, or its first heading; "" if it has none
	HTML   string // the address of a picture is "cid:" and its Image.ID
	Images []Image
	Struck string   // the beginning of the struck-through text; "" for none
	Hidden bool     // some of its text is hidden
	Unread []string // names of parts with text that could not be read
}

// Image is a picture of a document, as it is in the file.
type Image struct {
	ID   string // unique within the document
	Name string
	Type string // media type, by its name
	Alt  string
	Data []byte
}

// Bounds of a file, in octets and entries.
const (
	maxEntries  = 2000
	maxXML      = 4 << 20  // of one part of text, unpacked
	maxTag      = 64 << 10 // of one element's start tag
	maxUnpacked = 64 << 20 // of all that is read, unpacked
	maxHTML     = 1 << 20  // of the HTML made of it
	maxDepth    = 200      // of elements within each other
	maxImages   = 30
	maxChunk    = 256 << 10 // of a file of another format within the text
	maxChunks   = 20
	maxNotes    = 500
)

// LimitError reports a file that passes a bound.
type LimitError struct{ Bound string }

func (e *LimitError) Error() string { return "the file passes a bound: " + e.Bound }

var (
	// ErrNotDocument reports a file of no word processor.
	ErrNotDocument = errors.New("neither a .docx nor an .odt file")
	// ErrUnsupported reports a word processor's file in a format that is not supported.
	ErrUnsupported = errors.New("a format that cannot be read")
	// ErrLocked reports a file with a password.
	ErrLocked = errors.New("the file is protected by a password")
)

// Read reads a word processor's file. Its errors are ErrNotDocument, ErrUnsupported, ErrLocked, a
// *LimitError, or the defect of a damaged file.
func Read(data []byte) (Document, error) {
	switch formatOf(data) {
	case formatZip:
		a, err := open(data)
		if err != nil {
			return Document{}, err
		}
		return a.readText()
	case formatRTF:
		return readRTF(data)
	case formatLocked:
		return Document{}, ErrLocked
	case formatOLE:
		return Document{}, ErrUnsupported
	default:
		return Document{}, ErrNotDocument
	}
}

// readText reads the text document in an archive.
func (a *archive) readText() (Document, error) {
	switch {
	case a.isLocked():
		return Document{}, ErrLocked
	case a.isPages():
		return Document{}, ErrUnsupported
	}
	if main := a.mainPart(); main != "" {
		return readWord(a, main)
	}
	if a.isOpenText() {
		return readOpen(a)
	}
	return Document{}, fmt.Errorf("%w: an archive of something else", ErrNotDocument)
}
