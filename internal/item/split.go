package item

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"infolettre/internal/message"
)

// piece is the text of one item.
type piece struct {
	title  string // its own heading; "" if the whole mail is one item
	blocks []message.Block
}

// Limits for splitting a text, in characters.
const (
	maxPieces    = 20
	minBody      = 70   // of a piece, without its title
	aloneBody    = 150  // of a piece in a mail that does not announce several
	intro        = 300  // of a text above the first piece
	maxCoverNote = 4096 // octets of the text beside the items that are examined
)

// split splits a text into items. It splits at rules, before numbers that count from one, or
// before headings. The parts are items only if each has a title and a text of its own. Parts
// below headings are items only if the mail says that there are several, or has no subject that
// covers them; otherwise they are sections of one article. coverNote is what the writer says above
// the text, and the subject.
func split(blocks []message.Block, subject, coverNote, centre string) (pieces []piece, why string) {
	if len(coverNote) > maxCoverNote {
		coverNote = coverNote[:maxCoverNote]
	}
	several := loadVocabulary().several.MatchString(strings.ToLower(coverNote))
	whole := cleanSubject(subject, centre) != "" && !loadVocabulary().several.MatchString(strings.ToLower(subject))
	if first := firstLine(blocks); !several && len(first) < maxHeading*2 {
		several = loadVocabulary().several.MatchString(strings.ToLower(first)) && strings.HasSuffix(strings.TrimSpace(first), ":")
	}
	if p := byRule(blocks, several); p != nil {
		return p, fmt.Sprintf("%d items, ruled apart", len(p))
	}
	if p := byNumber(blocks, several, whole); p != nil {
		return p, fmt.Sprintf("%d items, numbered", len(p))
	}
	if several || !whole {
		if p := byHeading(blocks, several); p != nil {
			return p, fmt.Sprintf("%d items, each below its heading", len(p))
		}
	}
	return []piece{{blocks: withoutRules(blocks)}}, ""
}

// splitTitle makes a piece of a first line and the rest; ok reports that both exist.
func splitTitle(blocks []message.Block, strict bool) (piece, bool) {
	blocks = withoutRules(blocks)
	for i, b := range blocks {
		if b.Text() == "" {
			continue
		}
		if !b.Flowing() {
			return piece{}, false
		}
		line := strings.TrimSpace(numbering.ReplaceAllString(b.Lines[0].Text, ""))
		if !isHeading(b) && (strict || utf8.RuneCountInString(line) > maxHeading || endsProse(line) || strings.HasSuffix(line, ",")) {
			return piece{}, false
		}
		p := piece{title: trimEnd(line), blocks: dropLine(blocks, i, 0)}
		return p, p.title != "" && textSize(p.blocks) >= minBody && !loadVocabulary().subheads[strings.TrimSpace(fold(p.title))]
	}
	return piece{}, false
}

// byRule splits at rules.
func byRule(blocks []message.Block, several bool) []piece {
	var parts [][]message.Block
	var part []message.Block
	for _, b := range blocks {
		if b.Tag == "hr" && b.Depth == 0 {
			parts, part = append(parts, part), nil
			continue
		}
		part = append(part, b)
	}
	parts = append(parts, part)
	if len(parts) < 2 {
		return nil
	}
	return makePieces(parts, several, false)
}

// makePieces makes a piece of each part, or returns nil. A short text above the first is an
// introduction; parts without text are skipped.
func makePieces(parts [][]message.Block, several, strict bool) []piece {
	var pieces []piece
	for i, part := range parts {
		if textSize(part) == 0 {
			if len(pieces) > 0 {
				last := &pieces[len(pieces)-1]
				last.blocks = append(last.blocks, part...)
			}
			continue
		}
		p, ok := splitTitle(part, strict)
		switch {
		case ok && len(pieces) < maxPieces:
			pieces = append(pieces, p)
		case i == 0 && (several && textSize(part) < intro || textSize(part) < minBody):
		case len(pieces) > 0 && p.title != "" && loadVocabulary().subheads[strings.TrimSpace(fold(p.title))],
			len(pieces) > 0 && loadVocabulary().contacts.MatchString(firstLine(part)):
			last := &pieces[len(pieces)-1]
			last.blocks = append(last.blocks, part...)
		default:
			return nil
		}
	}
	if len(pieces) < 2 {
		return nil
	}
	return pieces
}

// numbering matches the number that begins an item of a list.
var numbering = regexp.MustCompile(`^[\s\p{Z}]*(?:\d{1,2}|[A-Fa-f])[\s\p{Z}]*(?:[.)°º/]|[–—-]|n°)+[\s\p{Z}]*`)
var number = regexp.MustCompile(`^[\s\p{Z}]*(\d{1,2})[\s\p{Z}]*(?:[.)°º/]|[–—-])+[\s\p{Z}]*\S`)

