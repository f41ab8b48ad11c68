package audience

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
)

// readFile returns the people of a file as "address|name|consent", and the rejected lines.
func readFile(t *testing.T, file string) (people []string, bad []int) {
	t.Helper()
	got, err := ReadCSV(strings.NewReader(file), []string{"fr", "en"})
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	for _, p := range got.People {
		people = append(people, fmt.Sprintf("%s|%s|%s", p.Address, p.Name, p.Consent))
	}
	for _, b := range got.Bad {
		bad = append(bad, b.Line)
	}
	return people, bad
}

// One table in the variants that spreadsheets write.
func TestReadCSV_AcceptsSpreadsheetVariants(t *testing.T) {
	const head, row = "email;name;centre;language;tags;consent", "elise@cite.example;Élise Béart;Cité d’Évry;fr;membre;formulaire reçu"
	windows, err := charmap.Windows1252.NewEncoder().String(head + "\r\n" + row + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	utf16 := func(e textunicode.Endianness, bom textunicode.BOMPolicy) string {
		s, err := textunicode.UTF16(e, bom).NewEncoder().String(strings.ReplaceAll(head+"\r\n"+row+"\r\n", ";", "\t"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, file := range map[string]string{
		"UTF-8":                  head + "\n" + row,
		"with a byte order mark": "\ufeff" + head + "\n" + row + "\n",
		"Windows-1252":           windows,
		"UTF-16":                 utf16(textunicode.LittleEndian, textunicode.UseBOM),
		"UTF-16, big endian":     utf16(textunicode.BigEndian, textunicode.UseBOM),
		"UTF-16 without a mark":  utf16(textunicode.LittleEndian, textunicode.IgnoreBOM),
		"tabs":                   strings.ReplaceAll(head+"\n"+row, ";", "\t"),
		"commas":                 strings.ReplaceAll(head+"\n"+row, ";", ","),
		"sep=":                   "sep=;\r\n" + head + "\r\n" + row,
		"sep= tab":               "sep=\t\n" + strings.ReplaceAll(head+"\n"+row, ";", "\t"),
		"sep= between quotes":    "\"sep=;\"\n" + head + "\n" + row,
		"old Macintosh lines":    head + "\r" + row,
		"empty columns":          head + ";;\n" + row + ";;\n;;;;;;;\n",
		"zero-width characters":  head + "\n\u200b" + strings.ReplaceAll(row, ";", "\u00a0;\u2060") + "\u200e",
	} {
		people, bad := readFile(t, file)
		if !slices.Equal(people, []string{"elise@cite.example|Élise Béart|formulaire reçu"}) || len(bad) > 0 {
			t.Errorf("%s: %q, bad %v", name, people, bad)
		}
	}
	for _, file := range []string{"email;consent\nx\x81y@cite.example;\xe9", "PK\x03\x04\x00\x00"} {
		if _, err := ReadCSV(strings.NewReader(file), nil); err == nil || !strings.Contains(err.Error(), "CSV UTF-8") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// A line with a mistake is rejected alone, and adds no wrong data.
func TestReadCSV_RejectsOnlyTheLineWithAMistake(t *testing.T) {
	const head = "email,consent,name\n"
	const after = "\npat@cite.example,form,Pat\nzoe@cite.example,form,Zoé"
	for name, c := range map[string]struct {
		line  string
		taken string
		lines int // of the record
	}{
		"one field too many":     {"nadia@cite.example,form,Berthier, Nadia", "", 1},
		"a field that shifts":    {"nadia@cite.example,Berthier, Nadia,form,", "", 1},
		"an open quote":          {`nadia@cite.example,form,"Nadia`, "", 1},
		"an open quote at first": {`"nadia@cite.example,form,Nadia`, "", 1},
		"a quote within":         {`nadia@cite.example,form,Nadia "N" Berthier`, "", 1},
		"a line end in quotes":   {"nadia@cite.example,form,\"Nadia\nBerthier\"", "nadia@cite.example|Nadia Berthier|form", 2},
		"a separator in quotes":  {`nadia@cite.example,form,"Berthier, Nadia"`, "nadia@cite.example|Berthier, Nadia|form", 1},
		"one label":              {"nadia@cite,form,Nadia", "", 1},
		"an underscore":          {"nadia@ci_te.example,form,Nadia", "", 1},
		"an address of numbers":  {"nadia@192.0.2.1,form,Nadia", "", 1},
		"no consent":             {"nadia@cite.example,,Nadia", "", 1},
	} {
		people, bad := readFile(t, head+c.line+after)
		want := []string{"pat@cite.example|Pat|form", "zoe@cite.example|Zoé|form"}
		var wantBad []int
		if c.taken != "" {
			want = append([]string{c.taken}, want...)
		} else {
			wantBad = []int{2}
		}
		if !slices.Equal(people, want) || !slices.Equal(bad, wantBad) {
			t.Errorf("%s: %q, bad %v", name, people, bad)
		}
	}
	people, bad := readFile(t, "email,consent,tags\nnadia@cite.example,form,\"membre,contact\"\npat@cite.example,form,membre;contact\n")
	if !slices.Equal(bad, []int{2}) || len(people) != 1 {
		t.Errorf("a comma between tags: %q, bad %v", people, bad)
	}
}
