package message

import (
	"bytes"
	"regexp"
	"strings"
)

// calendarAnswers are the iTIP methods (RFC 5546, section 1.4) by which a calendar answers
// an invitation or asks for it again. They announce nothing.
var calendarAnswers = []string{"reply", "counter", "declinecounter", "refresh"}

// methodLine matches the property that names a calendar's method (RFC 5545, section
// 3.7.2).
var methodLine = regexp.MustCompile(`(?im)^method(?:;[^:\r\n]*)?:[ \t]*([a-z]+)`)

// addMethod records the method of a calendar part: that of its Content-Type, or that of
// the calendar itself if the part is not an attached file.
func (m *Message) addMethod(stated string, data []byte, attached bool) {
	method := stated
	if method == "" && !attached {
		if found := methodLine.FindSubmatch(bytes.ReplaceAll(data, []byte{0}, nil)); found != nil {
			method = string(found[1])
		}
	}
	if method = strings.ToLower(strings.TrimSpace(method)); method != "" {
		m.methods = append(m.methods, method)
	}
}

// answersInvitation returns the method by which the mail answers an invitation, "" for any
// other mail.
func (m *Message) answersInvitation() string {
	answer := ""
	for _, method := range m.methods {
		if !contains(calendarAnswers, method) {
			return ""
		}
		answer = strings.ToUpper(method)
	}
	return answer
}

// IsRecall reports whether the mail is Outlook's request to delete an earlier one: by its
// content class, or by its subject together with the sentence below it.
func (m *Message) IsRecall() bool {
	for _, value := range m.Header.Values("Content-Class") {
		if strings.EqualFold(firstWord(value), "urn:content-classes:recallmessage") {
			return true
		}
	}
	if !recallSubject.MatchString(foldSpace(m.Subject)) {
		return false
	}
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = HTMLToText(m.HTML)
	}
	text, _ = beginning(text, maxRecall, maxRecallLines)
	return recallSentence.MatchString(foldSpace(text))
}

// Bounds of the text that is searched for the sentence of a recall.
const (
	maxRecall      = 1000 // octets
	maxRecallLines = 12
)

// recallSubject and recallSentence are matched in lower case with single blanks.
var (
	recallSubject  = regexp.MustCompile(`^(?:rappel|recall|richiamo|richiama|recuperar|recuperación|recuperação|rechamar|zurückrufen|rückruf|intrekken|terugroepen) ?:`)
	recallSentence = regexp.MustCompile(`(?:` + strings.Join([]string{
		`(?:souhaite|souhaiterait|voudrait|désire) rappeler (?:le|ce|votre) message`,
		`would like to recall the message`,
		`(?:vorrebbe|desidera|intende) richiamare il messaggio`,
		`(?:desea|desearía|quiere|quisiera) recuperar el mensaje`,
		`(?:deseja|gostaria de|pretende|quer) (?:recuperar|rechamar|revogar|anular|cancelar) a mensagem`,
		`möchte die nachricht .{1,300} zurückrufen`, `möchte die nachricht zurückrufen`,
		`wil (?:het|dit) bericht .{0,300}(?:intrekken|terugroepen)`,
	}, "|") + `)`)
)
