package item

import (
	"net/mail"
	"regexp"
	"strings"

	"infolettre/internal/message"
)

var (
	contactLine  = regexp.MustCompile(`(?i)^\s*contacts?\s*(?:presse)?\s*[:：]\s*(.*)$`)
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	phonePattern = regexp.MustCompile(`\+?\(?\d[\d .()/-]{7,}\d`)
)

// contactBlockLines bounds how far below its "Contact :" line a block goes.
const contactBlockLines = 5

// contactsOf reads the text's last "Contact :" block; without one, the sender
// is the contact.
func contactsOf(text string, sender message.Mailbox) ([]Contact, string) {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		m := contactLine.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		block := append([]string{m[1]}, lines[i+1:min(len(lines), i+1+contactBlockLines)]...)
		if c, ok := readContact(block); ok {
			return []Contact{c}, "the text's own contact block"
		}
	}
	if sender.Address == "" {
		return nil, "nobody is named"
	}
	return []Contact{{Name: sender.Name, Email: string(sender.Address)}}, "the sender"
}

// readContact takes the first name, address and telephone number of a block,
// which a line that holds none of them and follows one ends.
func readContact(lines []string) (Contact, bool) {
	var c Contact
	for _, line := range lines {
		line = strings.TrimSpace(strings.ReplaceAll(line, " ", " "))
		if line == "" {
			continue
		}
		rest := line
		if email := emailPattern.FindString(line); email != "" {
			if c.Email != "" {
				break
			}
			if _, err := mail.ParseAddress(email); err == nil {
				c.Email = email
			}
			rest = strings.ReplaceAll(rest, email, " ")
		}
		if phone := phonePattern.FindString(rest); phone != "" {
			if c.Phone == "" {
				c.Phone = strings.TrimSpace(phone)
			}
			rest = strings.ReplaceAll(rest, phone, " ")
		}
		rest = strings.Trim(rest, " ,;:<>()–—-|")
		if c.Name == "" && c.Email == "" && rest != "" && len(rest) < 80 {
			c.Name = rest
		} else if c.Name == "" && rest != "" && rest == strings.Trim(line, " ") {
			break
		}
	}
	return c, c.Email != "" || c.Phone != ""
}
