package main

import (
	"strings"
	"testing"
)

// What strangers wrote orders no terminal about, in a column or in a line.
func TestTable_ReplacesControlCharacters(t *testing.T) {
	const hostile = "550 \x1b[31mred\a \u009b2J \u202etxt.exe\nnext\tone"
	var b strings.Builder
	if err := table(&b, "NO.\tTITLE", [][]string{{"1", hostile}}); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{strings.TrimSpace(b.String()), oneLine(hostile), cut(hostile, 200)} {
		if !strings.HasSuffix(got, "550 �[31mred� �2J �txt.exe next one") {
			t.Errorf("%q", got)
		}
	}
}

func TestTable_AlignsByWhatIsShown(t *testing.T) {
	var b strings.Builder
	err := table(&b, "NO.\tTITLE\tPLACE", [][]string{
		{"7", "Été", "Porto"},         // precomposed
		{"12", "E\u0301te\u0301", ""}, // the same in combining characters
		{"103", "東京の日", "Tōkyō"},      // two columns each
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "NO.  TITLE     PLACE\n" +
		"  7  Été       Porto\n" +
		" 12  E\u0301te\u0301\n" +
		"103  東京の日  Tōkyō\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
