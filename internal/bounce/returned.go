package bounce

import (
	"bytes"
	"strings"

	"infolettre/internal/message"
)

// maxHeader bounds the header of a returned mail, in bytes.
const maxHeader = 64 << 10

// returnedHeader returns the header of the mail that a report has as a part; nil if it has
// none.
func returnedHeader(m *message.Message) message.Header {
	for _, p := range m.Parts {
		switch p.Type {
		case "message/rfc822", "message/global", "message/partial",
			"text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers":
			if h := headerOf(p.Data); h != nil {
				return h
			}
		}
	}
	return nil
}

// headerOf reads the fields at the top of a mail; nil if there are none.
func headerOf(data []byte) message.Header {
	data = bytes.TrimLeft(data, "\r\n \t")
	if len(data) > maxHeader {
		data = data[:maxHeader]
	}
	for _, blank := range []string{"\n\n", "\n\r\n"} {
		if end := bytes.Index(data, []byte(blank)); end >= 0 {
			data = data[:end]
		}
	}
	read, err := message.Read(append(bytes.Clone(data), "\r\n\r\n"...))
	if err != nil || len(read.Header) == 0 {
		return nil
	}
	return read.Header
}

// onlyAddress returns the address in a field that holds exactly one.
func onlyAddress(h message.Header, name string) message.Address {
	values := h.Values(name)
	if len(values) != 1 || strings.Count(values[0], "@") != 1 {
		return ""
	}
	return findAddress(values[0])
}

// findAddress returns the first valid address in s, or "".
func findAddress(s string) message.Address {
	for _, at := range addressPattern.FindAllStringIndex(clip(s, 2000), 4) {
		if a := validAddress(s[at[0]:at[1]]); a != "" {
			return a
		}
	}
	return ""
}

// validAddress returns s as an address, without the punctuation that prose adds; "" if it
// is none.
func validAddress(s string) message.Address {
	s = strings.Trim(s, "<>\"'`.,;:()[]{} \t")
	if colon := strings.LastIndexByte(s, ':'); colon >= 0 {
		s = s[colon+1:] // a source route, or mailto:
	}
	a, err := message.ParseAddress(s)
	if err != nil || strings.ContainsAny(string(a), "<> ") {
		return ""
	}
	return a
}

// clip returns at most n bytes of s, in whole characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// oneLine returns s with each run of white space as one blank.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
