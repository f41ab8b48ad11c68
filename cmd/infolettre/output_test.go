package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"infolettre/internal/delivery"
	"infolettre/internal/demo"
)

// bell is the text by which a stranger would set the title of the terminal, erase it, show
// a line in another order, and end the line before.
const bell = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202etxet\u2066\x7f\x08\rOUI"

func TestTerminal_ReplacesControlCharacters(t *testing.T) {
	for _, test := range []struct{ said, want string }{
		{"Éditorial\tn° 1\r\n漢字 👍\n", "Éditorial\tn° 1\r\n漢字 👍\n"},
		{bell, "�]0;owned��[2J�31m�txet����OUI"},
		{"a\x00b\x85c\xffd\xc3", "a�b�c�d�"},
		{"end\r", "end�"},
		{"\r\r\n", "�\r\n"},
	} {
		// However the text is cut into writes, it comes out the same.
		for size := 1; size <= len(test.said); size++ {
			var out bytes.Buffer
			w := &terminal{w: &out}
			for part := range slices.Chunk([]byte(test.said), size) {
				if n, err := w.Write(part); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			w.flush()
			if out.String() != test.want {
				t.Errorf("%q in writes of %d: %q, want %q", test.said, size, out.String(), test.want)
			}
		}
	}
}

// What strangers write commands no terminal, whichever command prints it; programs that
// read JSON get it whole.
func TestCommands_PrintNoControlCharacters(t *testing.T) {
	p := newPlay(t, "2018-02-09T08:00:00+01:00", nil)
	contributor(p)
	encoded := "=?utf-8?Q?" + func() (q string) {
		for _, b := range []byte(bell) {
			q += fmt.Sprintf("=%02X", b)
		}
		return q
	}() + "?="
	mail := "From: " + encoded + " <" + nadia + ">\nTo: " + demo.NewsletterAddress + "\nSubject: Un forum " + encoded + ` des cartes
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=xx

--xx
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

La Cité des métiers organise un forum ` + bell + ` le 22 mars 2018 à la Salle ` + bell + `.

Contact : Nadia ` + bell + ` <nadia@cite-rouen.example>

--xx
Content-Type: application/pdf; name="` + encoded + `.pdf"
Content-Disposition: attachment; filename="` + encoded + `.pdf"

%PDF-1.4
--xx--
`
	p.send(nadia, demo.NewsletterAddress, mail, true)
	p.answer(elise, p.last(elise, delivery.KindRequest), "gmail", "NON : pas "+bell+" cette fois")
	p.send("stranger@loin.example", demo.NewsletterAddress, strings.Replace(mail, nadia, "stranger@loin.example", 1), true)
	p.send("MAILER-DAEMON@loin.example", demo.NewsletterAddress, `From: MAILER-DAEMON@loin.example
To: `+demo.NewsletterAddress+`
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=yy

--yy
Content-Type: text/plain; charset=utf-8

failed `+bell+`
--yy
Content-Type: message/delivery-status

Reporting-MTA: dns; loin.example

Final-Recipient: rfc822; quelquun@loin.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such `+bell+` user
--yy--
`, false)
	conf := filepath.Join(p.daemon.cfg.Dir, "infolettre.toml")
	eml := filepath.Join(t.TempDir(), "mail.eml")
	people := filepath.Join(t.TempDir(), "people.csv")
	for file, text := range map[string]string{
		eml:    mail,
		people: "email,name,centre,language,tags,consent\nnadia@cite-rouen.example,Nadia " + bell + "," + bell + ",fr,contact;membre," + bell + "\nbad " + bell + ",,,fr,,\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Each command of the program, with its arguments; nil for one that prints no text of
	// strangers, or is a daemon. One that is not named here fails the test.
	commandLines := map[string][]string{
		"subscribers import": {people}, "explain": {eml},
		"items list": {}, "items show": {"1"}, "items approve": {"2"}, "items reject": {"2", "--reason", bell}, "items defer": {"1"}, "items withdraw": {"1"},
		"issues list": {}, "issues show": {"1"}, "issues preview": {"1", "--dir", t.TempDir()}, "issues proof": {"1"}, "issues send": {"1"}, "issues cancel": {"9"},
		"agenda list": {}, "mailings list": {}, "mailings show": {"1"}, "mailings pause": {"1"}, "mailings resume": {"1"}, "mailings cancel": {"1"}, "mailings retry": {"1"},
		"why": {nadia, "--letters"}, "subscribers list": {}, "subscribers show": {nadia}, "subscribers unsuppress": {nadia}, "subscribers bounces": {},
		"log verify": {}, "log list": {}, "log erase": {"x" + bell},
		"backup": {filepath.Join(t.TempDir(), bell, "copy")}, "restore": {bell}, "check": {"--no-mail"},
		"demo": nil, "init": nil, "serve": nil, "version": nil, "man": nil, "help": nil, "completion": nil,
	}
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, leaf := range parser.Model.Leaves(true) {
		name := leaf.Path()
		name = strings.TrimSpace(strings.TrimPrefix(name, parser.Model.Name))
		var words []string
		for _, w := range strings.Fields(name) {
			if !strings.HasPrefix(w, "<") && !strings.HasPrefix(w, "[") {
				words = append(words, w)
			}
		}
		name = strings.Join(words, " ")
		args, listed := commandLines[name]
		if !listed {
			t.Errorf("the command %q is not tried with hostile text", name)
		}
		if args == nil {
			continue
		}
		line := slices.Concat(words, args, []string{"--config", conf})
		var out, errs bytes.Buffer
		run(p.ctx, line, strings.NewReader(""), &out, &errs)
		for _, text := range []string{out.String(), errs.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && isCommand(r) }); i >= 0 {
				t.Errorf("%s prints a control character:\n%q", name, text[max(0, i-100):min(len(text), i+20)])
			}
			shown[name] = shown[name] || strings.Contains(text, "�")
		}
		if !slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "json" }) {
			continue
		}
		out.Reset()
		if status := run(p.ctx, append(line, "--json"), strings.NewReader(""), &out, &errs); status != exitOK {
			continue
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && isCommand(r) }); i >= 0 {
			t.Errorf("%s --json prints a control character", name)
		}
		if strings.Contains(out.String(), `\u001b`) && !strings.Contains(out.String(), `\u202e`) {
			t.Errorf("%s --json loses part of the text:\n%s", name, &out)
		}
		var v any
		if err := json.Unmarshal(out.Bytes(), &v); err != nil {
			t.Errorf("%s --json: %v", name, err)
		}
	}
	for _, name := range []string{"explain", "items list", "items show"} {
		if !shown[name] {
			t.Errorf("%s does not show what was replaced: the test tries nothing", name)
		}
	}
}
