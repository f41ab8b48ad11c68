package audience

import (
	"testing"
	"time"
)

// weeklyHistory reads a history of one mailing a week: h hard, s soft, p policy, w a delay
// warning, d a success report, c a complaint, "." silence, "-" refused by the relay for
// another reason; reports in parentheses belong to one mailing. The last was sent a day ago.
func weeklyHistory(history string) (all []Attempt, now time.Time) {
	at := time.Date(2018, 2, 1, 9, 0, 0, 0, time.UTC)
	classes := map[rune]BounceClass{'h': Hard, 's': Soft, 'p': Policy, 'w': Delayed, 'd': Delivered, 'c': Complaint}
	within := false
	for _, c := range history {
		if c == '(' || c == ')' {
			if within = c == '('; within {
				at = at.AddDate(0, 0, 7)
				all = append(all, Attempt{Sent: at, Accepted: true})
			}
			continue
		}
		if !within {
			at = at.AddDate(0, 0, 7)
			all = append(all, Attempt{Sent: at, Accepted: c != '-'})
		}
		if class := classes[c]; class != "" {
			a := &all[len(all)-1]
			a.Classes = append(a.Classes, class)
		}
	}
	return all, at.AddDate(0, 0, 1)
}

func TestShouldSuppress_FollowsHistory(t *testing.T) {
	rules := SoftBounceRules{Soft: 3, Span: 14 * 24 * time.Hour}
	for history, want := range map[string]Reason{
		"":        "",
		"h":       ReasonHard,
		"..h.":    ReasonHard,
		"c":       ReasonComplaint,
		"ss":      "",
		"sss":     ReasonSoft,
		"s.ss":    "", // silence of a week is a success
		"sdss":    "",
		"sss.":    ReasonSoft, // the last is too recent to count
		"sss..":   "",
		"spss":    ReasonSoft, // policy neither counts nor resets
		"ppppp":   "",
		"wwwww":   "",
		"s-ss":    ReasonSoft,
		"swss":    "", // the delayed one arrived later
		"(sd)ss":  "",
		"(ws)ss":  ReasonSoft, // a warning before the bounce
		"(sh)":    ReasonHard,
		"(sssss)": "", // five reports of one mailing
	} {
		all, now := weeklyHistory(history)
		got, ok := ShouldSuppress(all, rules, now)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q, want %q", history, got, want)
		}
	}
	all, now := weeklyHistory("sss")
	if _, ok := ShouldSuppress(all, SoftBounceRules{Soft: 3, Span: 15 * 24 * time.Hour}, now); ok {
		t.Error("suppressed before Span has passed")
	}
	if _, ok := ShouldSuppress(all[:1], SoftBounceRules{Soft: 1}, now); !ok {
		t.Error("not suppressed after one soft bounce, as the rules say")
	}
}
