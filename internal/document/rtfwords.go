package document

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// rtfSkipped are the destinations without text of the document.
var rtfSkipped = map[string]bool{
	"colortbl": true, "info": true, "object": false, "objdata": true, "objclass": true, "objname": true,
	"header": true, "headerl": true, "headerr": true, "headerf": true, "footer": true, "footerl": true, "footerr": true, "footerf": true,
	"generator": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "revtbl": true, "filetbl": true, "xmlnstbl": true,
	"themedata": true, "colorschememapping": true, "datastore": true, "latentstyles": true, "ftnsep": true, "ftnsepc": true, "ftncn": true,
	"aftnsep": true, "aftnsepc": true, "aftncn": true, "annotation": true, "atnid": true, "atnauthor": true, "nonshppict": true,
	"bkmkstart": true, "bkmkend": true, "xe": true, "tc": true, "tcn": true, "rxe": true, "txe": true, "pgdsctbl": true, "stylesheet": false, "formfield": true,
	"sp": true, "sn": true, "sv": true, "private": true, "template": true, "fontemb": true, "picprop": true, "background": true, "mmathPr": true, "mmath": true,
	"wgrffmtfilter": true, "fldtype": true, "datafield": true, "nextfile": true, "passwordhash": true, "userprops": true, "pnseclvl": true,
}

// rtfSigns are control words for characters.
var rtfSigns = map[string]string{
	"tab": " ", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "endash": "–", "emdash": "—", "bullet": "•",
	"emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "nbsp": "\u00a0",
}

// rtfPages are the code pages by their numbers, and rtfCharsets those of fonts by theirs.
var rtfPages = map[int]*charmap.Charmap{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 860: charmap.CodePage860,
	863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866, 1250: charmap.Windows1250, 1251: charmap.Windows1251,
	1252: charmap.Windows1252, 1253: charmap.Windows1253, 1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256,
	1257: charmap.Windows1257, 1258: charmap.Windows1258, 10000: charmap.Macintosh,
}

var rtfCharsets = map[int]*charmap.Charmap{
	77: charmap.Macintosh, 161: charmap.Windows1253, 162: charmap.Windows1254, 163: charmap.Windows1258, 177: charmap.Windows1255,
	178: charmap.Windows1256, 186: charmap.Windows1257, 204: charmap.Windows1251, 238: charmap.Windows1250,
}

// word executes a control word; on is the value of a switch.
func (r *rtfReader) word(word string, value int, valued bool) {
	starred := r.starred
	r.starred = false
	on := value != 0
	g := &r.group
	if sign, ok := rtfSigns[word]; ok {
		r.write(sign)
		return
	}
	if rtfSkipped[word] {
		g.place = rtfNothing
		return
	}
	if g.place == rtfNothing {
		return
	}
	switch word {
	case "fonttbl":
		g.place = rtfFonts
	case "stylesheet":
		g.place = rtfStyles
	case "shppict", "shp", "shpinst", "shptxt", "shprslt":
		if word == "shprslt" {
			g.place = rtfNothing // the same content for old programs
		}
	case "pict":
		g.place, r.kind, r.picture = rtfPicture, "", nil
	case "pngblip":
		r.kind = ".png"
	case "jpegblip":
		r.kind = ".jpg"
	case "field":
	case "fldinst":
		g.place, r.code = rtfCode, r.code[:0]
	case "fldrslt":
		r.startResult()
	case "listtext", "pntext":
		g.place = rtfMark
	case "footnote":
		r.startNote()
	case "ansicpg":
		if page := rtfPages[value]; page != nil {
			r.page = page
		}
	case "mac":
		r.page = charmap.Macintosh
	case "pc":
		r.page = charmap.CodePage437
	case "pca":
		r.page = charmap.CodePage850
	case "f":
		if g.place == rtfFonts {
			r.font = value
		}
		g.font = value
	case "fcharset":
		if page := rtfCharsets[value]; page != nil && len(r.fonts) < maxXML>>10 && g.place == rtfFonts {
			r.fonts[r.font] = page
		}
	case "s":
		r.useStyle(value)
	case "outlinelevel":
		if g.place == rtfText && value >= 0 && value < 9 && r.within.heading == 0 {
			r.within.heading = value + 1
		}
	case "b":
		g.bold = on
	case "i":
		g.italic = on
	case "v":
		g.hidden = on
	case "strike", "striked":
		g.struck = on
	case "deleted":
		g.deleted = on
	case "plain":
		g.bold, g.italic, g.hidden, g.struck, g.deleted = false, false, false, false, false
	case "pard":
		if g.place == rtfText {
			r.within = rtfParagraph{list: r.within.list} // its mark may come before
		}
	case "intbl":
		r.within.cell = true
	case "par", "sect", "page":
		r.endParagraph()
	case "line":
		if g.place == rtfText {
			r.lineBreak()
		}
	case "cell", "nestcell":
		r.endRTFCell()
	case "row", "nestrow":
		r.endRTFRow()
	case "uc":
		g.stand = max(value, 0)
	case "u":
		if valued {
			r.unicode(value)
		}
	default:
		if starred {
			g.place = rtfNothing
		}
	}
}

