package document

import (
	"encoding/xml"
	"maps"
	"path"
	"strconv"
	"strings"
)

// readWord reads the main part of a .docx (ECMA-376 part 1, section 17). What was
// deleted under change tracking is left out, what was inserted is kept; what is hidden
// or struck through is left out, and so are tables of contents and the prompts of empty
// form fields. A text box and a note stand after the paragraph that they belong to.
func readWord(a *archive, main string) (Document, error) {
	text, err := a.read(main, maxXML)
	if err != nil {
		return Document{}, err
	}
	r := &wordReader{writer: newWriter(a), numbers: map[string]string{}, main: main, fields: true, chunks: maxChunks}
	if a.nested {
		r.chunks, r.sated = 0, true // neither further files nor pictures, which would share their names
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
		// A field that has no end would take the rest of the text with it.
		again := blank
		again.flow, again.fields = &flow{}, false
		r = &again
		if err := r.walkText(text, r.start, r.end, r.text); err != nil {
			return Document{}, err
		}
	}
	return r.document()
}

// part reads the part of a kind that the main part refers to, or else the one of that
// name beside it; nil when there is none.
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

// changes are the elements that tell how something was before it was changed.
var changes = map[string]bool{
	"rPrChange": true, "pPrChange": true, "tblPrChange": true, "trPrChange": true, "tcPrChange": true, "sectPrChange": true,
	"tblPrExChange": true, "tblGridChange": true, "numberingChange": true,
}

// captionStyles are the names under which Word keeps the style of captions.
var captionStyles = map[string]bool{"Caption": true, "Lgende": true, "Legende": true, "Beschriftung": true, "Didascalia": true, "Legenda": true, "Descripcin": true, "Epgrafe": true}

// wordParagraph is what is known of the paragraph that is being read.
type wordParagraph struct {
	heading  int
	caption  bool // of a picture, which is set in italics
	contents bool // of a table of contents
	hidden   bool // by its style
	struck   bool
	list     string
	depth    int
}

// wordRun is what is known of the run that is being read.
type wordRun struct {
	bold, italic, hidden, struck, placeholder, open bool
}

// wordBox is what a text box interrupts.
type wordBox struct {
	paragraph wordParagraph
	run       wordRun
	inText    bool
	boxed     bool // the writer took it for a box
}

// wordReader is where in the text the reader is.
type wordReader struct {
	writer
	main    string              // the part that holds the text
	links   map[string]relation // of the part that is being read
	styles  styles
	numbers map[string]string // "ul" or "ol", by list
	noted   map[string]string // footnotes and endnotes that were not used yet, by kind and identifier
	chunks  int               // files of other formats that may still be read

	wordParagraph
	run    wordRun
	inText bool
	boxes  []wordBox

	deleted int
	skip    int // elements whose text stands elsewhere in another form, or is none
	choices []int
	alt     string
	drawing bool // is hidden

	controls []wordControl // content controls that are open
	inProps  int           // their properties, which show nothing
	rows     []wordRow     // rows of tables that are open
	cells    []bool        // cells that are open, true for those left out
	omit     int           // rows, cells and content controls within which nothing is text

	open     []field // fields that are open
	deeper   int     // fields within those that are not told apart
	fields   bool    // whether fields may be left out
	codeText bool    // the text of a field's code is being read
}

// wordControl is a content control.
type wordControl struct{ omitted bool }

// wordRow is a row of a table: where it begins in what is written, and whether it is
// left out.
type wordRow struct {
	at      int
	omitted bool
}

// isLeftOut says whether what is read now is left out.
func (r *wordReader) isLeftOut() bool {
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
		r.depth, _ = strconv.Atoi(attr(e, "val")) // 0 when it is no number
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
			r.say(" ")
		}
	case "br", "cr":
		if !r.isLeftOut() {
			r.lineBreak()
		}
	case "noBreakHyphen":
		r.say("‑")
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
		if n := len(r.choices); n == 0 || r.choices[n-1] != r.produced || r.isLeftOut() {
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
		r.say(s)
	}
}

// say writes text of the run.
func (r *wordReader) say(s string) {
	switch {
	case r.isLeftOut(), r.run.placeholder && len(r.controls) > 0:
	case r.run.hidden:
		r.hides = r.hides || strings.TrimSpace(s) != ""
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
