package message

import (
	"bytes"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// decodeText converts the bytes of a text part to UTF-8 with LF line ends, without NUL and
// noncharacters. It believes the declared charset unless the bytes contradict it: valid
// UTF-8 beyond ASCII is UTF-8 whatever its label, and ISO 8859-1 is read as Windows-1252,
// which is what programs mean by it (WHATWG Encoding, section 4.2).
func decodeText(data []byte, declared string, html bool) string {
	return normalise(decodeBytes(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), declared, html))
}

func decodeBytes(data []byte, declared string, html bool) string {
	declared = strings.ToLower(strings.Trim(strings.TrimSpace(declared), `"'`))
	declared = strings.TrimPrefix(declared, "charset=")
	if isUTF7(declared) {
		return decodeUTF7(string(data))
	}
	enc, name := lookup(declared)
	sevenBit := isASCII(string(data))
	switch {
	case sevenBit && (enc == nil || name == "windows-1252" || name == "utf-8"):
		return string(data)
	case !sevenBit && utf8.Valid(data) && !strings.HasPrefix(name, "utf-16"):
		return string(data)
	case enc == nil && html:
		enc, _, _ = charset.DetermineEncoding(data, "text/html")
	case enc == nil:
		enc = charmap.Windows1252
	case name == "utf-8":
		if !mostlyUTF8(data) {
			enc = charmap.Windows1252
		}
	}
	decoded, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		decoded = data
	}
	return strings.ToValidUTF8(string(decoded), "\ufffd")
}

// ibmPage matches a name of one of IBM's code pages, which DOS used: cp850, ibm-850, 850.
var ibmPage = regexp.MustCompile(`^(?:x-|cs)?(?:cp|ibm|dos|oem|pc|codepage)?[-_ ]?0*(\d{3,4})(?:multilingual|latin\d?)?$`)

// ibmPages returns a code page that the Encoding standard does not name, or nil.
func ibmPages(number string) encoding.Encoding {
	switch number {
	case "37":
		return charmap.CodePage037
	case "437":
		return charmap.CodePage437
	case "850":
		return charmap.CodePage850
	case "852":
		return charmap.CodePage852
	case "855":
		return charmap.CodePage855
	case "858":
		return charmap.CodePage858
	case "860":
		return charmap.CodePage860
	case "862":
		return charmap.CodePage862
	case "863":
		return charmap.CodePage863
	case "865":
		return charmap.CodePage865
	case "866":
		return charmap.CodePage866
	case "1047":
		return charmap.CodePage1047
	case "1140":
		return charmap.CodePage1140
	case "1250", "1251", "1252", "1253", "1254", "1255", "1256", "1257", "1258":
		enc, _ := charset.Lookup("windows-" + number)
		return enc
	}
	return nil
}

// lookup finds a charset by its label: in the Encoding standard, or else among IBM's code
// pages and the IANA registry.
func lookup(label string) (encoding.Encoding, string) {
	if enc, name := charset.Lookup(label); enc != nil {
		return enc, name
	}
	if m := ibmPage.FindStringSubmatch(label); m != nil {
		if enc := ibmPages(m[1]); enc != nil {
			return enc, "ibm" + m[1]
		}
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc, label
	}
	return nil, ""
}

// mostlyUTF8 reports whether data called UTF-8 has more valid multi-byte sequences than
// bad bytes. Otherwise it is in another charset.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good > bad
}

// toUTF8 is decodeBytes for text without a declared charset, such as a header field.
func toUTF8(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	return decodeBytes(data, "", false)
}

func normalise(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if strings.Contains(s, "\xef\xb7") { // U+FDC0 to U+FDFF
		s = strings.Map(func(r rune) rune {
			if r >= 0xfdd0 && r <= 0xfdef {
				return -1 // noncharacters, which layout uses as marks
			}
			return r
		}, s)
	}
	return s
}

func wordDecoder() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(label string, input io.Reader) (io.Reader, error) {
		data, err := io.ReadAll(input)
		if err != nil {
			return nil, err
		}
		return strings.NewReader(decodeBytes(data, label, false)), nil
	}}
}
