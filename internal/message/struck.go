package message

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// maxStruck bounds, in octets, the struck-through text that is kept.
const maxStruck = 300

// strikes decides which elements of a mail's HTML strike their text through: by their
// name, by their own style, or by a name that the mail's style sheets strike through.
type strikes struct{ names map[string]bool }

// strikesOf reads the style sheets in HTML.
func strikesOf(source string) *strikes {
	s := &strikes{names: map[string]bool{}}
	if len(source) > maxSheet || !strings.Contains(strings.ToLower(source), "line-through") {
		return s
	}
	rules := 0
	for _, m := range sheetText.FindAllStringSubmatch(source, -1) {
		text := strings.NewReplacer("<!--", " ", "-->", " ").Replace(sheetComment.ReplaceAllString(m[1], " "))
		for _, rule := range sheetRule.FindAllStringSubmatch(text, maxRules) {
			if rules++; rules > maxRules {
				break
			}
			if strikesThrough(declarations(rule[2])) != strike {
				continue
			}
			for _, selector := range strings.Split(strings.ToLower(rule[1]), ",") {
				// Only simple names count: selectors within another element are not
				// told apart.
				if name := simpleName.FindStringSubmatch(strings.TrimSpace(selector)); name != nil {
					s.names[name[1]] = true
				}
			}
		}
	}
	return s
}

// simpleName matches a selector of one class or id, with or without an element.
var simpleName = regexp.MustCompile(`^[a-z0-9]*([.#][\w-]+)$`)

// What declarations say about a line through the text.
const (
	strikeUnsaid = iota
	strike
	strikeNot
)

func strikesThrough(style map[string]string) int {
	said := style["text-decoration"] + " " + style["text-decoration-line"]
	switch {
	case strings.Contains(said, "line-through"):
		return strike
	case strings.Contains(said, "none"):
		return strikeNot
	}
	return strikeUnsaid
}

// has reports whether an element strikes its content through.
func (s *strikes) has(n *html.Node) bool {
	if s == nil {
		return false
	}
	if len(n.Attr) == 0 {
		return struck[n.DataAtom]
	}
	switch strikesThrough(declarations(attribute(n, "style"))) {
	case strike:
		return true
	case strikeNot:
		return false
	}
	if struck[n.DataAtom] {
		return true
	}
	if len(s.names) == 0 {
		return false
	}
	for _, c := range strings.Fields(strings.ToLower(attribute(n, "class"))) {
		if s.names["."+c] {
			return true
		}
	}
	id := strings.ToLower(attribute(n, "id"))
	return id != "" && s.names["#"+id]
}

// strikesThrough reports whether the HTML part strikes some of its text through. The plain
// part then shows that text like any other.
func (m *Message) strikesThrough() bool {
	if !mayStrike.MatchString(m.HTML) {
		return false
	}
	_, struck := layout(m.HTML, false)
	return struck != ""
}

var mayStrike = regexp.MustCompile(`(?i)<(?:s|strike|del)[\s>]|line-through`)

// appendText adds the text of an element, up to the bound.
func appendText(to []byte, n *html.Node, depth int) []byte {
	if len(to) >= maxStruck || depth > maxHTMLDepth {
		return to
	}
	if n.Type == html.TextNode {
		to = append(to, n.Data[:min(len(n.Data), maxStruck)]...)
	}
	for c := n.FirstChild; c != nil && len(to) < maxStruck; c = c.NextSibling {
		to = appendText(to, c, depth+1)
	}
	if blocks[n.DataAtom] > 0 {
		to = append(to, ' ')
	}
	return to
}

// struckText matches text between two tildes on either side, within a line, which Markdown
// strikes through. It may hold no HTML tag.
var struckText = regexp.MustCompile(`~~([^~<>\s](?:[^~<>\n]{0,400}[^~<>\s])?)~~ ?`)

// withoutStruck removes struck-through text from blocks; struck is the beginning of it.
func withoutStruck(in []Block) (kept []Block, struck string) {
	var out strings.Builder
	take := func(source string) string {
		return struckText.ReplaceAllStringFunc(source, func(m string) string {
			if out.Len() < maxStruck {
				out.WriteString(html.UnescapeString(strings.Trim(m, "~ ")) + " ")
			}
			return ""
		})
	}
	for _, b := range in {
		var lines []Line
		for _, l := range b.Lines {
			if !strings.Contains(l.HTML, "~~") {
				lines = append(lines, l)
				continue
			}
			source := take(l.HTML)
			switch {
			case source == l.HTML:
			case !b.Flowing():
				l = Line{HTML: source, Text: HTMLToText(source)}
			default:
				l = newLine(source)
			}
			if l.HTML != "" {
				lines = append(lines, l)
			}
		}
		if b.Lines = lines; len(lines) > 0 || b.Tag == "hr" {
			kept = append(kept, b)
		}
	}
	return kept, strings.TrimSpace(out.String())
}
