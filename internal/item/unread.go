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

// Troubles, by which the words of a letter are found.
const (
	TroubleOld      Trouble = "old"      // a word processor's format that is not read
	TroubleLocked   Trouble = "locked"   // protected by a password
	TroubleDamaged  Trouble = "damaged"  // a word processor's file that cannot be read
	TroubleEmpty    Trouble = "empty"    // a word processor's file without a text
	TroublePart     Trouble = "part"     // a part of a file that is read cannot be
	TroubleHEIC     Trouble = "heic"     // a picture of a phone in a form that few programs show
	TroublePicture  Trouble = "picture"  // a picture that cannot be read, or is too large
	TroubleCalendar Trouble = "calendar" // a calendar file that cannot be read
	TroubleOther    Trouble = "other"    // a file that is not published
)

// UnreadFile is a file whose sender is told that it could not be read.
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

// UnreadError reports a message that has nothing to publish but files which cannot be
// read.
type UnreadError struct{ Files []UnreadFile }

func (e *UnreadError) Error() string {
	list := make([]string, len(e.Files))
	for i, f := range e.Files {
		list[i] = f.String()
	}
	return "nothing in it can be read: " + strings.Join(list, ", ")
}

// maxKinds is how many of a message's files are looked into for what they are.
const maxKinds = 20

// kindsOf tells which of the parts are word processors' files.
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

// findTroubles notes, by the part, what is told of the files that are not read.
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
	case document.Old:
		return TroubleOld
	case document.Locked:
		return TroubleLocked
	}
	return p.trouble[i]
}

// maxDecoration is the size, in octets, below which a picture that stands in the mail's
// HTML and cannot be read is taken for a drawing of a signature.
const maxDecoration = 20 << 10

func (p *Prepared) decoration(i int) bool {
	part := p.parts[i]
	return part.ContentID != "" && part.Inline && len(part.Data) < maxDecoration && part.Type != "image/heic"
}

// nameOf is a file's name, or what its kind is called where it has none.
func nameOf(part message.Part) string {
	if part.Name != "" {
		return part.Name
	}
	return part.Type
}

// unread are the files of an item that its sender is told of.
func (p Prepared) unread(mine func(i int) bool) []UnreadFile {
	var files []UnreadFile
	for i, part := range p.parts {
		if t := p.trouble[i]; t != "" && mine(i) && len(files) < maxFiles {
			files = append(files, UnreadFile{nameOf(part), t})
		}
	}
	return files
}

// OnlyUnread are the files of a message that holds nothing to publish beside them; nil
// where there is something, or no file.
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

// UnreadAlone are the files of a message that could not be read, where none of its files
// could be published; other are those that are published in no case.
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

// documentError is what is told of a file that was to be read and could not be.
func documentError(err error) Trouble {
	switch {
	case errors.Is(err, document.ErrLocked):
		return TroubleLocked
	case errors.Is(err, document.ErrOld):
		return TroubleOld
	}
	return TroubleDamaged
}

// note keeps what was left out of a document, and is told.
func (p *Prepared) note(name string, d document.Document) {
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
