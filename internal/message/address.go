package message

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// Address is an addr-spec (RFC 5322, section 3.4.1): local-part@domain, without name or
// angle brackets. The zero Address is none.
type Address string

// ErrAddress is wrapped by every error of ParseAddress.
var ErrAddress = errors.New("not an email address")

// ParseAddress parses one address, with or without a name and angle brackets. It puts the
// domain in lower case and an international one in its ASCII form (RFC 5891); it keeps the
// local part. Its errors wrap ErrAddress.
func ParseAddress(s string) (Address, error) {
	parsed, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil {
		return "", fmt.Errorf("%w: %q", ErrAddress, s)
	}
	a, err := canonical(parsed)
	if err != nil {
		return "", fmt.Errorf("%w: %q: %w", ErrAddress, s, err)
	}
	return a, nil
}

// canonical returns the addr-spec of a parsed address. It quotes the local part again
// where it must, because net/mail removes the quotes.
func canonical(parsed *mail.Address) (Address, error) {
	bare := (&mail.Address{Address: parsed.Address}).String()
	bare = strings.TrimSuffix(strings.TrimPrefix(bare, "<"), ">")
	if strings.TrimSpace(bare) != bare {
		return "", errors.New("it begins or ends with white space")
	}
	at := strings.LastIndexByte(bare, '@')
	if at <= 0 || at == len(bare)-1 {
		return "", errors.New("a part is missing")
	}
	local, domain := bare[:at], strings.ToLower(bare[at+1:])
	if len(local) > 64 {
		return "", errors.New("the local part is longer than 64 octets")
	}
	if !isASCII(domain) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", fmt.Errorf("domain: %w", err)
		}
		domain = ascii
	}
	if len(domain) > 255 {
		return "", errors.New("the domain is longer than 255 octets")
	}
	return Address(local + "@" + domain), nil
}

// Local returns the part before the last @, "" for the zero Address.
func (a Address) Local() string {
	if at := strings.LastIndexByte(string(a), '@'); at >= 0 {
		return string(a[:at])
	}
	return ""
}

// Domain returns the part after the last @, "" for the zero Address.
func (a Address) Domain() string {
	if at := strings.LastIndexByte(string(a), '@'); at >= 0 {
		return string(a[at+1:])
	}
	return ""
}

// Key returns the form in which addresses are compared and stored: all in lower case. RFC
// 5321 lets a local part depend on case; no server that people use does so. A character
// beyond ASCII never becomes an ASCII letter, as the Kelvin sign would: it belongs to
// another mailbox.
func (a Address) Key() string {
	low := strings.ToLower(string(a))
	if isASCII(low) && !isASCII(string(a)) {
		return string(a)
	}
	return low
}

// Equal reports whether both are the same mailbox, by Key.
func (a Address) Equal(b Address) bool { return a.Key() == b.Key() }

// Mailbox is a name, which may be empty, and an address (RFC 5322, section 3.4).
type Mailbox struct {
	Name    string
	Address Address
}

// String returns "Name <address>", for people and logs. Outbound writes the header form.
func (m Mailbox) String() string {
	if m.Name == "" {
		return string(m.Address)
	}
	return m.Name + " <" + string(m.Address) + ">"
}

// parseMailboxes parses an address-list. certain means that there is only one way to read
// it: the list follows the grammar or, if it does not, holds a single @ sign, or one
// address in angle brackets with a name before it.
func parseMailboxes(raw string) (list []Mailbox, certain bool) {
	list, certain, _ = readMailboxes(raw)
	return list, certain
}

