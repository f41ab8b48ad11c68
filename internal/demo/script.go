package demo

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// script is the timeline of the demonstration: what people write, and what they reply.
type script struct {
	Start    time.Time     `toml:"start"`
	End      time.Time     `toml:"end"`
	Greylist string        `toml:"greylist"`      // a domain that defers the first mail to each address,
	From     time.Time     `toml:"greylist_from"` // from then on
	Note     []scriptNote  `toml:"note"`
	Mail     []scriptMail  `toml:"mail"`
	Reply    []scriptReply `toml:"reply"`
	Auto     []scriptAuto  `toml:"auto"`
}

// caption is the sentence that the narrator prints, in French and in English.
type caption struct {
	Says   string `toml:"says"`
	SaysEn string `toml:"says_en"`
}

// scriptNote announces what the calendar brings at an instant.
type scriptNote struct {
	At time.Time `toml:"at"`
	caption
}

// scriptMail is a mail that a person writes at an instant.
type scriptMail struct {
	At   time.Time `toml:"at"`
	File string    `toml:"file"`
	caption
}

// trigger selects a mail of the daemon that a person answers after a while.
type trigger struct {
	Kind   string    `toml:"kind"` // "" for a request
	Person string    `toml:"person"`
	About  string    `toml:"about"` // part of its subject
	From   time.Time `toml:"from"`  // no earlier mail
	After  string    `toml:"after"` // a time.Duration
}

// scriptReply is a reply that a person writes.
type scriptReply struct {
	trigger
	Text   string `toml:"text"`
	Client string `toml:"client"`
	caption
}

// scriptAuto is an automatic reply of a person's server.
type scriptAuto struct {
	trigger
	File string `toml:"file"`
	caption
}

func readScript(files fs.FS) (*script, error) {
	text, err := fs.ReadFile(files, "script.toml")
	if err != nil {
		return nil, err
	}
	var s script
	if err := toml.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("script.toml: %w", err)
	}
	return &s, nil
}
