package schedule_test

import (
	"fmt"
	"time"

	"infolettre/internal/schedule"
)

// A mail is due each day at half past two. In spring that hour is skipped, so that it is due
// when the clocks change; in autumn it comes twice, and the mail is due the first time.
func ExampleCron_Next() {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		fmt.Println(err)
		return
	}
	daily, err := schedule.ParseCron("30 2 * * *", paris)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, after := range []time.Time{
		time.Date(2018, 3, 24, 12, 0, 0, 0, paris),  // summer time begins on 25 March
		time.Date(2018, 10, 27, 12, 0, 0, 0, paris), // and ends on 28 October
	} {
		for range 2 {
			tick, err := daily.Next(after)
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(tick.Key, "is due at", tick.At.Format(time.RFC3339))
			after = tick.At
		}
	}
	// Output:
	// 2018-03-25T02:30 is due at 2018-03-25T03:00:00+02:00
	// 2018-03-26T02:30 is due at 2018-03-26T02:30:00+02:00
	// 2018-10-28T02:30 is due at 2018-10-28T02:30:00+02:00
	// 2018-10-29T02:30 is due at 2018-10-29T02:30:00+01:00
}
