// Package agenda reads dates in text, makes events of them, reads and writes iCalendar
// files, and plans the reminders of an event. It keeps no state and does no input or
// output.
//
// A tokenizer and a grammar read the dates. The words of a language (months, weekdays,
// numerals, ranges and hours, cues of past and future, names of events and places) are
// data in its file in languages/, which a person who knows the language can extend. To add
// a language is to add a file.
//
// Events are read from lists, tables, labelled particulars and running text. A wrong date
// is worse than none: a date that can be read in two ways gets a Doubt and becomes a
// Question to the author instead of an event. Deadlines, past events, and the dates of
// laws, letters, births and closed doors are no events.
//
// Reminders depend only on an event and the time of its approval, so that a plan made
// again after a crash is the same plan.
//
// Begin reading at Read in events.go and Find in find.go; ReadCalendar, Calendar and Plan
// stand alone.
package agenda
