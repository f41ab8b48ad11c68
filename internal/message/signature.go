package message

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxSignatureLines = 12
	maxSignatureWidth = 70
	maxFarewellLines  = 6
)

// withoutSignature cuts the text at the first of: the signature separator; a rule
// or a farewell with only a few short lines below it; what a phone adds at the
// end. It never cuts at the first line.
func withoutSignature(text string) string {
	kept, _ := partSignature(text, "")
	return kept
}

// partSignature is withoutSignature, with the lines that it cut. A line of the
// author's own name, or a part of it, begins a signature like a rule.
func partSignature(text, author string) (string, []string) {
	r := splitReply(text)
	own := nameWords(author)
	end := len(r.lines)
	for i := range r.lines {
		if r.folded[i] == "--" {
			end = i
			break
		}
	}
	end = r.cutPhone(end)
	cut, count := end, 0
	for i := end - 1; i > r.next(0); i-- {
		folded := r.folded[i]
		if count > maxSignatureLines || utf8.RuneCountInString(folded) > maxSignatureWidth {
			break
		}
		switch {
		case isRule(folded), count > 0 && len(own) > 1 && ofName(r.lines[i], own):
			cut = i
		case count <= maxFarewellLines && known().farewell.MatchString(folded) && !(count == 0 && known().thanks.MatchString(folded)):
			cut = i
		}
		if folded != "" {
			count++
		}
	}
	end = cut
	end = r.cutPhone(end)
	return joinReply(r.lines[:end]), r.lines[end:]
}

// ofName says whether a line has nothing but words of a name.
func ofName(line string, name []string) bool {
	words := nameWords(line)
	for _, w := range words {
		if !slices.Contains(name, w) {
			return false
		}
	}
	return len(words) > 0
}

// cutPhone takes off the last line if a phone or a webmail added it, and a dashed
// name above that.
func (r replyLines) cutPhone(end int) int {
	last := end - 1
	for last > 0 && r.folded[last] == "" {
		last--
	}
	if last <= 0 || !known().added.MatchString(strings.Trim(r.folded[last], " .!*_")) {
		return end
	}
	end = last
	above := end - 1
	for above > 0 && r.folded[above] == "" {
		above--
	}
	if above > 0 && isDashedName(r.folded[above]) {
		end = above
	}
	return end
}

// isDashedName is a short name behind a dash, as people sign: "-Ana".
func isDashedName(line string) bool {
	name, ok := strings.CutPrefix(line, "-")
	return ok && name != "" && name[0] != ' ' && name[0] != '-' && len(strings.Fields(name)) <= 2
}

// isRule is a line of at least two dashes or three underscores.
func isRule(line string) bool {
	return len(line) >= 2 && strings.Trim(line, "-") == "" ||
		len(line) >= 3 && strings.Trim(line, "_") == "" ||
		len(line) >= 2 && strings.Trim(line, "—–") == ""
}
