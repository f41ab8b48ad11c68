package message

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// quoteContainers are the marks of mail programs on the element with the original below a
// reply. "after" means that the mark is an empty element and all that follows is the
// original.
var quoteContainers = []struct {
	attr, value string
	after       bool
}{
	{"id", "appendonsend", true},                             // Outlook on the web
	{"id", "divrplyfwdmsg", true},                            // Outlook on the web, older versions
	{"id", "mail-editor-reference-message-container", false}, // Outlook, new
	{"class", "ms-outlook-mobile-reference-message", false},  // Outlook on phones
	{"id", "olk_src_body_section", false},                    // Outlook for Mac
	{"class", "yahoo_quoted", false},                         // Yahoo
	{"class", "protonmail_quote", false},                     // Proton
	{"class", "zmail_extra", false},                          // Zoho
	{"class", "cloud-mail-quote", false},                     // GMX, web.de
	{"id", "replysplit", true},                               // AOL
}

// quotation writes an element that is a quotation, and reports whether it is one.
func (t *textWriter) quotation(n *html.Node, l textStyle, depth int) bool {
	id, class := strings.ToLower(attribute(n, "id")), strings.ToLower(attribute(n, "class"))
	for _, c := range quoteContainers {
		if c.attr == "id" && !strings.HasSuffix(id, c.value) || c.attr == "class" && !hasClass(class, c.value) {
			continue
		}
		if c.after {
			t.cut()
			return false
		}
		t.quoted(n, l, depth)
		return true
	}
	if n.DataAtom == atom.Blockquote {
		// Gmail's own class without its container is only indentation.
		if hasClass(class, "gmail_quote") && t.gmailQuote == 0 {
			return false
		}
		t.quoted(n, l, depth)
		return true
	}
	if n.DataAtom == atom.Div && (hasClass(class, "gmail_quote") || hasClass(class, "gmail_quote_container")) {
		t.block(1)
		t.gmailQuote++
		t.children(n, l, depth)
		t.gmailQuote--
		t.block(1)
		return true
	}
	return false
}

// quoted writes the children with one more ">" before each line.
func (t *textWriter) quoted(n *html.Node, l textStyle, depth int) {
	t.block(2)
	before := t.prefix
	t.prefix = strings.TrimSuffix(before, " ") + "> "
	t.children(n, l, depth)
	t.prefix = before
	t.block(2)
}

func (t *textWriter) cut() {
	t.block(1)
	t.raw(cutHere)
	t.block(1)
}

func hasClass(classes, class string) bool {
	for _, c := range strings.Fields(classes) {
		if c == class {
			return true
		}
	}
	return false
}

// hidden reports whether the element's own style hides it: not displayed, without size,
// far off the page, or in the colour of its background. It records the background for the
// elements within.
func (t *textWriter) hidden(n *html.Node, l *textStyle) bool {
	surely, perhaps := concealed(n, l)
	if t.sheet != nil {
		perhaps = perhaps || struck[n.DataAtom] || t.sheet.hides(n)
	}
	return surely || perhaps && !t.shows
}

// concealed reports whether an element's own style hides it: surely, or perhaps, if that
// depends on its surroundings or on the reader's mail program.
func concealed(n *html.Node, l *textStyle) (surely, perhaps bool) {
	style := declarations(attribute(n, "style"))
	for _, a := range n.Attr {
		if a.Key == "hidden" {
			return true, true
		}
	}
	if background := firstOf(style["background-color"], style["background"], attribute(n, "bgcolor")); background != "" {
		l.background = colour(background)
	}
	text := colour(firstOf(style["color"], attribute(n, "color")))
	ground := l.background
	if ground == "" {
		ground = "#ffffff"
	}
	surely = style["display"] == "none" || isZero(style["font-size"])
	return surely, hides(style) || text != "" && text == ground
}

// hides reports whether declarations hide a text from at least some readers.
func hides(style map[string]string) bool {
	clips := style["overflow"] == "hidden"
	return style["display"] == "none" || style["visibility"] == "hidden" || style["visibility"] == "collapse" || style["mso-hide"] == "all" ||
		isZero(style["font-size"]) || tiny(style["font-size"]) || isZero(style["opacity"]) || isZero(style["max-height"]) || isZero(style["max-width"]) ||
		clips && (isZero(style["height"]) || isZero(style["width"]) || tiny(style["height"]) || tiny(style["width"])) ||
		transparent(style["color"]) || far(style["text-indent"]) || far(style["left"]) || far(style["top"]) || far(style["right"]) ||
		far(style["margin-left"]) || far(style["margin-top"]) || far(style["margin"]) || far(style["transform"]) ||
		strings.HasPrefix(style["clip"], "rect(0") || strings.HasPrefix(style["clip"], "rect(1px") || strings.HasPrefix(style["clip-path"], "inset(") || strings.Contains(style["transform"], "scale(0")
}

// isZero reports whether a length, share or number is zero.
func isZero(v string) bool {
	return strings.HasPrefix(strings.TrimPrefix(v, "."), "0") && strings.TrimRight(strings.TrimRight(v, "ptxemrvwhc% "), "0.") == ""
}

// tiny reports whether a length is one or two pixels or points, which nobody reads.
func tiny(v string) bool {
	number := strings.TrimSuffix(strings.TrimSuffix(v, "px"), "pt")
	size, err := strconv.ParseFloat(number, 64)
	return err == nil && number != v && size <= 2
}

// farOff matches a length that is off the page.
var farOff = regexp.MustCompile(`-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?|-\d{2,}(?:em|rem)`)

func far(v string) bool { return v != "" && farOff.MatchString(v) }

func transparent(v string) bool {
	v = strings.ReplaceAll(v, " ", "")
	return v == "transparent" || strings.HasPrefix(v, "rgba(") && (strings.HasSuffix(v, ",0)") || strings.HasSuffix(v, ",0.0)"))
}

// declarations parses a style attribute; names and values are in lower case.
func declarations(style string) map[string]string {
	if style == "" {
		return nil
	}
	found := map[string]string{}
	for _, d := range strings.Split(strings.ToLower(style), ";") {
		if name, value, ok := strings.Cut(d, ":"); ok {
			value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
			found[strings.TrimSpace(name)] = value
		}
	}
	return found
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// colour returns white as #ffffff and other colours as written, with the short form made
// long.
func colour(s string) string {
	s = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	switch s {
	case "white", "rgb(255,255,255)", "rgba(255,255,255,1)", "window":
		return "#ffffff"
	}
	if len(s) == 4 && s[0] == '#' {
		return string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	return s
}
