package bounce

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// statusPattern matches an enhanced status (RFC 3463) that is not part of an IP
	// address or a version number.
	statusPattern = regexp.MustCompile(`(?:^|[\s<('"#:;=\[])([245]\.\d{1,2}\.\d{1,3})(?:$|[\s)>'",;:=\]\-]|\.(?:\s|$))`)

	// replyPattern matches an SMTP reply and the enhanced status behind it, if any.
	replyPattern = regexp.MustCompile(`(?:^|[\s<('":>;])([245][0-7]\d)(?:[\s\-:,][ '":]{0,2}|$)(?:(?:ERROR_CODE :)?([245]\.\d{1,2}\.\d{1,3})\b)?`)

	// nestedReply finds the remote server's words within those of a relay: sendmail's
	// "554 <a@b>... 550 Host unknown", and Cisco's "5.1.0 - Unknown address error
	// 550-'5.7.1 ...'".
	nestedReply = regexp.MustCompile(`^\s*(?:554 \S+\.\.\. |[45]\.\d\.\d - [^\d']{5,60})([45]\d\d[ \-])`)

	// statusField matches the value of a Status field, which may have a comment.
	statusField = regexp.MustCompile(`^\s*([245]\.\d{1,3}\.\d{1,3})`)
)

// statusIn returns the status in the value of a Status field, or "".
func statusIn(value string) string {
	if at := statusField.FindStringSubmatch(value); at != nil {
		return at[1]
	}
	return ""
}

// codes returns the SMTP reply and the enhanced status in a server's words. Where replies
// are nested, as in a relay's report, the last one with an enhanced status is the remote
// server's own.
func codes(text string) (reply int, status string) {
	text = clip(text, 8<<10)
	if at := nestedReply.FindStringSubmatchIndex(text); at != nil {
		text = text[at[2]:]
	}
	for _, at := range replyPattern.FindAllStringSubmatch(text, 50) {
		code, _ := strconv.Atoi(at[1])
		switch {
		case at[2] != "" && (status == "" || at[2][0] == at[1][0] || status[0] != at[1][0]):
			reply, status = code, at[2]
		case reply == 0:
			reply = code
		}
	}
	if status == "" {
		if at := statusPattern.FindStringSubmatch(text); at != nil {
			status = at[1]
		}
	}
	return reply, status
}

// vague reports whether a status says no more than its class.
func vague(status string) bool { return status == "" || strings.HasSuffix(status, ".0.0") }

// classify sets the codes, the reason and what follows from them. diagnostic is the
// server's own words about this recipient, given the status that the report states, prose
// the text used where the words are missing or say nothing, and at the command that the
// server refused.
func (r *Recipient) classify(diagnostic, given, prose string, at stage) {
	if in := nestedReply.FindStringSubmatchIndex(diagnostic); in != nil {
		diagnostic = diagnostic[in[2]:]
	}
	reply, status := codes(diagnostic)
	reason := reasonOf(diagnostic)
	if prose != "" {
		otherReply, otherStatus := codes(prose)
		if reply == 0 {
			reply = otherReply
		}
		if status == "" && vague(given) && otherStatus != "" && (given == "" || given[0] == otherStatus[0]) {
			status = otherStatus
		}
		if reason == "" && (vague(given) || vague(status)) {
			reason = reasonOf(prose)
		}
		if strings.TrimSpace(diagnostic) == "" {
			diagnostic = prose
		}
	}
	switch {
	case status == "":
		status = given
	case strings.HasSuffix(status, ".0.0") && given != "" && !vague(given) && given[0] == status[0]:
		status = given
	}
	if reason == "" {
		reason = reasonOfStatus(status)
	}
	if at = at.or(stageOf(diagnostic)); reason == UserUnknown && !confirmed(status, at, diagnostic+"\n"+prose) {
		reason = Filtered
	}
	if !reason.isSenderFault() {
		switch RefusalScope(status, diagnostic) {
		case ScopeAccount:
			reason = Rate
		case ScopeDomain:
			if !reason.isDead() {
				reason = Reputation
			}
		case ScopeRecipient: // the reason stands
		}
	}
	if status == "" {
		status = statusOf(reason, reply)
	}
	r.ReplyCode, r.Status, r.Reason = reply, status, reason
	r.Diagnostic = clip(oneLine(clip(diagnostic, 4<<10)), 500)
	temporary := status != "" && status[0] != '5' || status == "" && reply >= 400 && reply < 500
	r.Hard = r.Action == actionFailed && !temporary && reason.isDead()
}

// confirmed reports whether "no such user" can be believed. Filters and overloaded servers
// say it too, and an address must not be given up for that. It is believed if the status
// is about the address too, if the server refused RCPT and not the mail, or if the
// reporting program looked into its own directory.
func confirmed(status string, at stage, text string) bool {
	switch {
	case len(status) > 3 && status[1:4] == ".1.", at == stageRcpt:
		return true
	case at == stageData, strings.HasSuffix(status, ".2.1"): // .2.1 says that the mailbox exists
		return false
	}
	return ownDirectory.MatchString(oneLine(text))
}

// ownDirectory matches the words of programs that looked the address up themselves.
var ownDirectory = regexp.MustCompile(`(?i)not listed in|unknown user: |no valid recipients`)
