package agenda

import (
	"sort"
	"strings"
)

// cell is one of a table's row.
type cell struct {
	from, to int // bytes
	text     string
}

// tables reads the rows of tables in which one cell is a date: an event each. The
// first row may say what the columns hold.
func (r *reader) tables() []Event {
	var all []Event
	for n := 0; n < len(r.lines); n++ {
		if !strings.Contains(r.lines[n].text, "|") {
			continue
		}
		end := n
		for end < len(r.lines) && strings.Contains(r.lines[end].text, "|") {
			end++
		}
		all = append(all, r.table(n, end)...)
		n = end - 1
	}
	return all
}

func (r *reader) table(from, to int) []Event {
	var all []Event
	var heads []class
	for n := from; n < to; n++ {
		cells := r.cells(n)
		if len(cells) < 2 {
			continue
		}
		if l, ok := r.labelAt(n); ok && len(cells) == 2 && to-from > 1 && l.class != otherLabel && heads == nil && r.valued(l) && !r.dateHead(cells) {
			continue // a table of labels: read as a block
		}
		if h, ok := r.heads(n, cells); ok {
			heads = h
			r.taken[n] = true
			continue
		}
		if e, ok := r.row(n, cells, heads); ok && len(all) < maxEvents {
			all = append(all, e)
		}
	}
	return all
}

func (r *reader) cells(n int) []cell {
	l := &r.lines[n]
	var all []cell
	at := l.from
	for part := range strings.SplitSeq(l.text, "|") {
		trimmed := strings.TrimSpace(part)
		from := at + strings.Index(part, trimmed)
		all = append(all, cell{from, from + len(trimmed), trimmed})
		at += len(part) + 1
	}
	if len(all) > 0 && all[0].text == "" {
		all = all[1:]
	}
	if len(all) > 0 && all[len(all)-1].text == "" {
		all = all[:len(all)-1]
	}
	return all
}

// dateHead says whether a row of two cells is the head of a table: Date | Lieu.
func (r *reader) dateHead(cells []cell) bool {
	for _, c := range cells {
		if _, ok := r.cellClass(c); !ok {
			return false
		}
	}
	return true
}

// cellClass is the label that a cell is.
func (r *reader) cellClass(c cell) (class, bool) {
	text := strings.Trim(c.text, "*_: ")
	if text == "" || len(text) > maxHeading {
		return 0, false
	}
	a, b := r.tokensIn(c.from, c.to)
	for a < b && r.toks[a].kind == mark {
		a++
	}
	for b > a && r.toks[b-1].kind == mark {
		b--
	}
	if class, ok := r.labelClass(a, b); ok {
		return class, true
	}
	if r.run(a, eventNoun) > 0 && b-a <= 2 {
		return whatLabel, true // Conférence
	}
	return 0, false
}

// heads reads a row as the names of the columns: a date's among them, and no date.
func (r *reader) heads(n int, cells []cell) ([]class, bool) {
	if r.dateIn(n) {
		return nil, false
	}
	heads := make([]class, len(cells))
	dated := false
	for i, c := range cells {
		class, ok := r.cellClass(c)
		if !ok {
			class = lastClass
		}
		heads[i] = class
		dated = dated || ok && (class == whenLabel || class == fromLabel)
	}
	return heads, dated
}

func (r *reader) tokensIn(from, to int) (a, b int) {
	a = sort.Search(len(r.toks), func(k int) bool { return r.toks[k].from >= from })
	b = a
	for b < len(r.toks) && r.toks[b].from < to {
		b++
	}
	return a, b
}

// row makes the event of a row.
func (r *reader) row(n int, cells []cell, heads []class) (Event, bool) {
	column := func(i int) class {
		if i < len(heads) {
			return heads[i]
		}
		return lastClass
	}
	at := func(pos int) int {
		for i, c := range cells {
			if pos < c.to || i == len(cells)-1 {
				return i
			}
		}
		return 0
	}
	var date *Found
	var times Found
	dateCell := -1
	off := false
	for k := r.firstIn(n); k < len(r.found) && r.found[k].From < r.lines[n].to; k++ {
		f := &r.found[k]
		i := at(f.From)
		off = off || f.off
		switch {
		case column(i) == byLabel || f.Deadline || f.never || r.saysDeadline(cells[i]):
		case f.Start.IsZero():
			if times.StartTime == "" {
				times = *f
			}
		case date == nil:
			date, dateCell = f, i
		case column(dateCell) == fromLabel && column(i) == toLabel && date.Start == date.End && f.Start.After(date.Start):
			joined := *date
			joined.End = f.End
			date = &joined
		}
	}
	if date == nil {
		r.taken[n] = heads != nil || off
		return Event{}, false
	}
	e := Event{Start: date.Start, End: date.End, StartTime: date.StartTime, EndTime: date.EndTime, Audience: External}
	if e.StartTime == "" {
		e.StartTime, e.EndTime = times.StartTime, times.EndTime
	}
	best, most := -1, 0 // the cell that titles the row: it names an event, or has the most to say
	for i, c := range cells {
		text := trimTitle(dropLinks(c.text))
		switch class := column(i); {
		case class == whereLabel:
			e.Place = text
		case i == dateCell || class == hoursLabel || class == byLabel || class == toLabel || class == registerWord || class == otherLabel:
		case class == whatLabel && text != "":
			best, most = i, 1<<30
		case r.onlyTimes(c):
		default:
			weight := len(text)
			if r.cellNames(c) {
				weight += 1 << 20
			}
			if text != "" && weight > most {
				best, most = i, weight
			}
		}
	}
	if e.Place == "" {
		for i, c := range cells {
			if i == best || i == dateCell || column(i) != lastClass {
				continue
			}
			if place, ok := r.lex.wholePlace(c.text); ok {
				e.Place = place
				break
			}
		}
	}
	title := ""
	if best >= 0 {
		title = dropLinks(cells[best].text)
	} else if c := cells[dateCell]; date.To <= c.to && date.From >= c.from {
		title = r.text[c.from:date.From] + " " + r.text[date.To:c.to]
	}
	if e.Place == "" {
		title, e.Place = r.lex.placeAtEnd(trimTitle(title))
	}
	if e.Title = capitalised(trimTitle(title)); e.Title == "" {
		return Event{}, false
	}
	r.taken[n] = true
	switch {
	case date.Doubt != "" && date.Doubt != Figures:
		if !date.past {
			r.ask(*date)
		}
		return Event{}, false
	case r.gone(*date, false):
		return Event{}, false
	}
	e.Audience = r.audienceOf(r.lines[n].a, r.lines[n].b, External)
	e.Link = r.bestLink(n, n+1)
	return e, true
}

// cellNames says whether a cell names an event.
func (r *reader) cellNames(c cell) bool {
	for a, b := r.tokensIn(c.from, c.to); a < b; a++ {
		if r.toks[a].w != &unknown && r.run(a, eventNoun) > 0 {
			return true
		}
	}
	return false
}

// saysDeadline says whether a cell names a deadline.
func (r *reader) saysDeadline(c cell) bool {
	a, b := r.tokensIn(c.from, c.to)
	for ; a < b; a++ {
		if r.toks[a].has(deadlineWord) {
			return true
		}
	}
	return false
}

// onlyTimes says whether a cell holds a clock time and no words beside it.
func (r *reader) onlyTimes(c cell) bool {
	k := r.firstAfter(c.from)
	if k == len(r.found) || r.found[k].To > c.to {
		return false
	}
	return len(strings.TrimSpace(r.text[c.from:r.found[k].From]+r.text[r.found[k].To:c.to])) < 4
}
