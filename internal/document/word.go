package document

import (
	"encoding/xml"
	"maps"
	"path"
	"strconv"
	"strings"
)

// readWord reads the main part of a .docx (ECMA-376 part 1, section 17). It leaves out
// text deleted under change tracking and keeps inserted text; it leaves out hidden and
// struck-through text, tables of contents and the prompts of empty form fields. A text box
// or a note follows the paragraph that it belongs to.
func readWord(a *archive, main string) (Document, error) {
	text, err := a.read(main, maxXML)
	if err != nil {
		return Document{}, err
	}
	r := &wordReader{writer: newWriter(a), numbers: map[string]string{}, main: main, fields: true, chunks: maxChunks}
	if a.nested {
		r.chunks, r.imagesFull = 0, true // no further files, and no pictures, because their names would collide
	}
	if r.links, err = a.relations(main); err != nil {
		return Document{}, err
	}
	data, err := r.part("styles")
	if err == nil {
		r.styles, err = wordStyles(data)
	}
	if err == nil {
		err = r.readNumbering()
	}
	if err == nil {
		err = r.readNotes()
	}
	if err != nil {
		return Document{}, err
	}
	blank := *r
	blank.noted = maps.Clone(r.noted)
	if err := r.walkText(text, r.start, r.end, r.text); err != nil {
		return Document{}, err
	}
	if r.inField() {
		// A field without an end would remove the rest of the text.
		again := blank
		again.flow, again.fields = &flow{}, false
		r = &again
		if err := r.walkText(text, r.start, r.end, r.text); err != nil {
			return Document{}, err
		}
	}
	return r.document()
}

// part reads the part of a kind that the main part refers to, or else the one of that name
// beside it; nil if there is none.
func (r *wordReader) part(kind string) ([]byte, error) {
	name := r.partOf(kind)
	return r.a.read(name, maxXML)
}

func (r *wordReader) partOf(kind string) string {
	for _, l := range r.links {
		if l.kind == kind && r.a.file(l.target) != nil {
			return l.target
		}
	}
	return path.Join(path.Dir(r.main), kind+".xml")
}

// changes are the elements with properties from before a change.
var changes = map[string]bool{
	"rPrChange": true, "pPrChange": true, "tblPrChange": true, "trPrChange": true, "tcPrChange": true, "sectPrChange": true,
	"tblPrExChange": true, "tblGridChange": true, "numberingChange": true,
}

// captionStyles are the names under which Word keeps the style of captions.
var captionStyles = map[string]bool{"Caption": true, "Lgende": true, "Legende": true, "Beschriftung": true, "Didascalia": true, "Legenda": true, "Descripcin": true, "Epgrafe": true}

// wordParagraph is the state of the current paragraph.
type wordParagraph struct {
	heading  int
	caption  bool // of a picture, in italics
	contents bool // of a table of contents
	hidden   bool // by its style
	struck   bool
	list     string
	depth    int
}

// wordRun is the state of the current run.
type wordRun struct {
	bold, italic, hidden, struck, placeholder, open bool
}

// wordBox is the state that a text box interrupts.
type wordBox struct {
	paragraph wordParagraph
	run       wordRun
	inText    bool
	boxed     bool // the writer accepted it as a box
}

// wordReader is the position of the reader in the text.
type wordReader struct {
	writer
	main    string              // the part with the text
	links   map[string]relation // of the current part
	styles  styles
	numbers map[string]string // "ul" or "ol", by list
	noted   map[string]string // unused footnotes and endnotes, by kind and identifier
	chunks  int               // files of other formats that may still be read

	wordParagraph
	run    wordRun
	inText bool
	boxes  []wordBox

	deleted int
	skip    int // open elements with text that occurs elsewhere in another form, or is none
	choices []int
	alt     string
	drawing bool // is hidden

	controls []wordControl // open content controls
	inProps  int           // open properties of controls, which show nothing
	rows     []wordRow     // open table rows
	cells    []bool        // open cells, true for those left out
	omit     int           // open rows, cells and content controls that are left out

	open     []field // open fields
	deeper   int     // open fields beyond the bound, which share one state
	fields   bool    // whether fields may be left out
	codeText bool    // the current text is a field's code
}

// wordControl is a content control.
type wordControl struct{ omitted bool }

// wordRow is a row of a table: its position in the output, and whether it is left out.
type wordRow struct {
	at      int
	omitted bool
}

// skipping reports whether the current text is left out.
func (r *wordReader) skipping() bool {
	return r.deleted > 0 || r.omit > 0 || r.contents || r.drawing || r.inField()
}

