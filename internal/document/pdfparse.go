package document

import (
	"bytes"
	"strconv"
)

// pdfParser reads values and operators (ISO 32000-1, section 7.3). It never fails: it
// skips what it cannot read, and always advances.
type pdfParser struct {
	data []byte
	i    int
	paid int // how much of data is charged to the budget
	work *pdfWork
}

// pdfWork is the budget left for a file, in values made and in octets read. Objects within
// each other are each read to the end of the file, so that the size of the file bounds
// neither.
type pdfWork struct{ values, octets int }

func (w *pdfWork) spent() bool { return w.values <= 0 || w.octets <= 0 }

// pdfOperator is a word that is no value: a command in a page's content.
type pdfOperator string

// pdfEnd is what value returns at the end of the data.
type pdfEnd struct{}

// pdfClose is a closing bracket.
type pdfClose string

func isPDFSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isPDFDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (p *pdfParser) space() {
	for p.i < len(p.data) {
		switch c := p.data[p.i]; {
		case c == '%':
			for p.i < len(p.data) && p.data[p.i] != '\n' && p.data[p.i] != '\r' {
				p.i++
			}
		case isPDFSpace(c):
			p.i++
		default:
			return
		}
	}
}

// value reads the next value; it returns pdfEnd at the end of the data or the budget.
func (p *pdfParser) value(depth int) any {
	if p.work.spent() {
		return pdfEnd{}
	}
	p.work.values--
	v := p.read(depth)
	p.work.octets -= p.i - p.paid
	p.paid = p.i
	return v
}

func (p *pdfParser) read(depth int) any {
	p.space()
	for p.i < len(p.data) && p.misplaced() {
		p.i++
		p.space()
	}
	if p.i >= len(p.data) {
		return pdfEnd{}
	}
	switch c := p.data[p.i]; {
	case c == '/':
		p.i++
		return pdfName(p.name())
	case c == '(':
		p.i++
		return pdfString(p.literal())
	case c == '<' && p.next('<'):
		p.i += 2
		return p.dict(depth)
	case c == '<':
		p.i++
		return pdfString(p.hex())
	case c == '>' && p.next('>'):
		p.i += 2
		return pdfClose(">>")
	case c == '[':
		p.i++
		return p.array(depth)
	case c == ']':
		p.i++
		return pdfClose("]")
	}
	word := p.word()
	switch word {
	case "true", "false":
		return word == "true"
	case "null":
		return nil
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return pdfOperator(word)
	}
	if ref, ok := p.reference(n); ok {
		return ref
	}
	return n
}

// misplaced reports whether a delimiter begins no value.
func (p *pdfParser) misplaced() bool {
	switch p.data[p.i] {
	case ')', '{', '}':
		return true
	case '>':
		return !p.next('>')
	}
	return false
}

func (p *pdfParser) next(c byte) bool { return p.i+1 < len(p.data) && p.data[p.i+1] == c }

func (p *pdfParser) word() string {
	start := p.i
	for p.i < len(p.data) && !isPDFSpace(p.data[p.i]) && !isPDFDelimiter(p.data[p.i]) {
		p.i++
	}
	return string(p.data[start:p.i])
}

// reference reads what may follow a number: "0 R".
func (p *pdfParser) reference(n float64) (pdfRef, bool) {
	rest := p.data[p.i:min(len(p.data), p.i+12)]
	k := 0
	for k < len(rest) && isPDFSpace(rest[k]) {
		k++
	}
	digits := k
	for k < len(rest) && rest[k] >= '0' && rest[k] <= '9' {
		k++
	}
	if k == digits {
		return 0, false
	}
	blank := k
	for k < len(rest) && isPDFSpace(rest[k]) {
		k++
	}
	if k == blank || k >= len(rest) || rest[k] != 'R' || k+1 < len(rest) && !isPDFSpace(rest[k+1]) && !isPDFDelimiter(rest[k+1]) || n < 0 || n != float64(int(n)) {
		return 0, false
	}
	p.i += k + 1
	return pdfRef(n), true
}

func (p *pdfParser) name() string {
	word := p.word()
	if bytes.IndexByte([]byte(word), '#') < 0 {
		return word
	}
	var out []byte
	for i := 0; i < len(word); i++ {
		if word[i] == '#' && i+2 < len(word) {
			if n, err := strconv.ParseUint(word[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, word[i])
	}
	return string(out)
}

// literal reads a string in brackets (section 7.3.4.2).
func (p *pdfParser) literal() string {
	var out []byte
	for open := 1; p.i < len(p.data); p.i++ {
		c := p.data[p.i]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.i++
				return string(out)
			}
		case '\\':
			p.i++
			if p.i >= len(p.data) {
				return string(out)
			}
			c = p.data[p.i]
			if at := bytes.IndexByte([]byte("nrtbf"), c); at >= 0 {
				c = "\n\r\t\b\f"[at]
			} else if c == '\n' || c == '\r' {
				continue
			} else if c >= '0' && c <= '7' {
				n := 0
				for k := 0; k < 3 && p.i < len(p.data) && p.data[p.i] >= '0' && p.data[p.i] <= '7'; k++ {
					n = n*8 + int(p.data[p.i]-'0')
					p.i++
				}
				p.i--
				c = byte(n)
			}
		}
		if len(out) < maxPDFString {
			out = append(out, c)
		}
	}
	return string(out)
}

func (p *pdfParser) hex() string {
	var out []byte
	high, have := 0, false
	for ; p.i < len(p.data) && p.data[p.i] != '>'; p.i++ {
		n, err := strconv.ParseUint(string(p.data[p.i]), 16, 8)
		if err != nil {
			continue
		}
		if !have {
			high, have = int(n), true
			continue
		}
		if len(out) < maxPDFString {
			out = append(out, byte(high<<4|int(n)))
		}
		have = false
	}
	if have {
		out = append(out, byte(high<<4))
	}
	p.i = min(p.i+1, len(p.data))
	return string(out)
}

func (p *pdfParser) array(depth int) any {
	list := []any{}
	for depth < maxPDFNesting {
		v := p.value(depth + 1)
		switch v.(type) {
		case pdfEnd, pdfClose:
			return list
		}
		if len(list) < maxPDFArray {
			list = append(list, v)
		}
	}
	return list
}

func (p *pdfParser) dict(depth int) any {
	d := pdfDict{}
	for depth < maxPDFNesting {
		key := p.value(depth + 1)
		switch key.(type) {
		case pdfEnd, pdfClose:
			return d
		}
		name, ok := key.(pdfName)
		if !ok {
			continue
		}
		v := p.value(depth + 1)
		switch v.(type) {
		case pdfEnd, pdfClose:
			return d
		}
		d[name] = v
	}
	return d
}
