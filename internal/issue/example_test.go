package issue_test

import (
	"fmt"
	"time"

	"infolettre/internal/issue"
	"infolettre/internal/schedule"
)

// An issue that opens in January closes at the next closing tick. Its proof and its
// sending follow at the first ticks of their own schedules after that, and its period is
// the two months that end with the closing month.
func ExampleCalendar_Next() {
	cron := func(expr string) schedule.Cron {
		c, err := schedule.ParseCron(expr, time.UTC)
		if err != nil {
			panic(err)
		}
		return c
	}
	calendar := issue.Calendar{
		Close: cron("0 18 10 2,4,6,8,10,12 *"), Proof: cron("0 9 12 2,4,6,8,10,12 *"), Send: cron("0 9 16 2,4,6,8,10,12 *"),
		Grace: 7 * 24 * time.Hour, Location: time.UTC,
	}
	is, err := calendar.Next(time.Date(2018, 1, 29, 9, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	fmt.Println("period:", is.Period)
	fmt.Println("closes:", is.Closes.Format(time.DateTime))
	fmt.Println("proof: ", is.Proofs.Format(time.DateTime))
	fmt.Println("sends: ", is.Sends.Format(time.DateTime))
	fmt.Println("grace: ", is.Grace.Format(time.DateTime))
	// Output:
	// period: 2018-01/02
	// closes: 2018-02-10 18:00:00
	// proof:  2018-02-12 09:00:00
	// sends:  2018-02-16 09:00:00
	// grace:  2018-02-23 09:00:00
}
