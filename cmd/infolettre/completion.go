package main

import (
	"os"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
)

// asksForCompletion reports whether a shell asks for the words that fit. It then sets
// COMP_LINE, and bash and zsh give the program's name as the first argument; fish gives no
// argument. A command that runs with that variable in its environment is still a command.
func asksForCompletion(args []string) bool {
	return os.Getenv("COMP_LINE") != "" && (len(args) == 0 || args[0] == "infolettre")
}

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

func (completionCmd) Help() string {
	return `For bash, in ~/.bashrc: source <(infolettre completion bash)

For zsh, in ~/.zshrc: source <(infolettre completion zsh)

For fish, in ~/.config/fish/config.fish: infolettre completion fish | source`
}

// Run prints what makes a shell ask this program for the commands and flags that fit.
func (c completionCmd) Run(k *kong.Context) error {
	return (&kongcompletion.Completion{Shell: c.Shell, Code: true}).Run(k)
}
