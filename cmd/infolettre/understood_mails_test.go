package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"infolettre/internal/demo/sample"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// command runs the program's own entry and returns what it prints.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(context.Background(), args, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("infolettre %s: status %d: %s", strings.Join(args, " "), status, errs.String())
	}
	return out.String()
}

// Forty mails as people send them, from every client that the contributors use,
// and what is understood of each: an editor would sign these golden files.
func TestIntake_MailsMatchGoldenFiles(t *testing.T) {
	mails, err := filepath.Glob("testdata/mails/*.eml")
	if err != nil || len(mails) < 40 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	dir := filepath.Join(t.TempDir(), "office")
	command(t, "init", dir)
	conf := filepath.Join(dir, "infolettre.toml")
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing is fetched or sent here: any file serves as a password.
	text = bytes.ReplaceAll(text, []byte("env:MAILBOX_PASSWORD"), []byte("file:secret"))
	text = bytes.ReplaceAll(text, []byte("env:RELAY_PASSWORD"), []byte("file:secret"))
	if err := os.WriteFile(conf, text, 0o600); err != nil {
		t.Fatal(err)
	}
	people, err := sample.Files.ReadFile("people.csv")
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(list, people, 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "subscribers", "import", "--config", conf, list)
	for _, mail := range mails {
		t.Run(strings.TrimSuffix(filepath.Base(mail), ".eml"), func(t *testing.T) {
			got := command(t, "explain", "--config", conf, mail)
			golden := strings.TrimSuffix(mail, ".eml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; run the test with -update", err)
			}
			if got != string(want) {
				t.Errorf("%s differs; look at it, then run the test with -update:\n%s", golden, got)
			}
		})
	}
}
