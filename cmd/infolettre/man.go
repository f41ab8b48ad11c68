package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
)

type manCmd struct{}

func (manCmd) Help() string {
	return "For example: infolettre man > /usr/local/share/man/man1/infolettre.1"
}

// Run prints the manual page that is made of the same definitions as the help texts.
func (manCmd) Run(g *global, app *kong.Kong) error {
	foldDetails(app.Model.Node)
	page := mangokong.NewManPage(1, app.Model).
		WithSection("Exit status", exitStatusText()).
		WithSection("Environment", environmentText).
		WithSection("Files", filesText).
		WithSection("See also", "infolettre help editors, infolettre help contributors, infolettre help operators")
	_, err := fmt.Fprint(g.stdout, page.Build(roff.NewDocument()))
	return err
}

// foldDetails appends the details of each command to its help, because the library prints
// them on the command's own line.
func foldDetails(node *kong.Node) {
	for _, child := range node.Children {
		if child.Detail != "" {
			child.Help += " " + strings.Join(strings.Fields(child.Detail), " ")
			child.Detail = ""
		}
		foldDetails(child)
	}
}

const environmentText = "NO_COLOR: with any value, nothing is printed in colour. " +
	"LANG, LC_ALL: the language of “infolettre demo” and of the manuals, French or English. " +
	"Any variable that the configuration names as a secret, as in password = \"env:MAILBOX_PASSWORD\"."

const filesText = "./infolettre.toml, else /etc/infolettre/infolettre.toml: the configuration. " +
	"The folder that it names as data: the store and what belongs to it."

// exitStatuses says what each exit status means, in the order of their numbers.
var exitStatuses = []struct {
	status int
	means  string
}{
	{exitOK, "success"},
	{exitFailed, "the command failed, or a check found a fault"},
	{exitUsage, "usage error"},
}

func exitStatusText() string {
	var lines []string
	for _, s := range exitStatuses {
		lines = append(lines, fmt.Sprintf("%d: %s.", s.status, s.means))
	}
	return strings.Join(lines, " ")
}
