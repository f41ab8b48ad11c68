package editorial

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Field is a part of an item that an answer may change on its own.
type Field string

// The fields that an answer may change.
const (
	FieldTitle   Field = "title"
	FieldSection Field = "section"
	FieldDate    Field = "date"
	FieldPlace   Field = "place"
	FieldCentre  Field = "centre"
)

// Change is a field and its new value, as written. A centre may be "", for none.
type Change struct {
	Field Field
	Value string
}

// readField parses a line such as "TITRE : …".
func readField(text string) (Change, bool) {
	text = tidyMarks(text)
	i := strings.IndexAny(text, ":=")
	// A list mark before the label means that the line was quoted from a letter.
	if first, _ := utf8.DecodeRuneInString(text); i < 0 || i > 40 || !unicode.IsLetter(first) {
		return Change{}, false
	}
	f, ok := spoken().labels[foldLine(text[:i])]
	if !ok {
		return Change{}, false
	}
	value := strings.TrimSpace(strings.Trim(strings.TrimSpace(text[i+1:]), "*_"))
	return Change{f, strings.Join(strings.Fields(value), " ")}, true
}

// readFields removes the fields from the lines of an answer and returns the other lines. broken
// names a field that cannot be used as written.
func readFields(lines []string) (changes []Change, rest []string, broken string) {
	seen := map[Field]string{}
	for i := 0; i < len(lines); i++ {
		c, ok := readField(lines[i])
		if !ok || headed(lines, i) {
			rest = append(rest, lines[i])
			continue
		}
		// A mail program broke the value only if the line is long and the next one continues
		// it.
		for i+1 < len(lines) && utf8.RuneCountInString(lines[i]) >= 60 && goesOn(lines[i+1]) {
			c.Value += " " + strings.Join(strings.Fields(lines[i+1]), " ")
			i++
		}
		switch before, twice := seen[c.Field]; {
		case c.Value == "":
			broken = "a field has no value"
		case twice && before != c.Value:
			broken = "a field stands twice, with two values"
		case c.Field == FieldCentre && noCentre[foldLine(c.Value)]:
			c.Value = ""
			changes = append(changes, c)
		case disguised(c.Value) && c.Field != FieldTitle, strings.Contains(c.Value, "?") && c.Field != FieldTitle, !telling(c.Value):
			broken = "what a field is to be is not plain"
		case !twice:
			changes = append(changes, c)
		}
		seen[c.Field] = c.Value
	}
	return changes, rest, broken
}

// headers matches labels of a mail's header.
var headers = regexp.MustCompile(`(?i)^[*_ ]*(?:de|from|von|da|para|a|à|to|an|cc|objet|sujet|subject|betreff|oggetto|asunto|assunto|envoyé|sent|gesendet)[*_ ]*\s?:`)

// dated matches the label of a mail's date.
var dated = regexp.MustCompile(`(?i)^[*_ ]*(?:date|envoyé|sent|gesendet|data|fecha|datum)[*_ ]*\s?:`)

// headed reports whether a line is in the header of a forwarded mail, whose date is no field.
func headed(lines []string, i int) bool {
	return i > 0 && headers.MatchString(lines[i-1]) || i+1 < len(lines) && headers.MatchString(lines[i+1])
}

// goesOn reports whether a line may continue the one above.
func goesOn(text string) bool {
	text = strings.TrimSpace(text)
	first, _ := utf8.DecodeRuneInString(text)
	if _, isField := readField(text); isField || text == "" {
		return false
	}
	return (unicode.IsLower(first) || unicode.IsDigit(first)) && readLine(text).verb == None && !harmless(text) && takenBack(text) == ""
}

// telling reports whether a value is a real value, not a remark about the current one.
func telling(value string) bool {
	words := strings.Fields(foldLine(value))
	if len(words) == 0 || strings.ContainsAny(value, refusing+doubting) {
		return false
	}
	if orderOf(words) != None || kind(words) || meaning(strings.Join(words, " ")) {
		return false
	}
	if last := words[len(words)-1]; last == "plutot" || last == "instead" || last == "rather" || last == "svp" || last == "please" {
		return false
	}
	s := asunder{words: words}
	if s.has("negations") && s.has("publishing") || s.has("retracts") && spoken().said["retracts"].at(words, 0) > 0 {
		return false
	}
	if len(words) > 4 {
		return true
	}
	return !s.has("errors") && !s.has("doubts") && !s.has("retracts") && !spoken().orders["reject"].whole(words) && !unknown[strings.Join(words, " ")]
}

// unknown are words that stand for the current value.
var unknown = map[string]bool{"idem": true, "inchange": true, "inchangee": true, "unchanged": true, "same": true, "n a": true, "na": true, "tbd": true, "aucun": true, "aucune": true, "none": true, "ras": true}

// noCentre are the values with which an editor removes an item's centre.
var noCentre = map[string]bool{"aucun": true, "aucune": true, "sans": true, "none": true, "no": true, "non": true}

// harmless reports whether a line only greets, thanks, says goodbye or names somebody.
func harmless(text string) bool {
	return civil(text) || named(strings.TrimSpace(text)) && takenBack(text) == "" && orderOf(strings.Fields(foldLine(text))) == None
}

// civil is harmless for a line that is more than a name.
func civil(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" {
		return true
	}
	if len(text) > maxLine || strings.ContainsAny(text, "?"+refusing+doubting) || strings.IndexFunc(text, strange) >= 0 {
		return false
	}
	if takenBack(text) != "" || orderOf(strings.Fields(foldLine(text))) != None {
		return false
	}
	if greets(text) {
		return true
	}
	s := spoken()
	var left []string
	words := strings.Fields(foldLine(text))
	for i := 0; i < len(words); {
		if n := max(s.said["harmless"].at(words, i), s.around["beside"].at(words, i)); n > 0 {
			i += n
			continue
		}
		left = append(left, words[i])
		i++
	}
	a := answer{manners: known()}
	return a.impolite(strings.Join(left, " ")) == ""
}

// named reports whether a line may be a name: one to four words, each with a capital letter,
// and nothing else.
func named(text string) bool {
	words := strings.Fields(text)
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(first) || strings.ContainsAny(w, ".:;!?=0123456789") || meaning(foldLine(w)) {
			return false
		}
	}
	return len(words) > 0 && len(words) <= 4
}
