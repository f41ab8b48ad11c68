package bounce

import (
	"strings"

	"infolettre/internal/message"
)

// answerFields are the fields of automatic answers (RFC 3834, and those that programs used
// before it), with the prefix that the value must have, if any.
var answerFields = []struct{ name, value string }{
	{"Auto-Submitted", "auto-replied"},
	{"Auto-Submitted", "auto-notified"},
	{"Precedence", "auto_reply"},
	{"X-Precedence", "auto_reply"},
	{"X-Autoreply", ""},
	{"X-Autorespond", ""},
	{"X-Autoresponder", ""},
	{"X-Auto-Reply", ""},
	{"X-Auto-Reply-From", ""},
	{"X-AutoReply-From", ""},
	{"X-Mail-Autoreply", ""},
	{"X-POST-MessageClass", "9"},
	{"X-Apple-Action", "vacation"},
}

// readAnswer recognises automatic answers and read receipts.
func readAnswer(m *message.Message) (Report, bool) {
	if strings.Contains(strings.ToLower(m.Header.Get("Content-Type")), "disposition-notification") {
		return Report{Kind: Vacation, Why: "read receipt"}, true
	}
	for _, f := range answerFields {
		for _, value := range m.Header.Values(f.name) {
			value = strings.ToLower(strings.TrimSpace(value))
			if strings.HasPrefix(value, f.value) && value != "no" {
				return Report{Kind: Vacation, Why: "field " + f.name}, true
			}
		}
	}
	// Test the subject alone: no other mark may decide here.
	subjectOnly := message.Message{Subject: m.Subject}
	if why, automatic := subjectOnly.Automatic(); automatic && !saysBounce(m.Subject) {
		return Report{Kind: Vacation, Why: why}, true
	}
	return Report{}, false
}
