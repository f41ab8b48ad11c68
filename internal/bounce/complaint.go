package bounce

import (
	"encoding/json"
	"strings"

	"infolettre/internal/message"
)

// feedbackSenders are feedback loops that return the mail without a report part:
// Microsoft's and Amazon's.
var feedbackSenders = map[string]bool{
	"staff@hotmail.com":                    true,
	"complaints@email-abuse.amazonses.com": true,
}

// readFeedback reads an abuse report (RFC 5965), or the mail of a feedback loop that sends
// none.
func readFeedback(m *message.Message) (Report, bool) {
	fields, found := feedbackFields(m)
	r := Report{Kind: Complaint, Why: "feedback report"}
	switch {
	case found:
		r.FeedbackType = strings.ToLower(oneLine(fields.Get("Feedback-Type")))
	case len(m.From) == 1 && feedbackSenders[m.From[0].Address.Key()] && returnedHeader(m) != nil:
		r.Why = "mail returned by a feedback loop"
	default:
		return Report{}, false
	}
	if r.FeedbackType == "" {
		r.FeedbackType = "abuse"
	}
	for _, name := range []string{"Original-Rcpt-To", "Original-Recipient", "Removal-Recipient"} {
		for _, value := range fields.Values(name) {
			if a := findAddress(value); a != "" && !names(r.Recipients, a) {
				r.Recipients = append(r.Recipients, Recipient{Address: a})
			}
		}
		if len(r.Recipients) > 0 {
			break
		}
	}
	if len(r.Recipients) == 0 {
		if a := onlyAddress(returnedHeader(m), "X-HmXmrOriginalRecipient"); a != "" {
			r.Recipients = []Recipient{{Address: a}}
		}
	}
	r.finish(m, fields, nil)
	for i := range r.Recipients {
		r.Recipients[i].Reason = Complained
	}
	return r, true
}

func feedbackFields(m *message.Message) (message.Header, bool) {
	claims := strings.Contains(strings.ToLower(m.Header.Get("Content-Type")), "feedback-report")
	for _, p := range m.Parts {
		labelled := p.Type == "message/feedback-report"
		if !labelled && (!claims || p.Type == "message/rfc822") {
			continue
		}
		if h := headerOf(p.Data); labelled || h.Has("Feedback-Type") {
			return h, true
		}
	}
	if claims {
		if at := strings.Index(strings.ToLower(m.Text), "feedback-type:"); at >= 0 {
			return headerOf([]byte(clip(m.Text[at:], maxHeader))), true
		}
	}
	return nil, false
}

func names(recipients []Recipient, a message.Address) bool {
	for _, r := range recipients {
		if r.Address.Equal(a) {
			return true
		}
	}
	return false
}

// notification is the JSON that Amazon SES sends through SNS.
type notification struct {
	Type      string `json:"notificationType"`
	EventType string `json:"eventType"`
	Mail      struct {
		Headers []struct{ Name, Value string }
	}
	Bounce struct {
		BounceType        string
		BouncedRecipients []struct{ EmailAddress, Action, Status, DiagnosticCode string }
	}
	Complaint struct {
		ComplaintFeedbackType string
		ComplainedRecipients  []struct{ EmailAddress string }
	}
	Delivery struct {
		Recipients   []string
		SMTPResponse string
	}
}

// readNotification reads a notification of Amazon SES.
func readNotification(m *message.Message) (Report, bool) {
	text := strings.TrimSpace(clip(m.Text, maxText))
	if len(m.From) != 1 || !strings.HasSuffix(m.From[0].Address.Domain(), "amazonaws.com") || !strings.HasPrefix(text, "{") {
		return Report{}, false
	}
	var n notification
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&n); err != nil {
		// Some gateways wrap the one long line.
		joined := strings.NewReplacer("\r", "", "\n", "").Replace(text)
		if err := json.NewDecoder(strings.NewReader(joined)).Decode(&n); err != nil {
			return Report{}, false
		}
	}
	r := Report{Why: "notification of Amazon SES"}
	switch n.Type + n.EventType {
	case "Delivery":
		r.Kind = Delivered
		for _, to := range n.Delivery.Recipients {
			recipient := Recipient{Address: validAddress(to), Action: actionDelivered}
			recipient.classify(n.Delivery.SMTPResponse, "", "", stageUnknown)
			r.Recipients = append(r.Recipients, recipient)
		}
	case "Bounce":
		for _, b := range n.Bounce.BouncedRecipients {
			recipient := Recipient{Address: validAddress(b.EmailAddress), Action: action(b.Action, b.Status)}
			recipient.classify(withoutType(b.DiagnosticCode), statusIn(b.Status), "", stageUnknown)
			recipient.Hard = recipient.Hard && n.Bounce.BounceType != "Transient"
			r.Recipients = append(r.Recipients, recipient)
		}
		r.Kind = kindOf(r.Recipients)
	case "Complaint":
		r.Kind, r.FeedbackType = Complaint, strings.ToLower(n.Complaint.ComplaintFeedbackType)
		if r.FeedbackType == "" {
			r.FeedbackType = "abuse"
		}
		for _, c := range n.Complaint.ComplainedRecipients {
			r.Recipients = append(r.Recipients, Recipient{Address: validAddress(c.EmailAddress), Reason: Complained})
		}
	default:
		return Report{}, false
	}
	for _, f := range n.Mail.Headers {
		r.Returned = append(r.Returned, message.Field{Name: f.Name, Value: f.Value})
	}
	r.finish(m, nil, nil)
	return r, true
}
