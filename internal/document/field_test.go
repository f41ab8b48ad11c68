package document

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// para is a paragraph of a .docx.
func para(inner string) string { return "<w:p>" + inner + "</w:p>" }

func words(s string) string { return `<w:r><w:t xml:space="preserve">` + s + "</w:t></w:r>" }

func mark(kind string) string { return `<w:r><w:fldChar w:fldCharType="` + kind + `"/></w:r>` }

func code(s string) string { return "<w:r><w:instrText>" + s + "</w:instrText></w:r>" }

// wordOf is a .docx of a body and further parts.
func wordOf(t *testing.T, body string, parts ...string) []byte {
	t.Helper()
	return pack(t, append([]string{"word/document.xml", wordHead + body + "</w:body></w:document>"}, parts...)...)
}

const pictureRels = `<Relationships><Relationship Id="p" Type="http://x/image" Target="media/a.png"/><Relationship Id="c" Type="http://x/aFChunk" Target="chunk.htm"/>` +
	`<Relationship Id="d" Type="http://x/aFChunk" Target="chunk.bin"/></Relationships>`

// What a .docx says besides plain runs is kept, put where it is read, or left out.
func TestRead_WordKeepsAndLeavesOut(t *testing.T) {
	t.Parallel()
	styles := `<w:styles xmlns:w="w"><w:style w:type="paragraph" w:styleId="TM1"><w:name w:val="toc 1"/></w:style>` +
		`<w:style w:styleId="Interne"><w:basedOn w:val="Cach"/></w:style><w:style w:styleId="Cach"><w:rPr><w:vanish/></w:rPr></w:style>` +
		`<w:style w:type="character" w:styleId="Textedelespacerserv"><w:name w:val="Placeholder Text"/></w:style>` +
		`<w:style w:type="character" w:styleId="Barr"><w:rPr><w:strike/></w:rPr></w:style></w:styles>`
	for _, c := range []struct {
		name, body string
		want       string
		struck     string
		hidden     bool
		pictures   int
		parts      []string
	}{
		{name: "a link in a complex field", want: `<p>Sur <a href="https://forum.example/a#b">la page</a> dès lundi.</p>`,
			body: para(words("Sur ") + mark("begin") + code(` HYPERLINK "https://forum.exa`) + code(`mple/a" \l "b" \o "Une bulle" `) + mark("separate") + words("la page") + mark("end") + words(" dès lundi."))},
		{name: "a link in a simple field", want: `<p>Voir <a href="http://forum.example">ici</a>.</p>`,
			body: para(words("Voir ") + `<w:fldSimple w:instr="HYPERLINK http://forum.example \t _blank">` + words("ici") + "</w:fldSimple>" + words("."))},
		{name: "a link over two paragraphs", want: "<p><a href=\"http://a.example\">un</a></p>\n<p><a href=\"http://a.example\">deux</a> trois</p>",
			body: para(mark("begin")+code(`HYPERLINK "http://a.example"`)+mark("separate")+words("un")) + para(words("deux")+mark("end")+words(" trois"))},
		{name: "a place in the document", want: "<p>plus bas</p>",
			body: para(mark("begin") + code(`HYPERLINK \l "_Toc2"`) + mark("separate") + words("plus bas") + mark("end"))},
		{name: "a field of another kind", want: "<p>Le 22 mars</p>",
			body: para(words("Le ") + mark("begin") + code(`DATE \@ "d MMMM"`) + mark("separate") + words("22 mars") + mark("end"))},
		{name: "a prompt", want: "<p>Un texte</p>",
			body: para(words("Un texte") + mark("begin") + code(`MACROBUTTON NoMacro [Cliquez ici]`) + mark("end"))},
		{name: "a table of contents in a field", want: "<p>Un texte</p>",
			body: para(mark("begin")+code(` TOC \o "1-3" `)+mark("separate")+words("Un atelier")+mark("begin")+code("PAGEREF _Toc1")+mark("separate")+words("2")+mark("end")) +
				para(words("Un salon 3")+mark("end")) + para(words("Un texte"))},
		{name: "a field without an end", want: "<p>Un atelier</p>\n<p>Un texte</p>",
			body: para(mark("begin")+code(` TOC `)+mark("separate")+words("Un atelier")) + para(words("Un texte"))},
		{name: "a table of contents in a control and by its style", want: "<p>Un texte</p>",
			body: `<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>` + para(words("Sommaire")) + "</w:sdtContent></w:sdt>" +
				para(`<w:pPr><w:pStyle w:val="TM1"/></w:pPr>`+words("Un atelier 2")) + para(words("Un texte"))},
		{name: "a text box", want: "<p>Le forum ouvre le 22 mars.</p>\n<p>Encadré</p>\n<p>Elle répond.</p>\n<p>Suite</p>",
			body: para(words("Le forum ouvre")+"<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>"+para(words("Encadré"))+para(words("Elle répond."))+"</w:txbxContent></mc:Choice>"+
				"<mc:Fallback><w:pict><w:txbxContent>"+para(words("Encadré"))+para(words("Elle répond."))+"</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"+words(" le 22 mars.")) + para(words("Suite"))},
		{name: "a form that only the other tells", want: `<p><img src="cid:picture-1.document" alt="Un dessin"></p>`, pictures: 1,
			body: para(`<w:r><mc:AlternateContent><mc:Choice><w:ink/></mc:Choice><mc:Fallback><w:pict><v:imagedata r:id="p" o:title="Un dessin"/></w:pict></mc:Fallback></mc:AlternateContent></w:r>`)},
		{name: "a picture of VML", want: "<p>Un texte</p>\n<p><img src=\"cid:picture-1.document\" alt=\"Le port\"></p>", pictures: 1,
			body: para(words("Un texte")) + para(`<w:r><w:pict><v:shape alt="Le port"><v:imagedata r:id="p" o:title="scan"/></v:shape></w:pict></w:r>`)},
		{name: "a deleted picture", want: "<p>Un texte</p>",
			body: para(words("Un texte") + `<w:del><w:r><w:drawing><a:blip r:embed="p"/></w:drawing></w:r></w:del>`)},
		{name: "footnotes", want: "<p>Un atelier¹ à Rouen².</p>\n<p>¹ Sur inscription.</p>\n<p>² Au port.</p>\n<p>Suite</p>",
			body:  para(words("Un atelier")+`<w:r><w:footnoteReference w:id="2"/></w:r>`+words(" à Rouen")+`<w:r><w:endnoteReference w:id="2"/></w:r>`+words(".")) + para(words("Suite")+`<w:r><w:footnoteReference w:id="2"/></w:r>`),
			parts: []string{"word/footnotes.xml", `<w:footnotes xmlns:w="w"><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote><w:footnote w:id="2">` + para(words("Sur inscription.")) + "</w:footnote></w:footnotes>", "word/endnotes.xml", `<w:endnotes xmlns:w="w"><w:endnote w:id="2">` + para(words("Au port.")) + "</w:endnote></w:endnotes>"}},
		{name: "prompts of empty controls", want: "<p>Lieu : </p>\n<p>Date : 22 mars</p>",
			body: para(words("Lieu : ")+`<w:sdt><w:sdtPr><w:rPr><w:b/></w:rPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>`+words("Cliquez ici")+"</w:sdtContent></w:sdt>") +
				para(words("Date : ")+`<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:rPr><w:rStyle w:val="Textedelespacerserv"/></w:rPr><w:t>Choisissez</w:t></w:r>`+words("22 mars")+"</w:sdtContent></w:sdt>")},
		{name: "a deleted row and cell", want: "<table>\n<tr><td><p>a</p>\n</td><td></td></tr>\n</table>",
			body: "<w:tbl><w:tr><w:tc>" + para(words("a")) + "</w:tc><w:tc><w:tcPr><w:cellDel/></w:tcPr>" + para(words("b")) + "</w:tc></w:tr>" +
				"<w:tr><w:trPr><w:del/></w:trPr><w:tc>" + para(words("c")) + "</w:tc></w:tr></w:tbl>"},
		{name: "hidden text", want: "<p>Un texte</p>\n<p>visible</p>", hidden: true,
			body: para(words("Un texte")+`<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>`) + para(`<w:pPr><w:pStyle w:val="Interne"/></w:pPr>`+words("aussi")) +
				para(`<w:pPr><w:pStyle w:val="Interne"/></w:pPr><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>visible</w:t></w:r>`)},
		{name: "struck text", want: "<p>Le  22 mars</p>", struck: "15 mars ou le 16",
			body: para(words("Le ") + `<w:r><w:rPr><w:strike/></w:rPr><w:t>15 mars</w:t></w:r><w:r><w:rPr><w:dstrike/></w:rPr><w:t xml:space="preserve"> ou </w:t></w:r>` +
				`<w:r><w:rPr><w:rStyle w:val="Barr"/></w:rPr><w:t>le 16</w:t></w:r>` + words(" 22 mars"))},
		{name: "how text was before", want: "<p><strong>22 mars</strong></p>",
			body: para(`<w:pPr><w:pPrChange><w:pPr><w:pStyle w:val="Interne"/></w:pPr></w:pPrChange></w:pPr><w:r><w:rPr><w:b/><w:rPrChange><w:rPr><w:strike/><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>22 mars</w:t></w:r>`)},
		{name: "a page within", want: "<p>Un texte</p>\n<p>Le <b>port</b></p>\n<p>Suite</p>",
			body: para(words("Un texte")) + `<w:altChunk r:id="c"/>` + para(words("Suite"))},
	} {
		parts := append([]string{"word/_rels/document.xml.rels", pictureRels, "word/styles.xml", styles, "word/media/a.png", "a picture",
			"word/chunk.htm", "<html><body><p>Le <b>port</b></body></html>"}, c.parts...)
		d, err := Read(wordOf(t, c.body, parts...))
		if got := strings.TrimSpace(strings.ReplaceAll(d.HTML, "\n\n", "\n")); err != nil || got != strings.ReplaceAll(c.want, " </p>", "</p>") {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
		if d.Struck != c.struck || d.Hidden != c.hidden || len(d.Images) != c.pictures {
			t.Errorf("%s: struck %q, hidden %v, %d pictures", c.name, d.Struck, d.Hidden, len(d.Images))
		}
	}
	d, err := Read(wordOf(t, para(words("Un texte"))+`<w:altChunk r:id="d"/>`, "word/_rels/document.xml.rels", pictureRels, "word/chunk.bin", "\x00\x01"))
	if err != nil || len(d.Unread) != 1 || d.Unread[0] != "chunk.bin" {
		t.Errorf("a part that cannot be read: %v, %q", err, d.Unread)
	}
}

// The main part is the one that the archive names, and what belongs to it is found from
// there.
func TestRead_WordMainPart(t *testing.T) {
	t.Parallel()
	rels := `<Relationships><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/texte/document7.xml"/></Relationships>`
	d, err := Read(pack(t, "_rels/.rels", rels, "texte/document7.xml", wordHead+para(`<w:pPr><w:pStyle w:val="x1"/></w:pPr>`+words("Un forum"))+para(`<w:hyperlink r:id="l">`+words("ici")+"</w:hyperlink>")+"</w:body></w:document>",
		"texte/_rels/document7.xml.rels", `<Relationships><Relationship Id="l" Type="x/hyperlink" Target="https://a.example" TargetMode="External"/><Relationship Id="s" Type="x/styles" Target="styles9.xml"/></Relationships>`,
		"texte/styles9.xml", `<w:styles xmlns:w="w"><w:style w:styleId="x1"><w:name w:val="heading 1"/></w:style></w:styles>`))
	if err != nil || d.Title != "Un forum" || d.HTML != "<p><a href=\"https://a.example\">ici</a></p>\n" {
		t.Errorf("%v, %q, %q", err, d.Title, d.HTML)
	}
	book := strings.ReplaceAll(rels, "/texte/document7.xml", "xl/workbook.xml")
	if _, err := Read(pack(t, "_rels/.rels", book, "xl/workbook.xml", `<workbook xmlns="x"/>`)); !errors.Is(err, ErrNotDocument) {
		t.Errorf("a table is read as a text: %v", err)
	}
}

// The title is the paragraph in a style of titles, however the style is named.
func TestRead_TitleByStyle(t *testing.T) {
	t.Parallel()
	styles := func(id, inner string) []string {
		return []string{"word/styles.xml", `<w:styles xmlns:w="w"><w:style w:styleId="` + id + `">` + inner + "</w:style></w:styles>"}
	}
	based := []string{"word/styles.xml", `<w:styles xmlns:w="w"><w:style w:styleId="Maison"><w:name w:val="Maison"/><w:basedOn w:val="T1"/></w:style><w:style w:styleId="T1"><w:name w:val="heading 1"/></w:style></w:styles>`}
	for id, parts := range map[string][]string{
		"Heading1": nil, "Title": nil, "Titre": nil, "Titre1": nil, "berschrift1": nil, "Überschrift1": nil, "Titel": nil, "Titolo1": nil, "Ttulo": nil, "Ttulo1": nil, "Kop1": nil,
		"a3": styles("a3", `<w:name w:val="Title"/>`), "x": styles("x", `<w:pPr><w:outlineLvl w:val="0"/></w:pPr>`), "Maison": based,
	} {
		for _, above := range []string{"", para(words("Rouen, le 25 janvier 2018"))} {
			d, err := Read(wordOf(t, above+para(`<w:pPr><w:pStyle w:val="`+id+`"/></w:pPr>`+words("Un atelier à Rouen"))+para(words("Le texte.")), parts...))
			if err != nil || d.Title != "Un atelier à Rouen" || strings.Contains(d.HTML, "Un atelier") || !strings.Contains(d.HTML, "Le texte.") {
				t.Errorf("style %s below %q: %v, title %q, %q", id, above, err, d.Title, d.HTML)
			}
		}
	}
	for name, body := range map[string]string{
		"an automatic style": `<o:automatic-styles><st:style st:name="P1" st:parent-style-name="Title"/></o:automatic-styles><o:body><o:text><t:p t:style-name="P1">Un atelier</t:p><t:p>Le texte.</t:p>`,
		"a heading":          `<o:body><o:text><t:h t:outline-level="1">Un atelier</t:h><t:p>Le texte.</t:p>`,
		"a style":            `<o:body><o:text><t:p>Rouen, le 25 janvier</t:p><t:p t:style-name="Title">Un atelier</t:p><t:p>Le texte.</t:p>`,
	} {
		d, err := Read(pack(t, "content.xml", `<o:document-content xmlns:o="o" xmlns:t="t" xmlns:st="st">`+body+`</o:text></o:body></o:document-content>`))
		if err != nil || d.Title != "Un atelier" || strings.Contains(d.HTML, "atelier") {
			t.Errorf("%s: %v, %q, %q", name, err, d.Title, d.HTML)
		}
	}
	// A box above the heading, or in it, is none.
	d, err := Read(wordOf(t, para("<w:r><w:txbxContent>"+para(`<w:pPr><w:pStyle w:val="Titre1"/></w:pPr>`+words("Encadré"))+"</w:txbxContent></w:r>")+para(`<w:pPr><w:pStyle w:val="Titre1"/></w:pPr>`+words("Un forum")+
		"<w:r><w:txbxContent>"+para(words("Autre"))+"</w:txbxContent></w:r>")))
	if err != nil || d.Title != "Un forum" || d.HTML != "<h2>Encadré</h2>\n<p>Autre</p>\n" {
		t.Errorf("boxes beside the title: %v, %q, %q", err, d.Title, d.HTML)
	}
}

func TestRead_OpenDocumentKeepsAndLeavesOut(t *testing.T) {
	t.Parallel()
	d, err := Read(pack(t, "content.xml", `<o:document-content xmlns:o="o" xmlns:t="t" xmlns:st="st" xmlns:fo="fo" xmlns:d="d" xmlns:x="x"><o:automatic-styles>`+
		`<st:style st:name="T1"><st:text-properties t:display="none"/></st:style><st:style st:name="T2"><st:text-properties st:text-line-through-style="solid"/></st:style>`+
		`<st:style st:name="P1" st:parent-style-name="T1"/></o:automatic-styles><o:body><o:text>`+
		`<t:p>Le forum<d:frame><d:text-box><t:p>Encadré</t:p></d:text-box></d:frame> ouvre<t:note><t:note-citation>1</t:note-citation><t:note-body><t:p>Au port.</t:p></t:note-body></t:note> le <t:span t:style-name="T2">15</t:span> 22 mars.</t:p>`+
		`<t:p>Un <t:span t:style-name="T1">secret</t:span>texte</t:p><t:p t:style-name="P1">caché</t:p>`+
		`<t:section t:display="none"><t:p>interne</t:p></t:section><t:p>avant<t:hidden-paragraph t:is-hidden="true"/> après</t:p>`+
		`<t:table-of-content><t:index-body><t:p>Sommaire</t:p></t:index-body></t:table-of-content><t:p>Lieu : <t:placeholder>&lt;lieu&gt;</t:placeholder></t:p>`+
		`</o:text></o:body></o:document-content>`))
	want := "<p>Le forum ouvre¹ le  22 mars.</p>\n<p>Encadré</p>\n<p>¹ Au port.</p>\n<p>Un texte</p>\n<p>Lieu :</p>\n"
	if err != nil || d.HTML != want || d.Struck != "15" || !d.Hidden {
		t.Errorf("%v, struck %q, hidden %v\n%s\nwant\n%s", err, d.Struck, d.Hidden, d.HTML, want)
	}
}

func TestRead_RTF(t *testing.T) {
	t.Parallel()
	d, err := Read([]byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset238 Arial CE;}}{\stylesheet{\s1 heading 1;}{\s0 Normal;}}{\*\generator Word}{\header En-t\'eate\par}` +
		`\pard\s1 Un forum \'e0 Rouen\par\pard Le {\b forum} {\strike 15 mars }22 mars, {\v secret}{\field{\*\fldinst{HYPERLINK "https://forum.example"}}{\fldrslt{\ul ici}}}\line \u8364?5 {\f1\'f8}{\footnote \pard Au port.\par}.\par` +
		`{\listtext\'b7\tab}\pard un\par{\listtext\'b7\tab}deux\par\pard\intbl a\cell b\cell\row\pard fin{\pict\pngblip 6162\par}\par}`))
	want := "<p>Le <strong>forum</strong> 22 mars, <a href=\"https://forum.example\">ici</a><br>€5 ř¹.</p>\n<p>¹ Au port.</p>\n<ul>\n<li>un</li>\n<li>deux</li>\n</ul>\n" +
		"<table>\n<tr><td><p>a</p>\n</td><td><p>b</p>\n</td></tr>\n<tr></tr></table>\n<p>fin<img src=\"cid:picture-1.document\" alt=\"\"></p>\n"
	if err != nil || d.Title != "Un forum à Rouen" || d.HTML != want || d.Struck != "15 mars" || !d.Hidden || string(d.Images[0].Data) != "ab" {
		t.Errorf("%v, %q, struck %q\n%s\nwant\n%s", err, d.Title, d.Struck, d.HTML, want)
	}
}

