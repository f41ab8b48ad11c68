package message

import (
	"strings"
	"testing"
)

func TestUnwrapLink_EachWrapper(t *testing.T) {
	t.Parallel()
	const page = "https://cite.example/camion?jour=2&lieu=Namur"
	const escaped = "https%3A%2F%2Fcite.example%2Fcamion%3Fjour%3D2%26lieu%3DNamur"
	for name, c := range map[string][2]string{
		"Outlook":               {"https://eur01.safelinks.protection.outlook.com/?url=" + escaped + "&data=02%7C01%7Cana&sdata=x%3D&reserved=0", page},
		"Outlook, a port":       {"https://nam10.safelinks.protection.outlook.com:443/?url=" + escaped, page},
		"Teams":                 {"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=" + escaped + "&locale=fr", page},
		"Proofpoint 1":          {"https://urldefense.proofpoint.com/v1/url?u=" + escaped + "&k=x", page},
		"Proofpoint 2":          {"https://urldefense.proofpoint.com/v2/url?u=https-3A__cite.example_camion-3Fjour-3D2-26lieu-3DNamur&d=DwMF", page},
		"Proofpoint 3":          {"https://urldefense.com/v3/__https://cite.example/camion__;!!abc$", "https://cite.example/camion"},
		"Proofpoint 3, folded":  {"https://urldefense.com/v3/__https:/cite.example/camion__;!!abc$", "https://cite.example/camion"},
		"Barracuda":             {"https://linkprotect.cudasvc.com/url?a=" + escaped + "&c=E,1", page},
		"Cisco":                 {"https://secure-web.cisco.com/1abc/https%3A%2F%2Fcite.example%2Fcamion", "https://cite.example/camion"},
		"Google":                {"https://www.google.com/url?sa=t&url=" + escaped, page},
		"Gmail":                 {"https://www.google.com/url?q=" + escaped + "&source=gmail", page},
		"Facebook":              {"https://l.facebook.com/l.php?u=" + escaped + "%26fbclid%3Dabc&h=1", page},
		"GMX":                   {"https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl=" + escaped, page},
		"wrapped twice":         {"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Fcite.example%252Fcamion", "https://cite.example/camion"},
		"counted":               {"https://cite.example/camion?utm_source=lettre&jour=2&utm_medium=email&mc_eid=1", "https://cite.example/camion?jour=2"},
		"only counted":          {"https://cite.example/camion?utm_source=lettre#carte", "https://cite.example/camion#carte"},
		"nothing to take off":   {page, page},
		"its own parameter url": {"https://cite.example/url?q=" + escaped, "https://cite.example/url?q=" + escaped},
		"a look-alike host":     {"https://notgoogle.com.example/url?q=" + escaped, "https://notgoogle.com.example/url?q=" + escaped},
		"a host's end":          {"https://evilgoogle.com/url?q=" + escaped, "https://evilgoogle.com/url?q=" + escaped},
		"a script within":       {"https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"},
		"an address within":     {"https://www.google.com/url?q=mailto:a@x.example", "https://www.google.com/url?q=mailto:a@x.example"},
		"no link":               {"://", "://"},
		"a file":                {"/camion", "/camion"},
		"nothing":               {"", ""},
	} {
		if got := UnwrapLink(c[0]); got != c[1] {
			t.Errorf("%s: %s, want %s", name, got, c[1])
		}
	}
}

// UnwrapLink gives up on wrappers nested without end.
func TestUnwrapLink_StopsAtNestedWrappers(t *testing.T) {
	t.Parallel()
	link := "https://cite.example/"
	for range maxWraps + 3 {
		link = "https://www.google.com/url?q=" + strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F").Replace(link)
	}
	if got := UnwrapLink(link); !strings.HasPrefix(got, "https://www.google.com/url?q=") {
		t.Errorf("%s", got)
	}
}

// A wrapped link is unwrapped anywhere in a mail.
func TestBlocks_UnwrapLinks(t *testing.T) {
	t.Parallel()
	const wrapped = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fcite.example%2Fcamion&amp;data=02"
	for _, m := range []*Message{
		{HTML: `<p>Voir <a href="` + wrapped + `">le camion</a> ou ` + wrapped + `</p>`},
		{Text: "Voir " + strings.ReplaceAll(wrapped, "&amp;", "&") + " ou là."},
	} {
		blocks, _ := m.Blocks()
		if got := JoinBlocks(blocks); strings.Contains(got, "safelinks") || !strings.Contains(got, `href="https://cite.example/camion"`) {
			t.Errorf("%s", got)
		}
	}
}

// An unwrapped link leads to a page, or is unchanged.
func FuzzUnwrapLink(f *testing.F) {
	for _, s := range []string{"https://www.google.com/url?q=https://x.example/", "https://urldefense.com/v3/__https:/x__;", "https://a.avanan.click/v2/___http://x.example___.x", "https://secure-web.cisco.com/1/http%3A%2F%2F%zz", "https://x.example/?utm_a=1&%zz", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := UnwrapLink(s)
		low := strings.ToLower(strings.TrimSpace(got))
		if got != s && !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") && !strings.Contains(s, "utm_") && strings.Contains(s, "://") && !strings.Contains(s, "?") {
			t.Fatalf("%q leads to %q", s, got)
		}
		if len(got) > 3*len(s)+8 {
			t.Fatalf("%d octets became %d", len(s), len(got))
		}
	})
}
