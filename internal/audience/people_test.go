package audience

import (
	"slices"
	"strings"
	"testing"
)

func TestReadCSV_ReadsPeople(t *testing.T) {
	in := "\ufeffemail,name,centre,language,tags,consent\r\n" +
		"Nadia.B@cite-lile.example,Nadia Berthier,L'Île,fr,contact; Membre;contact,formulaire 2017-05-02\r\n" +
		"\"joao@porto.example\",\"Sá, João\",,en,,email 2017-06-01\n"
	got, err := ReadCSV(strings.NewReader(in), []string{"fr", "en"})
	if err != nil || len(got.Bad) != 0 {
		t.Fatalf("%v, %v", err, got.Bad)
	}
	people := got.People
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

func TestReadCSV_AcceptsSemicolons(t *testing.T) {
	got, err := ReadCSV(strings.NewReader("email;tags;consent\na@x.example;\"membre;contact\";salon 2017\n"), []string{"fr"})
	if err != nil || len(got.Bad) != 0 || len(got.People) != 1 || len(got.People[0].Tags) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if got.Has("name") || !got.Has("tags") {
		t.Errorf("columns %v", got.Columns)
	}
}

func TestReadCSV_ReportsBadLines(t *testing.T) {
	in := "email,language,consent\n" +
		"nobody,fr,form\n" + // 2: no address
		"a@x.example,de,form\n" + // 3: no such language
		"b@x.example,fr,\n" + // 4: no consent
		"c@x.example,fr,form\n" +
		"C@X.example,fr,form\n" // 6: twice
	got, err := ReadCSV(strings.NewReader(in), []string{"fr", "en"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.People) != 1 {
		t.Errorf("took %+v", got.People)
	}
	var lines []int
	for _, b := range got.Bad {
		lines = append(lines, b.Line)
	}
	if want := []int{2, 3, 4, 6}; !slices.Equal(lines, want) {
		t.Errorf("bad lines %v, want %v (%v)", lines, want, got.Bad)
	}
	if got, err := ReadCSV(strings.NewReader("email,consent\n\"a@x.example,form\nb@x.example,form\n"), nil); err != nil || len(got.Bad) != 1 || got.Bad[0].Line != 2 {
		t.Errorf("a quote that is never closed: %+v, %v", got, err)
	}
	for _, in := range []string{"", "name\nx\n", "email,phone\n", "email,name,name\n"} {
		if _, err := ReadCSV(strings.NewReader(in), nil); err == nil {
			t.Errorf("the header of %q was accepted", in)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("email,name,centre,language,tags,consent\na@x.example,A,,fr,membre,form\n")
	f.Add("email;consent\n\"a;b\n")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ReadCSV(strings.NewReader(in), []string{"fr"})
		if err != nil {
			return
		}
		for _, p := range got.People {
			if p.Consent == "" || !strings.Contains(string(p.Address), "@") {
				t.Fatalf("took %+v from %q", p, in)
			}
		}
	})
}
