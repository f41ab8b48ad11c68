// Command infolettre turns the mails of a network into its newsletter.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"infolettre/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// commands is the command line, as kong reads it.
type commands struct {
	Demo        demoCmd        `cmd:"" help:"Run a demonstration on sample data, with its own mail servers and a simulated clock."`
	Init        initCmd        `cmd:"" help:"Create a commented configuration and a data folder."`
	Check       checkCmd       `cmd:"" help:"Check the configuration, the database, the mailbox and the relay."`
	Serve       serveCmd       `cmd:"" help:"Run the daemon."`
	Explain     explainCmd     `cmd:"" help:"Show how the daemon would handle a message, and why, without changing anything."`
	Items       itemsCmd       `cmd:"" help:"List, show, approve, reject, defer and withdraw items (pieces of news)."`
	Issues      issuesCmd      `cmd:"" help:"List, show, preview, proof, send and cancel issues."`
	Agenda      agendaCmd      `cmd:"" help:"List the events of approved items."`
	Mailings    mailingsCmd    `cmd:"" help:"List, show, pause, resume, cancel and retry mailings."`
	Why         whyCmd         `cmd:"" help:"Explain why an address got a mailing, got it twice, or did not get it."`
	Subscribers subscribersCmd `cmd:"" help:"Import, list, show and unsuppress subscribers; list unmatched bounces."`
	Log         logCmd         `cmd:"" help:"Verify, list and erase the log of what was received, decided, signed and sent."`
	Backup      backupCmd      `cmd:"" help:"Back up the store to a file, also while the daemon runs."`
	Restore     restoreCmd     `cmd:"" help:"Restore a backup in place of a lost store; nothing is sent until you resume."`
	Help        helpCmd        `cmd:"" help:"Show a manual (contributors, editors, operators), or the help of a command."`
	Man         manCmd         `cmd:"" help:"Print the manual page."`
	Completion  completionCmd  `cmd:"" help:"Print the completion script of a shell."`
	Version     versionCmd     `cmd:"" help:"Print version, commit, time and Go version."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version and exit."`
}

// global is what every command may use.
type global struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
}

// configFlag is for the commands that need a configuration.
type configFlag struct {
	Config string `placeholder:"FILE" help:"Use this configuration (default: ./infolettre.toml, then /etc/infolettre/infolettre.toml)."`
}

// load reads the configuration that the flag names, or the default one.
func (f configFlag) load() (*config.Config, error) {
	if f.Config != "" {
		return config.Load(f.Config)
	}
	for _, path := range []string{"infolettre.toml", "/etc/infolettre/infolettre.toml"} {
		c, err := config.Load(path)
		if !errors.Is(err, os.ErrNotExist) {
			return c, err
		}
	}
	return nil, errors.New("no configuration: found no infolettre.toml here or in /etc/infolettre; name one with --config, or create one with “infolettre init DIR”")
}

// exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the whole program; its result is the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, out, errs io.Writer) int {
	stdout, stderr := &terminal{w: out}, &terminal{w: errs}
	defer stdout.flush()
	defer stderr.flush()
	var cli commands
	ended := -1
	parser, err := newParser(&cli, kong.Writers(stdout, stderr), kong.Exit(func(status int) { ended = status }))
	if err != nil {
		fmt.Fprintln(stderr, "infolettre:", err)
		return exitFailed
	}
	if asksForCompletion(args) {
		kongcompletion.Register(parser)
		return max(ended, exitOK)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if ended >= 0 { // help was asked for and given
		return ended
	}
	if err != nil {
		fmt.Fprintf(stderr, "infolettre: %v\nRun “infolettre --help” for the commands, “infolettre COMMAND --help” for one of them.\n", err)
		return exitUsage
	}
	if err := cmd.Run(&global{ctx, stdin, stdout, stderr}, parser); err != nil {
		fmt.Fprintln(stderr, "infolettre:", sentence(err))
		return exitFailed
	}
	return exitOK
}

// newParser returns what reads a command line into cli, and prints help.
func newParser(cli *commands, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(cli, append([]kong.Option{
		kong.Name("infolettre"),
		kong.Description("Turn the mails of a network into its newsletter.\n\n" +
			"Collect news, get it approved by reply, compose the issue, get it signed, send it, and send reminders of its events.\n\n" +
			"Exit status: " + exitStatusText()),
		kong.UsageOnError(),
		kong.Vars{"version": versionLine()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	}, more...)...)
}
