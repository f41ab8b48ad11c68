package item

import (
	"net/mail"
	"regexp"
	"strings"

	"infolettre/internal/message"
)

// blank is white space, no-break blanks included.
const blank = `[\s\p{Z}]*`

var (
	contactLine  = regexp.MustCompile(`(?i)^` + blank + `contacts?(?:` + blank + `presse)?` + blank + `[:：]` + blank + `(.*)$`)
	contactHTML  = regexp.MustCompile(`(?i)(?:<p>|<br>\n|<h[23]>)(?:<strong>|<em>|<a [^>]*>)*` + blank + `contacts?(?:` + blank + `presse)?` + blank + `(?:</strong>|</em>)*` + blank + `[:：]`)
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	phonePattern = regexp.MustCompile(`\+?\(?\d[\d \x{00a0}\x{202f}.()/-]{7,}\d`)
)

// maxContactLines bounds a contact block: a name, a function, a house, an
// address and two telephone numbers.
const maxContactLines = 6

// contactsOf reads the "Contact :" block that ends a text; without one, and
// without an address in the text, the sender is the contact. ends is the line at which the block begins, to be cut
// from the text, or -1 when the block holds more than could be read.
func contactsOf(text string, sender message.Mailbox) (contacts []Contact, ends int, why string) {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		m := contactLine.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		if c, whole := readContact(append([]string{m[1]}, lines[i+1:]...)); c.Email != "" || c.Phone != "" {
			if !whole {
				i = -1
			}
			return []Contact{c}, i, "the text's own contact block"
		}
		break
	}
	if sender.Address == "" {
		return nil, -1, "nobody is named"
	}
	if emailPattern.MatchString(text) {
		return nil, -1, "the text has addresses of its own"
	}
	return []Contact{{Name: sender.Name, Email: string(sender.Address)}}, -1, "the sender"
}

// readContact takes the first name, address and telephone number of a block;
// whole says whether there is nothing else in it.
func readContact(lines []string) (c Contact, whole bool) {
	whole = true
	count := 0
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if count++; count > maxContactLines {
			return c, false
		}
		rest := line
		if email := emailPattern.FindString(line); email != "" {
			if _, err := mail.ParseAddress(email); err == nil && c.Email == "" {
				c.Email = email
			} else if !strings.EqualFold(email, c.Email) {
				whole = false
			}
			rest = strings.ReplaceAll(rest, email, " ")
		}
		if phone := phonePattern.FindString(rest); phone != "" {
			if c.Phone == "" {
				c.Phone = strings.TrimSpace(phone)
			} else {
				whole = false
			}
			rest = phoneLabel.ReplaceAllString(strings.ReplaceAll(rest, phone, " "), " ")
		}
		rest = strings.Trim(rest, "\u00a0\u202f ,;:<>()–—-|")
		switch {
		case rest == "" || strings.EqualFold(rest, c.Name):
		case c.Name == "" && isName(rest):
			c.Name = rest
		default:
			whole = false
		}
	}
	return c, whole
}

// isName tells a name, of a person or an office, from a sentence.
func isName(s string) bool {
	return len(s) < 80 && len(strings.Fields(s)) <= 7 && !strings.ContainsAny(s, "0123456789?!") && !strings.HasSuffix(s, ".")
}

// phoneLabel announces a telephone number or an address.
var phoneLabel = regexp.MustCompile(`(?i)\b(?:t[ée]l(?:[ée]phone)?|phone|tel|mobile|portable|courriel|e-?mail|mail)\b\.?`)

// cutContact takes the contact block off the end of cleaned HTML.
func cutContact(html string) string {
	found := contactHTML.FindAllStringIndex(html, -1)
	if len(found) == 0 {
		return html
	}
	return message.CleanHTML(html[:found[len(found)-1][0]])
}
