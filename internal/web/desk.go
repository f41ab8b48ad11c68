package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"infolettre/internal/editorial"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/render"
	"infolettre/templates"
)

// Desk keeps links and sessions, and has the pictures of items that are not published.
type Desk interface {
	// AddSignIn numbers and stores a link, together with the effects of f. If f returns no
	// effects, nothing is stored.
	AddSignIn(ctx context.Context, in newsroom.SignIn, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Effects, error)) error
	// UseSignIn marks a link as used and stores the session that f returns. If f fails, nothing
	// is stored. It returns newsroom.ErrNotFound if there is no link with that number.
	UseSignIn(ctx context.Context, id int64, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Session, error)) error
	// Session returns newsroom.ErrNotFound for an unknown key. It may return a session that has
	// expired.
	Session(ctx context.Context, key string) (newsroom.Session, error)
	EndSession(ctx context.Context, key string) error
	// Image returns newsroom.ErrNotFound if no picture has that hash.
	Image(ctx context.Context, hash string) (item.Image, error)
}

// deskLimit bounds a form posted to the desk, in octets. The text of an item is the largest.
const deskLimit = 1 << 20

// deskPolicy is the Content-Security-Policy of the desk's pages: no script, no style and no
// frame but their own.
const deskPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// desk serves the editors' pages.
type desk struct {
	*Server
	pages        *template.Template
	css          []byte
	styleVersion string // a hash of the style sheet, so that browsers fetch a new one
	crossOrigin  *http.CrossOriginProtection
	root         string        // the public path of the desk
	secure       bool          // cookies are sent over TLS only
	limiter      signInLimiter // recent requests for links
}

func newDesk(s *Server) (*desk, error) {
	d := &desk{Server: s, crossOrigin: http.NewCrossOriginProtection(), root: s.path(render.DeskPath)}
	var err error
	if d.pages, err = template.ParseFS(templates.Files(), "desk/*.html"); err != nil {
		return nil, fmt.Errorf("parse the desk's pages: %w", err)
	}
	if d.css, err = fs.ReadFile(templates.Files(), "desk.css"); err != nil {
		return nil, fmt.Errorf("read the desk's style: %w", err)
	}
	sum := sha256.Sum256(d.css)
	d.styleVersion = hex.EncodeToString(sum[:6])
	// Behind a proxy, the Host field may differ from the public host.
	if err := d.crossOrigin.AddTrustedOrigin(origin(s.BaseURL)); err != nil {
		return nil, fmt.Errorf("the desk's address: %w", err)
	}
	d.secure = s.BaseURL.Scheme == "https" || !loopback(s.BaseURL.Hostname())
	return d, nil
}

// origin serialises the origin of u as browsers do (RFC 6454, section 6.2).
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host
}

// routes adds the desk's routes. Only POST changes anything and, except for signing in, it
// needs a session and the token of a form made for that session.
func (d *desk) routes(mux *http.ServeMux) {
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, d.withSecurityHeaders(h)) }
	handle("GET /desk", d.home)
	handle("GET /desk/{$}", d.home)
	handle("GET /desk/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		_, _ = w.Write(d.css) // the client may have gone
	})
	handle("POST /desk/sign-in", d.requestSignIn)
	handle("GET /desk/enter/{handle}", d.confirmSignIn)
	handle("POST /desk/enter/{handle}", d.signIn)
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request, *visit){
		"POST /desk/sign-out":                  d.signOut,
		"GET /desk/items/{id}":                 d.itemPage,
		"POST /desk/items/{id}/decide":         d.decide,
		"POST /desk/items/{id}/edit":           d.edit,
		"POST /desk/items/{id}/translate":      d.translate,
		"POST /desk/items/{id}/undo":           d.undo,
		"GET /desk/images/{hash}":              d.picture,
		"GET /desk/issues/{id}":                d.issuePage,
		"POST /desk/issues/{id}/arrange":       d.arrange,
		"POST /desk/issues/{id}/editorial":     d.writeEditorial,
		"POST /desk/issues/{id}/wait":          d.postpone,
		"POST /desk/issues/{id}/sign":          d.sign,
		"POST /desk/issues/{id}/unsign":        d.unsign,
		"GET /desk/issues/{id}/preview/{lang}": d.preview,
		"GET /desk/issues/{id}/edition/{lang}": d.edition,
		"GET /desk/away":                       d.awayPage,
		"POST /desk/away":                      d.delegate,
		"POST /desk/back":                      d.endDelegation,
	} {
		handle(pattern, d.requireEditor(h))
	}
}

