package agenda

import (
	"fmt"
	"strconv"
	"time"
)

// FormatRange formats one day or a range as an agenda prints it, without the year unless
// the range spans two: 7 février; 21-22 février; 30 mai – 1er juin; 28 décembre 2018 – 2
// janvier 2019; in English 21–22 February. lang is fr or en; any other counts as en.
func FormatRange(start, end Date, lang string) string {
	return formatRange(start, end, lang, start.Year != end.Year)
}

// FormatRangeYear is FormatRange, always with the year.
func FormatRangeYear(start, end Date, lang string) string {
	return formatRange(start, end, lang, true)
}

func formatRange(start, end Date, lang string, withYear bool) string {
	if start.IsZero() {
		return ""
	}
	year := func(d Date) string {
		if withYear {
			return " " + strconv.Itoa(d.Year)
		}
		return ""
	}
	day, month := dayNumber(lang), monthName(lang)
	whole := func(d Date) string { return day(d) + " " + month(d.Month) }
	dash := "–"
	if lang == "fr" {
		dash = "-"
	}
	switch {
	case end.IsZero() || end == start:
		return whole(start) + year(start)
	case end.Year == start.Year && end.Month == start.Month:
		return day(start) + dash + whole(end) + year(end)
	case end.Year == start.Year:
		return whole(start) + " – " + whole(end) + year(end)
	}
	return whole(start) + year(start) + " – " + whole(end) + year(end)
}

// FormatTimes formats the times of an event: 14 h 30; 9 h – 12 h 30; in English
// 9:00–12:30. It returns "" without a start time.
func FormatTimes(startTime, endTime, lang string) string {
	clock := func(s string) string {
		c, err := ParseClock(s)
		switch {
		case err != nil:
			return ""
		case lang != "fr":
			return fmt.Sprintf("%d:%02d", int(c)/60, int(c)%60)
		case int(c)%60 == 0:
			return fmt.Sprintf("%d\u00a0h", int(c)/60)
		}
		return fmt.Sprintf("%d\u00a0h\u00a0%02d", int(c)/60, int(c)%60)
	}
	from, to := clock(startTime), clock(endTime)
	switch {
	case from == "" || to == "":
		return from
	case lang == "fr":
		return from + " – " + to
	}
	return from + "–" + to
}

// dayNumber returns the function that writes the number of a day: in French, the first of
// the month is an ordinal.
func dayNumber(lang string) func(Date) string {
	return func(d Date) string {
		if lang == "fr" && d.Day == 1 {
			return "1er"
		}
		return strconv.Itoa(d.Day)
	}
}

func monthName(lang string) func(time.Month) string {
	return func(m time.Month) string {
		if lang == "fr" && m >= 1 && m <= 12 {
			return frenchMonths[m-1]
		}
		return m.String()
	}
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
	"octobre", "novembre", "décembre"}
