package audience

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"infolettre/internal/message"
)

// RowError is a line of an import that was rejected.
type RowError struct {
	Line int
	Err  error
}

func (r RowError) Error() string { return fmt.Sprintf("line %d: %v", r.Line, r.Err) }

var columns = []string{"email", "name", "centre", "language", "tags", "consent"}

// Import is the content of an import file.
type Import struct {
	People  []Subscriber
	Columns []string // the columns of the file, in order
	Bad     []RowError
}

// Has reports whether the file has a column.
func (i Import) Has(column string) bool { return slices.Contains(i.Columns, column) }

// ReadCSV reads people from a CSV file with a header (RFC 4180), in the variants that
// spreadsheets write: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or
// Windows-1252, with or without a first line "sep=;". The column email is required, and
// consent for each person, because nobody may be mailed without it. Rejected lines are
// returned in Import.Bad; an unclosed quote costs only its own line. The error is for a
// file that cannot be decoded, or a bad header.
func ReadCSV(r io.Reader, languages []string) (Import, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Import{}, fmt.Errorf("read people: %w", err)
	}
	text, err := decodeCSV(data)
	if err != nil {
		return Import{}, fmt.Errorf("read people: %w", err)
	}
	lines := newRecordReader(text)
	got, at, err := readHeader(lines)
	if err != nil {
		return Import{}, err
	}
	seen := map[string]int{}
	for {
		record, line, err := lines.next(len(got.Columns))
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		var s Subscriber
		if err == nil {
			s, err = readRow(record, at, languages)
		}
		if err == nil && seen[s.Address.Key()] > 0 {
			err = fmt.Errorf("%s is on line %d already", s.Address, seen[s.Address.Key()])
		}
		if err != nil {
			got.Bad = append(got.Bad, RowError{line, err})
			continue
		}
		seen[s.Address.Key()] = line
		got.People = append(got.People, s)
	}
}

// readHeader reads the header and returns the index of each column.
func readHeader(lines *recordReader) (got Import, at map[string]int, err error) {
	header, _, err := lines.next(0)
	if err != nil {
		return got, nil, errors.New("the file is empty; its first line must name the columns " + strings.Join(columns, ","))
	}
	at = map[string]int{}
	for i, name := range header {
		if i > 0 && strings.Join(header[i:], "") == "" {
			break // trailing empty columns
		}
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			return got, nil, fmt.Errorf("unknown column %q; the columns are %s", name, strings.Join(columns, ","))
		}
		if _, twice := at[name]; twice {
			return got, nil, fmt.Errorf("the column %s occurs twice", name)
		}
		at[name] = i
		got.Columns = append(got.Columns, name)
	}
	if !got.Has("email") {
		return got, nil, errors.New("no column email; the columns are " + strings.Join(columns, ","))
	}
	return got, at, nil
}

// readRow returns the person of one record; at is the index of each column.
func readRow(record []string, at map[string]int, languages []string) (Subscriber, error) {
	field := func(name string) string {
		i, ok := at[name]
		if !ok || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	if len(record) > len(at) {
		return Subscriber{}, fmt.Errorf("%d fields, but the header has %d: put a field that contains a separator between quotes", len(record), len(at))
	}
	addr, err := message.ParseAddress(field("email"))
	if err != nil || !isPublicDomain(addr.Domain()) {
		return Subscriber{}, fmt.Errorf("%q is no address", field("email"))
	}
	if tags := field("tags"); strings.Contains(tags, ",") {
		return Subscriber{}, fmt.Errorf("tags %q: separate tags by semicolons, not commas", tags)
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
