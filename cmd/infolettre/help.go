package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"infolettre/templates"
)

// helpWidth is how many characters a line of a manual has at most.
const helpWidth = 80

type helpCmd struct {
	Topic []string `arg:"" optional:"" help:"contributors, editors, operators, or a command."`
	Lang  string   `placeholder:"LANG" help:"The language of the manual: en or fr (default: as LANG says)."`
}

// isManual reports whether a manual is asked for, and not the help of a command.
func (c helpCmd) isManual() bool {
	return len(c.Topic) == 1 && slices.Contains(templates.Topics, c.Topic[0])
}

// Validate refuses a topic that is neither a manual nor a command.
func (c helpCmd) Validate(parsed *kong.Context) error {
	if c.Lang != "" && !slices.Contains(templates.ManualLanguages(), c.Lang) {
		return fmt.Errorf("--lang: no manual is in %q; there are %s", c.Lang, strings.Join(templates.ManualLanguages(), ", "))
	}
	if c.isManual() {
		return nil
	}
	node := parsed.Model.Node
	for _, name := range c.Topic {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == name })
		if i < 0 {
			return fmt.Errorf("no help on %q; there are the manuals %s, and the commands", strings.Join(c.Topic, " "), strings.Join(templates.Topics, ", "))
		}
		node = node.Children[i]
	}
	return nil
}

// Run prints a manual, or what the flag --help of a command prints.
func (c helpCmd) Run(g *global) error {
	if !c.isManual() {
		if status := run(g.ctx, append(c.Topic, "--help"), g.stdin, g.stdout, g.stderr); status != exitOK {
			return fmt.Errorf("print help: status %d", status)
		}
		return nil
	}
	m, err := templates.LoadManual(c.Topic[0], manualLanguage(c.Lang, os.Getenv))
	if err != nil {
		return err
	}
	// The manual is ours: its escape sequences may pass the filter of the terminal.
	out, bold := g.stdout, false
	if onTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		bold = true
		if t, ok := out.(*terminal); ok {
			out = t.w
		}
	}
	_, err = io.WriteString(out, m.Text(helpWidth, bold))
	return err
}

// manualLanguage returns the language that was asked for or, without one, the one of
// the environment (LC_ALL, LC_MESSAGES, LANG), English where no manual is in that.
func manualLanguage(asked string, env func(string) string) string {
	if asked != "" {
		return asked
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := env(name); locale != "" {
			lang := strings.FieldsFunc(locale, func(r rune) bool { return r == '_' || r == '.' || r == '@' || r == '-' })
			if len(lang) > 0 && slices.Contains(templates.ManualLanguages(), lang[0]) {
				return lang[0]
			}
			break
		}
	}
	return "en"
}
