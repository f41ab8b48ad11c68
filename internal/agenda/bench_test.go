package agenda

import (
	"strings"
	"testing"
)

// long is a text of about 60 KB, with a date in each of its sentences.
func long() string {
	return strings.Repeat("La Cité des métiers accueillera une journée d'orientation le 22 mars 2018 à Porto, de 9h à 12h30, pour les jeunes de 15 à 24 ans. ", 230) +
		strings.Repeat("\n7 février\nRéunion du comité, Lyon\n", 800)
}

func BenchmarkFind(b *testing.B) {
	text := long()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find(text, Date{2018, 1, 25}, "fr")
	}
}

func BenchmarkEvents(b *testing.B) {
	text := long()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Events(text, Options{Title: "Agenda", Ref: Date{2018, 1, 25}, Lang: "fr"})
	}
}

func BenchmarkEventsOneSentence(b *testing.B) {
	text := strings.Repeat("le 22 mars 2018 aura lieu un atelier, ", 1600)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Events(text, Options{Title: "Agenda", Ref: Date{2018, 1, 25}, Lang: "fr"})
	}
}
