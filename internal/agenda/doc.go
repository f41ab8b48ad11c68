// Package agenda reads dates in text, makes events of them, and says which
// reminder of an event is due when. It does no input or output.
//
// Dates are read by a tokenizer and a grammar; what belongs to one language
// (months, weekdays, numerals, the words of ranges and hours, the cues of past
// and future) stands in its lexicon, as data. A wrong date is worse than none:
// what can be read in two ways is returned with its Doubt said, and no event is
// made of it; nor of a date in a sentence that tells what has been.
//
// Reminders are planned from an event and the instant of its approval alone, so
// that a plan made again after a crash is the same plan.
package agenda
