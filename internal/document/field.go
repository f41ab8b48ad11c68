package document

import "strings"

// field is a field of a .docx (ECMA-376 part 1, section 17.16): a code and its result. The
// results of some are no text.
type field struct {
	text   []byte // of the code
	inCode bool
	link   bool
	out    bool // its result is left out
}

// maxFields bounds fields within each other, maxCode the octets of a code.
const (
	maxFields = 50
	maxCode   = 4 << 10
)

// fieldMark handles the mark that begins a field, ends its code, or ends it.
func (r *wordReader) fieldMark(kind string) {
	switch kind {
	case "begin":
		r.startField()
	case "separate":
		r.endCode()
	case "end":
		r.endField()
	}
}

func (r *wordReader) startField() {
	if len(r.open) == maxFields {
		r.deeper++
		return
	}
	r.open = append(r.open, field{inCode: true})
}

// code adds to the code of the innermost field.
func (r *wordReader) code(s string) {
	if n := len(r.open); n > 0 && r.deeper == 0 && r.open[n-1].inCode {
		if f := &r.open[n-1]; len(f.text)+len(s) <= maxCode {
			f.text = append(f.text, s...)
		}
	}
}

// endCode parses the code; the result follows.
func (r *wordReader) endCode() {
	n := len(r.open)
	if n == 0 || r.deeper > 0 || !r.open[n-1].inCode {
		return
	}
	f := &r.open[n-1]
	f.inCode = false
	words := fieldWords(string(f.text))
	if len(words) == 0 {
		return
	}
	switch strings.ToUpper(words[0]) {
	case "HYPERLINK":
		f.link = true
		r.startWordLink(fieldTarget(words[1:]))
	case "TOC", "TOA", "INDEX", "PAGE", "PAGEREF", "NUMPAGES", "SECTIONPAGES", "SECTION":
		f.out = r.fields
	}
}

// startWordLink begins a link. In text that is left out the link has no target.
func (r *wordReader) startWordLink(href string) {
	if r.skipping() {
		href = ""
	}
	r.startLink(href)
}

func (r *wordReader) endField() {
	n := len(r.open)
	switch {
	case r.deeper > 0:
		r.deeper--
		return
	case n == 0:
		return
	case r.open[n-1].link:
		r.endLink()
	}
	r.open = r.open[:n-1]
}

// inField reports whether the current text is a field's code, or a result that is left
// out.
func (r *wordReader) inField() bool {
	for _, f := range r.open {
		if f.out || f.inCode && r.fields {
			return true
		}
	}
	return false
}

// fieldTarget returns the address of a HYPERLINK, "" for a place in the document.
func fieldTarget(words []string) string {
	target, anchor := "", ""
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case strings.EqualFold(w, `\l`) && i+1 < len(words):
			i++
			anchor = words[i]
		case (strings.EqualFold(w, `\o`) || strings.EqualFold(w, `\t`)) && i+1 < len(words):
			i++
		case strings.HasPrefix(w, `\`):
		case target == "":
			target = w
		}
	}
	if target != "" && anchor != "" && !strings.Contains(target, "#") {
		target += "#" + anchor
	}
	return target
}

// fieldWords returns the words of a field's code; a quoted word may hold blanks.
func fieldWords(code string) []string {
	const blanks = " \t\r\n\u00a0"
	var words []string
	for code = strings.Trim(code, blanks); code != ""; code = strings.TrimLeft(code, blanks) {
		if code[0] == '"' {
			end := 1
			for end < len(code) && code[end] != '"' {
				if code[end] == '\\' {
					end++
				}
				end++
			}
			words = append(words, unescaped.Replace(code[1:min(end, len(code))]))
			code = code[min(end+1, len(code)):]
			continue
		}
		end := strings.IndexAny(code, blanks+`"`)
		if end < 0 {
			end = len(code)
		}
		words = append(words, code[:end])
		code = code[end:]
	}
	return words
}

var unescaped = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
