package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A mail as the mime corpus expects it, in the form of RFC 8621, section 4.1.4.
type expectedMail struct {
	TextBody    []int          `json:"text_body"`
	HTMLBody    []int          `json:"html_body"`
	Attachments []int          `json:"attachments"`
	Parts       []expectedPart `json:"parts"`
}

type expectedPart struct {
	Headers []struct {
		Name  any             `json:"name"`
		Value json.RawMessage `json:"value"`
	} `json:"headers"`
	Body map[string]json.RawMessage `json:"body"`
}

// octets returns the content of a leaf; kind is Text, Html, Binary, InlineBinary, Message
// or Multipart.
func (p expectedPart) octets(t *testing.T) (kind string, data []byte) {
	t.Helper()
	for kind, raw := range p.Body {
		switch kind {
		case "Text", "Html":
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			return kind, []byte(s)
		case "Binary", "InlineBinary":
			var numbers []int
			if err := json.Unmarshal(raw, &numbers); err != nil {
				t.Fatal(err)
			}
			for _, n := range numbers {
				data = append(data, byte(n))
			}
			return kind, data
		default:
			return kind, nil
		}
	}
	return "", nil
}

// attribute is a parameter of a typed field.
func (p expectedPart) attribute(field, name string) string {
	for _, h := range p.Headers {
		if h.Name != field {
			continue
		}
		var v struct {
			ContentType struct {
				Attributes []struct{ Name, Value string }
			}
		}
		if json.Unmarshal(h.Value, &v) == nil {
			for _, a := range v.ContentType.Attributes {
				if a.Name == name {
					return a.Value
				}
			}
		}
	}
	return ""
}

func (p expectedPart) field(name string, to any) bool {
	for _, h := range p.Headers {
		if h.Name == name {
			return json.Unmarshal(h.Value, to) == nil
		}
	}
	return false
}

// foldAll makes runs of blanks one, and replaces a byte without a character by a question
// mark.
func foldAll(s string) string { return strings.Join(strings.Fields(s), " ") }

// differences returns the expectations that the mail does not meet.
func differences(t *testing.T, m *Message, want expectedMail) []string {
	var all []string
	miss := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if len(want.Parts) == 0 {
		return nil
	}
	root := want.Parts[0]
	var subject struct{ Text string }
	if root.field("subject", &subject) && foldAll(subject.Text) != m.Subject {
		miss("subject %q, want %q", m.Subject, subject.Text)
	}
	var date struct {
		DateTime struct{ Year, Month, Day, Hour, Minute, Second, TzHour, TzMinute int }
	}
	var typed struct {
		DateTime struct {
			Year, Month, Day, Hour, Minute, Second int
			Before                                 bool `json:"tz_before_gmt"`
			TzHour                                 int  `json:"tz_hour"`
			TzMinute                               int  `json:"tz_minute"`
		}
	}
	if root.field("date", &typed) && root.field("date", &date) && typed.DateTime.Year != 0 {
		d := typed.DateTime
		offset := d.TzHour*3600 + d.TzMinute*60
		if d.Before {
			offset = -offset
		}
		at := time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, 0, time.FixedZone("", offset))
		if !at.Equal(m.Date) {
			miss("date %v, want %v", m.Date, at)
		}
	}
	var from struct {
		Address struct {
			List []struct{ Name, Address *string }
		}
	}
	if root.field("from", &from) {
		for i, a := range from.Address.List {
			if i >= len(m.From) || a.Address != nil && !m.From[i].Address.Equal(Address(*a.Address)) ||
				a.Name != nil && foldAll(*a.Name) != foldAll(m.From[i].Name) {
				miss("from %v", m.From)
			}
		}
	}
	text, html := foldAll(m.Text), foldAll(m.HTML)
	shown := foldAll(HTMLToText(m.HTML))
	inParts := func(data []byte) bool {
		return slices.ContainsFunc(m.Parts, func(p Part) bool { return foldAll(string(p.Data)) == foldAll(string(data)) })
	}
	for _, i := range want.TextBody {
		kind, data := want.Parts[i].octets(t)
		switch said := foldAll(string(data)); kind {
		case "Text":
			if !strings.Contains(text, said) && !strings.Contains(shown, said) && !inParts(data) {
				miss("text of part %d: %.60q", i, said)
			}
		case "Html":
			if said := foldAll(HTMLToText(string(data))); !strings.Contains(text, said) && !strings.Contains(shown, said) {
				miss("HTML of part %d as text: %.60q", i, said)
			}
		}
	}
	for _, i := range want.HTMLBody {
		if kind, data := want.Parts[i].octets(t); kind == "Html" && !strings.Contains(html, foldAll(string(data))) && !inParts(data) {
			miss("HTML of part %d: %.60q", i, data)
		}
	}
	for _, i := range want.Attachments {
		part := want.Parts[i]
		kind, data := part.octets(t)
		name := part.attribute("content_disposition", "filename")
		if name == "" {
			name = part.attribute("content_type", "name")
		}
		found := false
		for _, p := range m.Parts {
			same := bytes.Equal(p.Data, data) || foldAll(string(p.Data)) == foldAll(string(data)) ||
				(kind == "Text" || kind == "Html") && foldAll(decodeText(p.Data, "", kind == "Html")) == foldAll(string(data)) ||
				kind == "Message" && len(p.Data) > 0
			found = found || same && (name == "" || p.Name == name || cleanFileName(name) == p.Name)
		}
		if !found && (kind == "Text" || kind == "Html") && name == "" {
			found = strings.Contains(text+shown+html, foldAll(string(data)))
		}
		if !found {
			miss("attachment %q, %s of %d octets: %.40q", name, kind, len(data), data)
		}
	}
	return all
}

// expectedDifferences are malformed mails that we read differently from the corpus, and
// why.
var expectedDifferences = map[string]string{
	"009.eml": "an inner multipart is never closed: the delimiter of the outer one ends it (RFC 2046, section 5.1.2), and what follows is a part; the corpus has the delimiter within the inner part's text",
}

func TestRead_MIMECorpusAsExpected(t *testing.T) {
	t.Parallel()
	root := corpusDir(t, "mime")
	for _, set := range []string{"rfc", "thirdparty", "malformed"} {
		mails, err := filepath.Glob(filepath.Join(root, set, "*.eml"))
		if err != nil || len(mails) == 0 {
			t.Fatalf("%s: %v, %v", set, mails, err)
		}
		right, all := 0, 0
		for _, name := range mails {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lf := bytes.ReplaceAll(raw, []byte("\r"), nil)
			for ext, mail := range map[string][]byte{".json": lf, ".crlf.json": bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))} {
				data, err := os.ReadFile(strings.TrimSuffix(name, ".eml") + ext)
				if err != nil {
					t.Fatal(err)
				}
				var want expectedMail
				if err := json.Unmarshal(data, &want); err != nil {
					t.Fatal(err)
				}
				all++
				m, err := Read(mail)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				diff := differences(t, m, want)
				if len(diff) == 0 {
					right++
					continue
				}
				report := t.Errorf
				if why := expectedDifferences[filepath.Base(name)]; set == "malformed" && why != "" {
					t.Log(why)
					report = t.Logf
				}
				report("%s %s: %s", filepath.Base(name), ext, strings.Join(diff, "\n\t"))
			}
		}
		fmt.Printf("score: mime, %s as expected %d/%d\n", set, right, all)
	}
}
