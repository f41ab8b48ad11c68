package message

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// loneNotice is how many characters a sentence of small print has at the least that
// stands alone: a shorter one somebody may have written.
const loneNotice = 60

var (
	// printStop is the end of a sentence of small print. A colon ends none.
	printStop = regexp.MustCompile(`[.!?…]+(?:["»”)]|[\s\x{a0}\x{202f}]*»)?(?:[\s\x{a0}\x{202f}]+|$)`)
	// deadline is a day before which something must not happen. No small print has one.
	deadline = regexp.MustCompile(`(?:avant|jusqu\S*|until|till|before|after|après|bis|vor|nach|prima|dopo|fino|antes|hasta|después|até|depois)[^.]{0,16}(?:\d|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|luned|marted|mercoled|gioved|venerd|lunes|martes|miércoles|jueves|viernes|segunda|terça|quarta|quinta|sexta))`)
	// aboutPrinting is small print whatever its length.
	aboutPrinting = regexp.MustCompile(`imprim|\bprint|stampa|drucken|ausdruck`)
)

// withoutSmallPrint takes off an answer what servers put around it: their warnings
// above the answer or at the end, and the small print below it, sentence by
// sentence. What stands before, behind or beside such sentences stays, and so does a
// sentence that names a day.
func withoutSmallPrint(text string) string {
	var kept []string
	paragraphs := paragraphsOf(text)
	prose := -1 // the last paragraph of a text proper, within which one such sentence is of the text
	for i, p := range paragraphs {
		if folded := foldSpace(replyFolder.Replace(p)); len(folded) >= proseLine && sentenceStop.MatchString(folded) && !isNotice(folded) {
			prose = i
		}
	}
	answered := false
	for i, p := range paragraphs {
		var cut string
		switch {
		case !hasLetter(p) || len(p) > maxSmallPrint:
			cut = p
		case !answered && len(kept) <= bannerReach, i > 0 && i >= len(paragraphs)-bannerReach:
			cut = withoutSentences(p, isBanner, false)
			if answered {
				cut = withoutSentences(cut, isNotice, i < prose)
			}
		default:
			cut = withoutSentences(p, isNotice, i < prose)
		}
		answered = answered || hasLetter(cut)
		if cut != "" || p == "" {
			kept = append(kept, cut)
		}
	}
	return tidyLines(strings.Join(kept, "\n\n"))
}

func isBanner(sentence string) bool {
	return len(sentence) < maxBanner && known().banner.MatchString(sentence)
}

// paragraphsOf parts a text at its blank lines.
func paragraphsOf(text string) []string {
	var all []string
	var lines []string
	for _, line := range append(strings.Split(text, "\n"), "") {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
			continue
		}
		if len(lines) > 0 {
			all = append(all, strings.Join(lines, "\n"))
		}
		lines = nil
	}
	return all
}

// withoutSentences takes off a paragraph the sentences of one kind, and all between
// the first and the last of them: where there are several, or a single one that only
// a program writes.
func withoutSentences(p string, is func(folded string) bool, several bool) string {
	from, to, count := -1, 0, 0
	lone, mail := false, false
	at := 0
	for at < len(p) {
		end := len(p)
		for _, stop := range printStop.FindAllStringIndex(p[at:], -1) {
			if !abbreviated(p[at : at+stop[0]]) {
				end = at + stop[1]
				break
			}
		}
		folded := foldSpace(replyFolder.Replace(p[at:end]))
		if is(folded) && !deadline.MatchString(folded) {
			if from < 0 {
				from = at
			}
			to = end
			count++
			lone = lone || utf8.RuneCountInString(folded) >= loneNotice || aboutPrinting.MatchString(folded) || isBanner(folded)
			mail = mail || ofMail.MatchString(folded) || isBanner(folded)
		}
		at = end
	}
	if from < 0 || !mail || count < 2 && (several || !lone) || deadline.MatchString(foldSpace(p[from:to])) {
		return p
	}
	return strings.TrimSpace(strings.TrimRight(p[:from], " \t") + "\n" + p[to:])
}
