package document

import (
	"encoding/xml"
	"path"
	"strings"
)

// describe takes the first description of a drawing: it and its picture each have one.
func (r *wordReader) describe(text string) {
	if r.alt == "" {
		r.alt = text
	}
}

// picture adds a picture by its relationship.
func (r *wordReader) picture(id, alt string) {
	l, ok := r.links[id]
	if ok && l.kind == "image" && !r.skipping() && !r.run.hidden {
		r.image(l.target, alt)
	}
}

// startControlProperty reads the kind of a content control: one that shows its prompt has
// no content, and a table of contents is left out.
func (r *wordReader) startControlProperty(e xml.StartElement) {
	k := len(r.controls)
	if k == 0 || r.controls[k-1].omitted {
		return
	}
	switch {
	case e.Name.Local == "showingPlcHdr" && isOn(e):
	case e.Name.Local == "docPartGallery" && attr(e, "val") == "Table of Contents":
	default:
		return
	}
	r.controls[k-1].omitted = true
	r.omit++
}

// startDeleted begins deleted content: runs, or the row that the element is a property of.
func (r *wordReader) startDeleted() {
	r.deleted++
	if !r.run.open && len(r.rows) > 0 && len(r.cells) < len(r.rows) {
		r.leaveOutRow()
	}
}

// leaveOutRow leaves out the current row, and leaveOutCell the content of the current
// cell.
func (r *wordReader) leaveOutRow() {
	if k := len(r.rows); k > 0 && !r.rows[k-1].omitted {
		r.rows[k-1].omitted = true
		r.omit++
	}
}

func (r *wordReader) leaveOutCell() {
	if k := len(r.cells); k > 0 && !r.cells[k-1] {
		r.cells[k-1] = true
		r.omit++
	}
}

func (r *wordReader) endRow() {
	k := len(r.rows)
	if k == 0 {
		return
	}
	row := r.rows[k-1]
	r.rows = r.rows[:k-1]
	if row.omitted {
		r.omit--
		r.out.Truncate(min(row.at, r.out.Len()))
		return
	}
	r.out.WriteString("</tr>\n")
}

func (r *wordReader) endWordCell() {
	r.endCell()
	if k := len(r.cells); k > 0 {
		if r.cells[k-1] {
			r.omit--
		}
		r.cells = r.cells[:k-1]
	}
}

// note puts a footnote or an endnote after the paragraph that refers to it.
func (r *wordReader) note(reference, id string) {
	key := strings.TrimSuffix(reference, "Reference") + " " + id
	text, ok := r.noted[key]
	if !ok || text == "" || r.skipping() || r.run.hidden || r.run.struck || r.notes >= maxNotes {
		return
	}
	delete(r.noted, key)
	r.after.WriteString(withMark(text, r.noteMark()))
}

// withMark begins a note with its number.
func withMark(note, number string) string {
	if rest, ok := strings.CutPrefix(note, "<p>"); ok {
		return "<p>" + number + " " + rest
	}
	return "<p>" + number + "</p>\n" + note
}

// readNotes reads the footnotes and the endnotes.
func (r *wordReader) readNotes() error {
	r.noted = map[string]string{}
	size := 0
	for _, kind := range []string{"footnotes", "endnotes"} {
		name := r.partOf(kind)
		data, err := r.a.read(name, maxXML)
		if err != nil {
			return err
		}
		if data == nil {
			continue
		}
		links, err := r.a.relations(name)
		if err != nil {
			return err
		}
		n := &wordReader{writer: newWriter(r.a), main: name, links: links, styles: r.styles, numbers: r.numbers, fields: true}
		n.imagesFull = true // no place for its pictures
		n.headed = true
		one, id := strings.TrimSuffix(kind, "s"), ""
		err = n.walkText(data, func(e xml.StartElement) {
			if e.Name.Local == one {
				if id = attr(e, "id"); attr(e, "type") != "" && attr(e, "type") != "normal" {
					id = ""
				}
				n.out.Reset()
			}
			n.start(e)
		}, func(name xml.Name) {
			n.end(name)
			if name.Local == one && id != "" && len(r.noted) < 2*maxNotes && size+n.out.Len() <= maxHTML {
				n.closeLists(0)
				size += n.out.Len()
				r.noted[one+" "+id] = n.out.String()
				n.out.Reset()
			}
		}, n.text)
		if err != nil {
			return err
		}
		r.anyHidden = r.anyHidden || n.anyHidden
		r.strike(string(n.struckText))
	}
	return nil
}

// chunk reads a file of another format within the text (ECMA-376 part 1, section
// 17.17.2.1), or records that it is not read.
func (r *wordReader) chunk(id string) {
	l := r.links[id]
	if l.kind != "aFChunk" || r.skipping() {
		return
	}
	var made string
	if r.chunks > 0 {
		r.chunks--
		if data, err := r.a.read(l.target, maxChunk); err == nil {
			made = chunkHTML(l.target, data)
		}
	}
	if made == "" {
		if len(r.unread) < maxChunks {
			r.unread = append(r.unread, path.Base(l.target))
		}
		return
	}
	r.closeLists(0)
	r.out.WriteString(made)
	r.before += len(made)
	r.produced++
}

// readNumbering tells numbered lists from bulleted ones by the format of their first
// level.
func (r *wordReader) readNumbering() error {
	data, err := r.part("numbering")
	if err != nil {
		return err
	}
	abstract := map[string]string{}
	id, num, first := "", "", false
	return walk(data, func(e xml.StartElement) {
		switch e.Name.Local {
		case "abstractNum":
			id, num = attr(e, "abstractNumId"), ""
		case "lvl":
			first = attr(e, "ilvl") == "0"
		case "numFmt":
			if first && num == "" {
				abstract[id] = "ol"
				if f := attr(e, "val"); f == "bullet" || f == "none" {
					abstract[id] = "ul"
				}
			}
		case "num":
			num = attr(e, "numId")
		case "abstractNumId":
			r.numbers[num] = abstract[attr(e, "val")]
		}
	}, func(xml.Name) {}, func(string) {})
}
