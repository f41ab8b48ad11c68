package agenda

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

type kind uint8

const (
	number kind = iota
	word
	mark
)

// token is a number, a word or a mark of punctuation, with its place in the text.
// Digits and letters are apart even where nothing stands between them: 14h30 is
// three tokens.
type token struct {
	text     string // lower-case without accents; dashes are "-", apostrophes "'"
	raw      string // as it is written
	w        *entry // what the language knows of it; never nil
	from, to int    // bytes of the text
	value    int    // of a number of up to 6 digits, else -1
	digits   int    // of a number
	lines    int    // line ends before; 2 and more is a new paragraph
	kind     kind
	space    bool // white space stands before
	capital  bool // begins with a capital letter
	capitals bool // has several letters, all of them capitals
}

func (t *token) is(texts ...string) bool {
	for _, s := range texts {
		if t.text == s {
			return true
		}
	}
	return false
}

// has says whether the word alone is of that class.
func (t *token) has(c class) bool { return t.w.is(c) }

// spelled says whether the accents are those of the word that is meant: dès is not
// des. Capitals may go without.
func (t *token) spelled(c class) bool {
	return t.capitals || t.capital && len(t.raw) == 1 || slices.Contains(t.w.exact, spelling{c, t.lower()})
}

// lower is the word in lower case with its accents.
func (t *token) lower() string { return strings.ToLower(norm.NFC.String(t.raw)) }

// tokens splits a text. A superscript written 1^{er} gives the tokens of 1er.
func tokens(text string) []token {
	all := make([]token, 0, len(text)/4+4)
	space, lines := true, 2
	add := func(t token) {
		t.space, t.lines, t.w = space, lines, &unknown
		t.raw = text[t.from:t.to]
		all = append(all, t)
		space, lines = false, 0
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n':
			lines++
			space = true
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r':
			space = true
			i++
			continue
		case c >= '0' && c <= '9':
			t := numberToken(text, i)
			add(t)
			i = t.to
			continue
		case c == '^' && superscript(text[i:]) > 0:
			n := superscript(text[i:])
			t := wordToken(text, i+2, i+n-1)
			t.from, t.to = i, i+n
			add(t)
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			space = true
			i += n
		case isLetter(r):
			end := i + n
			for end < len(text) {
				if c := text[end]; c < utf8.RuneSelf {
					if c|0x20 < 'a' || c|0x20 > 'z' {
						break
					}
					end++
					continue
				}
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isLetter(r) && !unicode.Is(unicode.Mn, r) {
					break
				}
				end += n
			}
			add(wordToken(text, i, end))
			i = end
		default:
			add(token{kind: mark, text: canonicalMark(r, text[i:i+n]), value: -1, from: i, to: i + n})
			i += n
		}
	}
	return all
}

func numberToken(text string, i int) token {
	end := i
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	t := token{kind: number, text: text[i:end], value: -1, digits: end - i, from: i, to: end}
	if t.digits <= 6 {
		t.value = 0
		for _, c := range []byte(text[i:end]) {
			t.value = t.value*10 + int(c-'0')
		}
	}
	return t
}

// superscript is the length of ^{letters} at the beginning of s, or 0.
func superscript(s string) int {
	if !strings.HasPrefix(s, "^{") {
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), 10)], '}')
	if end < 3 || end > 8 {
		return 0
	}
	for _, r := range s[2:end] {
		if !isLetter(r) {
			return 0
		}
	}
	return end + 1
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r)
}

func wordToken(text string, from, to int) token {
	s := text[from:to]
	first, size := utf8.DecodeRuneInString(s)
	t := token{kind: word, text: fold(s), value: -1, from: from, to: to, capital: unicode.IsUpper(first)}
	if t.capital && len(s) > size {
		t.capitals = strings.ToUpper(s) == s
	}
	return t
}

// latin1 are the letters from U+00E0 on, folded; a blank stands for those that
// have no such form.
const latin1 = "aaaaaa ceeeeiiii nooooo  uuuuy y"

// fold is the text in lower case without accents and ligatures.
func fold(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] < utf8.RuneSelf && (s[i] < 'A' || s[i] > 'Z')
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if r >= 'A' && r <= 'Z' {
				r |= 0x20
			}
			out = append(out, byte(r))
			continue
		case r >= 0xC0 && r <= 0xFF && latin1[(r|0x20)-0xE0] != ' ' && r != 'ß':
			out = append(out, latin1[(r|0x20)-0xE0])
			continue
		case r == 'œ' || r == 'Œ':
			out = append(out, "oe"...)
			continue
		case r == 'æ' || r == 'Æ':
			out = append(out, "ae"...)
			continue
		}
		for _, part := range norm.NFKD.String(strings.ToLower(string(r))) {
			if !unicode.Is(unicode.Mn, part) {
				out = utf8.AppendRune(out, unicode.ToLower(part))
			}
		}
	}
	return string(out)
}

func canonicalMark(r rune, written string) string {
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '―', '−', '→':
		return "-"
	case '\'', '’', '‘', 'ʼ', '`', '´':
		return "'"
	}
	return written
}
