package agenda

import (
	"sort"
	"strings"
)

// label is a word with a colon behind it that says what follows: Lieu : Porto. In
// a table of two columns the bar stands for the colon.
type label struct {
	class    class
	a, b     int // its tokens
	from, to int // the bytes of its value
}

// maxLabel is how long a label can be, in tokens.
const maxLabel = 6

// labelAt is the label with which line n begins.
func (r *reader) labelAt(n int) (label, bool) {
	l := &r.lines[n]
	a := l.a
	for a < l.b && r.toks[a].kind == mark && r.toks[a].is("*", "_", "-", "•", "·", "|", "+", "#", ">", "▪", "–") {
		a++
	}
	for c := a; c < l.b && c <= a+maxLabel; c++ {
		t := &r.toks[c]
		if t.kind != mark || !t.is(":", "|") {
			continue
		}
		if t.is(":") && r.glued(c+1) && r.at(c+1).is("/") { // https://
			return label{}, false
		}
		b := c
		for b > a && r.toks[b-1].is("*", "_", "|") {
			b--
		}
		class, ok := r.labelClass(a, b)
		if !ok || t.is("|") && r.barIn(c+1, l.b) {
			return label{}, false
		}
		return label{class, a, b, t.to, l.to}, true
	}
	return label{}, false
}

func (r *reader) barIn(from, to int) bool {
	for k := from; k < to; k++ {
		if r.toks[k].is("|") && k+1 < to {
			return true
		}
	}
	return false
}

var labelClasses = []class{byLabel, whenLabel, whereLabel, hoursLabel, whatLabel, fromLabel, toLabel, headerField, registerWord, otherLabel}

// labelClass tells what the words [a,b) label. "Date et heure" is a label of a
// date, as "date" is; "date limite" is not.
func (r *reader) labelClass(a, b int) (class, bool) {
	if a >= b {
		return 0, false
	}
	for _, c := range labelClasses {
		if r.run(a, c) == b-a {
			return c, true
		}
	}
	for _, c := range []class{byLabel, whenLabel, whereLabel, hoursLabel} {
		if n := r.run(a, c); n > 0 {
			for k := a + n; k < b; k++ {
				if t := &r.toks[k]; t.kind != word && !t.is("'", "/", "&", "(", ")", "-") || t.has(deadlineWord) || r.exact(k, recordWord) {
					return byLabel, true
				}
			}
			return c, true
		}
	}
	return otherLabel, r.toks[a].has(otherLabel) || r.toks[a].has(registerWord)
}

// labelled is what a text says under its labels.
type labelled struct {
	where, what string
	times       Found
	dates       []Found
}

// particulars reads the labels that stand in line n, several on one line too, and
// says whether the line begins with one.
func (r *reader) particulars(n int, into *labelled) bool {
	first, ok := r.labelAt(n)
	if !ok {
		return false
	}
	l := &r.lines[n]
	all := []label{first}
	for c := first.b + 1; c < l.b; c++ {
		t := &r.toks[c]
		if t.kind != mark || !t.is(":") || r.glued(c+1) && r.at(c+1).kind != mark && !r.at(c).space && r.at(c+1).kind == number || r.at(c+1).is("/") {
			continue
		}
		a := c
		for a > all[len(all)-1].b+1 && c-a < maxLabel && !r.toks[a-1].is("-", "|", ",", ";", ".", "•", "·", ")") {
			a--
		}
		if class, ok := r.labelClass(a, c); ok && a < c {
			last := &all[len(all)-1]
			last.to = max(last.from, r.toks[a].from)
			all = append(all, label{class, a, c, t.to, l.to})
		}
	}
	if value := &all[len(all)-1]; strings.Trim(r.text[value.from:value.to], " *_\u00a0") == "" && n+1 < len(r.lines) {
		// The value stands below its label.
		below := n + 1
		if r.lines[below].text == "" && below+1 < len(r.lines) {
			below++
		}
		if _, is := r.labelAt(below); !is && len(r.lines[below].text) <= maxHeading {
			value.from, value.to = r.lines[below].from, r.lines[below].to
		}
	}
	for _, l := range all {
		r.take(l, into)
	}
	return true
}

// take takes the value of one label.
func (r *reader) take(l label, into *labelled) {
	value := trimTitle(dropLinks(r.text[l.from:l.to]))
	switch l.class {
	case whereLabel:
		if into.where == "" {
			into.where = value
		}
	case whatLabel:
		if into.what == "" {
			into.what = capitalised(value)
		}
	case hoursLabel, whenLabel, fromLabel:
		k := r.firstAfter(l.from)
		for ; k < len(r.found) && r.found[k].From < l.to; k++ {
			f := r.found[k]
			switch {
			case f.Start.IsZero() && into.times.StartTime == "":
				into.times = f
			case !f.Start.IsZero() && l.class != hoursLabel:
				into.dates = append(into.dates, f)
			}
		}
		if l.class == whenLabel && len(into.dates) > 0 && into.where == "" {
			// Date et lieu : 15 mars, Rouen
			if f := into.dates[len(into.dates)-1]; f.To < l.to {
				if place, ok := r.lex.wholePlace(trimTitle(r.text[f.To:l.to])); ok {
					into.where = place
				}
			}
		}
		if l.class == hoursLabel && into.times.StartTime == "" {
			into.times = r.bareHours(l)
		}
	default: // a label whose value is no part of an event, such as toLabel
	}
}

