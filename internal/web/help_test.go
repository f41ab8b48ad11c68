package web_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"infolettre/templates"
)

func (s *site) help(path, accept string) (int, string, http.Header) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(page), resp.Header
}

func TestHelp_EveryManualIsAPageWithoutScriptOrStyle(t *testing.T) {
	s := newSite(t)
	attribute := regexp.MustCompile(`(?i)<script|<img|<iframe|\sstyle=|\son[a-z]+=`)
	for _, lang := range templates.ManualLanguages() {
		_, index, _ := s.help("/help?lang="+lang, "")
		for _, topic := range templates.Topics {
			m, err := templates.LoadManual(topic, lang)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(index, `href="/lettre/help/`+topic+`?lang=`+lang+`"`) {
				t.Errorf("the index in %s does not link to %s", lang, topic)
			}
			status, page, header := s.help("/help/"+topic+"?lang="+lang, "")
			if status != 200 || header.Get("Content-Language") != lang || !strings.Contains(page, "<h1>"+m.Title+"</h1>") || !strings.Contains(page, `<html lang="`+lang+`">`) {
				t.Errorf("%s in %s: %d %v\n%.300s", topic, lang, status, header, page)
			}
			if policy := header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'") {
				t.Errorf("policy %q", policy)
			}
			if bad := attribute.FindString(page); bad != "" || strings.Contains(page, "raw HTML omitted") {
				t.Errorf("%s in %s has %q", topic, lang, bad)
			}
			for _, section := range m.Sections {
				if !strings.Contains(page, `<a href="#`+section.ID+`">`) || !strings.Contains(page, `<h2 id="`+section.ID+`">`) {
					t.Errorf("%s in %s: no link to or anchor of %q", topic, lang, section.ID)
				}
			}
		}
	}
}

func TestHelp_LanguageIsTheQuerysElseTheBrowsers(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct{ query, accept, want string }{
		{"", "en-GB,en;q=0.9,fr;q=0.5", "en"}, {"", "de, fr-CH", "fr"}, {"", "", "fr"}, {"", "pt", "fr"},
		{"?lang=en", "fr", "en"}, {"?lang=xx", "en", "en"},
	} {
		for _, path := range []string{"/help", "/help/", "/help/editors"} {
			_, page, header := s.help(path+c.query, c.accept)
			if header.Get("Content-Language") != c.want || header.Get("Vary") != "Accept-Language" {
				t.Errorf("%s%s for %q: %v", path, c.query, c.accept, header)
			}
			other := map[string]string{"en": "fr", "fr": "en"}[c.want]
			if !strings.Contains(page, strings.TrimSuffix("/lettre"+path, "/")+"?lang="+other) {
				t.Errorf("%s: no link to %s", path, other)
			}
		}
	}
}

func TestHelp_UnknownTopicIsNotFound(t *testing.T) {
	s := newSite(t)
	if status, page, _ := s.help("/help/nobody", "en"); status != http.StatusNotFound || !strings.Contains(page, "Page not found") || !strings.Contains(page, `href="/lettre/help?lang=en"`) {
		t.Errorf("%d\n%s", status, page)
	}
}

func TestHelp_StyleIsFound(t *testing.T) {
	s := newSite(t)
	_, page, _ := s.help("/help", "fr")
	link := regexp.MustCompile(`href="/lettre(/help/style\.css\?[0-9a-f]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no style:\n%s", page)
	}
	if status, css, header := s.help(link[1], ""); status != 200 || !strings.Contains(css, "max-width") || !strings.HasPrefix(header.Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", status, header)
	}
}
