package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// runLine runs the program with arguments and returns its exit status and what it
// printed.
func runLine(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func TestRun_ExitStatus(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args   string
		status int
		says   string // on standard error
	}{
		{"version", exitOK, ""},
		{"--version", exitOK, ""},
		{"--help", exitOK, ""},
		{"mailings pause -h", exitOK, ""},
		{"items list", exitFailed, "no configuration"},
		{"items list --config missing.toml", exitFailed, "missing.toml"},
		{"mailngs", exitUsage, `did you mean "mailings"?`},
		{"mailings paus 3", exitUsage, `did you mean "pause"?`},
		{"items", exitUsage, `expected one of "list"`},
		{"items list --jsn", exitUsage, `did you mean "--json"?`},
		{"items show twelve", exitUsage, "twelve"},
		{"completion tcsh", exitUsage, "tcsh"},
		{"help nonsense", exitUsage, "nonsense"},
		{"help editors --lang xx", exitUsage, `no manual is in "xx"`},
	} {
		status, _, stderr := runLine(t, strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(stderr, c.says) || (c.says == "") != (stderr == "") {
			t.Errorf("%s: exit status %d, want %d; standard error %q, want %q in it", c.args, status, c.status, stderr, c.says)
		}
	}
}

func TestRun_VersionFlagAndCommandAgree(t *testing.T) {
	_, flag, _ := runLine(t, "--version")
	_, command, _ := runLine(t, "version")
	if flag != command || !strings.HasPrefix(flag, "infolettre ") || !strings.Contains(flag, "go1.") || strings.Count(flag, "\n") != 1 {
		t.Errorf("--version prints %q, version %q", flag, command)
	}
}

// Every command and flag has a help text of one line, and the manual page has them all.
func TestMan_NamesEveryCommandAndExitStatus(t *testing.T) {
	status, page, stderr := runLine(t, "man")
	if status != exitOK {
		t.Fatal(status, stderr)
	}
	plain := strings.NewReplacer(`\&`, "", `\-`, "-", "\\", "").Replace(page)
	parser, err := newParser(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var each func(node *kong.Node)
	each = func(node *kong.Node) {
		n++
		if node.Help == "" || strings.Contains(strings.TrimSpace(node.Help), "\n\n\n") {
			t.Errorf("%s has no help text", node.FullPath())
		}
		if !strings.Contains(plain, node.Name) {
			t.Errorf("the manual page lacks the command %s", node.FullPath())
		}
		for _, flag := range node.Flags {
			if flag.Help == "" {
				t.Errorf("%s --%s has no help text", node.FullPath(), flag.Name)
			}
			if !strings.Contains(plain, "--"+flag.Name) {
				t.Errorf("the manual page lacks %s --%s", node.FullPath(), flag.Name)
			}
		}
		for _, child := range node.Children {
			each(child)
		}
	}
	each(parser.Model.Node)
	if n < 40 {
		t.Errorf("%d commands were looked at", n)
	}
	if strings.Contains(page, `\fPFor`) {
		t.Error("a command and its details share a line")
	}
	for _, s := range exitStatuses {
		if !strings.Contains(plain, s.means) {
			t.Errorf("the manual page lacks exit status %d", s.status)
		}
	}
}

func TestCompletion_OffersWhatFits(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
		not  string
	}{
		{"infolettre mai", []string{"mailings"}, "items"},
		{"infolettre mailings ", []string{"list", "show", "pause", "resume", "cancel", "retry"}, "approve"},
		{"infolettre subscribers list --", []string{"--json", "--config"}, "--to"},
	} {
		t.Setenv("COMP_LINE", c.line)
		status, stdout, stderr := runLine(t, "infolettre", "", "")
		offered := slices.Sorted(slices.Values(strings.Fields(stdout)))
		_, fish, _ := runLine(t)
		if fish := slices.Sorted(slices.Values(strings.Fields(fish))); !slices.Equal(fish, offered) {
			t.Errorf("%q: fish is offered %q, bash %q", c.line, fish, offered)
		}
		if status != exitOK || stderr != "" {
			t.Errorf("%q: exit status %d, standard error %q", c.line, status, stderr)
		}
		for _, want := range c.want {
			if !slices.Contains(offered, want) {
				t.Errorf("%q offers %q, not %q", c.line, offered, want)
			}
		}
		if slices.Contains(offered, c.not) {
			t.Errorf("%q offers %q", c.line, c.not)
		}
	}
}

func TestCompletion_LeavesCommandsAlone(t *testing.T) {
	t.Setenv("COMP_LINE", "infolettre mai")
	if status, stdout, _ := runLine(t, "version"); status != exitOK || !strings.HasPrefix(stdout, "infolettre ") {
		t.Errorf("exit status %d, %q", status, stdout)
	}
}

func TestCompletion_PrintsAScriptForEachShell(t *testing.T) {
	for shell, want := range map[string]string{"bash": "complete -", "zsh": "bashcompinit", "fish": "commandline -cp"} {
		status, stdout, stderr := runLine(t, "completion", shell)
		if status != exitOK || !strings.Contains(stdout, want) || !strings.Contains(stdout, "infolettre") {
			t.Errorf("%s: exit status %d, %q, %q", shell, status, stdout, stderr)
		}
	}
}

// Nothing is printed in colour, with NO_COLOR or without.
func TestRun_PrintsNoColour(t *testing.T) {
	for _, value := range []string{"", "1"} {
		t.Setenv("NO_COLOR", value)
		for _, args := range [][]string{{"--help"}, {"mailings", "--help"}, {"version"}, {"mailngs"}} {
			if _, stdout, stderr := runLine(t, args...); strings.Contains(stdout+stderr, "\x1b") {
				t.Errorf("NO_COLOR=%q, %q: %q", value, args, stdout+stderr)
			}
		}
	}
}
