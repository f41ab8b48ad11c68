package message

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// CleanHTML reduces HTML to a small safe set: paragraphs, line ends, headings of two
// levels, lists, links (http, https, mailto), emphasis, quotations, plain tables, and
// images within the mail (cid:). Everything else loses its tags; scripts and styles lose
// their content too. The result has one line for each block (see layout).
func CleanHTML(source string) string {
	cleaned, _ := clean(source, false)
	return cleaned
}

func clean(source string, marks bool) (cleaned, struck string) {
	source = normalise(source)
	laid, struck := layout(source, marks)
	if laid == "" { // nothing shows, or its elements are nested too deep
		laid = TextToHTML(HTMLToText(source))
	}
	return strings.TrimSpace(cleaner().Sanitize(laid)), struck
}

func cleaner() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "ul", "ol", "li", "strong", "em", "b", "i", "blockquote",
		"table", "thead", "tbody", "tr", "td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^cid:[^\s"'<>]+$`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "cid")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.SkipElementsContent("title", "head")
	return p
}

// bareLink matches web and mail addresses in running text, without trailing punctuation.
var bareLink = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)\]'»]|www\.[\pL\pN-]+\.[^\s<>"]*[^\s<>".,;:!?)\]'»]|[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)

// bullet matches a list item in plain text.
var bullet = regexp.MustCompile(`^\s{0,6}[-*•·–▪◦‣]\s+(\S.*)$`)

// TextToHTML converts plain text to HTML: paragraphs at its empty lines, lists of the
// lines that begin with a bullet, and links for bare addresses. It escapes everything.
func TextToHTML(text string) string {
	var out []string
	for _, block := range paragraphs(normalise(text)) {
		var lines, items []string
		flush := func() {
			if len(lines) > 0 {
				out = append(out, "<p>"+strings.Join(lines, "<br>\n")+"</p>")
			}
			if len(items) > 0 {
				out = append(out, "<ul>\n<li>"+strings.Join(items, "</li>\n<li>")+"</li>\n</ul>")
			}
			lines, items = nil, nil
		}
		for _, line := range block {
			if m := bullet.FindStringSubmatch(line); m != nil && !ruleLine.MatchString(line) {
				if len(lines) > 0 {
					flush()
				}
				items = append(items, linkify(strings.TrimSpace(m[1])))
				continue
			}
			if len(items) > 0 && strings.HasPrefix(line, " ") {
				items[len(items)-1] += " " + linkify(strings.TrimSpace(line))
				continue
			}
			if len(items) > 0 {
				flush()
			}
			lines = append(lines, linkify(strings.TrimSpace(line)))
		}
		flush()
	}
	return strings.Join(out, "\n")
}

// paragraphs returns the runs of lines that are not empty.
func paragraphs(text string) [][]string {
	var all [][]string
	var block []string
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			if block != nil {
				all = append(all, block)
			}
			block = nil
			continue
		}
		block = append(block, line)
	}
	if block != nil {
		all = append(all, block)
	}
	return all
}

// linkify escapes a line and turns its bare addresses into links.
func linkify(line string) string {
	var out strings.Builder
	last := 0
	for _, at := range bareLink.FindAllStringIndex(line, -1) {
		shown := UnwrapLink(line[at[0]:at[1]])
		href := shown
		switch {
		case strings.HasPrefix(shown, "www."):
			href = "http://" + shown
		case !strings.HasPrefix(shown, "http"):
			href = "mailto:" + shown
		}
		out.WriteString(html.EscapeString(line[last:at[0]]))
		out.WriteString(`<a href="` + html.EscapeString(href) + `">` + html.EscapeString(shown) + "</a>")
		last = at[1]
	}
	out.WriteString(html.EscapeString(line[last:]))
	return out.String()
}

// Body returns the best plain text of the mail: its text part, or its HTML as text.
func (m *Message) Body() string {
	if strings.TrimSpace(m.Text) != "" {
		return m.Text
	}
	return HTMLToText(m.HTML)
}
