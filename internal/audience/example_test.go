package audience_test

import (
	"fmt"
	"time"

	"infolettre/internal/audience"
)

// An address is suppressed after three soft bounces in a row over at least four weeks. A
// mail without a report counts as delivered after SettleTime, and resets the count.
func ExampleShouldSuppress() {
	rules := audience.SoftBounceRules{Soft: 3, Span: 28 * 24 * time.Hour}
	day := func(month time.Month) time.Time { return time.Date(2018, month, 16, 9, 0, 0, 0, time.UTC) }
	soft := []audience.BounceClass{audience.Soft}
	history := []audience.Attempt{
		{Sent: day(time.January), Accepted: true, Classes: soft},
		{Sent: day(time.February), Accepted: true}, // no report: delivered
		{Sent: day(time.March), Accepted: true, Classes: soft},
		{Sent: day(time.April), Accepted: true, Classes: soft},
	}
	_, suppress := audience.ShouldSuppress(history, rules, day(time.May))
	fmt.Println("after two in a row:", suppress)

	history = append(history, audience.Attempt{Sent: day(time.May), Accepted: true, Classes: soft})
	reason, suppress := audience.ShouldSuppress(history, rules, day(time.June))
	fmt.Println("after three in a row:", suppress, reason)

	dead := []audience.Attempt{{Sent: day(time.June), Accepted: true, Classes: []audience.BounceClass{audience.Hard}}}
	reason, suppress = audience.ShouldSuppress(dead, rules, day(time.June))
	fmt.Println("no such address:", suppress, reason)
	// Output:
	// after two in a row: false
	// after three in a row: true soft bounces
	// no such address: true hard bounce
}
