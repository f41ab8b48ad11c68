package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// zipOf returns an archive of names and contents.
func zipOf(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A part that a file names once and uses many times stays within the bounds, in the result
// and in memory.
func TestRead_ReusedPartsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		data []byte
		full bool
	}{
		"a link": {zipOf(t, "word/document.xml", "<body><p>"+strings.Repeat(`<hyperlink id="r"/>`, 10_000)+"<r><t>Un forum</t></r></p></body>",
			"word/_rels/document.xml.rels", `<a><Relationship Id="r" Type="/hyperlink" Target="http://a.example/`+long+`"/></a>`), false},
		"a link that is not too long": {zipOf(t, "word/document.xml", "<body><p>"+strings.Repeat(`<hyperlink id="r"/>`, 100_000)+"</p></body>",
			"word/_rels/document.xml.rels", `<a><Relationship Id="r" Type="/hyperlink" Target="http://a.example/`+long[:1500]+`"/></a>`), true},
		"a description": {zipOf(t, "word/document.xml", `<body><p><docPr descr="`+long+`"/>`+strings.Repeat(`<blip embed="r"/>`, 30)+"<r><t>Un forum</t></r></p></body>",
			"word/_rels/document.xml.rels", `<a><Relationship Id="r" Type="/image" Target="media/a.png"/></a>`, "word/media/a.png", "x"), false},
		"a title": {zipOf(t, "content.xml", "<a><p><frame><title>"+strings.Repeat("x<b/>", 100_000)+"</title></frame>Un forum</p></a>"), false},
		"titles":  {zipOf(t, "content.xml", "<a><p><frame>"+strings.Repeat("<title/>", 300_000)+"</frame>Un forum</p></a>"), false},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := Read(c.data)
		runtime.ReadMemStats(&after)
		var limit *LimitError
		if c.full != errors.As(err, &limit) || !c.full && !strings.Contains(d.HTML, "Un forum") {
			t.Errorf("%s: %v, %.200q", name, err, d.HTML)
		}
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 150 {
			t.Errorf("%s: %d MB were allocated", name, made)
		}
	}
}
