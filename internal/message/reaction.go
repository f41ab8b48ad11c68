package message

import (
	"encoding/json"
	"html"
	"strings"
	"unicode"
)

// reactionType is the media type of the part by which Gmail marks a reaction: a JSON
// object with an emoji and the version 1
// (https://developers.google.com/workspace/gmail/reactions/format).
const reactionType = "text/vnd.google.email-reaction+json"

// maxReaction bounds that part, and maxEmoji its emoji, in octets.
const (
	maxReaction = 4 << 10
	maxEmoji    = 64
)

// readReaction reads the part of a reaction. One that breaks the format is still a
// reaction, without an emoji.
func (m *Message) readReaction(data []byte) {
	m.Reaction = true
	var said struct {
		Emoji   string `json:"emoji"`
		Version int    `json:"version"`
	}
	if len(data) > maxReaction || json.Unmarshal(data, &said) != nil || said.Version != 1 || len(said.Emoji) > maxEmoji ||
		strings.ContainsFunc(said.Emoji, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) }) {
		return
	}
	m.Emoji = said.Emoji
}

// believeReaction drops an emoji that the mail's own text does not show: invisible content
// decides nothing.
func (m *Message) believeReaction() {
	shown := m.Text + html.UnescapeString(m.HTML)
	if m.Emoji != "" && strings.TrimSpace(shown) != "" && !strings.Contains(shown, m.Emoji) {
		m.Emoji = ""
	}
}
