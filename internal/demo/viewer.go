package demo

import (
	"context"
	_ "embed" // the page
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"html/template"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/message"
)

//go:embed viewer.html
var viewerPage string

// viewedMail is a mail as the index lists it; EML, HTML and Text are files beside it.
type viewedMail struct {
	When, From, To, Subject, Lang string
	EML, HTML, Text               string
}

// subjectGroup is the mails of one kind with one subject.
type subjectGroup struct {
	Subject string
	Mails   []viewedMail
}

// kindGroup is the mails of one kind.
type kindGroup struct {
	Title  string
	Sheets []*subjectGroup
}

// groupTitles are the headings of the index, in order, by the mails' kind.
var groupTitles = []struct {
	kind  delivery.Kind
	title string
}{
	{delivery.KindReminder, "Rappels d’événements · Reminders"},
	{delivery.KindProof, "Épreuves à signer · Proofs"},
	{delivery.KindReceipt, "Accusés de réception · Receipts"},
	{delivery.KindCall, "Appels à contributions · Calls"},
	{delivery.KindRequest, "Demandes à l’équipe · Requests"},
	{delivery.KindQueue, "Ce qui attend, jour après jour · What waits, day by day"},
	{delivery.KindPlan, "Plans du numéro · Plans of the issue"},
	{delivery.KindOutcome, "Réponses à l’équipe · Outcomes"},
	{delivery.KindNotice, "Avis · Notices"},
	{delivery.KindConfirm, "Confirmations"},
	{"", "Ce que les gens ont écrit · What people wrote"},
	{delivery.KindIssue, "L’InfoLettre, abonné par abonné · The issue, one by one"},
}

// writeViewer writes every mail as .eml and .html, and an index.html that begins with the
// issue.
func writeViewer(dir string, mails []localmail.Delivered, loc *time.Location) error {
	groups := map[delivery.Kind]*kindGroup{}
	var issues []viewedMail
	seen := map[string]bool{}
	for _, d := range mails {
		m, err := message.Read(d.Raw)
		if err != nil {
			return fmt.Errorf("mail %d: %w", d.Seq, err)
		}
		kind := delivery.Kind("")
		if d.User == NewsletterAddress {
			kind = delivery.Kind(m.Header.Get(delivery.KindField))
		}
		s, err := writeMail(dir, d, m, kind, loc)
		if err != nil {
			return err
		}
		if kind == delivery.KindIssue && !seen[s.Lang] {
			seen[s.Lang] = true
			issues = append(issues, s)
		}
		g := groups[kind]
		if g == nil {
			g = &kindGroup{}
			groups[kind] = g
		}
		g.add(s)
	}
	page := struct {
		Issues []viewedMail
		Groups []*kindGroup
	}{Issues: issues}
	for _, t := range groupTitles {
		if g := groups[t.kind]; g != nil {
			g.Title = t.title
			page.Groups = append(page.Groups, g)
		}
	}
	tmpl, err := template.New("viewer").Parse(viewerPage)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "index.html"))
	if err != nil {
		return err
	}
	if err := tmpl.Execute(f, page); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (g *kindGroup) add(s viewedMail) {
	for _, sheet := range g.Sheets {
		if sheet.Subject == s.Subject {
			sheet.Mails = append(sheet.Mails, s)
			return
		}
	}
	g.Sheets = append(g.Sheets, &subjectGroup{s.Subject, []viewedMail{s}})
}

func writeMail(dir string, d localmail.Delivered, m *message.Message, kind delivery.Kind, loc *time.Location) (viewedMail, error) {
	name := string(kind)
	if name == "" {
		name = "from-" + m.Author().Address.Local()
	}
	base := fmt.Sprintf("%04d-%s", d.Seq, fileName(name))
	if kind != "" {
		base += "-" + fileName(d.To.Local()+"-"+d.To.Domain())
	}
	s := viewedMail{
		When: d.At.In(loc).Format("2006-01-02 15:04"), From: string(m.Author().Address), To: string(d.To), Subject: m.Subject,
		Lang: languageOf(m.HTML), EML: base + ".eml", HTML: base + ".html",
	}
	if m.Author().Name != "" {
		s.From = m.Author().Name
	}
	files := map[string]string{s.EML: string(d.Raw), s.HTML: standalone(m)}
	if kind == delivery.KindIssue {
		s.Text = base + ".txt"
		files[s.Text] = m.Text
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return s, err
		}
	}
	return s, nil
}

// standalone returns a mail's HTML with its pictures embedded, or its text as a page.
func standalone(m *message.Message) string {
	if m.HTML == "" {
		return "<!DOCTYPE html><meta charset=\"utf-8\"><title>" + html.EscapeString(m.Subject) +
			"</title><pre style=\"white-space:pre-wrap;font:16px/1.5 ui-monospace,monospace;max-width:50rem;margin:2rem auto;padding:0 1rem\">" +
			html.EscapeString(m.Text) + "</pre>"
	}
	page := m.HTML
	for _, p := range m.Parts {
		if p.ContentID != "" {
			page = strings.ReplaceAll(page, "cid:"+p.ContentID, "data:"+p.Type+";base64,"+base64.StdEncoding.EncodeToString(p.Data))
		}
	}
	if !strings.Contains(strings.ToLower(page), "charset") {
		page = "<!DOCTYPE html><meta charset=\"utf-8\">" + page
	}
	return page
}

// fileName replaces what some file system does not take.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, s)
}

// serveViewer serves the pages until the context ends.
func serveViewer(ctx context.Context, dir string, n *narrator) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() }) // the listener is closed; nothing else can fail
	defer stop()
	url := "http://" + l.Addr().String() + "/"
	n.say("open", url)
	openBrowser(url)
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openBrowser opens a page where there is a screen. An error does not matter, because the
// address was printed.
func openBrowser(url string) {
	switch {
	case runtime.GOOS == "darwin":
		_ = exec.Command("open", url).Start()
	case runtime.GOOS == "windows":
		_ = exec.Command("rundll32", "url.dll,FileProtocolHandler", url).Start()
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		_ = exec.Command("xdg-open", url).Start()
	}
}
