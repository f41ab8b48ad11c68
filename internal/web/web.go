// Package web serves the pages that mails link to: the unsubscribe page, sent issues and the
// files of items; the desk, for editors who prefer a browser to mail; and the daemon's health
// page.
//
// No GET changes anything, so a program that follows links unsubscribes nobody. Unsubscribing
// takes a POST, from the page's button or from the subscriber's mail program (one click, RFC
// 8058). It may be repeated and gives the same answer each time.
//
// At the desk editors do by forms what they do by mail, through the same functions of package
// newsroom. It needs no password and no script. An editor or deputy asks for a link, which
// comes by mail. The link works once, within a quarter of an hour, in the browser that asked
// for it, and only after a button is pressed; a request without that browser's cookie is
// refused. Each form is bound to its session, and to the revision,
// plan or proof that its page showed.
//
// Sessions and links are in the store and survive a restart; the counts that limit sign-in
// requests are in memory and do not. Begin reading at Server.Handler and desk.routes.
package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
	"infolettre/internal/token"
	"infolettre/templates"
)

// Store is what the pages read and change.
type Store interface {
	Read(ctx context.Context, f func(newsroom.View) error) error
	Write(ctx context.Context, f func(newsroom.View) (newsroom.Effects, error)) error
	// PublishedImage returns a picture of a sent issue, and File a file of an item. They return
	// newsroom.ErrNotFound if no picture or file has that hash.
	PublishedImage(ctx context.Context, hash string) (item.Image, error)
	File(ctx context.Context, hash string) (item.Attachment, error)
}

// Renderer renders an issue as a page for everyone.
type Renderer interface {
	// Page returns newsroom.ErrNotFound for a language that has no edition.
	Page(c issue.Content, lang string) (string, error)
}

// Options configure a Server.
type Options struct {
	Listen    string   // host:port
	BaseURL   *url.URL // the public address of the pages
	Address   message.Mailbox
	Network   string
	Languages []string // the first is the default
	Now       func() time.Time
	Log       *slog.Logger

	Desk       Desk             // nil for no desk; the fields below are for the desk
	Render     *render.Renderer // renders items and editions
	AuthservID string           // the server whose Authentication-Results are trusted; "" for none
	Location   *time.Location
	MailQueued func() // called after an act that may have queued mail
	// MinSignInTime is the least time in which a request for a link is answered, so that
	// the time does not tell whether the address is an editor's. 0 means 150 ms.
	MinSignInTime time.Duration

	Health func() Health // the state of the other parts; may be nil
}

// Health is what the health page shows beside the store and the relay's refusals. Everyone can
// read it, so it holds no addresses and no text from other servers.
type Health struct {
	Problems []string // one line each; the page answers 503 if there is any
	Facts    []string // one line each
}

// Server serves the pages.
type Server struct {
	Options
	service  *newsroom.Service
	store    Store
	renderer Renderer
	words    map[string]templates.Words
	page     *template.Template
	css      []byte
	desk     *desk
	help     *help
	listener net.Listener
}

// New returns a server that listens already, so that an address in use is an error at once.
func New(o Options, service *newsroom.Service, store Store, r Renderer) (*Server, error) {
	s := &Server{Options: o, service: service, store: store, renderer: r, words: map[string]templates.Words{}}
	if s.MinSignInTime == 0 {
		s.MinSignInTime = 150 * time.Millisecond
	}
	var err error
	for _, lang := range o.Languages {
		if s.words[lang], err = templates.Load(lang); err != nil {
			return nil, err
		}
	}
	if s.page, err = template.ParseFS(templates.Files(), "page.html"); err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	if s.css, err = fs.ReadFile(templates.Files(), "page.css"); err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	if s.help, err = newHelp(s); err != nil {
		return nil, err
	}
	if o.Desk != nil {
		if s.desk, err = newDesk(s); err != nil {
			return nil, err
		}
	}
	if s.listener, err = net.Listen("tcp", o.Listen); err != nil {
		return nil, fmt.Errorf("listen for the web pages: %w", err)
	}
	return s, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until the context ends. Requests in progress then have five seconds to finish.
func (s *Server) Run(ctx context.Context) error {
	srv := &http.Server{
		Handler: s.Handler(), ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(grace)
	})
	err := srv.Serve(s.listener)
	if stop() { // Serve failed before the context ended
		return fmt.Errorf("web server: %w", err)
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop web server: %w", err)
	}
	return nil
}

