package agenda

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// link matches a web address.
var link = regexp.MustCompile(`https?://[^\s<>"«»|]*[^\s<>"«».,;:!?)\]'|]`)

// bareLink matches an address without its scheme: www.porto.example, porto.example/feira.
var bareLink = regexp.MustCompile(`^(?:www\.)?(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}(?:/[^\s<>"«»|]*[^\s<>"«».,;:!?)\]'|]|/)?$`)

// maxBareLink bounds an address without its scheme, in bytes.
const maxBareLink = 200

// addresses returns the positions of web addresses in a text, in order. An address without
// its scheme begins with www or has a path.
func addresses(text string) [][]int {
	var all [][]int
	if strings.Contains(text, "http") {
		all = link.FindAllStringIndex(text, -1)
	}
	if !strings.Contains(text, "/") && !strings.Contains(text, "www.") {
		return all
	}
	var bare [][]int
	next := 0 // of all
	for at := 0; at < len(text); {
		from := at
		dot, path := false, false
		for at < len(text) && strings.IndexByte(" \t\n\r<>()\"|", text[at]) < 0 {
			dot = dot || text[at] == '.'
			path = path || text[at] == '/'
			at++
		}
		to := at
		at++
		if !dot || to-from > maxBareLink || !path && !strings.HasPrefix(text[from:to], "www.") {
			continue
		}
		for next < len(all) && all[next][1] <= from {
			next++
		}
		if next < len(all) && all[next][0] < to {
			continue
		}
		for to > from && strings.IndexByte(".,;:!?]'", text[to-1]) >= 0 {
			to--
		}
		if bareLink.MatchString(text[from:to]) {
			bare = append(bare, []int{from, to})
		}
	}
	if bare == nil {
		return all
	}
	all = append(all, bare...)
	slices.SortFunc(all, func(a, b []int) int { return a[0] - b[0] })
	return all
}

// readLinks finds the web addresses, and whether people register there: the word for
// registering is before the link on its line, after it if no other link is there, or alone
// on the line above.
func (r *reader) readLinks() {
	end := 0 // of the link before
	for _, at := range addresses(r.text) {
		n := r.lineOf(at[0])
		l := &r.lines[n]
		u := textLink{line: n, url: r.text[at[0]:at[1]]}
		if !strings.HasPrefix(u.url, "http") {
			u.url = "https://" + u.url
		}
		u.register = r.namesBetween(registerWord, max(l.from, end), at[0])
		if !u.register && !strings.Contains(r.text[at[1]:l.to], "http") && end <= l.from {
			u.register = r.namesBetween(registerWord, at[1], l.to)
		}
		if above := n - 1; !u.register && above >= 0 && strings.Trim(r.text[l.from:at[0]], "<-*• ") == "" {
			for above > 0 && above > n-2 && r.lines[above].text == "" {
				above--
			}
			if a := &r.lines[above]; strings.HasSuffix(a.text, ":") {
				u.register = r.namesBetween(registerWord, a.from, a.to)
			}
		}
		u.programme = !u.register && (r.namesBetween(programmeWord, max(l.from, end), at[0]) ||
			!strings.Contains(r.text[at[1]:l.to], "http") && end <= l.from && r.namesBetween(programmeWord, at[1], l.to))
		r.links = append(r.links, u)
		end = at[1]
	}
}

// namesBetween reports whether the bytes [from,to) hold a word of the class.
func (r *reader) namesBetween(c class, from, to int) bool {
	k := sort.Search(len(r.toks), func(k int) bool { return r.toks[k].from >= from })
	for n := 0; k < len(r.toks) && r.toks[k].to <= to && n < maxSentence; k, n = k+1, n+1 {
		if r.toks[k].w != &unknown && r.run(k, c) > 0 {
			return true
		}
	}
	return false
}

// bestLink returns the first link for registration in the lines [from,to), or else the
// first link.
func (r *reader) bestLink(from, to int) string {
	k := sort.Search(len(r.links), func(k int) bool { return r.links[k].line >= from })
	best := ""
	for ; k < len(r.links) && r.links[k].line < to; k++ {
		if r.links[k].register {
			return r.links[k].url
		}
		if best == "" {
			best = r.links[k].url
		}
	}
	return best
}

// registerAt gives the only event of a text the link for registration, wherever it is.
func (r *reader) registerAt(e *Event) {
	for _, u := range r.links {
		if u.register {
			if u.url != e.Link && !r.registers(e.Link) {
				e.Link = u.url
			}
			return
		}
	}
}

// linkKind returns the kind of an event's link.
func (r *reader) linkKind(url string) LinkKind {
	kind := LinkKind("")
	for _, u := range r.links {
		switch {
		case u.url != url:
		case u.register:
			return LinkRegistration
		case u.programme:
			kind = LinkProgramme
		}
	}
	return kind
}

// onlyLink gives the only event of a text the only page that the text names, in any
// paragraph: not a picture, a social network, or the home page in a signature.
func (r *reader) onlyLink(e *Event) {
	only := ""
	for _, u := range r.links {
		switch {
		case e.Link != "" || isPicture(u.url) || isSocial(u.url) || r.signedWith(u):
		case only != "" && only != u.url:
			return
		default:
			only = u.url
		}
	}
	if e.Link == "" {
		e.Link = only
	}
}

// pictures and socialNetworks match, by extension and host, addresses that are no page of
// an event.
var (
	pictures       = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".ico"}
	socialNetworks = []string{"facebook.com", "twitter.com", "x.com", "linkedin.com", "instagram.com", "youtube.com", "youtu.be", "tiktok.com", "flickr.com", "pinterest.com", "whatsapp.com", "wa.me", "t.me", "vimeo.com", "threads.net", "bsky.app"}
)

func isPicture(address string) bool {
	path, _, _ := strings.Cut(strings.ToLower(address), "?")
	return slices.ContainsFunc(pictures, func(ending string) bool { return strings.HasSuffix(path, ending) })
}

func isSocial(address string) bool {
	_, rest, _ := strings.Cut(strings.ToLower(address), "://")
	host, _, _ := strings.Cut(rest, "/")
	return slices.ContainsFunc(socialNetworks, func(name string) bool { return host == name || strings.HasSuffix(host, "."+name) })
}

// signedWith reports whether a link is a home page on a line with little else, among the
// last lines of the text.
func (r *reader) signedWith(u textLink) bool {
	_, rest, _ := strings.Cut(u.url, "://")
	if _, path, _ := strings.Cut(rest, "/"); path != "" || len(strings.Fields(r.lines[u.line].text)) > 4 {
		return false
	}
	for n, left := len(r.lines)-1, 4; n > u.line; n-- {
		if r.lines[n].text != "" {
			if left--; left == 0 {
				return false
			}
		}
	}
	return !r.labelledLine(u.line) || len(strings.Fields(r.lines[u.line].text)) == 1
}

func (r *reader) registers(url string) bool {
	for _, u := range r.links {
		if u.register && u.url == url {
			return true
		}
	}
	return false
}
