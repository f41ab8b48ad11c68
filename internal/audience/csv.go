package audience

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
)

// decodeCSV decodes a file to UTF-8 without a byte order mark. Spreadsheets write UTF-8,
// UTF-16 and, in western Europe, Windows-1252.
func decodeCSV(data []byte) (string, error) {
	var enc encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		enc = textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM)
	case len(data) > 3 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		enc = textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM)
	case len(data) > 3 && data[0] == 0 && data[1] != 0 && data[2] == 0:
		enc = textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM)
	case utf8.Valid(data):
		if bytes.IndexByte(data, 0) >= 0 {
			return "", errors.New("the file is not text: save it as “CSV UTF-8”")
		}
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	case slices.ContainsFunc(data, func(b byte) bool { return strings.IndexByte("\x00\x81\x8d\x8f\x90\x9d", b) >= 0 }): // bytes that Windows-1252 does not use
		return "", errors.New("the file is neither UTF-8 nor Windows-1252: save it as “CSV UTF-8”")
	default:
		enc = charmap.Windows1252
	}
	decoded, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(decoded), "\ufeff"), nil
}

// maxRecordLines bounds a record with line ends in quoted fields.
const maxRecordLines = 10

// recordReader reads a CSV file record by record.
type recordReader struct {
	lines    []string
	nextLine int // index of the next line
	comma    rune
}

// newRecordReader finds the separator: from a line "sep=", else the most frequent one in
// the header.
func newRecordReader(text string) *recordReader {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	r := &recordReader{lines: strings.Split(text, "\n"), comma: ','}
	if separator, ok := strings.CutPrefix(strings.ToLower(strings.Trim(strings.TrimRight(r.lines[0], ",; "), `"`)), "sep="); ok {
		r.nextLine = 1
		switch {
		case strings.HasPrefix(separator, "\t"):
			r.comma = '\t'
		case separator == "": // the separator was trimmed
			first := strings.TrimSpace(r.lines[0])
			r.comma, _ = utf8.DecodeLastRuneInString(strings.TrimRight(first, `"`))
		default:
			r.comma, _ = utf8.DecodeRuneInString(separator)
		}
		if strings.ContainsRune(",;\t|", r.comma) {
			return r
		}
		r.comma = ','
	}
	head := ""
	for _, line := range r.lines[r.nextLine:] {
		if head = line; strings.TrimSpace(line) != "" {
			break
		}
	}
	for _, c := range ";\t" {
		if strings.Count(head, string(c)) > strings.Count(head, string(r.comma)) {
			r.comma = c
		}
	}
	return r
}

// next returns the next record that is not empty, and the number of its first line. A
// quoted field may contain line ends if the record then has as many fields as the header;
// with fields 0, for the header itself, it may not.
func (r *recordReader) next(fields int) (record []string, line int, err error) {
	for r.nextLine < len(r.lines) && strings.Trim(r.lines[r.nextLine], " \t\u00a0"+string(r.comma)) == "" {
		r.nextLine++
	}
	if r.nextLine == len(r.lines) {
		return nil, r.nextLine, io.EOF
	}
	first := r.nextLine
	r.nextLine++
	record, err = r.parse(r.lines[first])
	for n := 2; err != nil && n <= maxRecordLines && first+n <= len(r.lines) && fields > 0; n++ {
		if longer, err := r.parse(strings.Join(r.lines[first:first+n], "\n")); err == nil && len(longer) == fields {
			r.nextLine = first + n
			return longer, first + 1, nil
		}
	}
	for len(record) > fields && fields > 0 && record[len(record)-1] == "" {
		record = record[:len(record)-1] // trailing empty columns
	}
	return record, first + 1, err
}

// parse reads one record.
func (r *recordReader) parse(text string) ([]string, error) {
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord, in.TrimLeadingSpace = r.comma, -1, r.comma != '\t'
	record, err := in.Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return nil, parse.Err
	}
	if err != nil {
		return nil, err
	}
	if _, err := in.Read(); !errors.Is(err, io.EOF) {
		return nil, errors.New("line end outside quotes")
	}
	for i, f := range record {
		record[i] = cleanField(f)
	}
	return record, nil
}

// cleanField removes format characters, such as zero-width ones, and turns line ends,
// no-break spaces and control characters into spaces.
func cleanField(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Cf, c):
			return -1
		case unicode.IsSpace(c) || unicode.IsControl(c):
			return ' '
		}
		return c
	}, s))
}

// isPublicDomain reports a domain of two or more labels of letters, digits and hyphens (RFC
// 1123, section 2.1), whose last label is not a number.
func isPublicDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}