func (r *wordReader) start(e xml.StartElement) {
	name := e.Name.Local
	if r.skip > 0 || changes[name] || name == "rt" {
		r.skip++
		return
	}
	if r.inProps > 0 {
		r.inProps++
		r.startControlProperty(e)
		return
	}
	switch name {
	case "p":
		r.wordParagraph = wordParagraph{}
	case "pStyle":
		s := r.styles.wordStyle(attr(e, "val"))
		r.heading, r.contents, r.hidden, r.struck = s.level, s.contents, yes(s.hidden), yes(s.struck)
		r.caption = captionStyles[attr(e, "val")]
	case "outlineLvl":
		if n, err := strconv.Atoi(attr(e, "val")); err == nil && n >= 0 && n < 9 && r.heading == 0 {
			r.heading = n + 1
		}
	case "numId":
		if id := attr(e, "val"); id != "0" {
			if r.list = r.numbers[id]; r.list == "" {
				r.list = "ul"
			}
		}
	case "ilvl":
		r.depth, _ = strconv.Atoi(attr(e, "val")) // 0 if it is no number
	case "r":
		r.run = wordRun{italic: r.caption, hidden: r.hidden, struck: r.struck, open: true}
	case "rStyle":
		s := r.styles.wordStyle(attr(e, "val"))
		if s.hidden != nil {
			r.run.hidden = *s.hidden
		}
		if s.struck != nil {
			r.run.struck = *s.struck
		}
		r.run.placeholder = s.placeholder || plainName(attr(e, "val")) == "placeholdertext"
	case "b":
		r.run.bold = isOn(e)
	case "i":
		r.run.italic = isOn(e)
	case "vanish":
		r.run.hidden = r.run.open && isOn(e)
	case "strike", "dstrike":
		r.run.struck = r.run.open && (isOn(e) || name == "dstrike" && r.run.struck)
	case "t":
		r.inText = true
	case "tab", "ptab":
		if r.run.open {
			r.writeText(" ")
		}
	case "br", "cr":
		if !r.skipping() {
			r.lineBreak()
		}
	case "noBreakHyphen":
		r.writeText("‑")
	case "del", "moveFrom":
		r.startDeleted()
	case "cellDel":
		r.leaveOutCell()
	case "hidden":
		if isOn(e) {
			r.leaveOutRow()
		}
	case "hyperlink":
		l := r.links[attr(e, "id")]
		if l.kind != "hyperlink" {
			l.target = ""
		}
		r.startWordLink(l.target)
	case "instrText":
		r.codeText = true
	case "fldSimple":
		r.startField()
		r.code(attr(e, "instr"))
		r.endCode()
	case "fldChar":
		r.fieldMark(attr(e, "fldCharType"))
	case "drawing", "pict", "object":
		r.alt, r.drawing = "", false
	case "docPr", "cNvPr":
		r.describe(firstNonEmpty(attr(e, "descr"), attr(e, "title")))
		if name == "docPr" {
			r.drawing = attr(e, "hidden") == "1" || attr(e, "hidden") == "true"
		}
	case "shape", "rect":
		r.describe(attr(e, "alt"))
	case "blip":
		r.picture(attr(e, "embed"), r.alt)
	case "imagedata":
		r.picture(firstNonEmpty(attr(e, "id"), attr(e, "relid"), attr(e, "pict")), firstNonEmpty(r.alt, attr(e, "title")))
	case "AlternateContent":
		r.choices = append(r.choices, r.produced)
	case "Fallback":
		if n := len(r.choices); n == 0 || r.choices[n-1] != r.produced || r.skipping() {
			r.skip = 1 // the other form was read
		}
	case "txbxContent":
		r.boxes = append(r.boxes, wordBox{r.wordParagraph, r.run, r.inText, r.startBox()})
		r.wordParagraph, r.run, r.inText = wordParagraph{}, wordRun{}, false
	case "footnoteReference", "endnoteReference":
		r.note(name, attr(e, "id"))
	case "altChunk":
		r.chunk(attr(e, "id"))
	case "sdt":
		r.controls = append(r.controls, wordControl{})
	case "sdtPr":
		r.inProps = 1
	case "tbl":
		r.startTable()
	case "tr":
		r.rows = append(r.rows, wordRow{at: r.out.Len()})
		r.out.WriteString("<tr>")
	case "tc":
		r.cells = append(r.cells, false)
		r.out.WriteString("<td>")
	}
}

func (r *wordReader) end(n xml.Name) {
	switch {
	case r.skip > 0:
		r.skip--
		return
	case r.inProps > 0:
		r.inProps--
		return
	}
	switch n.Local {
	case "p":
		r.paragraph(r.heading, r.list, r.depth)
		r.wordParagraph = wordParagraph{}
	case "r":
		r.run = wordRun{}
	case "t":
		r.inText = false
	case "instrText":
		r.codeText = false
	case "del", "moveFrom":
		r.deleted = max(r.deleted-1, 0)
	case "hyperlink":
		r.endLink()
	case "fldSimple":
		r.endField()
	case "drawing", "pict", "object":
		r.drawing = false
	case "AlternateContent":
		r.choices = r.choices[:max(len(r.choices)-1, 0)]
	case "txbxContent":
		r.endWordBox()
	case "sdt":
		if k := len(r.controls); k > 0 {
			if r.controls[k-1].omitted {
				r.omit--
			}
			r.controls = r.controls[:k-1]
		}
	case "tbl":
		r.out.WriteString("</table>\n")
	case "tr":
		r.endRow()
	case "tc":
		r.endWordCell()
	}
}

func (r *wordReader) text(s string) {
	if r.skip > 0 || r.inProps > 0 {
		return
	}
	switch {
	case r.codeText:
		r.code(s)
	case r.inText:
		r.writeText(s)
	}
}

// writeText writes text of the run.
func (r *wordReader) writeText(s string) {
	switch {
	case r.skipping(), r.run.placeholder && len(r.controls) > 0:
	case r.run.hidden:
		r.anyHidden = r.anyHidden || strings.TrimSpace(s) != ""
	case r.run.struck:
		r.strike(s)
	default:
		r.span(s, r.run.bold && r.heading == 0, r.run.italic)
	}
}

func (r *wordReader) endWordBox() {
	k := len(r.boxes)
	if k == 0 {
		return
	}
	b := r.boxes[k-1]
	r.boxes = r.boxes[:k-1]
	if b.boxed {
		r.endBox()
	}
	r.wordParagraph, r.run, r.inText = b.paragraph, b.run, b.inText
}

func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
