package agenda_test

import (
	"fmt"
	"time"

	"infolettre/internal/agenda"
)

// The day on which the examples' texts were written.
var written = agenda.Date{Year: 2018, Month: time.January, Day: 25}

func ExampleFind() {
	for _, f := range agenda.Find("Le séminaire aura lieu du 30 mai au 1er juin à Rouen.", written, "fr") {
		fmt.Println(f.Start, f.End)
	}
	for _, f := range agenda.Find("The workshop is on 22 March 2018, 2 pm to 4:30 pm.", written, "en") {
		fmt.Println(f.Start, f.StartTime, f.EndTime)
	}
	// Output:
	// 2018-05-30 2018-06-01
	// 2018-03-22 14:00 16:30
}

func ExampleRead() {
	for _, text := range []string{
		"Un forum aura lieu le 22 mars à Bruxelles.",
		"Le forum du 22 mars est reporté au 5 avril à Namur.",
		"Le forum du 22 mars est annulé.",
	} {
		events, _ := agenda.Read(text, agenda.Options{Title: "Forum régional", Ref: written, Lang: "fr"})
		fmt.Println(len(events), text)
		for _, e := range events {
			fmt.Printf("  %s: %s (%s)\n", e.Start, e.Title, e.Place)
		}
	}
	// Output:
	// 1 Un forum aura lieu le 22 mars à Bruxelles.
	//   2018-03-22: Forum régional (Bruxelles)
	// 1 Le forum du 22 mars est reporté au 5 avril à Namur.
	//   2018-04-05: Forum régional (Namur)
	// 0 Le forum du 22 mars est annulé.
}

// A date that is in doubt is no event but a question to its author.
func ExampleRead_question() {
	events, questions := agenda.Read("Un atelier aura lieu le mercredi 22 mars 2018.", agenda.Options{Title: "Atelier", Ref: written, Lang: "fr"})
	fmt.Println(len(events), "events")
	for _, q := range questions {
		fmt.Println(q.Quote, "/", q.Doubt.Explain())
	}
	// Output:
	// 0 events
	// Un atelier aura lieu le mercredi 22 mars 2018 / the weekday and the date do not agree
}
