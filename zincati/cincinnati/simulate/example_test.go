package simulate_test

import (
	"context"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati/simulate"
)

// How far has a rollout of 48 hours come after 12, 24 and 49? The fleet is a few
// minutes behind the schedule: checks, downloads and reboots take their time.
func ExampleRun() {
	curves, err := simulate.Run(context.Background(), graph(48), simulate.Fleet{
		Nodes:  10_000,
		Start:  begin,
		Length: 49 * time.Hour,
		Step:   time.Hour,
		Stage:  simulate.Delay{Min: 2 * time.Minute, Max: 10 * time.Minute, LongTail: true},
		Reboot: simulate.Delay{Min: time.Minute, Max: 3 * time.Minute},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	newest := curves.Series[len(curves.Series)-1]
	for _, hour := range []int{0, 12, 24, 49} {
		fmt.Printf("after %2d h: %3d %% run %s\n", hour, (newest.Counts[hour]+50)/100, newest.Version)
	}
	// Output:
	// after  0 h:   0 % run 44.20260707.3.1
	// after 12 h:  25 % run 44.20260707.3.1
	// after 24 h:  49 % run 44.20260707.3.1
	// after 49 h: 100 % run 44.20260707.3.1
}
