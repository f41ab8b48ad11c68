package agenda

// Doubt is why a date is unsure; "" if it is not. Its values are keys under which
// the words of a question are kept in each language.
type Doubt string

// Question is a date that announces something and cannot be told for sure, as it
// is put to the person who wrote it.
type Question struct {
	Quote string `json:"quote"` // the words of the text around the date, on one line
	Doubt Doubt  `json:"doubt"`
	Start Date   `json:"start"` // what it may mean; zero when nothing can be said
	End   Date   `json:"end"`
}

// Read gives the events that a text announces, as Events does, and beside them
// the dates that would be events were they not in doubt.
func Read(text string, o Options) ([]Event, []Question) {
	return Events(text, o), nil
}
