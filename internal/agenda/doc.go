// Package agenda reads dates in text, makes events of them, and says which
// reminder of an event is due when. It does no input or output.
//
// Dates are read by a tokenizer and a grammar; what belongs to one language
// (months, weekdays, numerals, the words of ranges and hours, the cues of past
// and future, the names of events and places) stands in its file in languages/,
// as data that a person who knows the language can extend. To add a language is
// to add a file.
//
// Events are read from lists, tables, labelled particulars and running text. A
// wrong date is worse than none: what can be read in two ways has its Doubt said,
// and no event is made of it, but a Question for the person who wrote it. None is
// made of deadlines, of what has been, nor of the dates of laws, letters, births
// and closed doors.
//
// Reminders are planned from an event and the instant of its approval alone, so
// that a plan made again after a crash is the same plan.
package agenda
