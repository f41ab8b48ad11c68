package item

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"infolettre/internal/message"
)

var (
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	phonePattern = regexp.MustCompile(`(?:\+|\(\+|\b00)?\(?\d[\d \x{00a0}\x{202f}.()/-]{6,}\d`)
	// phoneLabel matches the label of a telephone number or an address.
	phoneLabel = regexp.MustCompile(`(?i)(?:^|[\s\p{Z},;(|/–-])(?:t[ée]l(?:[ée]phone|éfono|efono)?|phone|mobile|m[óo]vil|cell(?:ulare)?|portable|gsm|fax|courriel|e-?mail|mail|m[ée]l|correo|t|m|p)[\s\p{Z}]?[.:]+|☎|✆|📞|📧|✉`)
	link       = regexp.MustCompile(`<https?://[^>]*>|(?:https?://|www\.)[^\s<>]+`)
)

// Limits of a contact block: its lines, and the characters of a line.
const (
	maxContactLines = 12
	maxContactLine  = 110
)

// contactsOf reads and removes the block after a label such as "Contact :", the last one that
// has an address or telephone number. If there is none, it reads the sentence that says whom to
// write to; failing that, the author is the contact, with the telephone number of the
// signature.
func contactsOf(blocks []message.Block, author Contact, signature string) (contacts []Contact, rest []message.Block, why string) {
	for i := len(blocks) - 1; i >= 0; i-- {
		if found := contactTable(blocks[i]); len(found) > 0 {
			return found, append(append([]message.Block{}, blocks[:i]...), blocks[i+1:]...), "the text's own contact table"
		}
		if !blocks[i].Flowing() {
			continue
		}
		for k := len(blocks[i].Lines) - 1; k >= 0; k-- {
			at := loadVocabulary().contacts.FindStringIndex(blocks[i].Lines[k].Text)
			if at == nil {
				continue
			}
			found, rest := readBlock(blocks, i, k, at[1])
			if len(found) > 0 {
				for n := range found {
					if found[n].Email == "" && found[n].Name != "" && strings.EqualFold(found[n].Name, author.Name) {
						found[n].Email = author.Email
					}
				}
				return found, rest, "the text's own contact block"
			}
		}
	}
	if c, ok := contactSentence(blocks, author); ok {
		return []Contact{c}, blocks, "whom the text says to write to"
	}
	if author.Email == "" {
		return nil, blocks, "nobody is named"
	}
	if author.Phone == "" {
		author.Phone = phoneOf(signature)
	}
	return []Contact{author}, blocks, whySender
}

// whySender explains a contact that the text does not name.
const whySender = "the sender"

// contactTable reads a table of two columns whose first label is that of a contact.
func contactTable(b message.Block) []Contact {
	if b.Tag != "table" {
		return nil
	}
	var c Contact
	for n, row := range strings.Split(b.Text(), "\n") {
		label, value, ok := strings.Cut(row, " | ")
		if n == 0 && (!ok || !loadVocabulary().contacts.MatchString(label)) {
			return nil
		}
		if !ok {
			value = label
		}
		readLine(value, &c, func() {}, false)
	}
	if c.Email == "" && c.Phone == "" {
		return nil
	}
	return []Contact{c}
}

// readBlock reads the contacts after a label, which is the first octets of a line, and removes
// the lines that hold nothing else.
func readBlock(blocks []message.Block, i, k, label int) (contacts []Contact, rest []message.Block) {
	var c Contact
	add := func() {
		if c.Email != "" || c.Phone != "" {
			contacts = append(contacts, c)
		}
		c = Contact{}
	}
	whole := true
	ib, kb := i, k
lines:
	for read := 0; ib < len(blocks); ib, kb = ib+1, 0 {
		b := blocks[ib]
		if !b.Flowing() || b.Tag != "p" && ib > i {
			if b.Tag == "ul" || b.Tag == "ol" {
				if found := readList(b); len(found) > 0 {
					add()
					contacts = append(contacts, found...)
					continue
				}
			}
			break
		}
		if ib > i && c.Email != "" && emailPattern.FindString(b.Text()) == "" && phoneOf(b.Text()) == "" {
			break // the contact is complete; the text continues
		}
		for ; kb < len(b.Lines); kb++ {
			text := b.Lines[kb].Text
			if ib == i && kb == k {
				text = text[label:]
			}
			if strings.TrimSpace(text) == "" {
				continue
			}
			if read++; read > maxContactLines {
				whole = false
				break lines
			}
			if !readLine(text, &c, add, ib == i && kb == k) {
				break lines
			}
		}
	}
	add()
	if len(contacts) == 0 || !whole {
		return contacts, blocks
	}
	rest = append(rest, blocks[:i]...)
	if head := blocks[i]; k > 0 {
		head.Lines = head.Lines[:k]
		rest = append(rest, head)
	}
	if ib < len(blocks) {
		tail := blocks[ib]
		if kb > 0 {
			tail.Lines = tail.Lines[kb:]
		}
		if len(tail.Lines) > 0 || tail.Tag == "hr" {
			rest = append(rest, tail)
		}
		rest = append(rest, blocks[ib+1:]...)
	}
	return contacts, rest
}

func readList(b message.Block) []Contact {
	var contacts []Contact
	for _, text := range strings.Split(b.Text(), "\n") {
		var c Contact
		readLine(strings.TrimLeft(text, "-0123456789. "), &c, func() {}, false)
		if c.Email == "" && c.Phone == "" {
			return nil
		}
		contacts = append(contacts, c)
	}
	return contacts
}

