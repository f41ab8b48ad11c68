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

// Desk keeps who is signed in, and has the pictures of items that are not public.
type Desk interface {
	// AddSignIn keeps a link, to which it gives its number, with the effects of f;
	// without any, nothing is kept.
	AddSignIn(ctx context.Context, in newsroom.SignIn, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Effects, error)) error
	// UseSignIn uses a link up and keeps the session that f makes of it; with an
	// error of f's, nothing. newsroom.ErrNotFound for a number that no link has.
	UseSignIn(ctx context.Context, id int64, f func(v newsroom.View, in newsroom.SignIn) (newsroom.Session, error)) error
	// Session returns newsroom.ErrNotFound for a key that no session has; one that
	// is over may still be there.
	Session(ctx context.Context, key string) (newsroom.Session, error)
	EndSession(ctx context.Context, key string) error
	// Image returns newsroom.ErrNotFound when there is none with that hash.
	Image(ctx context.Context, hash string) (item.Image, error)
}

// deskLimit bounds, in octets, what is posted to the desk: the text of an item.
const deskLimit = 1 << 20

// deskPolicy is that of the desk's own pages: no script, no style but theirs, and
// no frame but the one that shows an edition.
const deskPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// desk serves the editors' pages.
type desk struct {
	*Server
	pages *template.Template
	css   []byte
	look  string // names the style sheet as it is now
	guard *http.CrossOriginProtection
	root  string // the path, as seen from outside, under which the desk is found
	safe  bool   // cookies are for TLS only
	asks  asks   // the links asked for lately
}

func newDesk(s *Server) (*desk, error) {
	d := &desk{Server: s, guard: http.NewCrossOriginProtection(), root: s.path(render.DeskPath)}
	var err error
	if d.pages, err = template.ParseFS(templates.Files(), "desk/*.html"); err != nil {
		return nil, fmt.Errorf("parse the desk's pages: %w", err)
	}
	if d.css, err = fs.ReadFile(templates.Files(), "desk.css"); err != nil {
		return nil, fmt.Errorf("read the desk's style: %w", err)
	}
	sum := sha256.Sum256(d.css)
	d.look = hex.EncodeToString(sum[:6])
	// A proxy may put another host in the request than the one that people see.
	if err := d.guard.AddTrustedOrigin(origin(s.BaseURL)); err != nil {
		return nil, fmt.Errorf("the desk's address: %w", err)
	}
	d.safe = s.BaseURL.Scheme == "https" || !loopback(s.BaseURL.Hostname())
	return d, nil
}

// origin is an address's as browsers write it (RFC 6454, section 6.2).
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host
}

// routes are the desk's. What changes anything is a POST, and but for signing in
// needs a session and the token of a form made for it.
func (d *desk) routes(mux *http.ServeMux) {
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, d.withSecurityHeaders(h)) }
	handle("GET /desk", d.home)
	handle("GET /desk/{$}", d.home)
	handle("GET /desk/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		w.Write(d.css)
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
		"POST /desk/issues/{id}/wait":          d.wait,
		"POST /desk/issues/{id}/sign":          d.sign,
		"POST /desk/issues/{id}/unsign":        d.unsign,
		"GET /desk/issues/{id}/preview/{lang}": d.preview,
		"GET /desk/issues/{id}/edition/{lang}": d.edition,
		"GET /desk/away":                       d.awayPage,
		"POST /desk/away":                      d.delegate,
		"POST /desk/back":                      d.back,
	} {
		handle(pattern, d.requireEditor(h))
	}
}

// withSecurityHeaders refuses what another site makes a browser send.
func (d *desk) withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", deskPolicy)
		if err := d.guard.Check(r); err != nil {
			d.refused(w, r, nil)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visit is one request of somebody who is signed in.
type visit struct {
	newsroom.DeskUser
	words   templates.Words
	session newsroom.Session
	form    string // the token of the forms made for this session
}

// how is what the record says of a decision made here.
const how = editorial.HowDesk

// visitor is who the request comes from; nil for nobody who is signed in. Whoever
// has no seat any more is signed out.
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

// requireEditor lets only those through who are signed in, and of what they post only
// what one of their own forms sent.
func (d *desk) requireEditor(next func(http.ResponseWriter, *http.Request, *visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := d.visitor(r)
		switch {
		case err != nil:
			d.failed(w, r, nil, err)
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
				d.refused(w, r, v)
				return
			}
		}
		next(w, r, v)
	}
}

