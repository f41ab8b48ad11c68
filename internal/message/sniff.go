package message

import (
	"bytes"
	"net/http"
	"path"
	"strings"
)

// PictureType returns the media type of a picture by its content, "" for anything else.
func PictureType(data []byte) string {
	if kind := isoPicture(data); kind != "" {
		return kind
	}
	kind := http.DetectContentType(data)
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp":
		return kind
	}
	if bytes.HasPrefix(data, []byte("II*\x00")) || bytes.HasPrefix(data, []byte("MM\x00*")) {
		return "image/tiff"
	}
	return ""
}

// isoPicture recognises, by its brands, a picture in a file of the ISO base media format
// (ISO/IEC 23008-12, section 10.2), as phones take them.
func isoPicture(data []byte) string {
	if len(data) < 16 || string(data[4:8]) != "ftyp" {
		return ""
	}
	size := min(int(data[2])<<8|int(data[3]), len(data), 256)
	kind := ""
	for at := 8; at+4 <= size; at += 4 {
		switch brand := string(data[at : at+4]); {
		case at == 12: // the version of the first brand
		case brand == "avif" || brand == "avis":
			return "image/avif"
		case strings.HasPrefix(brand, "hei") || strings.HasPrefix(brand, "hev") || brand == "mif1" || brand == "msf1" || brand == "mif2":
			kind = "image/heic"
		}
	}
	return kind
}

// byContent corrects a part's media type if its content shows another, because programs
// send pictures and mails as plain files.
func (p *Part) byContent() {
	switch kind := PictureType(p.Data); {
	case strings.HasPrefix(p.Type, "multipart/"), strings.HasPrefix(p.Type, "message/"), strings.HasPrefix(p.Type, "text/") && kind == "":
	case kind != "":
		p.Type = kind
	case p.Type == "image/heif":
		p.Type = "image/heic"
	}
	if !strings.HasPrefix(p.Type, "message/") && strings.EqualFold(path.Ext(p.Name), ".eml") && looksLikeMail(p.Data) {
		p.Type = "message/rfc822"
	}
}

// looksLikeMail reports whether data begins with the fields of a mail.
func looksLikeMail(data []byte) bool {
	header, _ := parseHeader(data[:min(len(data), 16<<10)])
	return header.Has("From") && (header.Has("Subject") || header.Has("Date") || header.Has("To"))
}
