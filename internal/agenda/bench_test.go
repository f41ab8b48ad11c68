package agenda

import (
	"strings"
	"testing"
)

// article is about n bytes of a newsletter's prose, with an announcement in each of
// its paragraphs.
func articleOf(n int) string {
	const paragraph = `La Cité des métiers accueille depuis dix ans les personnes qui cherchent leur voie, et les conseille avec ses partenaires de la région. Parmi les 127 candidatures reçues, 88 ont été retenues par le jury ; les jeunes de 15 à 24 ans en forment la moitié, et le taux de retour à l'emploi dépasse 60 % après une formation de six mois.

Une journée d'orientation aura lieu le 22 mars 2018 à Porto, de 9h à 12h30, avec les équipes et leurs partenaires. Les inscriptions sont ouvertes jusqu'au 10 mars : https://cite.example/inscription

`
	return strings.Repeat(paragraph, n/len(paragraph)+1)
}

// dense is a text of about 60 KB, with a date in each of its sentences and lines.
func dense() string {
	return strings.Repeat("La Cité des métiers accueillera une journée d'orientation le 22 mars 2018 à Porto, de 9h à 12h30, pour les jeunes de 15 à 24 ans. ", 230) +
		strings.Repeat("\n7 février\nRéunion du comité, Lyon\n", 800)
}

func benchmarkRead(b *testing.B, text, lang string) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(text, Options{Title: "Agenda", Ref: Date{2018, 1, 25}, Lang: lang})
	}
}

func BenchmarkRead20KB(b *testing.B)      { benchmarkRead(b, articleOf(20<<10), "fr") }
func BenchmarkReadUnknown(b *testing.B)   { benchmarkRead(b, articleOf(20<<10), "") }
func BenchmarkReadDense60KB(b *testing.B) { benchmarkRead(b, dense(), "fr") }
func BenchmarkReadOneSentence60KB(b *testing.B) {
	benchmarkRead(b, strings.Repeat("le 22 mars 2018 aura lieu un atelier, ", 1600), "fr")
}

func BenchmarkFindDense60KB(b *testing.B) {
	text := dense()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find(text, Date{2018, 1, 25}, "fr")
	}
}
