package bounce

import (
	"regexp"
	"strings"
)

// stage is the SMTP command that the server refused.
type stage int

const (
	stageUnknown stage = iota
	stageRcpt          // the recipient itself
	stageData          // the mail, after the recipient was accepted
)

// or returns the stage, or the other one if it is unknown.
func (s stage) or(other stage) stage {
	if s == stageUnknown {
		return other
	}
	return s
}

var (
	// dataStage and rcptStage match the words of reports about each command.
	dataStage = regexp.MustCompile(`(?i)after end of data|in reply to (?:end of )?data|smtp command data\b|failed after i sent the message`)
	rcptStage = regexp.MustCompile(`(?i)in reply to rcpt|after rcpt|like our rcpt|does not like recipient|\[rcpt_to\]|>>> ?rcpt|<<< ?rcpt|smtp:rcpt|has rejected address|\*\* address not found \*\*|because the address couldn't be found`)

	// In a transcript, the last command before the first refusal counts: later ones fail
	// only because no recipient is left.
	firstRefusal = regexp.MustCompile(`(?m)^[ \t]*<<< ?[45]\d\d`)
	lastCommand  = regexp.MustCompile(`(?m)^[ \t]*>>> ?([A-Za-z.]+)`)
)

// stageOf returns the stage that a report's words name.
func stageOf(text string) stage {
	text = clip(text, 16<<10)
	if at := firstRefusal.FindStringIndex(text); at != nil {
		commands := lastCommand.FindAllStringSubmatch(text[:at[0]], -1)
		if n := len(commands); n > 0 {
			switch strings.ToLower(commands[n-1][1]) {
			case "data", ".":
				return stageData
			case "rcpt":
				return stageRcpt
			}
			return stageUnknown
		}
	}
	switch text = oneLine(text); {
	case dataStage.MatchString(text):
		return stageData
	case rcptStage.MatchString(text):
		return stageRcpt
	}
	return stageUnknown
}