// readLine adds the names, addresses and telephone numbers of a line to contacts and calls add
// before each next one. It returns false if the line belongs to no contact.
func readLine(text string, c *Contact, add func(), first bool) bool {
	rest := link.ReplaceAllStringFunc(text, func(s string) string {
		if strings.Contains(s, "@") {
			return s
		}
		return " "
	})
	emails := emailPattern.FindAllString(rest, -1)
	if len(emails) > 1 { // several contacts on one line
		for _, part := range splitContacts(rest) {
			if !readLine(part, c, add, first) {
				return false
			}
		}
		return true
	}
	email := ""
	for _, e := range emails {
		if _, err := mail.ParseAddress(e); err == nil {
			email = e
		}
		rest = strings.ReplaceAll(rest, e, "\t")
	}
	var phones []string
	for _, p := range phonePattern.FindAllString(rest, -1) {
		if digits(p) >= 8 && digits(p) <= 15 {
			phones = append(phones, tidyPhone(p))
			rest = strings.ReplaceAll(rest, p, "\t")
		}
	}
	rest = phoneLabel.ReplaceAllString(rest, "\t")
	name, others := "", 0
	for _, part := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("\t,;|/<>()·•", r) }) {
		part = strings.Trim(part, " \u00a0\u202f:–—-.")
		switch {
		case strings.IndexFunc(part, unicode.IsLetter) < 0:
		case name == "" && isName(part):
			name = trailingPreposition.ReplaceAllString(part, "")
		default:
			others += len(part)
		}
	}
	if email == "" && len(phones) == 0 {
		if utf8.RuneCountInString(text) > maxContactLine || name == "" && others == 0 && rest == "" || sentenceEnd.MatchString(text) && len(strings.Fields(text)) > 2 {
			return false
		}
		// A name, a function or a postal address.
		if name == "" || c.Name != "" && (c.Email == "" && c.Phone == "") {
			return true
		}
		if c.Name != "" {
			add()
		}
		if c.Name == "" {
			c.Name = name
		}
		return true
	}
	if others > maxContactLine && endsProse(text) && !first {
		return false
	}
	if email != "" && c.Email != "" && !strings.EqualFold(email, c.Email) || name != "" && c.Name != "" && name != c.Name && c.Email != "" {
		add()
	}
	if c.Name == "" {
		c.Name = name
	}
	if c.Email == "" {
		c.Email = email
	}
	if c.Phone == "" && len(phones) > 0 {
		c.Phone = phones[0]
	}
	return true
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?…][\s\p{Z}]*$`)
	// trailingPreposition matches words that led from a name to what followed it.
	trailingPreposition = regexp.MustCompile(`[\s\p{Z}]+(?:au|à|ou|par|at|on|or|em|al|ao|a)$`)
)

// splitContacts splits a line after each address and the numbers that follow it.
func splitContacts(s string) []string {
	at := emailPattern.FindAllStringIndex(s, -1)
	var parts []string
	start := 0
	for n := range at {
		end := len(s)
		if n+1 < len(at) {
			end = at[n][1]
			between := s[at[n][1]:at[n+1][0]]
			if cut := strings.LastIndexAny(between, ",;/|"); cut >= 0 {
				end += cut
			}
		}
		parts = append(parts, s[start:end])
		start = end
	}
	return parts
}

// tidyPhone removes brackets around a number.
func tidyPhone(s string) string {
	if s = strings.TrimSpace(s); strings.Count(s, "(") != strings.Count(s, ")") {
		s = strings.Trim(s, "() ")
	}
	return s
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// isName distinguishes the name of a person or an office from a sentence or a function.
func isName(s string) bool {
	words := strings.Fields(s)
	return len(s) < 80 && len(words) <= 7 && startsCapital(s) && !strings.ContainsAny(s, "0123456789?!") && !strings.HasSuffix(s, ".")
}

// contactCue matches the words of a sentence that says whom to write to.
var contactCue = regexp.MustCompile(`(?i)contact|renseignement|information|en savoir plus|s'inscrire|inscri|écri(?:re|vez)|joindre|further|details|register|enquir|dudas|iscri|informaç|informac|informazion`)

// contactSentence reads the only address of a sentence that says whom to write to.
func contactSentence(blocks []message.Block, author Contact) (Contact, bool) {
	var found Contact
	for _, b := range blocks {
		for _, l := range b.Lines {
			for _, text := range strings.Split(l.Text, "\n") {
				if !strings.Contains(text, "@") {
					continue
				}
				emails := emailPattern.FindAllStringIndex(text, -1)
				if len(emails) == 0 || !contactCue.MatchString(text) {
					continue
				}
				email := text[emails[0][0]:emails[0][1]]
				if len(emails) > 1 || found.Email != "" && !strings.EqualFold(found.Email, email) {
					return Contact{}, false
				}
				found = Contact{Name: nameBefore(text[:emails[0][0]]), Email: email, Phone: phoneOf(text)}
				if strings.EqualFold(email, author.Email) && found.Name == "" {
					found.Name = author.Name
				}
			}
		}
	}
	return found, found.Email != ""
}

var properName = regexp.MustCompile(`((?:\p{Lu}[\pL'’-]+[ \x{00a0}]){1,3}\p{Lu}[\pL'’-]+)[\s\p{Z}]*(?:[,(:<–-]|au |à |at |on )?[^.;!?]{0,30}$`)

// nameBefore returns the name just before an address.
func nameBefore(text string) string {
	if m := properName.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// phoneOf returns the first telephone number of a text.
func phoneOf(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if digits(line) < 9 {
			continue
		}
		for _, p := range phonePattern.FindAllString(link.ReplaceAllString(line, " "), -1) {
			if n := digits(p); n >= 9 && n <= 15 {
				return tidyPhone(p)
			}
		}
	}
	return ""
}
