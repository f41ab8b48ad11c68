package message

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUnflow_JoinsFlowedLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		delSp bool
		want  string
	}{
		{"Un texte \nqui suit.\n\nFin", false, "Un texte qui suit.\n\nFin"},
		{"mot \ncoupé", true, "motcoupé"},
		{"a\n-- \nNadia \nBerthier", false, "a\n-- \nNadia Berthier"},
		{"> cité \n> encore\nréponse", false, "> cité \n> encore\nréponse"},
		{" >pas une citation", false, ">pas une citation"},
	} {
		if got := unflow(c.in, c.delSp); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRead_UndoesFormatFlowed(t *testing.T) {
	t.Parallel()
	m, err := Read([]byte("From: a@x.example\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nUn texte \r\nqui suit.\r\n"))
	if err != nil || strings.TrimSpace(m.Text) != "Un texte qui suit." {
		t.Errorf("%q, %v", m.Text, err)
	}
}

func TestUnwrap_JoinsBrokenParagraphs(t *testing.T) {
	t.Parallel()
	wrapped := "La première sortie a eu lieu devant le lycée ; soixante-quatre\n" +
		"élèves sont montés à bord.\n\nContact :\nNadia Berthier\nnadia@cite.example\n\n- un point\n- un autre"
	want := "La première sortie a eu lieu devant le lycée ; soixante-quatre élèves sont montés à bord.\n\n" +
		"Contact :\nNadia Berthier\nnadia@cite.example\n\n- un point\n- un autre"
	if got := Unwrap(wrapped); got != want {
		t.Errorf("got %q", got)
	}
	for _, kept := range []string{
		"7 février 2018 : journée portes ouvertes de la Cité des métiers, Marseille\n21-22 février 2018 : forum de l'emploi, Rouen\n12-16 mars 2018 : formation",
		"Le comité exécutif du Réseau se réunira dans les locaux de la Villette\nParis",
		"Nous vous attendons nombreux dans la grande salle de la Cité des métiers\nContact : Nadia Berthier",
		"9h30 : accueil des participants et des exposants dans le grand hall\n10h : ouverture par la présidente\n12h : déjeuner",
	} {
		if got := Unwrap(kept); got != kept {
			t.Errorf("lines that were meant were joined: %q", got)
		}
	}
	long := strings.TrimSpace(strings.Repeat("mot ", 40)) + "\ncourt"
	if got := Unwrap(long); got != long {
		t.Errorf("a text that was not wrapped was changed: %q", got)
	}
}

// Joining lines loses and changes no word.
func TestUnwrap_KeepsEveryWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zé ,.-]{0,70}\n){1,12}`).Draw(t, "text")
		if got := Unwrap(text); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
