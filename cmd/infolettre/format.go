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

// describeAuthentication words the authentication of a sender that the log recorded.
func describeAuthentication(sender string) string {
	verdict, why, _ := strings.Cut(strings.TrimSuffix(sender, "."), ": ")
	switch verdict {
	case "":
		return ""
	case message.AuthPass.String():
		return " (sender authenticated: " + why + ")"
	case message.AuthFail.String():
		return " (sender possibly forged: " + why + ")"
	}
	return " (sender not authenticated: " + why + ")"
}

// describeContent summarizes the content that was read from a mail.
func describeContent(c item.Content) string {
	text := fmt.Sprintf("“%s”, section %s, language %s", oneLine(c.Title), c.Section, c.Language)
	if c.Centre != "" {
		text += ", centre " + c.Centre
	}
	if n := len(c.Images); n > 0 {
		text += ", with " + count(n, "picture")
	}
	if n := len(c.Attachments); n > 0 {
		text += ", with " + count(n, "file")
	}
	if len(c.Events) == 0 {
		return text + ", no dates"
	}
	var events []string
	for _, e := range c.Events {
		events = append(events, strings.Join(strings.Fields(eventLine(e)), " "))
	}
	return text + "; events: " + strings.Join(events, "; ")
}

// describeChanges lists the changes from one content to the next that a reader would see.
func describeChanges(old, now item.Content) string {
	var changed []string
	from := func(what, a, b string) {
		if a != b {
			changed = append(changed, fmt.Sprintf("%s changed from “%s” to “%s”", what, oneLine(a), oneLine(b)))
		}
	}
	counted := func(what string, before, after int, same bool) {
		if !same {
			changed = append(changed, fmt.Sprintf("%ss changed (%d, were %d)", what, after, before))
		}
	}
	from("title", old.Title, now.Title)
	from("section", old.Section, now.Section)
	from("language", old.Language, now.Language)
	from("centre", old.Centre, now.Centre)
	if a, b := strings.Fields(old.Text), strings.Fields(now.Text); !slices.Equal(a, b) {
		changed = append(changed, fmt.Sprintf("text changed (%s, were %d)", count(len(b), "word"), len(a)))
	}
	counted("picture", len(old.Images), len(now.Images), slices.EqualFunc(old.Images, now.Images, func(a, b item.Image) bool { return a.Hash == b.Hash }))
	counted("date", len(old.Events), len(now.Events), slices.Equal(old.Events, now.Events))
	counted("contact", len(old.Contacts), len(now.Contacts), slices.Equal(old.Contacts, now.Contacts))
	counted("file", len(old.Attachments), len(now.Attachments), slices.EqualFunc(old.Attachments, now.Attachments,
		func(a, b item.Attachment) bool { return a.Name == b.Name && a.Hash == b.Hash && a.Bytes == b.Bytes }))
	switch n := len(changed); n {
	case 0:
		return "no visible change"
	case 1:
		return changed[0]
	default:
		return strings.Join(changed[:n-1], ", ") + " and " + changed[n-1]
	}
}

// decisionVerb is a decision's verb in the past tense.
func decisionVerb(v editorial.Verb) string {
	switch v {
	case editorial.Approve:
		return "approved"
	case editorial.Reject:
		return "rejected"
	case editorial.Defer:
		return "deferred"
	case editorial.Withdraw:
		return "withdrew"
	default:
		return "said “" + string(v) + "” about"
	}
}

// oneLine returns a text on one line, with U+FFFD for each control character, because
// strangers write subjects and servers' replies.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if isCommand(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}

// count returns a number with its noun, in the plural if needed.
func count(n int, of string) string {
	switch {
	case n == 1:
		return "1 " + of
	case of == "person":
		return fmt.Sprintf("%d people", n)
	}
	return fmt.Sprintf("%d %ss", n, of)
}
