package message

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Written returns what the author of an answer wrote, from the plain text part and from
// what the HTML part shows. Quotations and signature are removed as in Visible; invisible
// characters stay. A missing part is "". A part that shows nothing is a line end, and so
// is HTML of which it is unknown what shows: nested too deep, or with text that its style
// hides from some or all, or strikes through.
//
// Sentences below the farewell may be an afterthought. They follow below a line of "-- ".
func (m *Message) Written() (text, html string) {
	if strings.TrimSpace(m.Text) != "" {
		text = m.shown(m.Text)
	}
	if strings.TrimSpace(m.HTML) == "" {
		return text, ""
	}
	sheet := sheetOf(m.HTML)
	strict, err := renderClosely(m.HTML, sheet, false)
	if err != nil {
		return text, "\n"
	}
	lenient, err := renderClosely(m.HTML, sheet, true)
	if err != nil {
		return text, "\n"
	}
	html = m.shown(lenient)
	if strict != lenient && lettersOf(withoutSignature(withoutQuotes(strict))) != lettersOf(withoutSignature(withoutQuotes(lenient))) {
		return text, "\n"
	}
	return text, html
}

// shown is the text of one part.
func (m *Message) shown(part string) string {
	kept, cut := partSignature(withoutSmallPrint(withoutQuotes(part)), m.Author().Name)
	if after := afterthoughts(cut); len(after) > 0 {
		kept += "\n-- \n" + strings.Join(after, "\n")
	}
	if strings.TrimSpace(kept) == "" {
		return "\n"
	}
	return kept
}

// maxAfterthoughts bounds the lines of a signature that are kept.
const maxAfterthoughts = 40

// afterthoughts are the lines of a signature that read like a sentence. Small print
// and what programs add is left out, and so is the paragraph directly below the
// separator of RFC 3676, which a program wrote, save for a postscript.
func afterthoughts(cut []string) []string {
	var found, paragraph []string
	formal := len(cut) > 0 && strings.TrimSpace(cut[0]) == "--"
	end := func() {
		whole := foldSpace(strings.Join(paragraph, " "))
		small := known().notice.MatchString(whole)
		for i, line := range paragraph {
			folded := foldSpace(replyFolder.Replace(line))
			switch {
			case writtenAfter.MatchString(folded):
				found = append(found, paragraph[i:]...)
			case small || formal || known().added.MatchString(strings.Trim(folded, " .!*_")) || isRule(folded):
				continue
			case sentence(line) && !(len(folded) <= maxShortFarewell && known().farewell.MatchString(folded)):
				found = append(found, line)
				continue
			default:
				continue
			}
			break
		}
		if len(paragraph) > 0 && !(len(paragraph) == 1 && strings.TrimSpace(paragraph[0]) == "--") {
			formal = false
		}
		paragraph = nil
	}
	for _, line := range cut {
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		paragraph = append(paragraph, line)
	}
	end()
	return found[:min(len(found), maxAfterthoughts)]
}

const maxShortFarewell = 40

// writtenAfter begins a line that belongs to no signature.
var writtenAfter = regexp.MustCompile(`^[*_ ]*(?:p\.? ?s\.?|post-?scriptum|n\.? ?b\.?|nota bene)(?:[ :.,*–—-]|$)`)

// sentence tells a line that may be a sentence: most of its words behind the first
// begin small.
func sentence(line string) bool {
	words := strings.Fields(line)
	small := 0
	for _, w := range words[min(1, len(words)):] {
		if strings.Contains(w, "@") || strings.Contains(w, "://") {
			return false
		}
		if first := []rune(w)[0]; unicode.IsLower(first) {
			small++
		}
	}
	if len(words) > 0 && len(words) < 3 && strings.ContainsAny(words[len(words)-1], "!?") {
		return true
	}
	return len(words) >= 2 && 2*small >= len(words)-1
}

func renderClosely(source string, sheet *styleSheet, shows bool) (string, error) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return "", err
	}
	t := &textWriter{quotes: true, sheet: sheet, shows: shows}
	t.node(root, textStyle{}, 0)
	return tidyLines(t.out.String()), nil
}

func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// isSign reports the text of a picture that is a smiley: no letters, and short.
func isSign(alt string) bool {
	return alt != "" && len(alt) <= 40 && strings.IndexFunc(alt, unicode.IsLetter) < 0
}

// struck are the elements that cross a text out.
var struck = map[atom.Atom]bool{atom.S: true, atom.Strike: true, atom.Del: true}

// styleSheet has the names by which a mail's own style sheets hide elements: of
// classes with a point, of identities with a hash, of elements as they are.
type styleSheet struct {
	names map[string]bool
	all   bool // by a rule that is more than a name
}

// Bounds of a style sheet.
const (
	maxSheet = 200_000 // octets
	maxRules = 5000
)

var (
	sheetText    = regexp.MustCompile(`(?is)<style\b[^>]*>(.*?)(?:</style|$)`)
	sheetComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	sheetRule    = regexp.MustCompile(`([^{}]*)\{([^{}]*)\}`)
	lastName     = regexp.MustCompile(`([.#]?[\w-]+)(?:::?[\w-]+(?:\([^)]*\))?)?$`)
)

// sheetOf reads the style sheets in HTML. What a rule says for one medium counts for
// all: somebody may read the mail there.
func sheetOf(source string) *styleSheet {
	s := &styleSheet{names: map[string]bool{}}
	if len(source) > maxSheet {
		if i := strings.LastIndex(strings.ToLower(source), "</style"); i >= 0 {
			source = source[:min(len(source), max(i, maxSheet))]
		} else {
			source = source[:maxSheet]
		}
	}
	rules := 0
	for _, m := range sheetText.FindAllStringSubmatch(source, -1) {
		text := strings.NewReplacer("<!--", " ", "-->", " ").Replace(sheetComment.ReplaceAllString(m[1], " "))
		for _, rule := range sheetRule.FindAllStringSubmatch(text, maxRules) {
			if rules++; rules > maxRules {
				break
			}
			style := declarations(rule[2])
			text := colour(style["color"])
			if !hides(style) && !(text == "#ffffff" && style["background"] == "" && style["background-color"] == "") && !strings.Contains(style["text-decoration"], "line-through") {
				continue
			}
			for _, selector := range strings.Split(strings.ToLower(rule[1]), ",") {
				if strings.Contains(selector, ":hover") {
					continue
				}
				if name := lastName.FindStringSubmatch(strings.TrimSpace(selector)); name != nil {
					s.names[name[1]] = true
				} else if strings.TrimSpace(selector) != "" {
					s.all = true
				}
			}
		}
	}
	return s
}

// hides says whether a rule of the style sheets may hide an element, or the element
// is struck through.
func (s *styleSheet) hides(n *html.Node) bool {
	if strings.Contains(strings.ToLower(attribute(n, "style")), "line-through") {
		return true
	}
	if len(s.names) == 0 && !s.all {
		return false
	}
	if s.all && n.DataAtom != atom.Html && n.DataAtom != atom.Body {
		return true
	}
	if s.names[strings.ToLower(n.Data)] {
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "class":
			for _, c := range strings.Fields(strings.ToLower(a.Val)) {
				if s.names["."+c] {
					return true
				}
			}
		case "id":
			if s.names["#"+strings.ToLower(a.Val)] {
				return true
			}
		}
	}
	return false
}
