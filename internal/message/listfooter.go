package message

import (
	"regexp"
	"strings"
)

// Bounds of the footer that a mailing list adds: the underscores that part it from the
// mail, its lines, and their lengths in octets.
const (
	fewestUnderscores = 20
	maxFooterLines    = 6
	maxFooterLine     = 200
)

// listWords are what mailing lists say in their footers (Mailman 2 and 3, Sympa).
var listWords = regexp.MustCompile(`(?i)mailing[ -]?list|liste de diffusion|lista de (?:distribuci|distribuiç|discusi|correo)|/listinfo/|/mailman|/sympa/|unsubscribe|d[ée]s(?:abonner|inscrire)|darse de baja|cancellar(?:e|si) l['’]iscrizione|abbestellen`)

// withoutListFooter takes off a text the footer of a mailing list: a line of underscores
// and a few lines below it, one of which names the list or says how to leave it.
func withoutListFooter(text string) string {
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
