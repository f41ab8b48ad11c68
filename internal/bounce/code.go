package bounce

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// statusPattern is an enhanced status (RFC 3463), not part of an address of
	// the network or a version.
	statusPattern = regexp.MustCompile(`(?:^|[\s<('"#:;=\[])([245]\.\d{1,2}\.\d{1,3})(?:$|[\s)>'",;:=\]\-]|\.(?:\s|$))`)

	// replyPattern is an SMTP reply, with the enhanced status behind it if any.
	replyPattern = regexp.MustCompile(`(?:^|[\s<('":>;])([245][0-7]\d)(?:[\s\-:,][ '":]{0,2}|$)(?:(?:ERROR_CODE :)?([245]\.\d{1,2}\.\d{1,3})\b)?`)

	// nested is where the words of the remote server stand in those of a relay:
	// sendmail's "554 <a@b>... 550 Host unknown", and Cisco's "5.1.0 - Unknown
	// address error 550-'5.7.1 ...'".
	nested = regexp.MustCompile(`^\s*(?:554 \S+\.\.\. |[45]\.\d\.\d - [^\d']{5,60})([45]\d\d[ \-])`)

	// whole is a Status field, which may have a comment.
	whole = regexp.MustCompile(`^\s*([245]\.\d{1,3}\.\d{1,3})`)
)

// statusIn is the status in a Status field, or "".
func statusIn(value string) string {
	if at := whole.FindStringSubmatch(value); at != nil {
		return at[1]
	}
	return ""
}

// codes are the reply and the enhanced status in a server's words. Where replies
// are nested, as in the report of a relay's failure, the last one that has an
// enhanced status is the remote server's own.
func codes(text string) (reply int, status string) {
	text = clip(text, 8<<10)
	if at := nested.FindStringSubmatchIndex(text); at != nil {
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

// vague says whether a status tells no more than its class.
func vague(status string) bool { return status == "" || strings.HasSuffix(status, ".0.0") }

// fill sets the codes, the reason and what follows from them. diagnostic is the
// server's own words on this recipient, given the status that the report states,
// around the prose that stands in for words that are missing or say nothing, and
// at the stage at which the server refused.
func (r *Recipient) fill(diagnostic, given, around string, at stage) {
	if in := nested.FindStringSubmatchIndex(diagnostic); in != nil {
		diagnostic = diagnostic[in[2]:]
	}
	reply, status := codes(diagnostic)
	reason := reasonOf(diagnostic)
	if around != "" {
		otherReply, otherStatus := codes(around)
		if reply == 0 {
			reply = otherReply
		}
		if status == "" && vague(given) && otherStatus != "" && (given == "" || given[0] == otherStatus[0]) {
			status = otherStatus
		}
		if reason == "" && (vague(given) || vague(status)) {
			reason = reasonOf(around)
		}
		if strings.TrimSpace(diagnostic) == "" {
			diagnostic = around
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
	if at = at.or(stageOf(diagnostic)); reason == UserUnknown && !confirmed(status, at, diagnostic+"\n"+around) {
		reason = Filtered
	}
	if !reason.ours() {
		switch SenderRefusal(status, diagnostic) {
		case OfAccount:
			reason = Rate
		case OfDomain:
			if !reason.dead() {
				reason = Reputation
			}
		}
	}
	if status == "" {
		status = statusOf(reason, reply)
	}
	r.ReplyCode, r.Status, r.Reason = reply, status, reason
	r.Diagnostic = clip(oneLine(clip(diagnostic, 4<<10)), 500)
	temporary := status != "" && status[0] != '5' || status == "" && reply >= 400 && reply < 500
	r.Hard = r.Action == actionFailed && !temporary && reason.dead()
}

// confirmed says whether the words "no such user" are to be taken at their word.
// Filters and overburdened servers say them too, and an address must not be given
// up for that. They are when the status speaks of the address as well, when it was
// the recipient that the server refused and not the mail, or when the program that
// reports has looked into a directory of its own.
func confirmed(status string, at stage, text string) bool {
	switch {
	case len(status) > 3 && status[1:4] == ".1.", at == stageRcpt:
		return true
	case at == stageData, strings.HasSuffix(status, ".2.1"): // there is such a mailbox, says the latter
		return false
	}
	return ownDirectory.MatchString(oneLine(text))
}

// ownDirectory are the words of programs for what they have looked up themselves.
var ownDirectory = regexp.MustCompile(`(?i)not listed in|unknown user: |no valid recipients`)
