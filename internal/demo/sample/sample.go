// Package sample is the material of the demo: an InfoLettre in the manner of
// the network's own, with invented people, centres and news.
//
// Each mail is written as the program named in its header writes it, but with
// bare line feeds; whoever delivers it puts CRLF, and the fields that servers
// add, in their place. The out-of-office answer has places for the mail that it
// answers: {{TO}}, {{SUBJECT}} and {{MESSAGE_ID}}. The script says who sends
// what and when, and how the editors answer.
package sample

import "embed"

// Files holds the mails, the people list and the script.
//
//go:embed *.eml people.csv script.toml
var Files embed.FS
