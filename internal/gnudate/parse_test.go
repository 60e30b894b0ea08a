package gnudate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gnudate"
)

// TestParse has a fixed present, a Monday.
func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 21, 11, 500, time.UTC)
	for text, want := range map[string]string{
		"@5":                              "1970-01-01T00:00:05Z",
		"@1.5":                            "1970-01-01T00:00:01.5Z",
		"2020-01-02":                      "2020-01-02T00:00:00Z",
		"20200102":                        "2020-01-02T00:00:00Z",
		"01/02/2020":                      "2020-01-02T00:00:00Z",
		"2 Jan 2020":                      "2020-01-02T00:00:00Z",
		"Jan 2, 2020 3:04pm":              "2020-01-02T15:04:00Z",
		"2020-01-02T03:04:05Z":            "2020-01-02T03:04:05Z",
		"2020-01-02T03:04:05+02:00":       "2020-01-02T01:04:05Z",
		"2020-01-02 03:04:05.25 UTC":      "2020-01-02T03:04:05.25Z",
		"2020-01-02 EST":                  "2020-01-02T05:00:00Z",
		"Thu, 02 Jan 2020 03:04:05 +0200": "2020-01-02T01:04:05Z",
		"Thu Jan  2 03:04:05 UTC 2020":    "2020-01-02T03:04:05Z",
		`TZ="UTC" 2020-01-02`:             "2020-01-02T00:00:00Z",
		`TZ="Asia/Tokyo" 2020-01-02`:      "2020-01-01T15:00:00Z",
		"12:30":                           "2026-11-23T12:30:00Z",
		"now":                             "2026-11-23T04:21:11.0000005Z",
		"today":                           "2026-11-23T04:21:11.0000005Z",
		"yesterday":                       "2026-11-22T04:21:11.0000005Z",
		"tomorrow":                        "2026-11-24T04:21:11.0000005Z",
		"5 days ago":                      "2026-11-18T04:21:11.0000005Z",
		"-3 hours":                        "2026-11-23T01:21:11.0000005Z",
		"1 week":                          "2026-11-30T04:21:11.0000005Z",
		"fortnight ago":                   "2026-11-09T04:21:11.0000005Z",
		"third day":                       "2026-11-26T04:21:11.0000005Z",
		"next year":                       "2027-11-23T04:21:11.0000005Z",
		"2020-01-02 +1 day":               "2020-01-03T00:00:00Z",
		"monday":                          "2026-11-23T00:00:00Z",
		"next monday":                     "2026-11-30T00:00:00Z",
		"last monday":                     "2026-11-16T00:00:00Z",
		"tue":                             "2026-11-24T00:00:00Z",
		"":                                "2026-11-23T00:00:00Z",
		"  ":                              "2026-11-23T00:00:00Z",
		"2020-01-31 next month":           "2020-03-02T00:00:00Z",
		"10:00 +1 day":                    "2026-11-24T09:00:00Z",
		"6 months 2 sec ago":              "2027-05-23T04:21:09.0000005Z",
	} {
		got, err := gnudate.Parse(text, now, time.UTC)
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, %v, want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for _, text := range []string{"noon", "midnight", "2020-13-01", "bogus", "2020-02-30", "@", "10:00 11:00", "Jan", "\x00", "10:00\x00"} {
		if got, err := gnudate.Parse(text, now, time.UTC); !errors.Is(err, gnudate.ErrInvalid) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestParseInZone(t *testing.T) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	summer := time.Date(2026, 11, 25, 16, 7, 12, 0, sydney)
	for text, want := range map[string]string{
		"2020-01-02":                "2020-01-02T00:00:00+11:00",
		"94 years ago":              "1932-11-25T15:07:12+10:00", // no daylight saving for many years around
		"-5 months":                 "2026-06-25T15:07:12+10:00", // the hour of summer time
		"2020-04-05 02:30 AEST":     "2020-04-05T02:30:00+10:00",
		"2020-04-05 02:30 AEDT":     "2020-04-05T02:30:00+11:00",
		"2020-04-05 02:30 AEST dst": "2020-04-05T02:30:00+11:00",
	} {
		got, err := gnudate.Parse(text, summer, nil)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v, want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	if got, err := gnudate.Parse("2020-10-04 02:30", summer, nil); err == nil {
		t.Errorf("a skipped hour is %s", got)
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	_, err := gnudate.Parse(strings.Repeat("é", 1<<20), time.Now(), nil)
	if err == nil || len(err.Error()) > 2000 {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range table {
		f.Add(text, int64(1795407671))
	}
	for _, c := range zoneTable {
		f.Add(c.text, int64(1783407671))
	}
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, present int64) {
		now := time.Unix(present%(1<<36), 7).In(loc)
		got, err := gnudate.Parse(text, now, nil)
		if err != nil {
			if !errors.Is(err, gnudate.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if year := got.UTC().Year() - 1900; year != int(int32(year)) {
			t.Fatalf("%q is in the year %d", text, year)
		}
		if again, err := gnudate.Parse("() "+text, now, nil); !strings.HasPrefix(strings.TrimSpace(text), "TZ=") &&
			!strings.Contains(text, "@") && strings.TrimSpace(text) != "" && (err != nil || !again.Equal(got)) {
			t.Fatalf("%q is %s, with a comment before it %s, %v", text, got, again, err)
		}
		// What is written in full means the same at any time.
		full := got.UTC().Format("2006-01-02 15:04:05.999999999Z")
		if y := got.UTC().Year(); y < 1000 || y > 9999 {
			return
		}
		if again, err := gnudate.Parse(full, time.Unix(0, 0), loc); err != nil || !again.Equal(got) {
			t.Fatalf("%q is %s, which written as %q is %s, %v", text, got, full, again, err)
		}
	})
}
