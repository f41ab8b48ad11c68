package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/message"
)

// describeAuthentication says what the mailbox's server found of a sender, as the log has it.
func describeAuthentication(sender string) string {
	verdict, why, _ := strings.Cut(strings.TrimSuffix(sender, "."), ": ")
	switch verdict {
	case "":
		return ""
	case message.AuthPass.String():
		return " (its sender authenticated: " + why + ")"
	case message.AuthFail.String():
		return " (its sender perhaps forged: " + why + ")"
	}
	return " (its sender not authenticated: " + why + ")"
}

// describeContent is what was made of a mail.
func describeContent(c item.Content) string {
	text := fmt.Sprintf("“%s”, in section %s, in language %s", oneLine(c.Title), c.Section, c.Language)
	if c.Centre != "" {
		text += ", of " + c.Centre
	}
	if n := len(c.Images); n > 0 {
		text += ", with " + count(n, "picture")
	}
	if n := len(c.Attachments); n > 0 {
		text += ", with " + count(n, "file")
	}
	if len(c.Events) == 0 {
		return text + ", without a date"
	}
	var events []string
	for _, e := range c.Events {
		events = append(events, strings.Join(strings.Fields(eventLine(e)), " "))
	}
	return text + "; in the agenda: " + strings.Join(events, "; ")
}

// describeChanges is what a reader would see changed from one content to the next.
func describeChanges(old, now item.Content) string {
	var changed []string
	from := func(what, a, b string) {
		if a != b {
			changed = append(changed, fmt.Sprintf("another %s (“%s”, before “%s”)", what, oneLine(b), oneLine(a)))
		}
	}
	counted := func(what string, before, after int, same bool) {
		if !same {
			changed = append(changed, fmt.Sprintf("other %ss (%d, before %d)", what, after, before))
		}
	}
	from("title", old.Title, now.Title)
	from("section", old.Section, now.Section)
	from("language", old.Language, now.Language)
	from("centre", old.Centre, now.Centre)
	if a, b := strings.Fields(old.Text), strings.Fields(now.Text); !slices.Equal(a, b) {
		changed = append(changed, fmt.Sprintf("another text (%s, before %d)", count(len(b), "word"), len(a)))
	}
	counted("picture", len(old.Images), len(now.Images), slices.EqualFunc(old.Images, now.Images, func(a, b item.Image) bool { return a.Hash == b.Hash }))
	counted("date", len(old.Events), len(now.Events), slices.Equal(old.Events, now.Events))
	counted("contact", len(old.Contacts), len(now.Contacts), slices.Equal(old.Contacts, now.Contacts))
	counted("file", len(old.Attachments), len(now.Attachments), slices.EqualFunc(old.Attachments, now.Attachments,
		func(a, b item.Attachment) bool { return a.Name == b.Name && a.Hash == b.Hash && a.Bytes == b.Bytes }))
	switch n := len(changed); n {
	case 0:
		return "the same to read"
	case 1:
		return changed[0]
	default:
		return strings.Join(changed[:n-1], ", ") + " and " + changed[n-1]
	}
}

// decisionVerb is how the story says a decision.
func decisionVerb(v editorial.Verb) string {
	switch v {
	case editorial.Approve:
		return "approved"
	case editorial.Reject:
		return "refused"
	case editorial.Defer:
		return "put off"
	case editorial.Withdraw:
		return "took back"
	}
	return "said “" + string(v) + "” of"
}

// oneLine is a text on one line, in which nothing orders a terminal about: strangers
// write subjects, and what servers answer.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if isCommand(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}

// count is a number of things.
func count(n int, of string) string {
	switch {
	case n == 1:
		return "1 " + of
	case of == "person":
		return fmt.Sprintf("%d people", n)
	}
	return fmt.Sprintf("%d %ss", n, of)
}
