package message

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// wrappers are the services that replace a link by their own address to check or count
// clicks: the end of the host, the beginning of the path, and the parameter with the link.
// Add a row for a new one.
var wrappers = []struct{ host, path, param string }{
	{"safelinks.protection.outlook.com", "/", "url"},
	{"safelinks.protection.office365.us", "/", "url"},
	{"statics.teams.cdn.office.net", "/evergreen-assets/safelinks", "url"},
	{"linkprotect.cudasvc.com", "/url", "a"},
	{"clicktime.symantec.com", "/", "u"},
	{"google.com", "/url", "q"},
	{"google.com", "/url", "url"},
	{"google.fr", "/url", "q"},
	{"l.facebook.com", "/l.php", "u"},
	{"lm.facebook.com", "/l.php", "u"},
	{"l.instagram.com", "/", "u"},
	{"linkedin.com", "/redir/redirect", "url"},
	{"linkedin.com", "/safety/go", "url"},
	{"slack-redir.net", "/link", "url"},
	{"deref-gmx.net", "/mail/client", "redirectUrl"},
	{"deref-web-02.de", "/mail/client", "redirectUrl"},
	{"deref-mail.com", "/mail/client", "redirectUrl"},
	{"trendmicro.com", "/wis/clicktime", "url"},
	{"fireeye.com", "/v1/url", "u"},
	{"protection.sophos.com", "/", "u"},
	{"shared.outlook.inky.com", "/link", "url"},
	{"imsva91-ctp.trendmicro.com", "/", "url"},
	{"urldefense.proofpoint.com", "/v1/url", "u"},
	{"vk.com", "/away.php", "to"},
	{"youtube.com", "/redirect", "q"},
}

const maxWraps = 4 // wrappers around each other

// UnwrapLink returns the address that a link finally leads to: without the services in
// wrappers, and without the parameters by which campaigns track readers. Any other address
// is returned unchanged.
func UnwrapLink(link string) string {
	for range maxWraps {
		u, err := url.Parse(strings.TrimSpace(link))
		if err != nil || u.Host == "" {
			return link
		}
		inner := unwrapOnce(u)
		if low := strings.ToLower(inner); !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") {
			return stripTracking(u, link)
		}
		link = inner
	}
	return link
}

func unwrapOnce(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	for _, w := range wrappers {
		if (host == w.host || strings.HasSuffix(host, "."+w.host)) && strings.HasPrefix(u.Path, w.path) {
			value := u.Query().Get(w.param)
			if data, err := base64.StdEncoding.DecodeString(value); err == nil && strings.HasPrefix(string(data), "http") {
				return string(data)
			}
			if value != "" {
				return value
			}
		}
	}
	switch {
	case strings.HasSuffix(host, "urldefense.proofpoint.com") && strings.HasPrefix(u.Path, "/v2/"):
		return proofpoint2(u.Query().Get("u"))
	case (host == "urldefense.com" || strings.HasSuffix(host, ".urldefense.com")) && strings.HasPrefix(u.Path, "/v3/"):
		if m := proofpoint3.FindStringSubmatch(u.String()); m != nil && !strings.Contains(m[1], "*") {
			return twoSlashes(m[1])
		}
	case strings.HasPrefix(host, "secure-web.cisco.com"):
		if at := strings.LastIndex(u.EscapedPath(), "/http"); at >= 0 {
			if inner, err := url.PathUnescape(u.EscapedPath()[at+1:]); err == nil {
				return inner
			}
		}
	case strings.HasSuffix(host, "avanan.click"):
		if _, rest, ok := strings.Cut(u.String(), "/___"); ok {
			inner, _, _ := strings.Cut(rest, "___")
			return twoSlashes(inner)
		}
	}
	return ""
}

// proofpoint2 decodes Proofpoint's second form: "-" for "%", "_" for "/".
func proofpoint2(s string) string {
	inner, err := url.QueryUnescape(strings.NewReplacer("-", "%", "_", "/").Replace(s))
	if err != nil {
		return ""
	}
	return inner
}

var proofpoint3 = regexp.MustCompile(`/v3/__(.+?)__;`)

// twoSlashes repairs "https:/host", which some servers make by folding slashes in a path.
func twoSlashes(s string) string {
	for _, scheme := range []string{"https:/", "http:/"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok && !strings.HasPrefix(rest, "/") {
			return scheme + "/" + rest
		}
	}
	return s
}

// trackingParams matches parameters that only record where a reader came from.
var trackingParams = regexp.MustCompile(`^(?:utm_[a-z]+|fbclid|gclid|dclid|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|igshid)$`)

func stripTracking(u *url.URL, link string) string {
	if u.RawQuery == "" {
		return link
	}
	var kept []string
	parts := strings.Split(u.RawQuery, "&")
	for _, p := range parts {
		if name, _, _ := strings.Cut(p, "="); !trackingParams.MatchString(strings.ToLower(name)) {
			kept = append(kept, p)
		}
	}
	if len(kept) == len(parts) {
		return link
	}
	u.RawQuery = strings.Join(kept, "&")
	return u.String()
}

// absoluteURL returns the address that a link leads to, relative to the page's base if it
// has one. A web address without a scheme is HTTP.
func absoluteURL(href string, base *url.URL) string {
	href = strings.TrimSpace(href)
	low := strings.ToLower(href)
	switch {
	case strings.HasPrefix(low, "www.") && strings.IndexByte(low, ' ') < 0:
		return "http://" + href
	case strings.HasPrefix(href, "//"):
		return "https:" + href
	case base == nil || href == "" || strings.HasPrefix(href, "#") || len(href) > maxHref:
		return href
	}
	u, err := url.Parse(href)
	if err != nil || u.IsAbs() {
		return href
	}
	return base.ResolveReference(u).String()
}

// baseOf returns the base that a page's head names; nil if there is none on the web.
func baseOf(root *html.Node) *url.URL {
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		for h := n.FirstChild; n.DataAtom == atom.Html && h != nil; h = h.NextSibling {
			for e := h.FirstChild; h.DataAtom == atom.Head && e != nil; e = e.NextSibling {
				if e.DataAtom != atom.Base {
					continue
				}
				u, err := url.Parse(strings.TrimSpace(attribute(e, "href")))
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
					return nil
				}
				return u
			}
		}
	}
	return nil
}
