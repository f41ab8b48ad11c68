package agenda

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// contentLine matches an unfolded line of an iCalendar object (RFC 5545, section 3.1): a
// name, parameters, a colon and a value.
var contentLine = regexp.MustCompile(`^[A-Za-z0-9-]+(?:;[^:"]*(?:"[^"]*"[^:"]*)*)?:`)

// folds matches the line ends at which a line was folded (RFC 5545, section 3.1). Some
// programs fold within a character.
var folds = regexp.MustCompile(`(?:\r\n|\r|\n)[ \t]`)

// calendarText decodes a calendar file and removes its folds. The charset is that of the
// byte order mark, UTF-8 if the data is valid UTF-8, the one declared by the part, or else
// Windows-1252.
func calendarText(data []byte, declared string) string {
	if !bytes.Contains(data, []byte{0}) { // in UTF-16 the folds are removed later
		data = folds.ReplaceAll(data, nil)
	}
	if _, name := charset.Lookup(declared); utf8.Valid(data) && !bytes.Contains(data, []byte{0}) && !strings.HasPrefix(name, "utf-16") {
		return strings.TrimPrefix(string(data), "\ufeff")
	}
	enc, _, certain := charset.DetermineEncoding(data[:min(len(data), 3)], "text/calendar")
	switch known, _ := charset.Lookup(declared); {
	case certain: // by its byte order mark
	case len(data) > 3 && data[1] == 0 && data[3] == 0:
		enc, _ = charset.Lookup("utf-16le")
	case len(data) > 3 && data[0] == 0 && data[2] == 0:
		enc, _ = charset.Lookup("utf-16be")
	case known != nil && !strings.EqualFold(declared, "utf-8"):
		enc = known
	default:
		enc = charmap.Windows1252
	}
	decoded, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		decoded = data
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(decoded), "\ufffd"), "\ufeff")
}

// calendarLines returns the unfolded lines of a calendar file, without those that are no
// content line.
func calendarLines(text string) []string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "":
		case (line[0] == ' ' || line[0] == '\t') && len(lines) > 0:
			lines[len(lines)-1] += line[1:]
		default:
			lines = append(lines, line)
		}
	}
	kept := lines[:0]
	for _, line := range lines {
		if contentLine.MatchString(line) {
			kept = append(kept, line)
		}
	}
	return kept
}

// calendarEvents returns the method and the VEVENT components of all objects in the file,
// each as an object of its own, so that a damaged one costs no other. It leaves out
// components nested within them.
func calendarEvents(lines []string) (method string, events []string) {
	var open []string // components
	var event strings.Builder
	end := func() {
		if event.Len() > 0 && len(events) < maxCalendarEvents {
			events = append(events, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n"+event.String()+"END:VEVENT\r\nEND:VCALENDAR\r\n")
		}
		event.Reset()
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		value = strings.ToUpper(strings.TrimSpace(value))
		within := ""
		if len(open) > 0 {
			within = open[len(open)-1]
		}
		switch strings.ToUpper(name) {
		case "BEGIN":
			if value == "VEVENT" || value == "VCALENDAR" { // closes the components left open
				end()
				open = open[:0]
			}
			open = append(open, value)
		case "END":
			if value == "VEVENT" || value == "VCALENDAR" {
				end()
			}
			for len(open) > 0 {
				last := open[len(open)-1]
				open = open[:len(open)-1]
				if last == value {
					break
				}
			}
		case "METHOD":
			if within != "VEVENT" {
				method = value
			}
		default:
			if within == "VEVENT" {
				event.WriteString(line + "\r\n")
			}
		}
	}
	end()
	return method, events
}
