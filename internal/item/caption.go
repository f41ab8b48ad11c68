package item

import (
	"html"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"infolettre/internal/message"
)

// maxCaption is the longest caption, in characters.
const maxCaption = 180

// imageTag matches a picture in sanitized HTML.
var imageTag = regexp.MustCompile(`<img src="cid:([^"]*)"(?: alt="([^"]*)")?/?>`)

// captionsOf returns the alternative text of each picture in a text, by Content-ID: the caption
// below or beside the picture, or else the alt text of the HTML.
func captionsOf(blocks []message.Block) map[string]string {
	alts := map[string]string{}
	for i, b := range blocks {
		for k, l := range b.Lines {
			for _, m := range imageTag.FindAllStringSubmatch(l.HTML, -1) {
				id := html.UnescapeString(m[1])
				if alt := captionBelow(blocks, i, k); alt != "" && b.Flowing() {
					alts[id] = alt
				} else if alt := html.UnescapeString(m[2]); isHumanAlt(alt) {
					alts[id] = alt
				}
			}
		}
	}
	return alts
}

// captionBelow returns the line below a picture if it is formatted or labelled as a caption.
func captionBelow(blocks []message.Block, i, k int) string {
	if blocks[i].Lines[k].Text != "" { // beside the picture
		return captionText(blocks[i].Lines[k], false)
	}
	if k+1 < len(blocks[i].Lines) {
		return captionText(blocks[i].Lines[k+1], k+2 == len(blocks[i].Lines))
	}
	if i+1 < len(blocks) && blocks[i+1].Tag == "p" && len(blocks[i+1].Lines) == 1 {
		return captionText(blocks[i+1].Lines[0], false)
	}
	return ""
}

// captionText returns the text of a caption, or "". near means that nothing separates the line
// from the picture; a short line is then a caption without a label.
func captionText(l message.Line, near bool) string {
	text := oneLine(l.Text)
	if text == "" || utf8.RuneCountInString(text) > maxCaption || strings.Contains(text, "http") {
		return ""
	}
	if said := labelledCaption(text); said != "" {
		return said
	}
	if strings.HasPrefix(text, "©") {
		return ""
	}
	inner := strings.TrimSpace(l.HTML)
	if strings.HasPrefix(inner, "<em>") && strings.HasSuffix(inner, "</em>") && strings.Count(inner, "<em>") == 1 || near {
		return text
	}
	return ""
}

// labelledCaption returns the text after a label such as "Légende de la photo :".
func labelledCaption(text string) string {
	before, after, ok := cutLabel(text)
	if !ok {
		return ""
	}
	named := false
	for _, w := range strings.Fields(fold(before)) {
		switch {
		case loadVocabulary().captions[w]:
			named = true
		case !loadVocabulary().small[w] && strings.IndexFunc(w, unicode.IsLetter) >= 0:
			return ""
		}
	}
	if !named {
		return ""
	}
	return strings.TrimSpace(after)
}

// legend is the text printed below a picture, and its credit.
type legend struct{ text, credit string }

// credited separates a caption from the credit at its end: "© …", "(photo : …)", "Crédit
// : …".
var credited = regexp.MustCompile(`(?i)^(.*?)[\s(–—,;.-]*((?:©|\(c\)|crédits?(?: photos?)?\s*:|photo(?:graph|graphie)?\s*:|photo (?:by|credit)\s*:?|foto\s*:)\s*[^)]+)\)?\s*\.?$`)

func readLegend(said string) legend {
	if m := credited.FindStringSubmatch(said); m != nil {
		return legend{strings.TrimSpace(m[1]), oneLine(m[2])}
	}
	return legend{text: said}
}

// takeCaptions removes the lines that describe pictures which the text does not show, and
// returns them in order. A line with a credit belongs to the picture described before it.
func takeCaptions(blocks []message.Block) (captions []legend, rest []message.Block) {
	for i, b := range blocks {
		if b.Tag != "p" || strings.Contains(message.JoinBlocks(blocks[max(i-1, 0):i+1]), "<img ") {
			rest = append(rest, b)
			continue
		}
		var lines []message.Line
		for _, l := range b.Lines {
			text := oneLine(l.Text)
			said := labelledCaption(text)
			switch {
			case said == "" || utf8.RuneCountInString(l.Text) > maxCaption:
				lines = append(lines, l)
			case !isCreditLine(text):
				captions = append(captions, readLegend(said))
			case len(captions) > 0 && captions[len(captions)-1].credit == "":
				captions[len(captions)-1].credit = text
			default:
				captions = append(captions, legend{credit: text})
			}
		}
		if b.Lines = lines; len(lines) > 0 {
			rest = append(rest, b)
		}
	}
	return captions, rest
}

// isCreditLine reports whether the label of a line announces the photographer.
func isCreditLine(text string) bool {
	before, _, _ := cutLabel(text)
	for _, w := range strings.Fields(fold(before)) {
		if strings.HasPrefix(w, "credit") {
			return true
		}
	}
	return false
}

// isHumanAlt reports whether an alternative text was written by a person, not by a program.
func isHumanAlt(alt string) bool {
	alt = oneLine(alt)
	if utf8.RuneCountInString(alt) < 4 || path.Ext(alt) != "" && !strings.Contains(alt, " ") {
		return false
	}
	return altOf(alt+".jpg") != "" && !strings.Contains(strings.ToLower(alt), "automatique") && !strings.Contains(alt, "automatically")
}