// useStyle begins the description of a style, or applies one to the paragraph.
func (r *rtfReader) useStyle(number int) {
	switch r.group.place {
	case rtfStyles:
		r.style = number
	case rtfText:
		r.within.heading = r.styles[number].level
	default: // elsewhere a style changes nothing
	}
}

// startResult begins the visible result of a field.
func (r *rtfReader) startResult() {
	words := fieldWords(string(r.code))
	r.code = r.code[:0]
	if len(words) == 0 || r.group.place != rtfText {
		return
	}
	switch strings.ToUpper(words[0]) {
	case "HYPERLINK":
		r.group.result = true
		r.startLink(fieldTarget(words[1:]))
	case "TOC", "INDEX", "PAGE", "NUMPAGES":
		r.group.place = rtfNothing
	}
}

// startNote begins a footnote, which follows the paragraph that refers to it.
func (r *rtfReader) startNote() {
	if r.group.place != rtfText || r.notes >= maxNotes {
		r.group.place = rtfNothing
		return
	}
	mark := r.noteMark()
	if r.group.note = r.startBox(); r.group.note {
		r.span(mark+" ", false, false)
	}
}

func (r *rtfReader) endParagraph() {
	if r.group.place != rtfText {
		return
	}
	if !r.within.cell && len(r.writer.outer) == 0 {
		r.closeTable()
	}
	r.paragraph(r.within.heading, r.within.list, 0)
	r.within.list = ""
}

// openCell begins the cell, the row and the table of the current paragraph.
func (r *rtfReader) openCell() {
	if len(r.writer.outer) > 0 {
		return
	}
	switch {
	case !r.within.cell:
		if r.par.Len() == 0 {
			r.closeTable()
		}
	case !r.inTable:
		r.startTable()
		r.writer.out.WriteString("<tr><td>")
		r.inTable, r.inCell = true, true
	case !r.inCell:
		r.writer.out.WriteString("<td>")
		r.inCell = true
	}
}

func (r *rtfReader) endRTFCell() {
	if r.group.place != rtfText || len(r.writer.outer) > 0 {
		return
	}
	r.within.cell = true
	r.openCell()
	r.paragraph(r.within.heading, r.within.list, 0)
	r.endCell()
	r.inCell = false
}

func (r *rtfReader) endRTFRow() {
	if r.inTable && !r.inCell && len(r.writer.outer) == 0 {
		r.writer.out.WriteString("</tr>\n<tr>")
	}
}

// closeTable ends the open table.
func (r *rtfReader) closeTable() {
	if !r.inTable {
		return
	}
	if r.inCell {
		r.paragraph(0, "", 0)
		r.endCell()
	}
	r.writer.out.WriteString("</tr></table>\n")
	r.inTable, r.inCell = false, false
}
