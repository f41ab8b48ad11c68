package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/newsroom"
)

// issue serves a sent issue as everyone may read it.
func (s *Server) issue(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	page, err := s.issuePage(r, lang)
	if err != nil {
		s.missing(w, r, s.service.Language(lang), err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash(page)+
		"'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
	_, _ = io.WriteString(w, page) // the client may have gone
}

func (s *Server) issuePage(r *http.Request, lang string) (string, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return "", newsroom.ErrNotFound
	}
	var content issue.Content
	err = s.store.Read(r.Context(), func(v newsroom.View) error {
		is, err := v.Issue(issue.ID(id))
		if err != nil {
			return err
		}
		if is.State != issue.Sending && is.State != issue.Sent {
			return newsroom.ErrNotFound
		}
		content, err = s.service.Content(v, is.ID)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.renderer.Page(content, lang)
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// image serves a picture of a sent issue.
func (s *Server) image(w http.ResponseWriter, r *http.Request) {
	hash := r.PathValue("hash")
	err := newsroom.ErrNotFound
	if hashForm.MatchString(hash) {
		img, found := s.store.PublishedImage(r.Context(), hash)
		if err = found; err == nil {
			w.Header().Set("Content-Type", img.Type)
			s.content(w, r, img.Data)
			return
		}
	}
	s.missing(w, r, s.Languages[0], err)
}

// file serves a file of an item. Nobody can guess the hash in the link without having the file,
// so whoever has the link was shown it.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	hash := r.PathValue("hash")
	err := newsroom.ErrNotFound
	if hashForm.MatchString(hash) {
		f, found := s.store.File(r.Context(), hash)
		if err = found; err == nil && (f.Type == "application/pdf" || f.Type == item.TypeText) {
			h := w.Header()
			h.Set("Content-Type", f.Type)
			ending, policy := ".pdf", "frame-ancestors 'none'" // browsers show no PDF file in a sandbox
			if f.Type == item.TypeText {
				ending, policy = ".txt", "default-src 'none'; sandbox; frame-ancestors 'none'"
			}
			h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": fileName(f.Name, ending)}))
			h.Set("Content-Security-Policy", policy)
			// The item may be rejected or withdrawn later, and the file with it.
			h.Set("Cache-Control", "private, max-age=3600")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.Data))
			return
		}
	}
	s.missing(w, r, s.Languages[0], err)
}

// content serves data that never changes under its name.
func (s *Server) content(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// fileName removes the characters that some systems cannot store and adds an ending that tells
// the type.
func fileName(name, ending string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_")))
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	if strings.Trim(name, "._ ") == "" {
		name = "document"
	}
	if !strings.HasSuffix(strings.ToLower(name), ending) {
		name += ending
	}
	return name
}

// missing answers for a page that does not exist or could not be read.
func (s *Server) missing(w http.ResponseWriter, r *http.Request, lang string, err error) {
	if !errors.Is(err, newsroom.ErrNotFound) && err != nil {
		s.Log.Error("serve page", "path", r.URL.Path, "error", err)
		http.Error(w, "That did not work; please try again in a moment.", http.StatusInternalServerError)
		return
	}
	words := s.words[lang]
	s.show(w, http.StatusNotFound, words, words.T("page-missing-title"), words.T("page-missing", s.Address.Address), "")
}

// styleHash returns the hash of the page's own style sheet, the only one that it may use (CSP
// level 2, section 8).
func styleHash(page string) string {
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
