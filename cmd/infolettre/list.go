package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
)

// listing holds the flags of every command that lists.
type listing struct {
	configFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// openStore opens the store for a command, which logs warnings and errors only.
func (f configFlag) openStore(g *global) (*app, error) {
	cfg, err := f.load()
	if err != nil {
		return nil, err
	}
	return openApp(g.ctx, cfg, commandClock(cfg), newLogger(g.stderr, slog.LevelWarn))
}

// writeJSON prints a value as JSON; an empty list is []. Control characters are escaped, so
// that a terminal ignores them and programs get them unchanged.
func writeJSON(w io.Writer, v any) error {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range text.String() {
		if r != '\n' && isCommand(r) { // all are below U+10000, and within a string
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// table prints rows under a header, in columns as wide as what they show. A column of
// numbers is aligned to the right.
func table(w io.Writer, header string, rows [][]string) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "There are none.")
		return err
	}
	lines := [][]string{strings.Split(header, "\t")}
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, cell := range r {
			cells[i] = oneLine(cell)
		}
		lines = append(lines, cells)
	}
	columns := len(lines[0])
	widths, numbers := make([]int, columns), make([]bool, columns)
	for i := range columns {
		numbers[i] = true
		for n, cells := range lines {
			widths[i] = max(widths[i], displaywidth.String(cells[i]))
			numbers[i] = numbers[i] && (n == 0 || isNumber(cells[i]))
		}
	}
	var out strings.Builder
	for _, cells := range lines {
		var line strings.Builder
		for i, cell := range cells {
			space := strings.Repeat(" ", widths[i]-displaywidth.String(cell))
			if numbers[i] {
				cell, space = space, cell
			}
			line.WriteString(cell + space + "  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// isNumber reports whether a cell is a number or empty.
func isNumber(cell string) bool {
	return strings.Trim(cell, "0123456789") == ""
}

// rfc3339 formats an instant for programs, "" for none.
func rfc3339(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(time.RFC3339)
}

// short formats an instant for people.
func short(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format("2006-01-02 15:04")
}

// cut shortens a text to n characters, for a column.
func cut(s string, n int) string {
	r := []rune(oneLine(s))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}
