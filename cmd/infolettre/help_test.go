package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
	if status, _, errs := runHelp(t, "editors", "--lang", "xx"); status != exitFailed || !strings.Contains(errs, "there are en, fr") {
		t.Errorf("status %d: %s", status, errs)
	}
}
