package document

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// pdf builds a file of numbered objects, with no table of them.
func pdf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF\n")
	return []byte(b.String())
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(content), dict, content)
}

func flate(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

const (
	catalogue = "<< /Type /Catalog /Pages 2 0 R >>"
	onePage   = "<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
	page      = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
	helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
)

func TestPDFText_ReadsEachEncoding(t *testing.T) {
	t.Parallel()
	const drawn = "BT /F1 12 Tf 14 TL 72 700 Td (Forum le 22 mars \\(2018\\)) Tj 0 -14 Td [(de 9h) -300 (\\340 17h)] TJ T* <526F75656E> ' ET"
	const said = "Forum le 22 mars (2018)\nde 9h à 17h\nRouen"
	unicode := stream("", "1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfrange <0001> <0003> <0061> <0005> <0006> [<00E9> <D83DDE00>] endbfrange 1 beginbfchar <0004> <0020> endbfchar")
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"plain":     {pdf(catalogue, onePage, page, stream("", drawn), helvetica), said},
		"deflated":  {pdf(catalogue, onePage, page, stream("/Filter /FlateDecode", flate(drawn)), helvetica), said},
		"hex":       {pdf(catalogue, onePage, page, stream("/Filter [/ASCIIHexDecode]", fmt.Sprintf("%X>", drawn)), helvetica), said},
		"no length": {pdf(catalogue, onePage, page, strings.Replace(stream("", drawn), "/Length", "/Longueur", 1), helvetica), said},
		"in a stream of objects": {pdf("<< /Type /Catalog /Pages 20 0 R >>", "(unused)", page, stream("", drawn), helvetica,
			stream("/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode", flate("20 0 "+onePage))), said},
		"composite font": {pdf(catalogue, onePage, page, stream("", "BT /F1 10 Tf 1 0 0 1 50 50 Tm <00010002000300040005> Tj ET"),
			"<< /Type /Font /Subtype /Type0 /ToUnicode 6 0 R /DescendantFonts [<< /DW 500 >>] >>", unicode), "abc é"},
		"kerned by moves": {pdf(catalogue, onePage, page, stream("", "BT /F1 10 Tf 1 0 0 1 50 50 Tm <0001> Tj 5 0 Td <0002> Tj 9 0 Td <0003> Tj ET"),
			"<< /Type /Font /Subtype /Type0 /ToUnicode 6 0 R /DescendantFonts [<< /DW 500 >>] >>", unicode), "ab c"},
		"named characters": {pdf(catalogue, onePage, page, stream("", "BT /F1 10 Tf (abc) Tj ET"),
			"<< /Type /Font /Subtype /Type1 /Encoding << /Differences [97 /eacute /oe /fi] >> >>"), "éœfi"},
		"a form": {pdf(catalogue, onePage, strings.Replace(page, "/Font", "/XObject << /X 6 0 R >> /Font", 1), stream("", "/X Do"), helvetica,
			stream("/Type /XObject /Subtype /Form", "BT /F1 12 Tf (Dans une forme) Tj ET")), "Dans une forme"},
		"pages that hold themselves": {pdf(catalogue, "<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] >>", page, stream("", drawn), helvetica), ""},
		"a form in itself": {pdf(catalogue, onePage, strings.Replace(page, "/Font", "/XObject << /X 6 0 R >> /Font", 1), stream("", "/X Do"), helvetica,
			stream("/Subtype /Form /Resources << /XObject << /X 6 0 R >> >>", "/X Do")), ""},
	} {
		got, err := PDFText(c.file)
		if err != nil || got != c.want && c.want != "" {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := PDFText(bytes.Replace(pdf(catalogue, onePage, page), []byte("/Root"), []byte("/Encrypt 9 0 R /Root"), 1)); !errors.Is(err, ErrEncrypted) {
		t.Errorf("an encrypted file: %v", err)
	}
	if _, err := PDFText([]byte("no such thing")); err == nil {
		t.Error("text was found in what is no PDF file")
	}
}

// A file that unpacks to more than twice the bound stays within it.
func TestPDFText_BombStaysWithinItsBound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	bomb := stream("/Filter [/FlateDecode /FlateDecode]", flate(flate(strings.Repeat("BT (x) Tj ET ", 2*maxPDFInflated/13))))
	pages := strings.Repeat("3 0 R ", 1000)
	got, err := PDFText(pdf(catalogue, "<< /Type /Pages /Kids ["+pages+"] >>", page, bomb, helvetica))
	if err != nil || len(got) > maxPDFText {
		t.Errorf("%d octets, %v", len(got), err)
	}
}

// The text of any file is bounded.
func FuzzPDF(f *testing.F) {
	f.Add(pdf(catalogue, onePage, page, stream("", "BT /F1 12 Tf (a) Tj [(b) -300 <63>] TJ ET"), helvetica))
	f.Add(pdf(catalogue, onePage, page, stream("/Filter /FlateDecode", flate("BT (a) Tj ET")), "<< /Subtype /Type0 /ToUnicode 4 0 R /DescendantFonts [<< /W [1 [2 3] 4 5 6] >>] >>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := PDFText(data)
		if err == nil && len(text) > maxPDFText+64<<10 {
			t.Fatalf("%d octets", len(text))
		}
	})
}
