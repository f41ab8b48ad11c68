package message

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// isUTF7 reports whether a label names UTF-7 (RFC 2152).
func isUTF7(label string) bool {
	switch label {
	case "utf-7", "utf7", "unicode-1-1-utf-7", "csunicode11utf7", "x-unicode-2-0-utf-7", "unicode-2-0-utf-7":
		return true
	}
	return false
}

// decodeUTF7 decodes RFC 2152: stretches of UTF-16 in base64 between "+" and "-".
func decodeUTF7(s string) string {
	var out strings.Builder
	for s != "" {
		at := strings.IndexByte(s, '+')
		if at < 0 {
			break
		}
		out.WriteString(s[:at])
		s = s[at+1:]
		end := 0
		for end < len(s) && isBase64(s[end]) {
			end++
		}
		if end == 0 {
			out.WriteByte('+')
			s = strings.TrimPrefix(s, "-")
			continue
		}
		coded := s[:end]
		s = strings.TrimPrefix(s[end:], "-")
		if len(coded)%4 == 1 {
			coded = coded[:len(coded)-1]
		}
		data, err := base64.RawStdEncoding.DecodeString(coded)
		if err != nil {
			out.WriteString("+" + coded)
			continue
		}
		wide := make([]uint16, 0, len(data)/2)
		for ; len(data) >= 2; data = data[2:] {
			wide = append(wide, binary.BigEndian.Uint16(data))
		}
		out.WriteString(string(utf16.Decode(wide)))
	}
	out.WriteString(s)
	return out.String()
}
