package agenda

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

type kind int

const (
	number kind = iota
	word
	mark
)

// token is a number, a word or a mark of punctuation, with its place in the text.
// Digits and letters are apart even where nothing stands between them: 14h30 is
// three tokens.
type token struct {
	kind     kind
	text     string // lower-case without accents; dashes are "-", apostrophes "'"
	lower    string // of a word: lower-case, accents kept
	value    int    // of a number of up to 6 digits, else -1
	digits   int    // of a number
	from, to int    // bytes of the text
	space    bool   // white space stands before
	lines    int    // line ends before; 2 and more is a new paragraph
	capital  bool   // begins with a capital letter
	capitals bool   // has several letters, all of them capitals
}

func (t token) is(texts ...string) bool {
	for _, s := range texts {
		if t.text == s {
			return true
		}
	}
	return false
}

// tokens splits a text. A superscript written 1^{er} gives the tokens of 1er.
func tokens(text string) []token {
	var all []token
	space, lines := true, 2
	add := func(t token) {
		t.space, t.lines = space, lines
		all = append(all, t)
		space, lines = false, 0
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n':
			lines++
			space = true
			i += n
		case unicode.IsSpace(r):
			space = true
			i += n
		case r >= '0' && r <= '9':
			end := i
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			t := token{kind: number, text: text[i:end], value: -1, digits: end - i, from: i, to: end}
			if t.digits <= 6 {
				t.value = 0
				for _, c := range text[i:end] {
					t.value = t.value*10 + int(c-'0')
				}
			}
			add(t)
			i = end
		case isLetter(r):
			end := i
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isLetter(r) && !unicode.Is(unicode.Mn, r) {
					break
				}
				end += n
			}
			add(wordToken(text, i, end))
			i = end
		case r == '^' && strings.HasPrefix(text[i:], "^{") && superscript(text[i:]) > 0:
			n := superscript(text[i:])
			t := wordToken(text, i+2, i+n-1)
			t.from, t.to = i, i+n
			add(t)
			i += n
		default:
			add(token{kind: mark, text: canonicalMark(r), from: i, to: i + n})
			i += n
		}
	}
	return all
}

// superscript is the length of ^{letters} at the beginning of s, or 0.
func superscript(s string) int {
	end := strings.IndexByte(s, '}')
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

func isLetter(r rune) bool { return unicode.IsLetter(r) || r == 'º' || r == 'ª' }

func wordToken(text string, from, to int) token {
	s := text[from:to]
	first, _ := utf8.DecodeRuneInString(s)
	return token{
		kind: word, text: fold(s), lower: strings.ToLower(norm.NFC.String(s)), from: from, to: to,
		capital:  unicode.IsUpper(first),
		capitals: utf8.RuneCountInString(s) > 1 && strings.ToUpper(s) == s && strings.ToLower(s) != s,
	}
}

// fold is the text in lower case without accents and ligatures.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s)
	}
	var out strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			out.WriteString("oe")
		case r == 'æ':
			out.WriteString("ae")
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

func canonicalMark(r rune) string {
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '―', '−', '→':
		return "-"
	case '\'', '’', '‘', 'ʼ', '`', '´':
		return "'"
	}
	return string(r)
}
