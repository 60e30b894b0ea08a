package gnudate_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/gnudate"
)

func ExampleParse() {
	now := time.Date(2026, 11, 23, 4, 21, 11, 0, time.UTC)
	for _, text := range []string{"2020-01-02 03:04:05 +0200", "2 weeks ago", "last monday", "noon"} {
		t, err := gnudate.Parse(text, now, time.UTC)
		if errors.Is(err, gnudate.ErrInvalid) {
			fmt.Println(err)
			continue
		}
		fmt.Println(t.Format(time.RFC1123))
	}
	// Output:
	// Thu, 02 Jan 2020 01:04:05 UTC
	// Mon, 09 Nov 2026 04:21:11 UTC
	// Mon, 16 Nov 2026 00:00:00 UTC
	// invalid date "noon"
}