// bareHours reads the hours behind their label, where no mark is needed: Ore 14.30.
func (r *reader) bareHours(l label) Found {
	k := l.b
	for k < len(r.toks) && r.toks[k].from < l.from {
		k++
	}
	h, next := r.clock(k, true)
	if next == k || !h.marked {
		return Found{}
	}
	f := Found{StartTime: h.String()}
	if j, after := r.joint(next, false); j == through {
		after += r.run(after, atHour)
		if to, end := r.clock(after, true); end > after && to.marked && r.at(after).lines == 0 {
			f.EndTime = to.String()
		}
	}
	return f
}

// firstAfter is the first found that begins at or behind a byte.
func (r *reader) firstAfter(at int) int {
	return sort.Search(len(r.found), func(k int) bool { return r.found[k].From >= at })
}

// labelledLine says whether a line holds particulars: it opens with a label, or is
// hardly more than a link.
func (r *reader) labelledLine(n int) bool {
	l := &r.lines[n]
	if _, ok := r.labelAt(n); ok {
		return true
	}
	plain := strings.Trim(dropLinks(l.text), " *_:-–—•>\u00a0")
	if plain == "" {
		return l.text != ""
	}
	for k := l.a; k < l.b; k++ {
		if t := &r.toks[k]; t.kind == word {
			labels := t.has(otherLabel) || t.has(registerWord) || t.has(whereLabel) || t.has(whenLabel) || t.has(hoursLabel)
			return labels && (strings.Contains(l.text, "http") || len(strings.Fields(plain)) <= 2)
		}
	}
	return false
}

// blocks reads the events that are given as labelled particulars.
func (r *reader) blocks() []Event {
	var all []Event
	for n := range r.lines {
		l, ok := r.labelAt(n)
		if !ok || l.class != whenLabel && l.class != fromLabel || r.taken[n] || len(all) >= maxEvents {
			continue
		}
		first, last := n, n
		for k := n - 1; k >= 0 && k >= n-8; k-- {
			if _, is := r.labelAt(k); is && !r.taken[k] {
				first = k
			} else if r.lines[k].text != "" && (k == 0 || !r.labelEnds(k-1)) {
				break
			}
		}
		for k := n + 1; k < len(r.lines) && k <= n+12; k++ {
			other, is := r.labelAt(k)
			if is && (other.class == whenLabel || other.class == whatLabel) && r.valued(other) && r.run(other.a, newDay) == 0 {
				break // of the next event
			}
			if is {
				last = k
			} else if r.lines[k].text != "" && !r.labelEnds(k-1) {
				break
			}
		}
		var p labelled
		for k := first; k <= last; k++ {
			r.particulars(k, &p)
		}
		title := p.what
		if title == "" {
			title = r.titleAbove(first)
		}
		if title == "" {
			title = trimTitle(r.o.Title)
		}
		made := false
		for _, f := range p.dates {
			if f.Deadline || f.never || f.End.Before(r.o.Ref) && f.Doubt == "" || title == "" {
				continue
			}
			if f.Doubt != "" && f.Doubt != Figures {
				r.ask(f)
				made = true
				continue
			}
			e := Event{Title: title, Start: f.Start, End: f.End, StartTime: f.StartTime, EndTime: f.EndTime, Place: p.where}
			if e.StartTime == "" {
				e.StartTime, e.EndTime = p.times.StartTime, p.times.EndTime
			}
			e.Audience = r.audienceOf(r.lines[max(0, first-1)].a, r.lines[last].b, External)
			if e.Link = r.bestLink(first, last+1); e.Link == "" {
				e.Link = r.linkNear(last)
			}
			all = append(all, e)
			made = true
		}
		if made || len(p.dates) > 0 {
			for k := first; k <= last; k++ {
				r.taken[k] = true
			}
		}
	}
	return all
}

// valued says whether a value stands on the label's line.
func (r *reader) valued(l label) bool { return strings.Trim(r.text[l.from:l.to], " *_\u00a0") != "" }

// labelEnds says whether the text above line n, but for a blank line, is a label
// whose value stands below it.
func (r *reader) labelEnds(n int) bool {
	if n > 0 && r.lines[n].text == "" {
		n--
	}
	l, ok := r.labelAt(n)
	return ok && !r.valued(l)
}

// maxTitleLine is how long a line can be that titles what stands below it, in bytes.
const maxTitleLine = 140

// titleAbove is the line above line n as a title, with one blank line between at
// most: short, no sentence, no greeting, no label.
func (r *reader) titleAbove(n int) string {
	k := n - 1
	for k >= 0 && k >= n-2 && r.lines[k].text == "" {
		k--
	}
	if k < 0 || k < n-3 || !r.titles(k) {
		return ""
	}
	return capitalised(trimTitle(dropLinks(r.lines[k].text[bullet(r.lines[k].text):])))
}

// titles says whether line k reads as a title.
func (r *reader) titles(k int) bool {
	l := &r.lines[k]
	if l.text == "" || r.taken[k] || len(l.text) > maxTitleLine || strings.ContainsAny(l.text[len(l.text)-1:], ".,;:!?") && !strings.HasSuffix(l.text, "!") ||
		r.greets(k) || r.dateIn(k) || r.labelledLine(k) || strings.Contains(l.text, "@") || strings.Contains(l.text, " | ") {
		return false
	}
	for i := l.a; i < l.b; i++ {
		if r.toks[i].kind == word {
			return r.toks[i].capital || r.toks[i].has(eventNoun)
		}
	}
	return false
}

func (r *reader) greets(n int) bool {
	l := &r.lines[n]
	return l.a < l.b && r.toks[l.a].has(greeting)
}
