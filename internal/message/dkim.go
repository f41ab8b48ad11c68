package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// maxVerified bounds how many signatures of one mail are verified.
const maxVerified = 5

// Signature is a valid DKIM signature (RFC 6376) over From and the whole body, by a domain
// that is aligned with that of From.
type Signature struct {
	Domain  string
	Expires time.Time // zero for never
	fields  []string  // the covered fields, as often as it covers them
	partial bool      // it covers only a part of the body; set by Claimed alone
}

// Covers reports whether the mail has fields of that name and the signature covers all of
// them. If it covered fewer, one could have been added in transit (RFC 6376, section
// 8.15).
func (s Signature) Covers(m *Message, name string) bool {
	n, covered := len(m.Header.Values(name)), 0
	for _, f := range s.fields {
		if strings.EqualFold(f, name) {
			covered++
		}
	}
	return n > 0 && covered >= n
}

// CoversBody reports whether the signature covers the whole body and how it is parsed. An
// uncovered Content-Type could get another boundary in transit, at which text that the
// author only quotes would begin; in that case the body must begin with the boundary.
func (s Signature) CoversBody(m *Message, raw []byte) bool {
	if s.partial {
		return false
	}
	if s.Covers(m, "Content-Type") || !strings.HasPrefix(m.contentType, "multipart/") {
		return true
	}
	_, params, _, err := mediatype.Parse(boundParams(m.Header.raw("Content-Type")))
	_, body := parseHeader(raw)
	first, _ := nextLine(body)
	return err == nil && params["boundary"] != "" && string(bytes.TrimRight(first, " \t")) == "--"+params["boundary"]
}

// ClaimedSignatures returns the signatures of domains aligned with that of From as their fields
// describe them, without verifying them. ok is false if one cannot be parsed.
func (m *Message) ClaimedSignatures() (claimed []Signature, ok bool) {
	for _, f := range m.Header {
		if !isSignatureField([]byte(f.Name)) {
			continue
		}
		tags := tagList(f.Value)
		if f.cut || tags["d"] == "" {
			return nil, false
		}
		if Aligned(tags["d"], m.Author().Address.Domain()) {
			_, partial := tags["l"]
			claimed = append(claimed, Signature{Domain: strings.ToLower(tags["d"]), fields: strings.Split(tags["h"], ":"), partial: partial})
		}
	}
	return claimed, true
}

// Signatures are the results of verifying a mail's DKIM signatures. The zero Signatures
// are those of a mail without signatures, or not verified.
type Signatures struct {
	Valid []Signature
	Why   string // why no signature is valid, a sentence
}

// Authentication returns the verdict of the signatures on the From domain at time now.
// Without a valid signature it is AuthNone, not AuthFail, because mailing lists and
// forwarding break signatures.
func (s Signatures) Authentication(now time.Time) Authentication {
	for _, one := range s.Valid {
		if one.Expires.IsZero() || !now.After(one.Expires) {
			return Authentication{Verdict: AuthPass, Why: "The DKIM signature of " + one.Domain + " holds."}
		}
	}
	if len(s.Valid) > 0 {
		return Authentication{Verdict: AuthNone, Why: "The DKIM signature of " + s.Valid[0].Domain + " has expired."}
	}
	return Authentication{Verdict: AuthNone, Why: s.Why}
}

// Verify verifies the DKIM signatures of a mail, given parsed and as raw bytes. lookup
// returns the TXT records of a domain name. Verify looks only at signatures of domains
// aligned with From, at most five.
func Verify(m *Message, raw []byte, lookup func(name string) ([]string, error)) Signatures {
	author := m.Author().Address
	switch {
	case !m.Header.Has("DKIM-Signature"):
		return Signatures{}
	case author == "":
		return Signatures{Why: "From does not name exactly one author."}
	}
	fields, body, ok := rawFields(raw)
	if !ok {
		return Signatures{Why: "The header can be read in more than one way, so that its DKIM signature says nothing."}
	}
	result := Signatures{Why: fmt.Sprintf("There is no DKIM signature of %s.", author.Domain())}
	tried := 0
	for i, f := range fields {
		name, value, _ := bytes.Cut(f, []byte(":"))
		tags := tagList(string(value))
		if !isSignatureField(name) || !Aligned(tags["d"], author.Domain()) {
			continue
		}
		if tried++; tried > maxVerified {
			break
		}
		one, err := verifyOne(fields, i, body, lookup)
		if err == nil && (!one.Covers(m, "From") || !Aligned(one.Domain, author.Domain())) {
			err = errors.New("it does not cover From")
		}
		if err != nil {
			result.Why = fmt.Sprintf("The DKIM signature of %s does not count: %s.", tags["d"], strings.TrimPrefix(err.Error(), "dkim: "))
			continue
		}
		result.Valid = append(result.Valid, one)
	}
	return result
}