// Handler routes the requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=86400")
		_, _ = w.Write(s.css) // the client may have gone
	})
	mux.HandleFunc("GET /u/{handle}", func(w http.ResponseWriter, r *http.Request) { s.unsubscribe(w, r, false) })
	mux.HandleFunc("POST /u/{handle}", func(w http.ResponseWriter, r *http.Request) { s.unsubscribe(w, r, true) })
	mux.HandleFunc("GET /issues/{id}/{lang}", s.issue)
	mux.HandleFunc("GET /images/{hash}", s.image)
	mux.HandleFunc("GET /files/{hash}/{name}", s.file)
	s.help.routes(mux)
	if s.desk != nil {
		s.desk.routes(mux)
	}
	return headers(mux)
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		limit := int64(64 << 10)
		if strings.HasPrefix(r.URL.Path, render.DeskPath+"/") {
			limit = deskLimit
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// health answers 200 if the store can be read, the relay accepts our mail and Options.Health
// reports no trouble. Domains that refuse our mail are only counted; they do not change the
// status.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	var refused []newsroom.RelayRefusal
	err := s.store.Read(r.Context(), func(v newsroom.View) error {
		_, _, err := v.Person(s.Address.Address)
		if err == nil {
			refused, err = v.RelayRefusals()
		}
		return err
	})
	var h Health
	if s.Options.Health != nil {
		h = s.Options.Health()
	}
	if err != nil {
		s.Log.Error("check health", "error", err)
		h.Problems = append(h.Problems, "the store cannot be read")
	}
	domains := 0
	for _, u := range refused {
		// The page shows neither a reader's domain nor the server's text, which may hold an
		// address.
		if u.Domain != "" {
			domains++
			continue
		}
		h.Problems = append(h.Problems, fmt.Sprintf("no mail goes out: the relay has refused our account since %s, with code %d; next try at %s",
			u.Since.UTC().Format(time.RFC3339), u.Code, u.Next.UTC().Format(time.RFC3339)))
	}
	if domains > 0 {
		h.Facts = append(h.Facts, fmt.Sprintf("domains that refuse our mail: %d", domains))
	}
	status := http.StatusOK
	if len(h.Problems) > 0 {
		status = http.StatusServiceUnavailable
	} else {
		h.Problems = []string{"ok"}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.Join(append(h.Problems, h.Facts...), "\n"))
}

type pageData struct {
	Lang, Title, Name, Network, Text, Button, Style string
}

func (s *Server) show(w http.ResponseWriter, status int, words templates.Words, title, text, button string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	err := s.page.ExecuteTemplate(w, "page", pageData{
		Lang: words.Language, Title: title, Name: s.Address.Name, Network: s.Network, Text: text, Button: button,
		Style: s.path("/style.css"),
	})
	if err != nil {
		s.Log.Debug("write page", "error", err)
	}
}

// path returns the public path of a page below the base URL.
func (s *Server) path(below string) string {
	return strings.TrimSuffix(s.BaseURL.EscapedPath(), "/") + below
}

// unsubscribe shows the page that asks for confirmation or, for a POST, unsubscribes.
func (s *Server) unsubscribe(w http.ResponseWriter, r *http.Request, posted bool) {
	who, h, err := s.subscriber(r)
	words := s.words[s.service.Language(who.Language)]
	if errors.Is(err, newsroom.ErrNotFound) {
		s.show(w, http.StatusNotFound, words, words.T("page-unknown-title"), words.T("page-unknown", s.Address.Address), "")
		return
	}
	if err == nil && posted {
		err = s.store.Write(r.Context(), func(v newsroom.View) (newsroom.Effects, error) {
			return s.service.Unsubscribe(v, h, "link", s.Now())
		})
	}
	switch {
	case err != nil:
		s.Log.Error("unsubscribe", "error", err)
		http.Error(w, "That did not work; please try again in a moment.", http.StatusInternalServerError)
	case posted || !who.Unsubscribed.IsZero():
		if posted {
			s.Log.Info("unsubscribed", "person", who.ID)
		}
		s.show(w, http.StatusOK, words, words.T("page-unsubscribe-done-title"), words.T("page-unsubscribe-done", who.Address, s.Address.Address), "")
	default:
		s.show(w, http.StatusOK, words, words.T("page-unsubscribe-title"), words.T("page-unsubscribe-ask", who.Address), words.T("page-unsubscribe-button"))
	}
}

// subscriber returns the person for whom the link was made, or newsroom.ErrNotFound for a
// forged link.
func (s *Server) subscriber(r *http.Request) (audience.Subscriber, token.Handle, error) {
	h, err := token.Parse(r.PathValue("handle"))
	if err != nil || h.Purpose != token.Unsubscribe {
		return audience.Subscriber{}, h, newsroom.ErrNotFound
	}
	var who audience.Subscriber
	err = s.store.Read(r.Context(), func(v newsroom.View) error {
		who, err = v.Subscriber(audience.ID(h.Number))
		return err
	})
	if err == nil && !s.service.Secret.Verify(h, string(who.Address)) {
		return audience.Subscriber{}, h, newsroom.ErrNotFound
	}
	return who, h, err
}
