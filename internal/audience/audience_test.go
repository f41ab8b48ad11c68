package audience

import (
	"slices"
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	in := "\ufeffemail,name,centre,language,tags,consent\r\n" +
		"Nadia.B@cite-lile.example,Nadia Berthier,L'Île,fr,contact; Membre;contact,formulaire 2017-05-02\r\n" +
		"\"joao@porto.example\",\"Sá, João\",,en,,email 2017-06-01\n"
	people, bad, err := ReadCSV(strings.NewReader(in), []string{"fr", "en"})
	if err != nil || len(bad) != 0 {
		t.Fatalf("%v, %v", err, bad)
	}
	if len(people) != 2 || !people[0].Contributor() || people[1].Contributor() {
		t.Fatalf("read %+v", people)
	}
	if want := []string{"contact", "membre"}; !slices.Equal(people[0].Tags, want) {
		t.Errorf("tags %q, want %q", people[0].Tags, want)
	}
	if people[1].Name != "Sá, João" {
		t.Errorf("name %q", people[1].Name)
	}
}

func TestReadCSVWithSemicolons(t *testing.T) {
	people, bad, err := ReadCSV(strings.NewReader("email;tags;consent\na@x.example;\"membre;contact\";salon 2017\n"), []string{"fr"})
	if err != nil || len(bad) != 0 || len(people) != 1 || len(people[0].Tags) != 2 {
		t.Fatalf("%+v %v %v", people, bad, err)
	}
}

func TestReadCSVSaysWhichLinesAreBad(t *testing.T) {
	in := "email,language,consent\n" +
		"nobody,fr,form\n" + // 2: no address
		"a@x.example,de,form\n" + // 3: no such language
		"b@x.example,fr,\n" + // 4: no consent
		"c@x.example,fr,form\n" +
		"C@X.example,fr,form\n" // 6: twice
	people, bad, err := ReadCSV(strings.NewReader(in), []string{"fr", "en"})
	if err != nil {
		t.Fatal(err)
	}
	if len(people) != 1 {
		t.Errorf("took %+v", people)
	}
	var lines []int
	for _, b := range bad {
		lines = append(lines, b.Line)
	}
	if want := []int{2, 3, 4, 6}; !slices.Equal(lines, want) {
		t.Errorf("bad lines %v, want %v (%v)", lines, want, bad)
	}
	for _, in := range []string{"", "name\nx\n", "email,phone\n"} {
		if _, _, err := ReadCSV(strings.NewReader(in), nil); err == nil {
			t.Errorf("the header of %q was accepted", in)
		}
	}
}
