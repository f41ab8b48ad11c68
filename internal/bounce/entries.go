package bounce

import (
	"regexp"
	"strings"

	"infolettre/internal/message"
)

// entry is one recipient that a notice names, and the text about it.
type entry struct {
	address message.Address
	text    string
}

// maxEntry bounds the text of one entry, in bytes.
const maxEntry = 4 << 10

var (
	addressPattern = regexp.MustCompile(`(?:"[^"\n]+"|[^\s<>"'()\[\]:;,@“”]+)@[^\s<>"'()\[\]:;,@“”]+`)

	// entryLine matches a line that begins with an address: in a list, in a QSBMF
	// paragraph, or in a reply of sendmail's transcript.
	entryLine = regexp.MustCompile(`^[ \t]*(?:>>> |[*•-] ?|[245]\d\d (?:[245]\.\d{1,3}\.\d{1,3} )?)?[<"'(]?(` + addressPattern.String() + `)[>"')]?(.*)$`)

	// namedRecipient matches phrases that name the recipient within a sentence.
	namedRecipient = regexp.MustCompile(`(?i)(?:delivering your mail to|deliver(?:y of)? (?:your )?(?:message|mail) to|deliver(?:ed)? to:?|addressed to:|attempts:|undeliverable to|unknown user:|allowed size:|permanent errors:?|address:|recipient address:|original address:|final-recipient: ?rfc822;|account|unavailable\.? user|no such user|listed in|rejected for|delivered to|mailbox|remise à|user \S+) {0,2}[<"'(]?(` + addressPattern.String() + `)`)

	// whileTalking matches the line that begins the part of a transcript about one
	// server.
	whileTalking = regexp.MustCompile(`(?i)^[ \t]*(?:\.{3} )?while talking to `)

	// rcptCommand finds the recipient in a transcript.
	rcptCommand = regexp.MustCompile(`(?i)rcpt to: ?<?(` + addressPattern.String() + `)`)
)

// entries returns the recipients that the notice lists, each once, in order. The text of
// one ends where the next begins.
func (n notice) entries() []entry {
	var found []entry
	index := map[string]int{}
	current := -1
	var before string // the lines of sendmail's transcript above its entry
	for line := range strings.Lines(n.text) {
		line = clip(strings.TrimRight(line, "\r\n"), 2000)
		if at := entryLine.FindStringSubmatchIndex(line); at != nil {
			a := validAddress(line[at[2]:at[3]])
			// An address alone on a line only continues a sentence about its recipient.
			continues := current >= 0 && found[current].address.Equal(a) && strings.TrimSpace(line[at[4]:at[5]]) == ""
			if a != "" && !continues {
				i, seen := index[a.Key()]
				if !seen && len(found) < maxRecipients {
					i = len(found)
					index[a.Key()] = i
					found = append(found, entry{address: a})
					seen = true
				}
				if seen {
					current = i
					found[i].add(before)
					found[i].add(line)
				}
				before = ""
				continue
			}
		}
		if whileTalking.MatchString(line) {
			current, before = -1, "\n"
		}
		switch {
		case current >= 0:
			found[current].add(line)
		case before != "" && len(before) < maxEntry:
			before += strings.TrimSpace(line) + "\n"
		}
	}
	if kept := n.withoutSender(found); len(kept) > 0 {
		found = kept
	}
	if len(found) > 0 {
		return found
	}
	if at := namedRecipient.FindStringSubmatchIndex(clip(n.text, 32<<10)); at != nil {
		if a := validAddress(n.text[at[2]:at[3]]); a != "" {
			return []entry{{a, clip(n.text[at[1]:], maxEntry)}}
		}
	}
	return nil
}

// add appends a line, up to a limit.
func (e *entry) add(line string) {
	if line = strings.TrimSpace(line); line != "" && len(e.text) < maxEntry {
		e.text += line + "\n"
	}
}

// withoutSender returns the list without the sender of the returned mail, whom some
// notices name first.
func (n notice) withoutSender(found []entry) []entry {
	var kept []entry
	for _, e := range found {
		own := false
		for _, a := range n.senders {
			own = own || a.Equal(e.address)
		}
		if !own {
			kept = append(kept, e)
		}
	}
	return kept
}

// transcriptRecipient returns the recipient of the transcript's RCPT command, or "".
func (n notice) transcriptRecipient() message.Address {
	if at := rcptCommand.FindStringSubmatch(clip(n.text, 32<<10)); at != nil {
		return validAddress(at[1])
	}
	return ""
}
