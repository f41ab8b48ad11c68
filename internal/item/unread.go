package item

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"infolettre/internal/document"
	"infolettre/internal/message"
)

// Trouble is why a file that came with a message is not in its item.
type Trouble string

// Values of Trouble. The words of letters are found by them.
const (
	TroubleOld      Trouble = "old"      // an old word processor format, which is not supported
	TroubleLocked   Trouble = "locked"   // password-protected
	TroubleDamaged  Trouble = "damaged"  // a word processor file that cannot be read
	TroubleEmpty    Trouble = "empty"    // a word processor file without text
	TroublePart     Trouble = "part"     // a part of a readable file cannot be read
	TroubleHEIC     Trouble = "heic"     // a phone picture in a format that few programs show
	TroublePicture  Trouble = "picture"  // a picture that cannot be read, or is too large
	TroubleCalendar Trouble = "calendar" // a calendar file that cannot be read
	TroubleOther    Trouble = "other"    // a type of file that is not published
)

// UnreadFile is a file that could not be read and that its sender is told about.
type UnreadFile struct {
	Name    string  `json:"name"`
	Trouble Trouble `json:"trouble"`
}

func (f UnreadFile) String() string {
	return f.Name + ": " + map[Trouble]string{
		TroubleOld: "a format that is not read", TroubleLocked: "protected by a password", TroubleDamaged: "it cannot be read",
		TroubleEmpty: "it holds no text", TroublePart: "a part of it cannot be read", TroubleHEIC: "a picture of a form that is not read", TroublePicture: "a picture that cannot be read",
		TroubleCalendar: "a calendar file that cannot be read", TroubleOther: "no file that is published",
	}[f.Trouble]
}

// UnreadError reports a message that holds only files which cannot be read.
type UnreadError struct{ Files []UnreadFile }

func (e *UnreadError) Error() string {
	list := make([]string, len(e.Files))
	for i, f := range e.Files {
		list[i] = f.String()
	}
	return "nothing in it can be read: " + strings.Join(list, ", ")
}

// maxKinds is how many files of a message are examined for their type.
const maxKinds = 20

// kindsOf returns the types of the parts that are word processor files.
func kindsOf(parts []message.Part) []document.Kind {
	kinds := make([]document.Kind, len(parts))
	looked := 0
	for i, part := range parts {
		if strings.HasPrefix(part.Type, "image/") || isPDF(part) || isMail(part) || looked == maxKinds {
			continue
		}
		if kinds[i] = document.KindOf(part.Name, part.Type, part.Data); bytes.HasPrefix(part.Data, []byte("PK")) {
			looked++
		}
	}
	return kinds
}

// findTroubles records, for each part that is not read, what the sender is told.
func (p *Prepared) findTroubles() {
	for i := range p.parts {
		if trouble := p.troubleOf(i); trouble != "" {
			p.trouble[i] = trouble
		}
	}
}

func (p *Prepared) troubleOf(i int) Trouble {
	part := p.parts[i]
	if err := p.photos.failed[i]; err != nil {
		switch {
		case errors.Is(err, errNotPhoto), document.IsImage(part.ContentID), p.decoration(i):
			return ""
		case part.Type == "image/heic":
			return TroubleHEIC
		}
		return TroublePicture
	}
	switch p.kinds[i] {
	case document.Unsupported:
		return TroubleOld
	case document.Locked:
		return TroubleLocked
	default:
		return p.trouble[i]
	}
}

// maxDecoration is a size in octets. A smaller picture that the mail's HTML shows and that
// cannot be read is taken for a drawing in a signature.
const maxDecoration = 20 << 10

func (p *Prepared) decoration(i int) bool {
	part := p.parts[i]
	return part.ContentID != "" && part.Inline && len(part.Data) < maxDecoration && part.Type != "image/heic"
}

// nameOf returns the name of a file, or the name of its type if it has none.
func nameOf(part message.Part) string {
	if part.Name != "" {
		return part.Name
	}
	return part.Type
}

// unread returns the files of an item that its sender is told about.
func (p Prepared) unread(mine func(i int) bool) []UnreadFile {
	var files []UnreadFile
	for i, part := range p.parts {
		if t := p.trouble[i]; t != "" && mine(i) && len(files) < maxFiles {
			files = append(files, UnreadFile{nameOf(part), t})
		}
	}
	return files
}

// OnlyUnread returns the files of a message that has nothing else to publish, and nil if there
// is something, or no file.
func (p Prepared) OnlyUnread() []UnreadFile {
	if message.BlocksText(p.blocks) != "" {
		return nil
	}
	files, other := p.UnreadAlone()
	if len(files) == 0 && other == nil {
		return nil
	}
	return append(files, other...)
}

// UnreadAlone returns the files that could not be read if no file of the message could be
// published; other are those of types that are never published.
func (p Prepared) UnreadAlone() (files, other []UnreadFile) {
	if len(p.photos.ready) > 0 || len(p.calendars) > 0 {
		return nil, nil
	}
	for i, part := range p.parts[:min(len(p.parts), len(p.trouble))] {
		switch t := p.trouble[i]; {
		case t != "":
			files = append(files, UnreadFile{nameOf(part), t})
		case isPDF(part) || part.Type == "application/pdf" || part.Name == message.LongTextName:
			return nil, nil
		case !unshown(part) && p.photos.failed[i] == nil:
			other = append(other, UnreadFile{nameOf(part), TroubleOther})
		}
		if len(files)+len(other) == maxFiles {
			break
		}
	}
	return files, other
}

// documentError returns what the sender is told about a document that could not be read.
func documentError(err error) Trouble {
	switch {
	case errors.Is(err, document.ErrLocked):
		return TroubleLocked
	case errors.Is(err, document.ErrUnsupported):
		return TroubleOld
	}
	return TroubleDamaged
}

// recordLosses records what was left out of a document and what the sender is told about it.
func (p *Prepared) recordLosses(name string, d document.Document) {
	if d.Struck != "" {
		p.struck = append(p.struck, d.Struck)
	}
	if d.Hidden {
		p.from += "; its hidden text is left out"
	}
	for _, part := range d.Unread {
		p.lost = append(p.lost, UnreadFile{fmt.Sprintf("%s (%s)", name, part), TroublePart})
	}
}
