package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Topics are the manuals, in the order in which they are listed. Each is a file
// manual/LANG/TOPIC.md in CommonMark with tables; raw HTML in it is dropped.
var Topics = []string{"contributors", "editors", "operators"}

// Manual is one manual in one language.
type Manual struct {
	Topic, Language string
	Title           string // the text of its first heading
	Summary         string // its first paragraph
	Sections        []Section

	source []byte
	doc    ast.Node // the whole, without the first heading
}

// Section is a heading of the second level; ID is its anchor in the HTML.
type Section struct{ ID, Title string }

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// LoadManual reads a manual. The error lists the topics or languages that exist.
func LoadManual(topic, language string) (Manual, error) {
	if !slices.Contains(Topics, topic) {
		return Manual{}, fmt.Errorf("no manual %q; there are %s", topic, strings.Join(Topics, ", "))
	}
	source, err := fs.ReadFile(files, path.Join("manual", language, topic+".md"))
	if err != nil {
		return Manual{}, fmt.Errorf("no manual in language %q; there are %s", language, strings.Join(ManualLanguages(), ", "))
	}
	m := Manual{Topic: topic, Language: language, source: source, doc: markdown.Parser().Parse(text.NewReader(source))}
	title, ok := m.doc.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		return Manual{}, fmt.Errorf("manual %s in %s: it does not begin with its title", topic, language)
	}
	m.Title = m.plain(title, plainStyle)
	m.doc.RemoveChild(m.doc, title)
	for n := m.doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Paragraph:
			if m.Summary == "" {
				m.Summary = m.plain(n, plainStyle)
			}
		case *ast.Heading:
			if id, ok := n.AttributeString("id"); ok && n.Level == 2 {
				m.Sections = append(m.Sections, Section{ID: string(id.([]byte)), Title: m.plain(n, plainStyle)})
			}
		}
	}
	return m, nil
}

// ManualLanguages lists the languages of the manuals.
func ManualLanguages() []string {
	entries, err := fs.ReadDir(files, "manual")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// HTML returns the manual below its title. It holds no script, style or picture.
func (m Manual) HTML() (template.HTML, error) {
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, m.source, m.doc); err != nil {
		return "", fmt.Errorf("manual %s in %s: %w", m.Topic, m.Language, err)
	}
	return template.HTML(b.String()), nil
}

// Text returns the manual as plain text for a terminal, in lines of at most width
// characters; preformatted lines may be longer. With bold, headings and code are in
// bold by the escape sequences of ECMA-48; without, code stands between backquotes.
func (m Manual) Text(width int, bold bool) string {
	style := plainStyle
	style.code = "`"
	if bold {
		style = textStyle{code: boldOn, codeEnd: boldOff, strong: boldOn, strongEnd: boldOff}
	}
	w := manualWriter{manual: m, width: width, style: style, bold: bold}
	w.heading(m.Title, 1)
	w.children(m.doc, "", "")
	return w.out.String()
}

const (
	boldOn  = "\x1b[1m"
	boldOff = "\x1b[22m"
)

// textStyle is what begins and ends code and strong emphasis in plain text.
type textStyle struct{ code, codeEnd, strong, strongEnd string }

var plainStyle textStyle

// plain returns a block's text in one line; a hard line break is a line feed.
func (m Manual) plain(block ast.Node, style textStyle) string {
	var b strings.Builder
	if style.codeEnd == "" {
		style.codeEnd = style.code
	}
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.CodeSpan:
			if entering {
				b.WriteString(style.code)
			} else {
				b.WriteString(style.codeEnd)
			}
		case *ast.Emphasis:
			if n.Level < 2 {
				break
			}
			if entering {
				b.WriteString(style.strong)
			} else {
				b.WriteString(style.strongEnd)
			}
		case *ast.Text:
			if !entering {
				break
			}
			b.WriteString(strings.ReplaceAll(string(n.Value(m.source)), "\n", " "))
			switch {
			case n.HardLineBreak():
				b.WriteByte('\n')
			case n.SoftLineBreak():
				b.WriteByte(' ')
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(m.source))
			}
		}
		return ast.WalkContinue, nil
	}) // the function returns no error
	return b.String()
}

// manualWriter writes a manual for a terminal.
type manualWriter struct {
	manual Manual
	width  int
	style  textStyle
	bold   bool
	out    strings.Builder
}

func (w *manualWriter) heading(title string, level int) {
	mark := map[int]string{1: "=", 2: "-"}[level]
	if w.bold {
		w.out.WriteString(boldOn + title + boldOff + "\n\n")
		return
	}
	w.out.WriteString(title + "\n")
	if mark != "" {
		w.out.WriteString(strings.Repeat(mark, utf8.RuneCountInString(title)) + "\n")
	}
	w.out.WriteByte('\n')
}

// children writes the blocks within a block: the first line begins with first, the
// others with rest.
func (w *manualWriter) children(parent ast.Node, first, rest string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			w.out.WriteByte('\n')
			w.heading(w.manual.plain(n, plainStyle), n.Level)
		case *ast.Paragraph, *ast.TextBlock:
			w.wrap(w.manual.plain(n, w.style), first, rest)
			if _, tight := n.(*ast.TextBlock); !tight {
				w.out.WriteByte('\n')
			}
		case *ast.List:
			w.list(n, rest)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				w.out.WriteString(strings.TrimRight(rest+"    "+string(line.Value(w.manual.source)), "\n") + "\n")
			}
			w.out.WriteByte('\n')
		case *extast.Table:
			w.table(n, rest)
		default:
			w.children(n, first, rest)
		}
		first = rest
	}
}

func (w *manualWriter) list(n *ast.List, indent string) {
	number := n.Start
	for it := n.FirstChild(); it != nil; it = it.NextSibling() {
		mark := "- "
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		w.children(it, indent+mark, indent+strings.Repeat(" ", len(mark)))
	}
	if _, within := n.Parent().(*ast.ListItem); n.IsTight && !within {
		w.out.WriteByte('\n')
	}
}

// table writes each row's first cell as a term and the others below it: columns
// would be too narrow. The row of headings is left out.
func (w *manualWriter) table(n *extast.Table, indent string) {
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if _, head := row.(*extast.TableHeader); head {
			continue
		}
		in := indent
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			w.wrap(w.manual.plain(cell, w.style), in, in)
			in = indent + "    "
		}
		w.out.WriteByte('\n')
	}
}

// wrap writes words in lines of at most the width. A no-break space breaks no line,
// and escape sequences take no room.
func (w *manualWriter) wrap(words, first, rest string) {
	for part := range strings.SplitSeq(words, "\n") {
		line, used := first, utf8.RuneCountInString(first)
		empty := true
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }) {
			size := utf8.RuneCountInString(strings.NewReplacer(boldOn, "", boldOff, "").Replace(word))
			if !empty && used+1+size > w.width {
				w.out.WriteString(line + "\n")
				line, used, empty = rest, utf8.RuneCountInString(rest), true
			}
			if !empty {
				line, used = line+" ", used+1
			}
			line, used, empty = line+word, used+size, false
		}
		w.out.WriteString(line + "\n")
		first = rest
	}
}
