package item

import (
	"strings"

	"github.com/abadojack/whatlanggo"
)

// Limits of language detection: the octets of text from which letter frequencies are
// significant; and for shorter texts the function words needed, and the lead over the next
// language.
const (
	minDetect   = 200
	minFunction = 3
	clearly     = 2
)

var detectable = whatlanggo.Options{Whitelist: map[whatlanggo.Lang]bool{
	whatlanggo.Fra: true, whatlanggo.Eng: true, whatlanggo.Por: true, whatlanggo.Ita: true, whatlanggo.Spa: true,
}}

// languageOf detects the language of a text, first by its function words.
func languageOf(text, fallback string) (language, why string) {
	count := map[string]int{}
	for _, word := range strings.Fields(fold(text)) {
		for code, w := range loadVocabulary().languages {
			if w.function[word] {
				count[code]++
			}
		}
	}
	best, second := "", 0
	for code, n := range count {
		switch {
		case best == "" || n > count[best] || n == count[best] && code < best:
			if best != "" {
				second = max(second, count[best])
			}
			best = code
		default:
			second = max(second, n)
		}
	}
	if n := count[best]; n >= minFunction && n >= second+clearly && 4*n >= 5*second {
		return best, "the text's own"
	}
	if len(text) >= minDetect {
		if info := whatlanggo.DetectWithOptions(text, detectable); info.IsReliable() {
			return info.Lang.Iso6391(), "the text's own"
		}
	}
	if count[fallback] < count[best] && count[best] >= minFunction {
		return best, "most of the text's words"
	}
	return fallback, "the sender's"
}
