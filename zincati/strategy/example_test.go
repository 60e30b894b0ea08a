package strategy_test

import (
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/zincati/strategy"
)

// A night window on working days, and when it opens next.
func ExampleCalendar() {
	nights, err := strategy.ParseCalendar([]strategy.Window{
		{Days: []string{"Mon", "Tue", "Wed", "Thu"}, StartTime: "23:30", LengthMinutes: 120},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) // a Friday
	at, _, _ := nights.NextChange(now, strategy.UTC())
	fmt.Println(nights.LengthMinutes(), nights.Contains(now), at.UTC().Format("Mon 15:04"))
	// Output: 480 false Mon 23:30
}

func ExampleNew() {
	saturday := time.Date(2026, 11, 28, 22, 15, 0, 0, time.UTC)
	s, err := strategy.New(strategy.Settings{
		Name:            strategy.Periodic,
		PeriodicZone:    "UTC",
		PeriodicWindows: []strategy.Window{{Days: []string{"sat", "sun"}, StartTime: "22:30", LengthMinutes: 60}},
	}, "default", "a6021cacafbb49ccb7e778d135fc9fa4", &strategy.Options{Now: func() time.Time { return saturday }})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Describe(saturday))
	// Output: periodic, total schedule length 120 minutes; next window at 22:30 on Sat (UTC), subject to time zone caveats.
}