// verifyOne verifies the signature in fields[at]. It leaves the other signatures out of
// the header; a signature that covers another one fails.
func verifyOne(fields [][]byte, at int, body []byte, lookup func(string) ([]string, error)) (s Signature, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be read: %v", r)
		}
	}()
	var header bytes.Buffer
	for i, f := range fields {
		if name, _, _ := bytes.Cut(f, []byte(":")); i == at || !isSignatureField(name) {
			header.Write(f)
		}
	}
	header.WriteString("\r\n")
	var key map[string]string
	found, err := dkim.VerifyWithOptions(io.MultiReader(&header, bytes.NewReader(body)), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) {
			records, err := lookup(name)
			if len(records) == 1 {
				key = tagList(records[0])
			}
			return records, err
		},
	})
	if err != nil {
		return s, err
	}
	if len(found) != 1 || found[0].Err != nil {
		return s, reason(found)
	}
	v := found[0]
	_, value, _ := bytes.Cut(fields[at], []byte(":"))
	tags := tagList(string(value))
	flags := strings.Split(key["t"], ":")
	switch {
	case tags["l"] != "":
		return s, errors.New("it covers only a part of the body")
	case slices.Contains(flags, "y"):
		return s, errors.New("its key is marked as a test")
	case slices.Contains(flags, "s") && !strings.EqualFold(afterAt(v.Identifier), v.Domain):
		return s, errors.New("its key is not for subdomains")
	}
	return Signature{Domain: strings.ToLower(v.Domain), Expires: v.Expiration, fields: v.HeaderKeys}, nil
}

func reason(found []*dkim.Verification) error {
	if len(found) == 1 {
		return found[0].Err
	}
	return errors.New("it cannot be read")
}

func isSignatureField(name []byte) bool {
	return strings.EqualFold(string(bytes.TrimRight(name, " \t")), "DKIM-Signature")
}

// tagList parses a list of tags (RFC 6376, section 3.2) without its white space.
func tagList(s string) map[string]string {
	tags := map[string]string{}
	for _, tag := range strings.Split(s, ";") {
		if name, value, ok := strings.Cut(strings.Join(strings.Fields(tag), ""), "="); ok {
			tags[name] = value
		}
	}
	return tags
}

// rawFields returns the fields of a header as they are, with folding and line ends, and
// the body. ok is false for a header that a verifier could parse differently from
// parseHeader, which joins a line that is no field to the one before: a signature does not
// cover such a line.
func rawFields(raw []byte) (fields [][]byte, body []byte, ok bool) {
	begin := 0 // of the field that is being read
	for at := 0; at < len(raw); {
		end := bytes.IndexByte(raw[at:], '\n') + 1 + at
		if end == at {
			end = len(raw)
		}
		line := bytes.TrimSuffix(bytes.TrimSuffix(raw[at:end], []byte("\n")), []byte("\r"))
		switch _, _, field := splitField(line); {
		case len(line) == 0:
			return fields, raw[end:], true
		case bytes.ContainsAny(line, "\r\x00"):
			return nil, nil, false
		case len(fields) > 0 && (line[0] == ' ' || line[0] == '\t'):
			fields[len(fields)-1] = raw[begin:end]
		case !field:
			return nil, nil, false
		default:
			begin = at
			fields = append(fields, raw[at:end])
		}
		at = end
	}
	return fields, nil, true
}
