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

// maxCaption bounds a caption, in characters.
const maxCaption = 180

// imageTag is a picture as cleaned HTML has it.
var imageTag = regexp.MustCompile(`<img src="cid:([^"]*)"(?: alt="([^"]*)")?/?>`)

// captionsOf are the alternative texts that the text itself gives its pictures, by
// Content-ID: the caption below a picture, or beside it; and else what its author's
// program was given.
func captionsOf(blocks []message.Block) map[string]string {
	alts := map[string]string{}
	for i, b := range blocks {
		for k, l := range b.Lines {
			for _, m := range imageTag.FindAllStringSubmatch(l.HTML, -1) {
				id := html.UnescapeString(m[1])
				if alt := captionBelow(blocks, i, k); alt != "" && b.Flowing() {
					alts[id] = alt
				} else if alt := html.UnescapeString(m[2]); speaks(alt) {
					alts[id] = alt
				}
			}
		}
	}
	return alts
}

// captionBelow is the line below a picture, where it is set or labelled as a
// caption.
func captionBelow(blocks []message.Block, i, k int) string {
	if blocks[i].Lines[k].Text != "" { // beside it
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

// captionText is what a caption says. near is for a line that nothing parts from
// the picture: a short one is a caption without more.
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

// labelledCaption is what stands behind a label such as "Légende de la photo :".
func labelledCaption(text string) string {
	before, after, ok := cutLabel(text)
	if !ok {
		return ""
	}
	named := false
	for _, w := range strings.Fields(fold(before)) {
		switch {
		case known().captions[w]:
			named = true
		case !known().small[w] && strings.IndexFunc(w, unicode.IsLetter) >= 0:
			return ""
		}
	}
	if !named {
		return ""
	}
	return strings.TrimSpace(after)
}

// takeCaptions takes off the text the lines that describe pictures which it does
// not show, in order.
func takeCaptions(blocks []message.Block) (captions []string, rest []message.Block) {
	for i, b := range blocks {
		if b.Tag != "p" || strings.Contains(message.JoinBlocks(blocks[max(i-1, 0):i+1]), "<img ") {
			rest = append(rest, b)
			continue
		}
		var lines []message.Line
		for _, l := range b.Lines {
			if said := labelledCaption(oneLine(l.Text)); said != "" && utf8.RuneCountInString(l.Text) <= maxCaption {
				captions = append(captions, said)
				continue
			}
			lines = append(lines, l)
		}
		if b.Lines = lines; len(lines) > 0 {
			rest = append(rest, b)
		}
	}
	return captions, rest
}

// speaks reports an alternative text that a person gave, not a program.
func speaks(alt string) bool {
	alt = oneLine(alt)
	if utf8.RuneCountInString(alt) < 4 || path.Ext(alt) != "" && !strings.Contains(alt, " ") {
		return false
	}
	return altOf(alt+".jpg") != "" && !strings.Contains(strings.ToLower(alt), "automatique") && !strings.Contains(alt, "automatically")
}
