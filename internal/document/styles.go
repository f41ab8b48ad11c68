package document

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// style is what a named style says about paragraphs and characters.
type style struct {
	parent                string
	level                 int // of a heading, isTitle for the title's, 0 for text
	levelled              bool
	hidden, struck        *bool
	contents, placeholder bool
	bold, italic          bool
	numbered              bool
}

// styles are the styles of a document by identifier.
type styles map[string]style

// maxParents bounds the chain of styles that a style is based on.
const maxParents = 20

// get returns a style with the properties that it inherits.
func (all styles) get(id string) style {
	s := all[id]
	for parent, n := s.parent, 0; parent != "" && n < maxParents; n++ {
		p, ok := all[parent]
		if !ok {
			p, _ = openNamed(parent)
		}
		if !s.levelled {
			s.level, s.levelled = p.level, p.levelled
		}
		if s.hidden == nil {
			s.hidden = p.hidden
		}
		if s.struck == nil {
			s.struck = p.struck
		}
		s.contents = s.contents || p.contents && !s.levelled
		s.placeholder = s.placeholder || p.placeholder
		parent = p.parent
	}
	return s
}

func yes(b *bool) bool { return b != nil && *b }

// headingNames matches the names that word processors give to the styles of titles and
// headings, in lower case and ASCII letters alone, the form in which Word makes
// identifiers of them.
var headingNames = regexp.MustCompile(`^(title|titre|titel|titolo|titulo|ttulo|tytu|rubrik|naslov|nazev|nzev|otsikko)$|` +
	`^(?:heading|titre|titolo|titulo|ttulo|berschrift|uberschrift|ueberschrift|kop|rubrik|nagwek|overskrift|otsikko|nadpis|encabezado|cabealho|intestazione)([1-9])$`)

// contentsNames matches the names of the styles of a table of contents.
var contentsNames = regexp.MustCompile(`^(?:toc|tm|tdm|sommario|sumrio|sumario|tdc|indicedecontenidos|verzeichnis|inhaltsverzeichnis|contents|contenu|tabledesmatieres|tabledesmatires)(?:[1-9]|heading)$|^(?:tocheading|entetedetabledesmatires|enttedetabledesmatires|contentsheading|tableoffigures|tabledesillustrations)$`)

// plainName returns a style's name or identifier in lower case, with ASCII letters and
// digits alone.
func plainName(name string) string {
	name = strings.ReplaceAll(name, "_20_", "") // a blank in OpenDocument
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// named returns what a style's name alone says about it.
func named(name string) (s style, known bool) {
	name = plainName(name)
	if m := headingNames.FindStringSubmatch(name); m != nil {
		s.level, s.levelled = isTitle, true
		if m[2] != "" {
			s.level, _ = strconv.Atoi(m[2])
		}
		return s, true
	}
	if contentsNames.MatchString(name) {
		s.contents, s.levelled = true, true
		return s, true
	}
	return s, false
}

// wordStyles reads the styles of a .docx in any language: the built-in ones have English
// names in the file, or an outline level, or are based on one of those.
func wordStyles(data []byte) (styles, error) {
	all := styles{}
	id, skip := "", 0
	var s style
	err := walk(data, func(e xml.StartElement) {
		if skip > 0 || changes[e.Name.Local] {
			skip++
			return
		}
		switch e.Name.Local {
		case "style":
			id = attr(e, "styleId")
			s, _ = named(id)
		case "name":
			if n, known := named(attr(e, "val")); known {
				n.parent, n.hidden, n.struck = s.parent, s.hidden, s.struck
				s = n
			}
			s.placeholder = plainName(attr(e, "val")) == "placeholdertext"
		case "basedOn":
			s.parent = attr(e, "val")
		case "outlineLvl":
			if n, err := strconv.Atoi(attr(e, "val")); err == nil && s.level == 0 && !s.contents {
				s.level, s.levelled = 0, true
				if n >= 0 && n < 9 {
					s.level = n + 1
				}
			}
		case "vanish":
			on := isOn(e)
			s.hidden = &on
		case "strike", "dstrike":
			on := isOn(e) || yes(s.struck)
			s.struck = &on
		}
	}, func(n xml.Name) {
		if skip > 0 {
			skip--
			return
		}
		if n.Local == "style" && id != "" {
			all[id], id = s, ""
		}
	}, func(string) {})
	return all, err
}

// isOn returns the value of an element that switches a property.
func isOn(e xml.StartElement) bool {
	v := attr(e, "val")
	return v != "0" && v != "false" && v != "none" && v != "off"
}

// wordStyle returns a style of a .docx; one that the file does not describe is known by
// its identifier.
func (all styles) wordStyle(id string) style {
	if _, ok := all[id]; !ok {
		s, _ := named(id)
		return s
	}
	return all.get(id)
}
