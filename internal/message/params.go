package message

import (
	"fmt"
	"mime"
	"sort"
	"strings"
	"unicode/utf8"
)

// param is a parameter of a structured field, in the order of writing.
type param struct{ name, value string }

// formatType writes Content-Type with the parameters of the type and the file name.
func formatType(t, name string) (string, error) {
	media, given, err := mime.ParseMediaType(t)
	if err != nil || strings.ContainsAny(t, "\r\n") || !strings.Contains(media, "/") {
		return "", fmt.Errorf("%w: bad media type %q", ErrOutbound, t)
	}
	if strings.HasPrefix(media, "multipart/") {
		return "", fmt.Errorf("%w: a part cannot be %s", ErrOutbound, media)
	}
	var params []param
	for key, value := range given {
		if key != "name" && key != "boundary" {
			params = append(params, param{key, value})
		}
	}
	sort.Slice(params, func(i, j int) bool { return params[i].name < params[j].name })
	if name != "" {
		params = append(params, param{"name", name})
	}
	return formatParams("Content-Type: "+media, params), nil
}

// formatParams appends parameters, each on its own line if the line would become too long.
// It splits and encodes long values and those beyond ASCII (RFC 2231).
func formatParams(field string, params []param) string {
	column := len(field)
	var out strings.Builder
	out.WriteString(field)
	add := func(s string) {
		out.WriteByte(';')
		if column+2+len(s) > lineLength {
			out.WriteString("\r\n")
			column = 0
		}
		out.WriteString(" " + s)
		column += 2 + len(s)
	}
	for _, p := range params {
		value := oneLine(p.value)
		if isASCII(value) && len(value) <= 60 {
			add(p.name + "=" + quoteIfNeeded(value))
			continue
		}
		pieces := percentPieces(value, 50)
		if len(pieces) == 1 {
			add(p.name + "*=utf-8''" + pieces[0])
			continue
		}
		for i, piece := range pieces {
			if i == 0 {
				piece = "utf-8''" + piece
			}
			add(fmt.Sprintf("%s*%d*=%s", p.name, i, piece))
		}
	}
	return out.String()
}

func quoteIfNeeded(value string) string {
	for _, r := range value {
		if !isAtext(r) && r != '.' || strings.ContainsRune("/?=", r) {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		}
	}
	if value == "" {
		return `""`
	}
	return value
}

// percentPieces percent-encodes a value (RFC 2231, section 4) and splits it between
// characters into pieces of at most size octets or one character.
func percentPieces(value string, size int) []string {
	var pieces []string
	var piece strings.Builder
	for _, r := range value {
		enc := string(r)
		if !(r < utf8.RuneSelf && isAtext(r) && !strings.ContainsRune("*'%", r) || r == '.') {
			enc = ""
			for _, b := range []byte(string(r)) {
				enc += fmt.Sprintf("%%%02X", b)
			}
		}
		if piece.Len() > 0 && piece.Len()+len(enc) > size {
			pieces = append(pieces, piece.String())
			piece.Reset()
		}
		piece.WriteString(enc)
	}
	return append(pieces, piece.String())
}