// withSecurityHeaders sets the policy and refuses cross-site requests.
func (d *desk) withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", deskPolicy)
		if err := d.crossOrigin.Check(r); err != nil {
			d.refuse(w, r, nil)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visit is one request by a person who is signed in.
type visit struct {
	newsroom.DeskUser
	words   templates.Words
	session newsroom.Session
	form    string // the token in this session's forms
}

// how is the value of Decision.How for decisions made here.
const how = editorial.HowDesk

// visitor returns the visit of a person who is signed in, or nil. A person who is no editor or
// deputy any more is not signed in.
func (d *desk) visitor(r *http.Request) (*visit, error) {
	secret, ok := d.cookie(r, sessionCookie)
	if !ok {
		return nil, nil
	}
	session, err := d.Desk.Session(r.Context(), digest(secret))
	if errors.Is(err, newsroom.ErrNotFound) || err == nil && !d.Now().Before(session.Expires) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := &visit{session: session}
	var may bool
	err = d.store.Read(r.Context(), func(view newsroom.View) (err error) {
		v.DeskUser, may, err = d.service.DeskUser(view, session.Person, d.Now())
		return err
	})
	if err != nil || !may {
		return nil, err
	}
	v.words = d.words[d.service.Language(v.Language)]
	mac := hmac.New(sha256.New, d.service.Secret)
	mac.Write([]byte("infolettre desk form v1\n" + secret))
	v.form = hex.EncodeToString(mac.Sum(nil))
	return v, nil
}

// requireEditor lets only signed-in people through, and only the forms that were made for their
// session.
func (d *desk) requireEditor(next func(http.ResponseWriter, *http.Request, *visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := d.visitor(r)
		switch {
		case err != nil:
			d.fail(w, r, nil, err)
			return
		case v == nil:
			d.signInPage(w, r, http.StatusForbidden, nil)
			return
		case r.Method == http.MethodPost:
			var long *http.MaxBytesError
			err := r.ParseForm()
			if errors.As(err, &long) {
				d.notice(w, r, v, http.StatusRequestEntityTooLarge, "desk-too-long")
				return
			}
			if err != nil || !hmac.Equal([]byte(r.PostForm.Get("form")), []byte(v.form)) {
				d.refuse(w, r, v)
				return
			}
		}
		next(w, r, v)
	}
}

// errRoleLost reports that the person ceased to be an editor or deputy, or began to act for
// another editor, while the request ran.
var errRoleLost = errors.New("the visitor may no longer act for this editor")

// commit applies the effects of f, if the visitor still acts for the same editor, and calls
// After. It returns the errors of f unchanged.
func (d *desk) commit(ctx context.Context, v *visit, f func(newsroom.View) (newsroom.Effects, error)) error {
	err := d.store.Write(ctx, func(view newsroom.View) (newsroom.Effects, error) {
		user, may, err := d.service.DeskUser(view, v.session.Person, d.Now())
		if err == nil && (!may || user.For != v.For) {
			err = errRoleLost
		}
		if err != nil {
			return nil, err
		}
		return f(view)
	})
	if err == nil && d.MailQueued != nil {
		d.MailQueued()
	}
	return err
}

// deskPage is what every page of the desk shows.
type deskPage struct {
	templates.Words
	Title, Name, Network string
	Root, StyleVersion   string
	MenuItem             string // the page's entry in the menu
	Form                 string // the token of its forms; "" if nobody is signed in
	User, For            string
	Done                 string // what the last form did
	Alert                *alert // why the last form did nothing
	Body                 any
}

// alert says why nothing was done, and what to do.
type alert struct {
	Text    string
	Changes []render.Change // what changed since the visitor read it
}

func (d *desk) newPage(words templates.Words, v *visit, title string) *deskPage {
	s := &deskPage{
		Words: words, Title: title, Name: d.Address.Name, Network: d.Network, Root: d.root, StyleVersion: d.styleVersion,
	}
	if v != nil {
		s.Form, s.User = v.form, v.Person.Name
		if s.User == "" {
			s.User = string(v.Person.Address)
		}
		if v.For != "" {
			s.For = d.Render.EditorName(v.For)
		}
	}
	return s
}

// Lang returns the language of the page.
func (s *deskPage) Lang() string { return s.Language }

// write sends a page.
func (d *desk) write(w http.ResponseWriter, r *http.Request, status int, name string, s *deskPage) {
	var out bytes.Buffer
	if err := d.pages.ExecuteTemplate(&out, name, s); err != nil {
		d.Log.Error("render page", "page", name, "error", err)
		http.Error(w, s.T("desk-failed"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", s.Language)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = out.WriteTo(w) // the client may have gone
	}
}

// notice sends a page of one sentence. v is nil if nobody is signed in.
func (d *desk) notice(w http.ResponseWriter, r *http.Request, v *visit, status int, about string) {
	words := d.words[d.language(r)]
	if v != nil {
		words = v.words
	}
	s := d.newPage(words, v, words.T(about+"-title"))
	s.Body = words.T(about)
	d.write(w, r, status, "desk-notice", s)
}

// refuse answers a form that is not one of ours, or belongs to another session.
func (d *desk) refuse(w http.ResponseWriter, r *http.Request, v *visit) {
	d.notice(w, r, v, http.StatusForbidden, "desk-refused")
}

// fail answers if something does not exist, or on an internal error.
func (d *desk) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	switch {
	case errors.Is(err, newsroom.ErrNotFound):
		d.notice(w, r, v, http.StatusNotFound, "desk-missing")
		return
	case errors.Is(err, errRoleLost):
		d.refuse(w, r, nil)
		return
	}
	if !errors.Is(err, context.Canceled) {
		d.Log.Error("answer desk request", "path", r.URL.Path, "error", err)
	}
	d.notice(w, r, v, http.StatusInternalServerError, "desk-failed")
}

// language returns the first language in Accept-Language that the newsletter has. It serves
// people who are not signed in.
func (d *desk) language(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, known := d.words[lang]; known {
			return lang
		}
	}
	return d.Languages[0]
}

// number returns the {id} of the path, or newsroom.ErrNotFound if it is not a positive number.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, newsroom.ErrNotFound
	}
	return n, nil
}

// daysSince returns the number of whole days from since to now.
func daysSince(since, now time.Time) int { return int(now.Sub(since) / (24 * time.Hour)) }

// field returns a posted value, trimmed, with lines that end in LF.
func field(r *http.Request, name string) string {
	return normalizeText(r.PostForm.Get(name))
}

// normalizeText trims a text and ends its lines in LF, as browsers do.
func normalizeText(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
}

// singleLine returns a posted value on one line, whatever was sent.
func singleLine(r *http.Request, name string) string {
	return strings.Join(strings.FieldsFunc(r.PostForm.Get(name), func(c rune) bool {
		return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' || unicode.IsControl(c)
	}), " ")
}
