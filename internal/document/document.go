// Package document reads the word processors' files that contributors attach,
// .docx (ECMA-376), .odt (OASIS OpenDocument) and .rtf, into plain HTML with its
// pictures, and the text of PDF files. It does no input or output.
//
// A file is told by its content, whatever its name or media type says. Those that are
// archives of XML may be bombs: what is unpacked is counted as it is read, whatever the
// archive claims, and a file that passes a bound is refused with a *LimitError before
// more is held. The HTML is not cleaned; that is message.CleanHTML's, as for any HTML
// that comes by mail.
package document

import (
	"errors"
	"fmt"
)

// Document is what a file says. What its author deleted, hid or struck through is left
// out, and so are tables of contents and the prompts of empty form fields.
type Document struct {
	Title  string // its title, or its first heading; "" when it has none
	HTML   string // pictures are named "cid:" and their Image.ID
	Images []Image
	Struck string   // the beginning of the text that is struck through, "" for none
	Hidden bool     // some of its text is hidden
	Unread []string // names of parts with text that could not be read
}

// Image is a picture of a document, as it lies in the file.
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
	maxUnpacked = 64 << 20 // of everything that is read, unpacked
	maxHTML     = 1 << 20  // of what is made of it
	maxDepth    = 200      // of elements within each other
	maxImages   = 30
	maxChunk    = 256 << 10 // of a file of another format within the text
	maxChunks   = 20
	maxNotes    = 500
)

// LimitError reports a file that passes a bound.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return "the file passes a bound: " + e.What }

var (
	// ErrKind reports a file that is no word processor's.
	ErrKind = errors.New("neither a .docx nor an .odt file")
	// ErrOld reports a word processor's file of a format that is not read.
	ErrOld = errors.New("a format that cannot be read")
	// ErrLocked reports a file that a password protects.
	ErrLocked = errors.New("the file is protected by a password")
)

// Read reads a file. Its errors are ErrKind, ErrOld, ErrLocked, a *LimitError, and what
// is wrong with a damaged file.
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
		return Document{}, ErrOld
	}
	return Document{}, ErrKind
}

// readText reads the text document that an archive is.
func (a *archive) readText() (Document, error) {
	switch {
	case a.isLocked():
		return Document{}, ErrLocked
	case a.isPages():
		return Document{}, ErrOld
	}
	if main := a.mainPart(); main != "" {
		return readWord(a, main)
	}
	if a.isOpenText() {
		return readOpen(a)
	}
	return Document{}, fmt.Errorf("%w: an archive of something else", ErrKind)
}
