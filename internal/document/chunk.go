package document

import (
	"bytes"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// chunkHTML returns the text of a file of another format within a .docx: HTML, plain text,
// RTF, a web archive, or another .docx. It returns "" if it cannot be read.
func chunkHTML(name string, data []byte) string {
	switch formatOf(data) {
	case formatZip, formatRTF:
		a := &archive{}
		var d Document
		var err error
		if formatOf(data) == formatRTF {
			d, err = readRTF(data)
		} else if a, err = open(data); err == nil && a.mainPart() != "" {
			a.left, a.nested = maxHTML, true
			d, err = a.readText()
		}
		if err != nil {
			return ""
		}
		if d.Title != "" {
			return "<h2>" + html.EscapeString(d.Title) + "</h2>\n" + d.HTML
		}
		return d.HTML
	case formatLocked, formatOLE:
		return ""
	case formatOther: // text, perhaps: its name says which
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".htm", ".html", ".xhtml":
		return pageBody(data, "text/html")
	case ".mht", ".mhtml":
		return archiveBody(data)
	case ".txt":
		return paragraphsOf(data)
	}
	if head := strings.ToLower(string(data[:min(len(data), 1024)])); strings.Contains(head, "<html") || strings.Contains(head, "<body") {
		return pageBody(data, "text/html")
	}
	return ""
}

// pageBody returns the body of a page with balanced elements.
func pageBody(data []byte, contentType string) string {
	r, err := charset.NewReader(bytes.NewReader(data), contentType)
	if err != nil {
		return ""
	}
	root, err := xhtml.Parse(r)
	if err != nil {
		return ""
	}
	body := find(root, atom.Body, 0)
	if body == nil {
		return ""
	}
	var out bytes.Buffer
	for c := body.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Plaintext || xhtml.Render(&out, c) != nil || out.Len() > maxHTML {
			return ""
		}
	}
	return out.String() + "\n"
}

func find(n *xhtml.Node, a atom.Atom, depth int) *xhtml.Node {
	if n.DataAtom == a {
		return n
	}
	if depth > 3 {
		return nil
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, a, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// archiveBody returns the first page of a web archive (RFC 2557).
func archiveBody(data []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	media, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if media == "text/html" {
		return decodedBody(m.Body, m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Type"))
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range maxChunks {
		p, err := parts.NextRawPart()
		if err != nil {
			return ""
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			return decodedBody(p, p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Type"))
		}
	}
	return ""
}

func decodedBody(r io.Reader, encoding, contentType string) string {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(r, maxChunk))
	if err != nil {
		return ""
	}
	return pageBody(data, contentType)
}

// paragraphsOf converts plain text, a paragraph for each line.
func paragraphsOf(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		data, _ = charmap.Windows1252.NewDecoder().Bytes(data) // every octet is a character
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			out.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
	}
	return out.String()
}
