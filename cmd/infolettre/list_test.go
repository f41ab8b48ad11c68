package main

import (
	"strings"
	"testing"
)

// What strangers wrote orders no terminal about, in a column or in a line.
func TestWhatIsPrintedOrdersNoTerminalAbout(t *testing.T) {
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
