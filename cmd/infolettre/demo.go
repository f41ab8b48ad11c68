package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"infolettre/cmd/infolettre/sample"
	"infolettre/internal/audience"
	"infolettre/internal/localmail"
)

type demoCmd struct {
	Once bool   `help:"End when all is sent, with status 0 only if everything arrived."`
	Dir  string `placeholder:"DIR" help:"Keep every mail there, as .eml and as .html."`
	Lang string `enum:",fr,en" default:"" help:"The language of the story: fr or en (default: the terminal's)."`
}

// Run plays the sample from late January to late March 2018.
func (c demoCmd) Run(g *global) error {
	began := time.Now()
	out, err := c.folder()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "infolettre-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	script, err := readScript(sample.Files)
	if err != nil {
		return err
	}
	slow := &greylist{domain: script.Greylist, from: script.From}
	s, err := newStage(g.ctx, stageOptions{
		dir: work, start: script.Start, log: slog.New(slog.DiscardHandler),
		config: func(text string) string {
			return strings.Replace(text, "# section_quorum = { people = 2 }", "section_quorum = { funding = 2 }", 1)
		},
		faults: func(o *localmail.Options) { o.OnRcpt, slow.now = slow.refuse, o.Now },
	})
	if err != nil {
		return err
	}
	tell := newTeller(g.stdout, c.Lang, s.daemon.cfg.Location)
	d := &director{stage: s, script: script, files: sample.Files, tell: tell}
	err = d.play(g.ctx)
	if err == nil {
		err = d.report(g.ctx, out, time.Since(began))
	}
	if err == nil && !c.Once {
		err = c.leaveOpen(g, tell, out)
	}
	if c.Dir == "" && !c.Once {
		err = errors.Join(err, os.RemoveAll(out))
	}
	closing := s.close()
	if g.ctx.Err() != nil { // Ctrl-C ends the demo, it does not fail it
		return nil
	}
	return errors.Join(err, closing)
}

// folder is where the mails go: a new one is not mixed with what lies there.
func (c demoCmd) folder() (string, error) {
	if c.Dir == "" {
		return os.MkdirTemp("", "infolettre-mails-")
	}
	if err := emptyFolder(c.Dir); err != nil {
		return "", err
	}
	return c.Dir, nil
}

// leaveOpen serves the pages of what was sent until Ctrl-C.
func (c demoCmd) leaveOpen(g *global, tell *teller, out string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.FileServer(http.Dir(out)), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(g.ctx, func() { srv.Close() })
	defer stop()
	url := "http://" + l.Addr().String() + "/"
	tell.say("open", url)
	showInBrowser(url)
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// showInBrowser opens a page where there is a screen; where there is none, the
// address that was printed has to do.
func showInBrowser(url string) {
	switch {
	case runtime.GOOS == "darwin":
		_ = exec.Command("open", url).Start()
	case runtime.GOOS == "windows":
		_ = exec.Command("rundll32", "url.dll,FileProtocolHandler", url).Start()
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		_ = exec.Command("xdg-open", url).Start()
	}
}

// greylist refuses the first mail to each address of a domain, for a while, as
// careful servers do (RFC 6647).
type greylist struct {
	domain string
	from   time.Time
	now    func() time.Time
	mu     sync.Mutex
	seen   map[string]bool
}

func (g *greylist) refuse(_, rcpt string) error {
	if g.domain == "" || !strings.HasSuffix(rcpt, "@"+g.domain) || g.now().Before(g.from) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen[rcpt] {
		return nil
	}
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[rcpt] = true
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
}

// importPeople reads the sample's people list, as the import command does.
func importPeople(ctx context.Context, s *stage, files fs.FS) (int, error) {
	f, err := files.Open("people.csv")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	file, err := audience.ReadCSV(f, s.daemon.cfg.Newsletter.Languages)
	if err != nil {
		return 0, err
	}
	if len(file.Bad) > 0 {
		return 0, fmt.Errorf("people.csv: %w", file.Bad[0])
	}
	_, err = s.daemon.store.ImportPeople(ctx, file, s.clock.Now())
	return len(file.People), err
}
