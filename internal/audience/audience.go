// Package audience is the people on the lists: who they are, which segments
// they belong to, how they agreed to be written to, and who must never be
// written to again.
//
// A person is known by their address. Their tags put them into segments; the
// tag "contact" makes them a contributor. Someone who unsubscribed stays in the
// people list (a contributor may still contribute, and is answered) but gets no
// mailing; a suppressed address gets nothing at all.
package audience

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"infolettre/internal/message"
)

// ID is a subscriber's number.
type ID int64

// TagContact marks a person whose mails are contributions.
const TagContact = "contact"

// Subscriber is one person in the people list.
type Subscriber struct {
	ID           ID
	Address      message.Address
	Name         string
	Centre       string
	Language     string // "" for the newsletter's default
	Tags         []string
	Consent      string    // where and when they agreed, as the import says
	Added        time.Time // when they came into the list
	Unsubscribed time.Time // zero while they are subscribed
}

// Contributor reports whether the person's mails are contributions.
func (s Subscriber) Contributor() bool { return slices.Contains(s.Tags, TagContact) }

// Segment is a named part of the people list, chosen by tags: one of Any (when
// there are any), every one of All, and not one of None.
type Segment struct {
	Name string
	Any  []string
	All  []string
	None []string
}

// Suppression is an address never to be mailed again, and why.
type Suppression struct {
	Address message.Address
	Reason  string
	At      time.Time
}

// Row is one line of an import that could not be taken.
type Row struct {
	Line int
	Err  error
}

func (r Row) Error() string { return fmt.Sprintf("line %d: %v", r.Line, r.Err) }

var columns = []string{"email", "name", "centre", "language", "tags", "consent"}

// Import is what a file says of people.
type Import struct {
	People  []Subscriber
	Columns []string // those that the file has; it says nothing of the others
	Bad     []Row
}

// Has reports whether the file has a column.
func (i Import) Has(column string) bool { return slices.Contains(i.Columns, column) }

// ReadCSV reads people from a CSV file with a header (RFC 4180; a semicolon is
// taken for a separator too, and a byte order mark is dropped). The column
// email is needed; consent is needed for each person, since nobody is written
// to who did not agree. Lines that cannot be taken are returned, not fatal.
func ReadCSV(r io.Reader, languages []string) (Import, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Import{}, fmt.Errorf("read people: %w", err)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	head, _, _ := strings.Cut(text, "\n")
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = true
	if strings.Count(head, ";") > strings.Count(head, ",") {
		in.Comma = ';'
	}
	got, at, err := readHeader(in)
	if err != nil {
		return Import{}, err
	}
	seen := map[string]int{}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		var line int
		var s Subscriber
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			line, err = parse.StartLine, parse.Err
		} else if err == nil {
			line, _ = in.FieldPos(0)
			s, err = readRow(record, at, languages)
		}
		if err == nil && seen[s.Address.Key()] > 0 {
			err = fmt.Errorf("%s stands on line %d already", s.Address, seen[s.Address.Key()])
		}
		if err != nil {
			got.Bad = append(got.Bad, Row{line, err})
			continue
		}
		seen[s.Address.Key()] = line
		got.People = append(got.People, s)
	}
}

// readHeader reads the first line and says at which index each column stands.
func readHeader(in *csv.Reader) (got Import, at map[string]int, err error) {
	header, err := in.Read()
	if err != nil {
		return got, nil, errors.New("the file is empty; its first line must name the columns " + strings.Join(columns, ","))
	}
	at = map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			return got, nil, fmt.Errorf("unknown column %q; the columns are %s", name, strings.Join(columns, ","))
		}
		if _, twice := at[name]; twice {
			return got, nil, fmt.Errorf("the column %s is there twice", name)
		}
		at[name] = i
		got.Columns = append(got.Columns, name)
	}
	if !got.Has("email") {
		return got, nil, errors.New("no column email; the columns are " + strings.Join(columns, ","))
	}
	return got, at, nil
}

func readRow(record []string, at map[string]int, languages []string) (Subscriber, error) {
	field := func(name string) string {
		i, ok := at[name]
		if !ok || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	addr, err := message.ParseAddress(field("email"))
	if err != nil {
		return Subscriber{}, fmt.Errorf("%q is no address", field("email"))
	}
	s := Subscriber{
		Address: addr, Name: field("name"), Centre: field("centre"),
		Language: strings.ToLower(field("language")), Consent: field("consent"),
	}
	if s.Language != "" && !slices.Contains(languages, s.Language) {
		return Subscriber{}, fmt.Errorf("no issue is made in %q; the languages are %s", s.Language, strings.Join(languages, ", "))
	}
	if s.Consent == "" {
		return Subscriber{}, errors.New("no consent: say where and when the person agreed")
	}
	for tag := range strings.SplitSeq(field("tags"), ";") {
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag != "" && !slices.Contains(s.Tags, tag) {
			s.Tags = append(s.Tags, tag)
		}
	}
	return s, nil
}