// byNumber splits before lines that count from one.
func byNumber(blocks []message.Block, several, whole bool) []piece {
	var parts [][]message.Block
	part := []message.Block{}
	next, named := 1, false
	for _, b := range blocks {
		if b.Flowing() && b.Depth == 0 {
			for k := 0; k < len(b.Lines); k++ {
				found, word := leadingNumber(b.Lines[k].Text)
				if found != next {
					continue
				}
				named = named || word
				if k > 0 {
					head := b
					head.Lines = b.Lines[:k]
					part = append(part, head)
					b.Lines = b.Lines[k:]
					k = 0
				}
				parts, part = append(parts, part), nil
				next++
			}
		}
		part = append(part, b)
	}
	parts = append(parts, part)
	if next <= 2 {
		return nil
	}
	above := parts[0]
	if parts = parts[1:]; textSize(above) >= intro && !named || whole && !several && !named {
		return nil // sections of one article
	}
	for i := range parts {
		parts[i] = withoutNumber(parts[i])
	}
	pieces := makePieces(parts, several, false)
	if len(pieces) != len(parts) {
		return nil
	}
	if !several && !named {
		for _, p := range pieces {
			if textSize(p.blocks) < aloneBody {
				return nil // steps
			}
		}
	}
	return pieces
}

// leadingNumber returns the number that a line begins with, or 0. named reports a word such as
// "Actualité" before it.
func leadingNumber(text string) (n int, named bool) {
	if m := loadVocabulary().numbers.FindStringSubmatch(strings.ToLower(text)); m != nil {
		for _, g := range m[1:] {
			if g != "" {
				return int(g[0] - '0'), true
			}
		}
	}
	if m := number.FindStringSubmatch(text); m != nil {
		for _, r := range m[1] {
			n = 10*n + int(r-'0')
		}
	}
	return n, false
}

// withoutNumber removes the number from the first line of a part, and the line if nothing else
// is on it.
func withoutNumber(part []message.Block) []message.Block {
	if len(part) == 0 || len(part[0].Lines) == 0 {
		return part
	}
	l := part[0].Lines[0]
	plain := l.Plain()
	end := len(numbering.FindString(plain))
	if at := loadVocabulary().numbers.FindStringIndex(strings.ToLower(plain)); at != nil && at[1] <= len(plain) {
		end = at[1]
	}
	if end >= len(plain) {
		return dropLine(part, 0, 0)
	}
	all := append([]message.Block{}, part...)
	all[0].Lines = append([]message.Line{l.After(end)}, part[0].Lines[1:]...)
	if l.Bold() && !all[0].Lines[0].Bold() {
		all[0].Lines[0] = l.After(end)
	}
	return all
}

// byHeading splits before headings that look like the first one. A heading within a piece of
// news does not split it.
func byHeading(blocks []message.Block, several bool) []piece {
	first := -1
	for i, b := range blocks {
		if isHeading(b) && b.Depth == 0 {
			first = i
			break
		}
	}
	if first < 0 || textSize(blocks[:first]) >= intro || textSize(blocks[:first]) > 0 && !several {
		return nil
	}
	look := lookOf(blocks[first])
	var parts [][]message.Block
	part := []message.Block{}
	for _, b := range blocks[first:] {
		begins := b.Depth == 0 && isHeading(b) && lookOf(b) == look && !loadVocabulary().subheads[strings.TrimSpace(fold(b.Lines[0].Text))] &&
			!loadVocabulary().contacts.MatchString(b.Lines[0].Text)
		if begins && textSize(part) > 0 {
			parts, part = append(parts, part), nil
		}
		part = append(part, b)
	}
	parts = append(parts, part)
	if len(parts) < 2 {
		return nil
	}
	pieces := makePieces(parts, several, true)
	if len(pieces) < 2 {
		return nil
	}
	if !several {
		for _, p := range pieces {
			if textSize(p.blocks) < aloneBody {
				return nil
			}
		}
	}
	return pieces
}

// lookOf returns what headings of the same rank have in common.
func lookOf(b message.Block) string {
	switch {
	case b.Tag != "p":
		return b.Tag
	case inCapitals(b.Lines[0].Text):
		return "capitals"
	}
	return "bold"
}

func withoutRules(blocks []message.Block) []message.Block {
	var kept []message.Block
	for _, b := range blocks {
		if b.Tag != "hr" {
			kept = append(kept, b)
		}
	}
	return kept
}

// textSize returns the length of the text in the blocks, in characters.
func textSize(blocks []message.Block) int {
	n := 0
	for _, b := range blocks {
		n += utf8.RuneCountInString(b.Text())
	}
	return n
}
