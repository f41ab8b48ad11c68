package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"infolettre/internal/render"
	"infolettre/templates"
)

// helpPath is where, under the base URL, the manuals are found.
const helpPath = "/help"

// help serves the manuals: an index at /help, and each at /help/TOPIC. They hold
// nothing of the store and need no login.
type help struct {
	*Server
	page    *template.Template
	css     []byte
	look    string // changes when the style sheet does
	words   map[string]templates.Words
	manuals map[string][]manual // by language, in the order of templates.Topics
}

// manual is one that is rendered.
type manual struct {
	templates.Manual
	html template.HTML
}

// helpPage is what the template help.html shows: a manual, or the list of them.
type helpPage struct {
	templates.Words
	Title, Text, Name, Network string
	Root, Look                 string
	Topic                      string // "" for the index
	Others                     []helpLink
	Contents                   []templates.Section
	Body                       template.HTML
	Manuals                    []manual
}

// helpLink leads to the same page in another language.
type helpLink struct{ Language, Name, Link string }

func newHelp(s *Server) (*help, error) {
	h := &help{Server: s, words: map[string]templates.Words{}, manuals: map[string][]manual{}}
	var err error
	if h.page, err = template.ParseFS(templates.Files(), "help.html"); err != nil {
		return nil, fmt.Errorf("parse the help page: %w", err)
	}
	if h.css, err = fs.ReadFile(templates.Files(), "help.css"); err != nil {
		return nil, fmt.Errorf("read the help style: %w", err)
	}
	sum := sha256.Sum256(h.css)
	h.look = hex.EncodeToString(sum[:6])
	for _, lang := range templates.ManualLanguages() {
		if h.words[lang], err = templates.Load(lang); err != nil {
			return nil, err
		}
		for _, topic := range templates.Topics {
			m, err := templates.LoadManual(topic, lang)
			if err != nil {
				return nil, err
			}
			html, err := m.HTML()
			if err != nil {
				return nil, err
			}
			h.manuals[lang] = append(h.manuals[lang], manual{m, html})
		}
	}
	return h, nil
}

func (h *help) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+helpPath, h.index)
	mux.HandleFunc("GET "+helpPath+"/{$}", h.index)
	mux.HandleFunc("GET "+helpPath+"/{topic}", h.topic)
	mux.HandleFunc("GET "+helpPath+"/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		_, _ = w.Write(h.css) // the visitor may be gone
	})
}

func (h *help) index(w http.ResponseWriter, r *http.Request) {
	p := h.sheet(r, "")
	p.Title, p.Text, p.Manuals = p.T("help-title"), p.T("help-intro"), h.manuals[p.Language]
	h.write(w, http.StatusOK, p)
}

func (h *help) topic(w http.ResponseWriter, r *http.Request) {
	topic := r.PathValue("topic")
	i := slices.Index(templates.Topics, topic)
	p := h.sheet(r, topic)
	if i < 0 {
		p.Title, p.Text, p.Others = p.T("help-missing-title"), p.T("help-missing"), nil
		h.write(w, http.StatusNotFound, p)
		return
	}
	m := h.manuals[p.Language][i]
	p.Title, p.Contents, p.Body = m.Title, m.Sections, m.html
	h.write(w, http.StatusOK, p)
}

func (h *help) sheet(r *http.Request, topic string) helpPage {
	p := helpPage{
		Words: h.words[h.language(r)], Name: h.Address.Name, Network: h.Network,
		Root: h.path(helpPath), Look: h.look, Topic: topic,
	}
	for _, lang := range templates.ManualLanguages() {
		if lang == p.Language {
			continue
		}
		link := p.Root
		if topic != "" {
			link += "/" + topic
		}
		p.Others = append(p.Others, helpLink{lang, h.words[lang].T("own-name"), link + "?lang=" + lang})
	}
	return p
}

// language returns the language of the page: the query's, else the first that the
// browser asks for, else the newsletter's, as far as there are manuals in it.
func (h *help) language(r *http.Request) string {
	wanted := []string{r.URL.Query().Get("lang")}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		wanted = append(wanted, lang)
	}
	wanted = append(append(wanted, h.Languages...), templates.ManualLanguages()...)
	return wanted[slices.IndexFunc(wanted, func(lang string) bool { return h.manuals[lang] != nil })]
}

func (h *help) write(w http.ResponseWriter, status int, p helpPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Language)
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if err := h.page.ExecuteTemplate(w, "help", p); err != nil {
		h.Log.Debug("write page", "error", err)
	}
}

// Manual is the path of the editors' manual, in the language of the page.
func (s *deskPage) Manual() string {
	return strings.TrimSuffix(s.Root, render.DeskPath) + helpPath + "/editors?lang=" + s.Language
}