// errUnseated reports somebody who lost their seat, or whose voice became another's,
// while they acted.
var errUnseated = errors.New("the visitor's seat is no longer theirs")

// act commits what an act of the newsroom's says, if the visitor still has the voice
// that they spoke with, and has what it queued sent. The errors of the act pass
// through.
func (d *desk) act(ctx context.Context, v *visit, f func(newsroom.View) (newsroom.Effects, error)) error {
	err := d.store.Write(ctx, func(view newsroom.View) (newsroom.Effects, error) {
		seat, may, err := d.service.DeskUser(view, v.session.Person, d.Now())
		if err == nil && (!may || seat.For != v.For) {
			err = errUnseated
		}
		if err != nil {
			return nil, err
		}
		return f(view)
	})
	if err == nil && d.After != nil {
		d.After()
	}
	return err
}

// sheet is what every page of the desk shows.
type sheet struct {
	templates.Words
	Title, Name, Network string
	Root, Look           string
	Here                 string // the page's place in the menu
	Form                 string // the token of its forms; "" when nobody is signed in
	Me, For              string
	Done                 string // what was just done
	Alert                *alert // what was not
	Body                 any
}

// alert says why nothing was done, and what to do.
type alert struct {
	Text    string
	Changes []render.Change // what changed since it was read
}

func (d *desk) sheet(words templates.Words, v *visit, title string) *sheet {
	s := &sheet{
		Words: words, Title: title, Name: d.Address.Name, Network: d.Network, Root: d.root, Look: d.look,
	}
	if v != nil {
		s.Form, s.Me = v.form, v.Person.Name
		if s.Me == "" {
			s.Me = string(v.Person.Address)
		}
		if v.For != "" {
			s.For = d.Render.Name(v.For)
		}
	}
	return s
}

// Lang is the page's language.
func (s *sheet) Lang() string { return s.Language }

// write sends a page.
func (d *desk) write(w http.ResponseWriter, r *http.Request, status int, name string, s *sheet) {
	var out bytes.Buffer
	if err := d.pages.ExecuteTemplate(&out, name, s); err != nil {
		d.Log.Error("page", "page", name, "error", err)
		http.Error(w, s.T("desk-failed"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", s.Language)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		out.WriteTo(w)
	}
}

// notice is a page of one sentence, for somebody who is signed in or for nobody.
func (d *desk) notice(w http.ResponseWriter, r *http.Request, v *visit, status int, about string) {
	words := d.words[d.language(r)]
	if v != nil {
		words = v.words
	}
	s := d.sheet(words, v, words.T(about+"-title"))
	s.Body = words.T(about)
	d.write(w, r, status, "desk-notice", s)
}

// refused answers a form that is not one of ours, or of another session.
func (d *desk) refused(w http.ResponseWriter, r *http.Request, v *visit) {
	d.notice(w, r, v, http.StatusForbidden, "desk-refused")
}

// failed answers when what was asked for is not there, or the fault is ours.
func (d *desk) failed(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	switch {
	case errors.Is(err, newsroom.ErrNotFound):
		d.notice(w, r, v, http.StatusNotFound, "desk-missing")
		return
	case errors.Is(err, errUnseated):
		d.refused(w, r, nil)
		return
	}
	if !errors.Is(err, context.Canceled) {
		d.Log.Error("desk", "path", r.URL.Path, "error", err)
	}
	d.notice(w, r, v, http.StatusInternalServerError, "desk-failed")
}

// language is that of somebody who is not signed in: the first that their browser
// asks for in which the newsletter is made.
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

// number reads the one in the path; newsroom.ErrNotFound for anything else.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, newsroom.ErrNotFound
	}
	return n, nil
}

// days is how long ago an instant was.
func days(since, now time.Time) int { return int(now.Sub(since) / (24 * time.Hour)) }

// field is a posted value without the blanks around it, its lines ended by LF.
func field(r *http.Request, name string) string {
	return parseLines(r.PostForm.Get(name))
}

// parseLines is a text without the blanks around it, its lines ended as browsers read
// them.
func parseLines(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
}

// splitLine is a posted value that stands on one line, whatever was sent.
func splitLine(r *http.Request, name string) string {
	return strings.Join(strings.FieldsFunc(r.PostForm.Get(name), func(c rune) bool {
		return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' || unicode.IsControl(c)
	}), " ")
}
