package bounce

import (
	"bytes"
	"strings"

	"infolettre/internal/message"
)

// readStatus reads the fields of RFC 3464: from their own part, from a part of another
// type or, if the server got its boundaries wrong, from the text.
func readStatus(m *message.Message) (Report, bool) {
	_, daemon := systemMark(m)
	if !daemon && !isReport(m) && isPerson(m) {
		return Report{}, false // a report that a person's client split up to forward it
	}
	fields, groups := statusFields(m)
	if len(groups) == 0 && !daemon && !isReport(m) {
		return Report{}, false // a person's mail, whose words need not be searched
	}
	notice := noticeOf(m)
	why := "delivery status"
	if len(groups) == 0 {
		text := notice.text
		if len(notice.entries()) == 0 {
			text = notice.full // a whole report within the text of another mail
		}
		if strings.Contains(strings.ToLower(text), "-recipient:") {
			fields, groups = splitGroups([]byte(text))
			why = "delivery status in the text"
		}
	}
	if len(groups) == 0 {
		return Report{}, false
	}
	r := Report{Why: why}
	listed := notice.entries()
	named := make(map[string]entry, len(listed))
	for _, e := range listed {
		named[e.address.Key()] = e
		if len(listed) == 1 && len(groups) == 1 {
			named[""] = e // the same recipient, whatever its name
		}
	}
	for _, g := range groups {
		r.Recipients = append(r.Recipients, g.recipient(notice, named, len(groups) == 1))
		if len(r.Recipients) == maxRecipients {
			break
		}
	}
	r.Kind = kindOf(r.Recipients)
	r.finish(m, fields, notice.returned)
	return r, true
}

// isReport reports whether the mail declares itself a delivery report.
func isReport(m *message.Message) bool {
	value := strings.ToLower(m.Header.Get("Content-Type"))
	return strings.HasPrefix(value, "multipart/report") &&
		(strings.Contains(value, "delivery-status") || !strings.Contains(value, "report-type"))
}

// statusFields returns the fields of the message and one group for each recipient.
func statusFields(m *message.Message) (fields message.Header, groups []group) {
	for _, p := range m.Parts {
		labelled := p.Type == "message/delivery-status" || p.Type == "message/global-delivery-status"
		if !labelled && !(isReport(m) && looksLikeStatus(p)) {
			continue
		}
		f, g := splitGroups(p.Data)
		fields, groups = append(fields, f...), append(groups, g...)
	}
	return fields, groups
}

// looksLikeStatus reports whether a part of another type begins with a delivery status
// field.
func looksLikeStatus(p message.Part) bool {
	if strings.HasPrefix(p.Type, "image/") || p.Type == "message/rfc822" {
		return false
	}
	top := strings.ToLower(string(bytes.TrimSpace(p.Data[:min(len(p.Data), 200)])))
	for _, name := range []string{"reporting-mta:", "final-recipient:", "original-recipient:", "original-envelope-id:"} {
		if strings.HasPrefix(top, name) {
			return true
		}
	}
	return false
}

// group is the fields of one recipient.
type group message.Header

// perRecipient reports whether a field makes its group one of a recipient (RFC 3464,
// section 2.3).
func perRecipient(name string) bool {
	switch strings.ToLower(name) {
	case "final-recipient", "original-recipient", "action", "status", "diagnostic-code":
		return true
	}
	return false
}

// splitGroups splits delivery status fields into those of the message and those of each
// recipient. An empty line ends a group; so does a second Final-Recipient or
// Original-Recipient, because some servers omit the line. A group without a recipient
// belongs to the one before, or to the message.
func splitGroups(data []byte) (fields message.Header, groups []group) {
	data = data[:min(len(data), maxText)]
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("=\n"), nil) // undeclared quoted-printable
	var current message.Header
	flush := func() {
		switch {
		case group(current).field("Final-Recipient") != "" || group(current).field("Original-Recipient") != "":
			groups = append(groups, group(current))
		case len(groups) > 0 && hasPerRecipient(current):
			groups[len(groups)-1] = append(groups[len(groups)-1], current...)
		default:
			fields = append(fields, current...)
		}
		current = nil
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if line[0] == ' ' || line[0] == '\t' || !ok || strings.ContainsAny(name, " \t<") {
			if n := len(current); n > 0 && !strings.HasPrefix(line, "--") {
				current[n-1].Value = clip(current[n-1].Value+" "+strings.TrimSpace(line), 4000)
			}
			continue
		}
		if (strings.EqualFold(name, "Final-Recipient") || strings.EqualFold(name, "Original-Recipient")) && current.Has(name) {
			flush()
		}
		current = append(current, message.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	flush()
	return fields, groups
}

func hasPerRecipient(h message.Header) bool {
	for _, f := range h {
		if perRecipient(f.Name) {
			return true
		}
	}
	return false
}

// field returns the value of the field with that name, or "".
func (g group) field(name string) string { return message.Header(g).Get(name) }

// recipient reads one group. The prose of the mail adds the reason if the fields give
// none.
func (g group) recipient(n notice, named map[string]entry, alone bool) Recipient {
	final, original := typedAddress(g.field("Final-Recipient")), typedAddress(g.field("Original-Recipient"))
	given := statusIn(g.field("Status"))
	r := Recipient{Address: final, Original: original, Action: action(g.field("Action"), given)}
	if final == "" {
		r.Address = original
	}
	var about string // the prose about this recipient
	for _, key := range []string{r.Address.Key(), original.Key(), ""} {
		if e, ok := named[key]; ok {
			about = e.text
			if r.Address == "" {
				r.Address = e.address
			}
			break
		}
	}
	if about == "" && alone {
		about = n.text
	}
	if r.Address == "" && alone {
		r.Address = n.failedField
	}
	r.classify(withoutType(g.field("Diagnostic-Code")), given, about, stageOf(about).or(n.stage))
	return r
}

// action returns the first word of an Action field. If it is missing or unknown, a status
// of class 2 means success; otherwise the recipient failed, because the report would not
// name it for another reason.
func action(value, status string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	for _, known := range []string{actionFailed, actionDelayed, actionDelivered, actionRelayed, actionExpanded} {
		if strings.HasPrefix(value, known) {
			return known
		}
	}
	if value == "deliverable" || value == "" && strings.HasPrefix(status, "2.") {
		return actionDelivered // deliverable is Postfix's answer to a probe
	}
	return actionFailed
}

// typedAddress returns the address in "rfc822; a@b" (RFC 3464, section 2.1.2). It accepts
// a missing type and angle brackets.
func typedAddress(value string) message.Address {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok {
		kind, rest = "rfc822", value
	}
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "rfc822", "utf-8", "smtp", "lmtp", "unknown":
	default:
		return ""
	}
	rest = strings.TrimSpace(rest)
	if strings.HasPrefix(rest, "/") {
		return "" // a file or an X.400 name
	}
	if a := validAddress(rest); a != "" {
		return a
	}
	return findAddress(rest)
}

// withoutType returns a Diagnostic-Code without its type; "" for a program's exit code
// alone, which says nothing.
func withoutType(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	kind, rest = strings.TrimSpace(kind), strings.TrimSpace(rest)
	switch {
	case !ok || len(kind) > 30 || strings.ContainsAny(kind, " \t"):
		return value
	case strings.EqualFold(kind, "x-unix") && strings.Trim(rest, "0123456789") == "":
		return ""
	}
	return rest
}
