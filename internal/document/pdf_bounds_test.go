package document

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostilePDF returns files that make a reader create or read values again at a few octets
// each.
func hostilePDF() map[string]string {
	const size = 8 << 20
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	numbered := func(format string) string {
		var b strings.Builder
		for i := range 20000 {
			fmt.Fprintf(&b, format, i+1)
		}
		return b.String()
	}
	deflated := func(text string) string {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		return b.String()
	}
	page := func(content, font string) string {
		return "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids [3 0 R]>> endobj " +
			"3 0 obj <</Contents 4 0 R /Resources <</Font <</F 5 0 R>> /XObject <</X 4 0 R>>>>>> endobj " +
			"4 0 obj <</Subtype/Form/Filter/FlateDecode>> stream\n" + deflated(content) + "\nendstream endobj 5 0 obj <</ToUnicode 6 0 R>> endobj " +
			"6 0 obj <</Filter/FlateDecode>> stream\n" + deflated(font) + "\nendstream"
	}
	return map[string]string{
		"brackets":                   fill("["),
		"brackets that close":        fill(")"),
		"braces":                     fill("}"),
		"arrays":                     "1 0 obj " + fill("[1 "),
		"dictionaries":               "trailer " + fill("<</A "),
		"numbers":                    "1 0 obj <</Type/Catalog/A [" + fill("1 "),
		"objects within objects":     numbered("%d 0 obj [/Type "),
		"strings within strings":     numbered("%d 0 obj (/Type ") + fill("x"),
		"streams without an end":     numbered("%d 0 obj <</Type/ObjStm/Filter/ASCIIHexDecode/First 1/N 9>> stream ") + fill("0"),
		"trailers":                   fill("trailer <<"),
		"filters":                    "1 0 obj <</Type/ObjStm/First 9/N 9/Filter[" + strings.Repeat("/AHx ", 40000) + "]>> stream " + fill("0"),
		"pages":                      "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids [" + fill("2 0 R "),
		"pictures within content":    page(fill("ID "), ""),
		"forms that draw themselves": page(strings.Repeat("/X Do ", 100000), ""),
		"ranges of characters":       page("/F 1 Tf", strings.Repeat("<0000> <FFFF> <0041> endbfrange ", 200000)),
	}
}

// A file takes no more memory than its budget, some tens of megabytes. The benchmark
// prints its time.
func TestPDFText_HostileFilesStayWithinMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, body := range hostilePDF() {
		data := []byte("%PDF-1.4\n" + body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text, err := PDFText(data)
		runtime.ReadMemStats(&after)
		if made := after.TotalAlloc - before.TotalAlloc; made > 160<<20 {
			t.Errorf("%s: %d MB allocated", name, made>>20)
		}
		t.Logf("%s: %d octets, %v", name, len(text), err)
	}
}

func BenchmarkPDFHostile(b *testing.B) {
	for name, body := range hostilePDF() {
		data := []byte("%PDF-1.4\n" + body)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = PDFText(data)
			}
		})
	}
}
