package message

import (
	"regexp"
	"strings"
)

// Bounds of the footer that a mailing list adds: the underscores of its first line, its
// number of lines, and their length in octets.
const (
	fewestUnderscores = 20
	maxFooterLines    = 6
	maxFooterLine     = 200
)

// listWords matches words in the footers of mailing lists (Mailman 2 and 3, Sympa).
var listWords = regexp.MustCompile(`(?i)mailing[ -]?list|liste de diffusion|lista de (?:distribuci|distribuiç|discusi|correo)|/listinfo/|/mailman|/sympa/|unsubscribe|d[ée]s(?:abonner|inscrire)|darse de baja|cancellar(?:e|si) l['’]iscrizione|abbestellen`)

// stripListFooter removes the footer of a mailing list from a text: a line of underscores
// and a few lines below it, one of which names the list or says how to leave it.
func stripListFooter(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n\r\t "), "\n")
	said, below := false, 0
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		switch {
		case line == "":
		case len(line) >= fewestUnderscores && strings.Trim(line, "_") == "":
			if !said {
				return text
			}
			return strings.TrimRight(strings.Join(lines[:i], "\n"), "\n\r\t ") + "\n"
		case below == maxFooterLines || len(line) > maxFooterLine:
			return text
		default:
			said = said || listWords.MatchString(line)
			below++
		}
	}
	return text
}
