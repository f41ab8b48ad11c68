package main

import (
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"infolettre/internal/editorial"
	"infolettre/templates"
)

func runHelp(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	status = run(t.Context(), append([]string{"help"}, args...), strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestHelp_ManualIsPlainTextInLinesOf80(t *testing.T) {
	for _, topic := range templates.Topics {
		for _, lang := range templates.ManualLanguages() {
			status, out, errs := runHelp(t, topic, "--lang", lang)
			if status != exitOK || errs != "" {
				t.Fatalf("%s in %s: status %d, %s", topic, lang, status, errs)
			}
			m, err := templates.LoadManual(topic, lang)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(out, m.Title+"\n===") || strings.ContainsAny(out, "\x1b|") || strings.Contains(out, "**") {
				t.Errorf("%s in %s begins %.200q", topic, lang, out)
			}
			for line := range strings.SplitSeq(out, "\n") {
				if utf8.RuneCountInString(line) > helpWidth && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s in %s: more than %d characters: %q", topic, lang, helpWidth, line)
				}
			}
			for _, s := range m.Sections {
				if !strings.Contains(out, "\n\n"+s.Title+"\n---") {
					t.Errorf("%s in %s lacks the heading %q", topic, lang, s.Title)
				}
			}
		}
	}
}

func TestHelp_LanguageIsThatOfTheEnvironment(t *testing.T) {
	for _, c := range []struct{ asked, all, lang, want string }{
		{"", "", "fr_FR.UTF-8", "fr"}, {"", "", "C.UTF-8", "en"}, {"", "", "", "en"}, {"", "", "de_DE", "en"},
		{"", "C", "fr_FR.UTF-8", "en"}, {"", "fr", "en_GB", "fr"}, {"en", "", "fr_FR", "en"},
	} {
		env := func(name string) string { return map[string]string{"LC_ALL": c.all, "LANG": c.lang}[name] }
		if got := manualLanguage(c.asked, env); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestHelp_CommandIsShownLikeItsFlag(t *testing.T) {
	for _, topic := range [][]string{{}, {"items"}, {"items", "approve"}, {"why"}} {
		var want, errs strings.Builder
		if status := run(t.Context(), append(slices.Clone(topic), "--help"), strings.NewReader(""), &want, &errs); status != exitOK {
			t.Fatalf("%v --help: status %d, %s", topic, status, errs.String())
		}
		if status, out, errs := runHelp(t, topic...); status != exitOK || out != want.String() || errs != "" {
			t.Errorf("help %v: status %d, %s\n%s", topic, status, errs, out)
		}
	}
}

func TestHelp_UnknownTopicOrLanguageIsRefused(t *testing.T) {
	if status, _, errs := runHelp(t, "editor"); status != exitUsage || !strings.Contains(errs, "contributors, editors, operators") {
		t.Errorf("status %d: %s", status, errs)
	}
	if status, _, errs := runHelp(t, "editors", "--lang", "xx"); status != exitUsage || !strings.Contains(errs, "there are en, fr") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// commandsIn returns the command lines of a Markdown text: code that begins with
// “infolettre”, and code whose first word is a command that takes more words.
func commandsIn(model *kong.Node, text string) (lines [][]string) {
	names := map[string]bool{}
	for _, n := range model.Children {
		names[n.Name] = true
	}
	var code []string
	for i, block := range strings.Split(text, "```") {
		if i%2 == 1 {
			code = append(code, strings.Split(block, "\n")...)
			continue
		}
		for j, span := range strings.Split(block, "`") {
			if j%2 == 1 {
				code = append(code, span)
			}
		}
	}
	for _, line := range code {
		line, _, _ = strings.Cut(line, "#")
		line, _, _ = strings.Cut(line, " > ") // where the shell puts it
		words := strings.Fields(line)
		switch {
		case len(words) > 1 && words[0] == "infolettre":
			lines = append(lines, words[1:])
		case len(words) > 1 && names[words[0]]:
			lines = append(lines, words)
		}
	}
	return lines
}

func TestDocuments_CommandsExist(t *testing.T) {
	var cli commands
	parser, err := kong.New(&cli, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	for _, name := range []string{"README.md", "internal/README.md", "config/SECURITY.md"} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		documents[name] = string(text)
	}
	for _, lang := range templates.ManualLanguages() {
		for _, topic := range templates.Topics {
			name := "manual/" + lang + "/" + topic + ".md"
			text, err := fs.ReadFile(templates.Files(), name)
			if err != nil {
				t.Fatal(err)
			}
			documents[name] = string(text)
		}
	}
	for name, text := range documents {
		lines := commandsIn(parser.Model.Node, text)
		if strings.Contains(name, "operators") && len(lines) < 30 {
			t.Errorf("%s: only %d commands are found", name, len(lines))
		}
		for _, words := range lines {
			words = slices.Clone(words)
			for i, w := range words { // a placeholder becomes a value
				switch w {
				case "N":
					words[i] = "1"
				case "COMMAND", "COMMANDE":
					words[i] = "check"
				}
			}
			if _, err := parser.Parse(words); err != nil {
				t.Errorf("%s: infolettre %s: %v", name, strings.Join(words, " "), err)
			}
		}
	}
}

func TestManual_WordsForEditorsAreUnderstood(t *testing.T) {
	span := regexp.MustCompile("`([^`\n]+)`")
	for _, lang := range templates.ManualLanguages() {
		text, err := fs.ReadFile(templates.Files(), "manual/"+lang+"/editors.md")
		if err != nil {
			t.Fatal(err)
		}
		understood := 0
		for row := range strings.SplitSeq(string(text), "\n") {
			cell, _, isRow := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
			if !strings.HasPrefix(row, "| ") || !isRow {
				continue
			}
			for _, m := range span.FindAllStringSubmatch(cell, -1) {
				said := strings.NewReplacer("…", "7 mars").Replace(m[1])
				body := editorial.ReplyText{Text: said}
				with := editorial.ReplyText{Text: said + "\nUn titre\n\nEt un texte assez long pour en être un."}
				verbs := []editorial.Verb{editorial.ReadReply(body).Verb, editorial.ReadReply(with).Verb}
				for _, line := range append(editorial.ReadPlan(body), editorial.ReadPlan(with)...) {
					verbs = append(verbs, line.Reply.Verb)
				}
				if !slices.ContainsFunc(verbs, func(v editorial.Verb) bool { return v != editorial.None }) {
					t.Errorf("%s: %q is not understood", lang, m[1])
				}
				understood++
			}
		}
		if understood < 15 {
			t.Errorf("%s: only %d commands", lang, understood)
		}
		for i, block := range strings.Split(string(text), "```") {
			if i%2 == 0 {
				continue
			}
			answer := editorial.ReplyText{Text: strings.TrimSpace(block)}
			list := editorial.ReadList(answer, []int64{41, 42, 43, 44, 45, 46, 47, 48, 51})
			listed := len(list) > 0 && !slices.ContainsFunc(list, func(l editorial.Line) bool { return l.Reply.Verb == editorial.None })
			if r := editorial.ReadReply(answer); r.Verb == editorial.None && !listed {
				t.Errorf("%s: %q is not understood: %s; %+v", lang, block, r.Why, list)
			}
		}
	}
}