// readMailboxes is parseMailboxes; loose means that the list breaks the grammar, so that
// another program may find another address in it, or none.
func readMailboxes(raw string) (list []Mailbox, certain, loose bool) {
	raw = toUTF8([]byte(raw))
	if strings.TrimSpace(raw) == "" {
		return nil, true, false
	}
	parser := mail.AddressParser{WordDecoder: wordDecoder()}
	if parsed, err := parser.ParseList(raw); err == nil {
		for _, p := range parsed {
			a, err := canonical(p)
			if err != nil {
				return list, false, false
			}
			list = append(list, Mailbox{Name: cleanName(p.Name), Address: a})
		}
		return list, true, false
	}
	if m, ok := angleMailbox(raw); ok {
		return []Mailbox{m}, true, true
	}
	for _, piece := range splitOutside(raw, ",;") {
		if m, ok := looseMailbox(piece); ok {
			list = append(list, m)
		}
	}
	return list, strings.Count(raw, "@") == 1 && len(list) == 1, true
}

// angleMailbox parses a name that breaks the grammar, for example by an @ sign, and one
// address in angle brackets: Nadia @ Rouen <nadia@cite.example>. The whole may be in
// encoded words, which RFC 2047 section 5 forbids and programs write. ok is false if any
// character could split the list.
func angleMailbox(raw string) (Mailbox, bool) {
	if !strings.ContainsAny(raw, "@<") {
		raw = DecodeHeader(raw)
	}
	name, rest, ok := strings.Cut(raw, "<")
	spec, after, closed := strings.Cut(rest, ">")
	if !ok || !closed || strings.TrimSpace(after) != "" || strings.ContainsAny(name+spec, "<>,;:()\"\\\x00\r\n") {
		return Mailbox{}, false
	}
	a, err := ParseAddress(spec)
	if err != nil || !strings.EqualFold(string(a), strings.TrimSpace(spec)) && isASCII(spec) {
		return Mailbox{}, false
	}
	for _, word := range strings.Fields(name) {
		word = strings.Trim(word, "'’‘")
		if at := strings.LastIndexByte(word, '@'); at > 0 && strings.Contains(word[at:], ".") && !Address(word).Equal(a) {
			return Mailbox{}, false // two addresses: programs differ in which they use
		}
	}
	return Mailbox{Name: cleanName(DecodeHeader(name)), Address: a}, true
}

// looseMailbox takes the content of the last angle brackets, or else the last word with an
// @, as the address.
func looseMailbox(s string) (Mailbox, bool) {
	name, spec := "", ""
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		name, spec = s[:open], s[open+1:]
		if end := strings.IndexByte(spec, '>'); end >= 0 {
			spec = spec[:end]
		}
	} else {
		for _, word := range strings.Fields(s) {
			if strings.Contains(word, "@") {
				spec = strings.Trim(word, `"'()[],;:`)
			}
		}
	}
	spec = strings.TrimPrefix(strings.TrimSpace(spec), "mailto:")
	a, err := ParseAddress(spec)
	if err != nil {
		return Mailbox{}, false
	}
	return Mailbox{Name: cleanName(DecodeHeader(name)), Address: a}, true
}

// localMailbox parses "Name <word>", an address without a domain, which programs write for
// their own machine. It names nobody elsewhere.
func localMailbox(raw string) Mailbox {
	name, spec, ok := strings.Cut(toUTF8([]byte(raw)), "<")
	spec, _, closed := strings.Cut(spec, ">")
	if spec = strings.TrimSpace(spec); !ok || !closed || spec == "" || strings.ContainsAny(spec, "@ \t\r\n<>,;:\"") {
		return Mailbox{}
	}
	return Mailbox{Name: cleanName(DecodeHeader(name)), Address: Address(spec)}
}

// cleanName removes the quotes that some programs put inside the encoded name.
func cleanName(s string) string {
	if strings.Contains(s, "=?") {
		s = DecodeHeader(s)
	}
	s = strings.Trim(strings.Join(strings.Fields(s), " "), `"`)
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	return strings.TrimSpace(s)
}

// splitOutside splits at each separator outside quotes and angle brackets.
func splitOutside(s, separators string) []string {
	var pieces []string
	start, quoted, angle := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case !angle && strings.IndexByte(separators, c) >= 0:
			pieces = append(pieces, s[start:i])
			start = i + 1
		}
	}
	return append(pieces, s[start:])
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
