package item

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"infolettre/internal/document"
	"infolettre/internal/message"
)

// Sizes in pixels. A smaller picture that only a signature shows is taken for a logo, and so is
// a smaller one with a name that a program made.
const (
	logoWidth  = 400
	logoHeight = 220
)

var programNamed = regexp.MustCompile(`(?i)^(?:image\d{3}\.(?:png|gif|jpe?g)|.*logo.*|outlook-.*)$`)

// withoutLogos removes the pictures that only the removed parts of the text show.
func (p *Prepared) withoutLogos(cuts []message.Cut) {
	shown := message.JoinBlocks(p.all())
	logos := map[string]bool{}
	for _, c := range cuts {
		for _, m := range imageTag.FindAllStringSubmatch(c.HTML, -1) {
			id := html.UnescapeString(m[1])
			logos[id] = !strings.Contains(shown, `"cid:`+m[1]+`"`)
		}
	}
	for i, part := range p.parts {
		img, ok := p.photos.ready[i]
		if !ok || !logos[part.ContentID] || part.ContentID == "" {
			continue
		}
		if img.Width < logoWidth || img.Height < logoHeight || programNamed.MatchString(part.Name) {
			delete(p.photos.ready, i)
			p.photos.failed[i] = errNotPhoto
		}
	}
}

// unshownPhotos returns the parts that are photographs of the item but not shown in its text.
func (p Prepared) unshownPhotos(blocks []message.Block, mine func(i int) bool) []int {
	shown := message.JoinBlocks(blocks)
	var all []int
	for i, part := range p.parts {
		if _, ok := p.photos.ready[i]; ok && mine(i) && (part.ContentID == "" || !strings.Contains(shown, `"cid:`+part.ContentID+`"`)) {
			all = append(all, i)
		}
	}
	return all
}

// partKey returns a substitute for the Content-ID of a part that has none or is not shown.
func partKey(i int) string { return "part " + strconv.Itoa(i) }

// unplaced matches a picture in the HTML that did not come with the message, or must not be
// shown.
var unplaced = regexp.MustCompile(`<img src="cid:[^"]*"[^>]*>`)

// takeParts sorts the other parts of the message into pictures and attachments, and makes the
// HTML name pictures by hash. mine reports whether a part belongs to the item.
func takeParts(u *ParsedItem, parts []message.Part, photos photos, alts map[string]string, legends map[string]legend, mine func(i int) bool) {
	hashes := map[string]string{} // by Content-ID
	seen := map[string]bool{}
	for _, img := range u.Images {
		seen[img.Hash] = true
	}
	for i, p := range parts {
		if !mine(i) {
			continue
		}
		if img, ok := photos.ready[i]; ok {
			said := alts[p.ContentID]
			if p.ContentID == "" || said == "" {
				said = alts[partKey(i)]
			}
			why := "its file name says nothing, and it has no caption"
			switch {
			case said != "":
				img.Alt, why = said, "its caption in the text"
			case img.Alt != "":
				why = "its file name"
			}
			if l, ok := legends[partKey(i)]; ok {
				img.Legend, img.Credit = l.text, l.credit
			}
			u.Why["image "+img.Name] = why
			hashes[p.ContentID] = img.Hash
			if !seen[img.Hash] {
				u.Images = append(u.Images, img)
			}
			seen[img.Hash] = true
			continue
		}
		if err := photos.failed[i]; errors.Is(err, errNotPhoto) || err != nil && document.IsImage(p.ContentID) {
			continue // an icon, or a drawing that only its own program shows
		} else if err != nil {
			u.Why["attachments"] = p.Name + ": " + err.Error()
		}
		if unshown(p) {
			continue
		}
		u.Attachments = append(u.Attachments, attachment(p))
	}
	delete(hashes, "")
	found := false
	u.HTML = unplaced.ReplaceAllStringFunc(u.HTML, func(tag string) string {
		id, _, _ := strings.Cut(strings.TrimPrefix(tag, `<img src="cid:`), `"`)
		hash := hashes[html.UnescapeString(id)]
		if hash == "" {
			found = true
			return ""
		}
		if alt := alts[html.UnescapeString(id)]; alt != "" {
			return `<img src="cid:` + hash + `" alt="` + html.EscapeString(alt) + `">`
		}
		return strings.Replace(tag, "cid:"+id, "cid:"+hash, 1)
	})
	if found {
		u.HTML = message.CleanHTML(u.HTML)
	}
}

// unshown reports parts that editors need not see: signatures of the mail, and files that are
// only read for dates.
func unshown(p message.Part) bool {
	switch p.Type {
	case "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
		"text/x-vcard", "text/vcard":
		return true
	}
	return isCalendar(p)
}

func isPDF(p message.Part) bool { return bytes.HasPrefix(p.Data, []byte("%PDF-")) }

func isCalendar(p message.Part) bool {
	return p.Type == "text/calendar" || p.Type == "application/ics" || strings.HasSuffix(strings.ToLower(p.Name), ".ics")
}

// TypeText is the media type of a text stored as a file.
const TypeText = "text/plain; charset=utf-8"

// attachment stores a PDF file, or a text of which the item has an excerpt, because readers can
// open them anywhere. Of other files it keeps only the name.
func attachment(p message.Part) Attachment {
	a := Attachment{Name: p.Name, Type: p.Type, Bytes: len(p.Data)}
	switch {
	case isPDF(p):
		a.Type = "application/pdf"
		if a.Name == "" {
			a.Name = "document.pdf"
		}
	case p.Name == message.LongTextName && p.Type == "text/plain" && utf8.Valid(p.Data):
		a.Type = TypeText
	default:
		return a
	}
	sum := sha256.Sum256(p.Data)
	a.Hash, a.Data = hex.EncodeToString(sum[:]), p.Data
	return a
}
