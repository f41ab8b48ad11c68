package main

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// script is the demo's timeline: what people write, and what they answer.
type script struct {
	Start    time.Time     `toml:"start"`
	End      time.Time     `toml:"end"`
	Greylist string        `toml:"greylist"`      // a domain that refuses each first mail for a while,
	From     time.Time     `toml:"greylist_from"` // from then on
	Note     []scriptNote  `toml:"note"`
	Mail     []scriptMail  `toml:"mail"`
	Reply    []scriptReply `toml:"reply"`
	Auto     []scriptAuto  `toml:"auto"`
}

type told struct {
	Says   string `toml:"says"`
	SaysEn string `toml:"says_en"`
}

// scriptNote tells what the calendar brings at an instant.
type scriptNote struct {
	At time.Time `toml:"at"`
	told
}

// scriptMail is a mail that somebody writes at an instant.
type scriptMail struct {
	At   time.Time `toml:"at"`
	File string    `toml:"file"`
	told
}

// cue is a mail of the daemon's that somebody gets and reacts to, after a while.
type cue struct {
	Kind   string    `toml:"kind"`
	Person string    `toml:"person"`
	About  string    `toml:"about"` // part of its subject
	From   time.Time `toml:"from"`  // not one from before
	After  string    `toml:"after"`
}

// scriptReply is an answer that a person writes.
type scriptReply struct {
	cue
	Text   string `toml:"text"`
	Client string `toml:"client"`
	told
}

// scriptAuto is an answer that a person's server sends by itself.
type scriptAuto struct {
	cue
	File string `toml:"file"`
	told
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
