package message

import (
	"encoding/base64"
	"fmt"
	"html"
	"path"
	"regexp"
	"strings"

	xhtml "golang.org/x/net/html"
)

// maxDataPictures bounds the pictures that are taken out of the HTML itself.
const maxDataPictures = 20

var (
	dataPicture = regexp.MustCompile(`(?i)(<img\b[^>]*?\bsrc\s*=\s*)("data:[^"]*"|'data:[^']*'|data:[^\s>]+)`)
	dataURL     = regexp.MustCompile(`(?i)data:[a-z0-9.+-]+/[a-z0-9.+-]+(?:;[a-z0-9=-]+)*;base64,[A-Za-z0-9+/=%]{200,}`)
)

// takeDataPictures moves pictures in data: addresses (RFC 2397) of the HTML to parts and
// links them there. It drops other data: addresses, such as fonts.
func (b *bodies) takeDataPictures(source string) string {
	if !strings.Contains(source, "data:") && !strings.Contains(source, "DATA:") {
		return source
	}
	source = dataPicture.ReplaceAllStringFunc(source, func(tag string) string {
		m := dataPicture.FindStringSubmatch(tag)
		data := dataOf(html.UnescapeString(strings.Trim(m[2], `"'`)))
		kind := PictureType(data)
		if kind == "" || b.pictures == maxDataPictures {
			return m[1] + `""`
		}
		b.pictures++
		id := fmt.Sprintf("picture-%d.html", b.pictures)
		b.m.Parts = append(b.m.Parts, Part{
			Name: fmt.Sprintf("picture-%d.%s", b.pictures, strings.TrimPrefix(kind, "image/")), Type: kind, ContentID: id, Inline: true, Data: data,
		})
		return m[1] + `"cid:` + id + `"`
	})
	return dataURL.ReplaceAllString(source, "")
}

// dataOf returns the base64 content of a data: address; nil for any other.
func dataOf(address string) []byte {
	head, body, ok := strings.Cut(address, ",")
	if !ok || !strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64") {
		return nil
	}
	body = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.Join(strings.Fields(percentDecoded(body)), ""), "="))
	data, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil {
		return nil
	}
	return data
}

// contentID returns the normal form of a Content-ID, or of the text after "cid:" (RFC
// 2392): only characters that an attribute cannot hold are percent-encoded.
func contentID(s string) string {
	s = percentDecoded(strings.Trim(strings.TrimSpace(s), "<>"))
	return strings.NewReplacer(" ", "%20", "\t", "%09", "\r", "", "\n", "", `"`, "%22", "'", "%27", "<", "%3C", ">", "%3E").Replace(s)
}

// resolveLocations makes the HTML name pictures by a Content-ID where it names them by
// their Content-Location (RFC 2557). It gives a Content-ID to those that have none.
func (m *Message) resolveLocations(locations map[int]string) {
	if len(locations) == 0 || !strings.Contains(strings.ToLower(m.HTML), "<img") {
		return
	}
	byPlace, byName := map[string]int{}, map[string]int{}
	for i := range m.Parts {
		place := locations[i]
		if place == "" || !strings.HasPrefix(m.Parts[i].Type, "image/") {
			continue
		}
		byPlace[place] = i
		byName[path.Base(place)] = i
	}
	find := func(src string) (int, bool) {
		src = percentDecoded(strings.TrimSpace(src))
		if i, ok := byPlace[src]; ok {
			return i, true
		}
		i, ok := byName[path.Base(src)]
		// One of the two is relative to an unknown address.
		return i, ok && (strings.HasSuffix(src, "/"+strings.TrimPrefix(locations[i], "/")) || strings.HasSuffix(locations[i], "/"+strings.TrimPrefix(src, "/")))
	}
	var out strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(m.HTML))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		if kind == xhtml.ErrorToken {
			out.WriteString(raw)
			break
		}
		if kind == xhtml.StartTagToken || kind == xhtml.SelfClosingTagToken {
			if t := z.Token(); t.Data == "img" {
				for k, a := range t.Attr {
					i, ok := 0, false
					if a.Key == "src" {
						i, ok = find(a.Val)
					}
					if !ok {
						continue
					}
					if m.Parts[i].ContentID == "" {
						m.Parts[i].ContentID = fmt.Sprintf("located-%d.html", i+1)
					}
					t.Attr[k].Val = "cid:" + m.Parts[i].ContentID
					raw = t.String()
				}
			}
		}
		out.WriteString(raw)
	}
	m.HTML = out.String()
}
