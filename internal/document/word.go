package document

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// readWord reads word/document.xml (ECMA-376 part 1, section 17). What was
// deleted under change tracking is left out, what was inserted is kept.
func readWord(a *archive) (Document, error) {
	text, err := a.read("word/document.xml", maxXML)
	if err != nil {
		return Document{}, err
	}
	r := &wordReader{writer: writer{a: a}, numbers: map[string]string{}}
	if r.links, err = relationships(a); err != nil {
		return Document{}, err
	}
	if r.headings, err = wordHeadings(a); err != nil {
		return Document{}, err
	}
	if err := r.readNumbering(); err != nil {
		return Document{}, err
	}
	if err := r.walkText(text, r.start, r.end, r.text); err != nil {
		return Document{}, err
	}
	return r.document()
}

// captionStyles are the names under which Word keeps the style of captions.
var captionStyles = map[string]bool{"Caption": true, "Lgende": true, "Legende": true, "Beschriftung": true, "Didascalia": true, "Legenda": true, "Descripcin": true, "Epgrafe": true}

// wordReader is where in the text the reader is.
type wordReader struct {
	writer
	links    map[string]string // by relationship
	headings map[string]int    // level, by style
	numbers  map[string]string // "ul" or "ol", by list

	heading      int
	caption      bool // of a picture, which is set in italics
	list         string
	depth        int
	bold, italic bool
	inText       bool
	deleted      int
	skip         int // elements whose text stands elsewhere in another form
	alt          string
}

func (r *wordReader) start(e xml.StartElement) {
	on := func() bool { v := attr(e, "val"); return v != "0" && v != "false" && v != "none" }
	if r.skip > 0 || e.Name.Local == "Fallback" {
		r.skip++
		return
	}
	switch e.Name.Local {
	case "p":
		r.heading, r.caption, r.list, r.depth = 0, false, "", 0
	case "pStyle":
		r.heading = r.headings[attr(e, "val")]
		r.caption = captionStyles[attr(e, "val")]
	case "numId":
		if id := attr(e, "val"); id != "0" {
			if r.list = r.numbers[id]; r.list == "" {
				r.list = "ul"
			}
		}
	case "ilvl":
		r.depth, _ = strconv.Atoi(attr(e, "val")) // 0 when it is no number
	case "r":
		r.bold, r.italic = false, r.caption
	case "b":
		r.bold = on()
	case "i":
		r.italic = on()
	case "t":
		r.inText = true
	case "tab":
		r.span(" ", false, false)
	case "br", "cr":
		r.lineBreak()
	case "noBreakHyphen":
		r.span("‑", r.bold, r.italic)
	case "del", "moveFrom":
		r.deleted++
	case "hyperlink":
		r.startLink(r.links[attr(e, "id")])
	case "docPr":
		r.alt = attr(e, "descr")
	case "blip":
		r.image(r.links[attr(e, "embed")], r.alt)
	case "tbl":
		r.startTable()
	case "tr":
		r.out.WriteString("<tr>")
	case "tc":
		r.out.WriteString("<td>")
	}
}

func (r *wordReader) end(n xml.Name) {
	if r.skip > 0 {
		r.skip--
		return
	}
	switch n.Local {
	case "p":
		r.paragraph(r.heading, r.list, r.depth)
	case "t":
		r.inText = false
	case "del", "moveFrom":
		r.deleted--
	case "hyperlink":
		r.endLink()
	case "tbl":
		r.out.WriteString("</table>\n")
	case "tr":
		r.out.WriteString("</tr>\n")
	case "tc":
		r.endCell()
	}
}

func (r *wordReader) text(s string) {
	if r.inText && r.deleted == 0 && r.skip == 0 {
		r.span(s, r.bold && r.heading == 0, r.italic)
	}
}

// relationships are the targets of the document's links and pictures.
func relationships(a *archive) (map[string]string, error) {
	data, err := a.read("word/_rels/document.xml.rels", maxXML)
	if err != nil {
		return nil, err
	}
	links := map[string]string{}
	err = walk(data, func(e xml.StartElement) {
		target := attr(e, "Target")
		switch {
		case e.Name.Local != "Relationship":
		case strings.HasSuffix(attr(e, "Type"), "/image") && attr(e, "TargetMode") != "External":
			if !strings.HasPrefix(target, "/") {
				target = "/word/" + target
			}
			links[attr(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		case strings.HasSuffix(attr(e, "Type"), "/hyperlink"):
			links[attr(e, "Id")] = target
		}
	}, func(xml.Name) {}, func(string) {})
	return links, err
}

// wordHeadings are the styles that are headings, whatever the language of the
// program that named them: their names are English in the file, or they have an
// outline level.
func wordHeadings(a *archive) (map[string]int, error) {
	data, err := a.read("word/styles.xml", maxXML)
	if err != nil {
		return nil, err
	}
	levels := map[string]int{"Title": 1, "Heading1": 1, "Heading2": 2, "Heading3": 3, "Titre": 1, "Titre1": 1, "Titre2": 2, "Titre3": 3}
	style := ""
	err = walk(data, func(e xml.StartElement) {
		switch e.Name.Local {
		case "style":
			style = attr(e, "styleId")
		case "name":
			name := strings.ToLower(attr(e, "val"))
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "heading ")); err == nil && strings.HasPrefix(name, "heading ") {
				levels[style] = n
			} else if name == "title" {
				levels[style] = 1
			}
		case "outlineLvl":
			if n, err := strconv.Atoi(attr(e, "val")); err == nil && n < 9 && style != "" && levels[style] == 0 {
				levels[style] = n + 1
			}
		}
	}, func(xml.Name) {}, func(string) {})
	return levels, err
}

// readNumbering tells the numbered lists from the bulleted ones, by the form of
// their first level.
func (r *wordReader) readNumbering() error {
	data, err := r.a.read("word/numbering.xml", maxXML)
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