func TestKindOf_ByContentThenName(t *testing.T) {
	t.Parallel()
	ole := string(oleMagic) + strings.Repeat("\x00", 600)
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	docx := string(wordOf(t, para(words("a"))))
	for _, c := range []struct {
		name, media, data string
		want              Kind
		err               error
	}{
		{"a.doc", "application/msword", ole, Unsupported, ErrUnsupported},
		{"a", "application/octet-stream", ole + wide("WordDocument"), Unsupported, ErrUnsupported},
		{"a.docx", "application/octet-stream", ole + wide("EncryptedPackage"), Locked, ErrLocked},
		{"a.xls", "application/vnd.ms-excel", ole, NoText, ErrUnsupported},
		{"a.doc", "application/msword", docx, Text, nil},
		{"a.bin", "application/octet-stream", docx, Text, nil},
		{"a.doc", "application/msword", `{\rtf1 a}`, Text, nil},
		{"a.pages", "application/octet-stream", string(pack(t, "Index/Document.iwa", "x")), Unsupported, ErrUnsupported},
		{"a.numbers", "application/octet-stream", string(pack(t, "Index/Document.iwa", "x", "Index/CalculationEngine.iwa", "x")), NoText, ErrNotDocument},
		{"a.odt", "application/octet-stream", string(pack(t, "content.xml", "x", "META-INF/manifest.xml", "<encryption-data/>")), Locked, ErrLocked},
		{"a.ods", "application/octet-stream", string(pack(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>")), NoText, ErrNotDocument},
		{"a.zip", "application/zip", string(pack(t, "a.txt", "x")), NoText, ErrNotDocument},
		{"a.docx", "application/octet-stream", docx[:200], Text, ErrNotDocument},
		{"a.wpd", "application/octet-stream", "\xffWPC", Unsupported, ErrNotDocument},
		{"a.pdf", "application/msword", "%PDF-1.4", NoText, ErrNotDocument},
	} {
		if got := KindOf(c.name, c.media, []byte(c.data)); got != c.want {
			t.Errorf("%s, %s: kind %v, want %v", c.name, c.media, got, c.want)
		}
		if _, err := Read([]byte(c.data)); !errors.Is(err, c.err) {
			t.Errorf("%s, %s: %v, want %v", c.name, c.media, err, c.err)
		}
	}
}

// What can be repeated in a file without end costs no more than its bounds allow.
func TestRead_RepeatedElementsAreBounded(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, data := range map[string][]byte{
		"attributes":          wordOf(t, "<w:p"+many(` a=""`, 800_000)+"/>"),
		"attributes of text":  pack(t, "content.xml", "<a"+many(` b='>'`, 500_000)+"/>"),
		"a declaration":       pack(t, "content.xml", "<!DOCTYPE a ["+many(`<!ENTITY a "`+many("x", 50)+`">`, 5000)+"]><a/>"),
		"fields":              wordOf(t, para(many(mark("begin"), 50_000)+words("Un forum"))),
		"boxes":               wordOf(t, many("<w:p><w:txbxContent>", 90)),
		"boxes one by one":    wordOf(t, para(many("<w:txbxContent><w:p><w:t>"+many("x", 100)+"</w:t></w:p></w:txbxContent>", 20_000))),
		"notes":               wordOf(t, para(many(`<w:footnoteReference w:id="2"/>`, 50_000)), "word/footnotes.xml", `<a><footnote id="2"><p><r><t>`+many("x", 900_000)+"</t></r></p></footnote></a>"),
		"chunks":              wordOf(t, many(`<w:altChunk r:id="c"/>`, 50_000), "word/_rels/document.xml.rels", pictureRels, "word/chunk.htm", "<p>"+many("x", 200_000)),
		"styles in a circle":  wordOf(t, para(`<w:pPr><w:pStyle w:val="a"/></w:pPr>`+words("Un forum")), "word/styles.xml", `<a><style styleId="a"><basedOn val="b"/></style><style styleId="b"><basedOn val="a"/></style></a>`),
		"groups of RTF":       []byte(`{\rtf1 ` + many("{", 1_000_000) + "Un forum"),
		"a picture of RTF":    []byte(`{\rtf1 {\pict\pngblip ` + many("00", 5_000_000) + `}Un forum\par}`),
		"pictures of RTF":     []byte(`{\rtf1 ` + many(`{\pict\pngblip 00}`, 300_000) + `Un forum\par}`),
		"text of RTF":         []byte(`{\rtf1 ` + many(`\'e9`, 2_000_000) + "}"),
		"notes of RTF":        []byte(`{\rtf1 ` + many(`{\footnote `, 100_000) + "Un forum"),
		"a table of contents": wordOf(t, para(mark("begin")+code("TOC")+mark("separate")+many(words("x"), 20_000))),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(data)
		runtime.ReadMemStats(&after)
		var limit *LimitError
		if err != nil && !errors.As(err, &limit) && !strings.Contains(err.Error(), "XML") {
			t.Errorf("%s: %v", name, err)
		}
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 150 {
			t.Errorf("%s: %d MB were allocated", name, made)
		}
	}
}
