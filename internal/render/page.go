package render

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/templates"
)

// Paths of pages, pictures and files below the base URL.
const (
	IssuePath = "/issues/"
	ImagePath = "/images/"
	FilePath  = "/files/"
)

func (r *Renderer) link(path ...string) string {
	return strings.TrimSuffix(r.BaseURL.String(), "/") + strings.Join(path, "")
}

// IssueLink returns the link of a sent issue in a language.
func (r *Renderer) IssueLink(id int64, lang string) string {
	return r.link(IssuePath, strconv.FormatInt(id, 10), "/", lang)
}

// FileLink returns the link of a file of an item.
func (r *Renderer) FileLink(a item.Attachment) string {
	name := a.Name
	if name == "" {
		name = "document"
	}
	return r.link(FilePath, a.Hash, "/", url.PathEscape(name))
}

// size words a file size, given in octets, in kB or MB.
func size(w templates.Words, octets int) string {
	if octets < 1_000_000 {
		return w.T("kilobytes", strconv.Itoa(max(1, (octets+500)/1000)))
	}
	return w.T("megabytes", strings.Replace(strconv.FormatFloat(float64(octets)/1e6, 'f', 1, 64), ".", w.T("decimal"), 1))
}

// Page renders an issue as a public page in one language: the external variant, without links
// of a subscriber. It returns newsroom.ErrNotFound for a language that has no edition.
func (r *Renderer) Page(c issue.Content, lang string) (string, error) {
	w, known := r.words[lang]
	if !known {
		return "", newsroom.ErrNotFound
	}
	data := r.newIssueData(c.WithoutInternal(), w)
	data.Unsubscribe, data.Public = "", w.T("page-issue-foot", r.Network)
	var out bytes.Buffer
	if err := r.html.ExecuteTemplate(&out, "issue", data); err != nil {
		return "", fmt.Errorf("render page of issue %d: %w", c.Issue, err)
	}
	html := out.String()
	for _, h := range imagesIn(html) {
		html = strings.ReplaceAll(html, "cid:"+h, r.link(ImagePath, h))
	}
	return html, nil
}
