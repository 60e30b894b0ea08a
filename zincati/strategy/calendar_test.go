package strategy_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

func window(days, start string, length uint32) strategy.Window {
	return strategy.Window{Days: strings.Fields(days), StartTime: start, LengthMinutes: length}
}

func calendar(t testing.TB, windows ...strategy.Window) strategy.Calendar {
	t.Helper()
	c, err := strategy.ParseCalendar(windows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func zone(t testing.TB, name string) *strategy.Zone {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/zoneinfo", name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := strategy.ParseZone(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/zoneinfo", name))
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCalendarLength(t *testing.T) {
	for _, tc := range []struct {
		name    string
		windows []strategy.Window
		want    int
	}{
		{"none", nil, 0},
		{"no days", []strategy.Window{window("", "1:00", 5)}, 0},
		{"one", []strategy.Window{window("mon", "1:00", 5)}, 5},
		{"a set of days", []strategy.Window{window("mon mon Monday MON", "1:00", 5)}, 5},
		{"merged over the end of the week", []strategy.Window{window("mon", "01:15", 45), window("sun", "23:30", 120)}, 150},
		{"overlaps of all kinds", []strategy.Window{
			window("tue wed", "23:00", 120), window("thu", "23:30", 25), window("sun", "0:00", 2880)}, 3145},
		{"touching", []strategy.Window{window("mon", "0:00", 10), window("mon", "0:11", 9)}, 20},
		{"not touching", []strategy.Window{window("mon", "0:00", 10), window("mon", "0:12", 9)}, 19},
		{"whole week", []strategy.Window{window("mon", "0:00", 10080)}, 10080},
		{"whole week from elsewhere", []strategy.Window{window("thu", "13:37", 10080)}, 10080},
		{"each day whole", []strategy.Window{window("mon tue wed thu fri sat sun", "0:00", 1440)}, 10080},
		{"contained", []strategy.Window{window("mon", "0:00", 100), window("mon", "0:20", 10)}, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := calendar(t, tc.windows...).LengthMinutes(); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}

func TestCalendarErrors(t *testing.T) {
	for _, tc := range []struct {
		window strategy.Window
		want   string
	}{
		{window("mo", "1:00", 1), "unrecognized week day: mo"},
		{window("zzz mon aaa", "1:00", 1), "unrecognized week day: aaa"},
		{strategy.Window{Days: []string{""}, StartTime: "1:00", LengthMinutes: 1}, "unrecognized week day: "},
		{strategy.Window{Days: []string{" mon"}, StartTime: "1:00", LengthMinutes: 1}, "unrecognized week day:  mon"},
		{window("mon", "10", 1), "failed to parse time string: unrecognized time value: 10"},
		{window("mon", "1:00:00", 1), "failed to parse time string: unrecognized time value: 1:00:00"},
		{window("mon", "256:0", 1), "failed to parse time string: unrecognized time (hour) value: 256:0"},
		{window("mon", "-1:0", 1), "failed to parse time string: unrecognized time (hour) value: -1:0"},
		{window("mon", "0:1_0", 1), "failed to parse time string: unrecognized time (minute) value: 0:1_0"},
		{window("mon", "0:", 1), "failed to parse time string: unrecognized time (minute) value: 0:"},
		{window("mon", "24:00", 1), "failed to parse time string: invalid time: 24:00"},
		{window("mon", "0:60", 1), "failed to parse time string: invalid time: 0:60"},
		{window("mon", "1:00", 0), "failed to parse timespan into weekly windows: zero-length duration"},
		{window("mon", "1:00", 10081), "failed to parse timespan into weekly windows: length longer than a week"},
		{window("mon zzz", "1:00", 0), "failed to parse timespan into weekly windows: zero-length duration"},
	} {
		_, err := strategy.ParseCalendar([]strategy.Window{tc.window})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%v: got %v, want %s", tc.window, err, tc.want)
		}
	}
	for _, start := range []string{"7:5", "007:005", "+7:+5"} {
		c := calendar(t, window("Tuesday", start, 1))
		if !c.Contains(instant(t, "2026-11-24 07:05:00")) {
			t.Errorf("%s is not 07:05", start)
		}
	}
	calendar(t, window("mon monday tue tuesday tuesady wed wednesday thu thursday fri friday sat saturday sun sunday", "0:0", 1))
}

// instants are moments of UTC and whether a calendar in a zone covers them.
var instants = []struct {
	zone    string
	windows []strategy.Window
	at      string
	want    bool
}{
	{"UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 14:29:59", false},
	{"UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 14:30:00", true},
	{"UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 16:30:59", true},
	{"UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 16:31:00", false},
	{"UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-24 15:00:00", false},
	{"UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-22 23:29:59", false},
	{"UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-22 23:59:59", true},
	{"UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-23 00:00:00", true},
	{"UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-23 01:30:59", true},
	{"UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-23 01:31:00", false},
	{"UTC", []strategy.Window{window("sun", "23:00", 60)}, "2026-11-22 23:59:59", true},
	{"UTC", []strategy.Window{window("sun", "23:00", 60)}, "2026-11-23 00:00:00", false}, // as Zincati
	{"UTC", []strategy.Window{window("sun", "23:00", 61)}, "2026-11-23 00:01:59", true},
	{"UTC", []strategy.Window{window("thu", "12:00", 10080)}, "2026-11-23 00:00:00", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-03-08 06:29:59", false},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-03-08 06:30:00", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-03-08 06:59:59", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-03-08 07:00:00", false},
	{"America/New_York", []strategy.Window{window("sun", "2:30", 10)}, "2026-03-08 07:35:00", false}, // never shown
	{"America/New_York", []strategy.Window{window("sun", "2:30", 60)}, "2026-03-08 07:00:00", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 05:29:59", false},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 05:30:00", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 05:59:59", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 06:00:00", false},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 06:29:59", false},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 06:30:00", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 07:30:59", true},
	{"America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 07:31:00", false},
	{"America/New_York", []strategy.Window{window("sat", "20:00", 1)}, "2050-07-17 00:00:00", true}, // only the rule knows
	{"America/New_York", []strategy.Window{window("sat", "20:00", 1)}, "2050-01-16 00:00:00", false},
	{"America/New_York", []strategy.Window{window("sat", "20:00", 1)}, "2050-01-16 01:00:00", true},
	{"Asia/Kathmandu", []strategy.Window{window("mon", "0:00", 1)}, "2026-11-22 18:14:59", false},
	{"Asia/Kathmandu", []strategy.Window{window("mon", "0:00", 1)}, "2026-11-22 18:15:00", true},
	{"America/Sao_Paulo", []strategy.Window{window("sun", "0:30", 5)}, "2018-11-04 03:30:00", false}, // midnight was left out
	{"America/Sao_Paulo", []strategy.Window{window("sun", "1:30", 5)}, "2018-11-04 03:30:00", true},
	{"America/Sao_Paulo", []strategy.Window{window("mon", "0:00", 1)}, "2026-11-23 03:00:00", true}, // no more summer time
	{"Europe/Dublin", []strategy.Window{window("sun", "1:30", 5)}, "2026-03-29 01:30:00", false},
	{"Europe/Dublin", []strategy.Window{window("sun", "2:30", 5)}, "2026-03-29 01:30:00", true},
	{"Europe/Dublin", []strategy.Window{window("sun", "1:30", 5)}, "2026-10-25 00:30:00", true},
	{"Europe/Dublin", []strategy.Window{window("sun", "1:30", 5)}, "2026-10-25 01:30:00", true}, // once more
	{"Europe/Dublin", []strategy.Window{window("mon", "0:00", 1)}, "2060-07-04 23:00:00", true}, // only the rule knows
	{"Europe/Dublin", []strategy.Window{window("mon", "0:00", 1)}, "2060-07-05 00:00:00", false},
	{"Pacific/Apia", []strategy.Window{window("fri", "0:00", 1439)}, "2011-12-30 10:00:00", false}, // a day left out
	{"Pacific/Apia", []strategy.Window{window("sat", "0:00", 1)}, "2011-12-30 10:00:00", true},
	{"Australia/Lord_Howe", []strategy.Window{window("sun", "2:00", 29)}, "2026-10-03 15:30:00", false}, // half an hour
	{"Australia/Lord_Howe", []strategy.Window{window("sun", "2:30", 29)}, "2026-10-03 15:30:00", true},
	{"Australia/Lord_Howe", []strategy.Window{window("sun", "1:45", 1)}, "2026-04-04 14:45:00", true},
	{"Australia/Lord_Howe", []strategy.Window{window("sun", "1:45", 1)}, "2026-04-04 15:15:00", true},
}

func TestInstants(t *testing.T) {
	for _, tc := range instants {
		c := calendar(t, tc.windows...)
		if got := c.Contains(zone(t, tc.zone).Local(instant(t, tc.at))); got != tc.want {
			t.Errorf("%s %v at %s: got %t", tc.zone, tc.windows, tc.at, got)
		}
	}
}

func TestNextChange(t *testing.T) {
	for _, tc := range []struct {
		name, zone string
		windows    []strategy.Window
		now, want  string // "" = never
		opens      bool
	}{
		{"opens", "UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 14:29:59", "2026-11-23 14:30:00", true},
		{"closes after its last minute", "UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 14:30:00", "2026-11-23 16:31:00", false},
		{"next week", "UTC", []strategy.Window{window("mon", "14:30", 120)}, "2026-11-23 16:31:00", "2026-11-30 14:30:00", true},
		{"through the week's end", "UTC", []strategy.Window{window("sun", "23:30", 120)}, "2026-11-22 23:30:00", "2026-11-23 01:31:00", false},
		{"at the week's end", "UTC", []strategy.Window{window("sun", "23:00", 60)}, "2026-11-22 23:30:00", "2026-11-23 00:00:00", false},
		{"whole week", "UTC", []strategy.Window{window("mon", "0:00", 10080)}, "2026-11-22 23:30:00", "", false},
		{"empty", "UTC", nil, "2026-11-22 23:30:00", "", false},
		{"shortened by a gap", "America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-03-08 06:30:00", "2026-03-08 07:00:00", false},
		{"opened by a gap", "America/New_York", []strategy.Window{window("sun", "2:30", 60)}, "2026-03-08 05:00:00", "2026-03-08 07:00:00", true},
		{"left out by a gap", "America/New_York", []strategy.Window{window("sun", "2:30", 10)}, "2026-03-08 05:00:00", "2026-03-15 06:30:00", true},
		{"closed by an overlap", "America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 05:30:00", "2026-11-01 06:00:00", false},
		{"opened again", "America/New_York", []strategy.Window{window("sun", "1:30", 60)}, "2026-11-01 06:00:00", "2026-11-01 06:30:00", true},
		{"repeated", "Australia/Lord_Howe", []strategy.Window{window("sun", "1:45", 1)}, "2026-04-04 14:47:00", "2026-04-04 15:15:00", true},
		{"a day left out", "Pacific/Apia", []strategy.Window{window("fri", "12:00", 1)}, "2011-12-30 00:00:00", "2012-01-05 22:00:00", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at, opens, ok := calendar(t, tc.windows...).NextChange(instant(t, tc.now), zone(t, tc.zone))
			if !ok || tc.want == "" {
				if ok || tc.want != "" {
					t.Fatalf("got %v %t, want %q", at.UTC(), ok, tc.want)
				}
				return
			}
			if !at.Equal(instant(t, tc.want)) || opens != tc.opens {
				t.Errorf("got %v opens %t, want %s", at.UTC(), opens, tc.want)
			}
		})
	}
}

// naive is a calendar as a table of the minutes of the week.
type naive [10080]bool

func (n *naive) add(w strategy.Window, days []int, start int) {
	for _, d := range days {
		first := d*1440 + start
		for i := 0; i <= int(w.LengthMinutes); i++ {
			switch m := first + i; {
			case m < 10080:
				n[m] = true
			case first+int(w.LengthMinutes) > 10080:
				n[m-10080] = true
			}
		}
	}
}

func (n *naive) contains(t time.Time) bool {
	return n[(int(t.Weekday())+6)%7*1440+t.Hour()*60+t.Minute()]
}

func randomCalendar(r *rand.Rand) (windows []strategy.Window, table *naive) {
	names := []string{"mon", "TUE", "Wednesday", "thu", "friday", "Sat", "sunday"}
	table = &naive{}
	for range 1 + r.IntN(5) {
		hour, minute := r.IntN(24), r.IntN(60)
		w := strategy.Window{StartTime: time.Date(1, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:4"), LengthMinutes: uint32(1 + r.IntN(90))}
		switch r.IntN(12) {
		case 0:
			w.LengthMinutes = uint32(1 + r.IntN(10080))
		case 1:
			w.LengthMinutes = uint32(1440 - hour*60 - minute) // to midnight exactly
		}
		var days []int
		for d, name := range names {
			if r.IntN(3) == 0 {
				days = append(days, d)
				w.Days = append(w.Days, name)
			}
		}
		windows = append(windows, w)
		table.add(w, days, hour*60+minute)
	}
	return windows, table
}

// Random calendars are gone through minute by minute, around changes of clocks, and compared with the table.
func TestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	begins := map[string][]string{
		"UTC":                 {"2026-11-20 00:00:00", "2023-12-28 00:00:00"},
		"America/New_York":    {"2026-03-05 00:00:00", "2026-10-28 00:00:00", "2061-03-10 00:00:00"},
		"Europe/Dublin":       {"2026-03-26 00:00:00", "2026-10-22 00:00:00", "2044-10-27 00:00:00"},
		"Australia/Lord_Howe": {"2026-04-01 00:00:00", "2026-09-30 00:00:00"},
		"America/Sao_Paulo":   {"2018-11-01 00:00:00", "2019-02-13 00:00:00", "2026-11-01 00:00:00"},
		"Pacific/Apia":        {"2011-12-26 00:00:00"},
		"Asia/Kathmandu":      {"2026-11-20 00:00:00"},
		"America/Nuuk":        {"2026-03-25 00:00:00", "2055-10-28 00:00:00"},
	}
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	for name, starts := range begins {
		z, loc := zone(t, name), location(t, name)
		for range rounds {
			windows, table := randomCalendar(r)
			checkMinutes(t, r, calendar(t, windows...), table, z, loc, instant(t, starts[r.IntN(len(starts))]))
			if t.Failed() {
				t.Fatalf("%s: %v", name, windows)
			}
		}
	}
}

func checkMinutes(t *testing.T, r *rand.Rand, c strategy.Calendar, table *naive, z *strategy.Zone, loc *time.Location, begin time.Time) {
	const minutes = 24 * 1440
	inside := make([]bool, minutes)
	for i := range inside {
		at := begin.Add(time.Duration(i) * time.Minute)
		inside[i] = table.contains(at.In(loc))
		if got := c.Contains(z.Local(at)); got != inside[i] {
			t.Errorf("%v: got %t", at, got)
			return
		}
	}
	next := minutes // index of the next change after i
	for i := minutes - 1; i > 0; i-- {
		if i+1 < minutes && inside[i+1] != inside[i] {
			next = i + 1
		}
		if r.IntN(100) > 0 || next == minutes && i > minutes-14*1440 {
			continue
		}
		now := begin.Add(time.Duration(i)*time.Minute + time.Duration(r.IntN(60))*time.Second)
		at, opens, ok := c.NextChange(now, z)
		want := begin.Add(time.Duration(next) * time.Minute)
		if next == minutes {
			if ok && at.Before(want) {
				t.Errorf("next change after %v is %v, want none", now, at.UTC())
				return
			}
			continue
		}
		if !ok || !at.Equal(want) || opens != inside[next] {
			t.Errorf("next change after %v: got %v %t %t, want %v", now, at.UTC(), opens, ok, want)
			return
		}
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("mon", "1:00", uint32(60), "sun", "23:30", uint32(120), int64(1795406385))
	f.Add("Tuesday", "+1:+0", uint32(10080), "", ":", uint32(0), int64(-1))
	f.Fuzz(func(t *testing.T, day1, start1 string, n1 uint32, day2, start2 string, n2 uint32, sec int64) {
		c, err := strategy.ParseCalendar([]strategy.Window{
			{Days: []string{day1}, StartTime: start1, LengthMinutes: n1}, {Days: []string{day2}, StartTime: start2, LengthMinutes: n2}})
		if err != nil {
			return
		}
		if n := c.LengthMinutes(); n < 1 || n > 10080 {
			t.Fatalf("length %d", n)
		}
		now := time.Unix(sec%(1<<40), 0)
		z := strategy.UTC()
		if at, opens, ok := c.NextChange(now, z); ok {
			if !at.After(now) || at.Sub(now) > 7*24*time.Hour {
				t.Fatalf("%v after %v", at, now)
			}
			if c.Contains(z.Local(at)) != opens || c.Contains(z.Local(now)) == opens || c.Contains(z.Local(at.Add(-time.Second))) == opens {
				t.Fatalf("no change at %v", at)
			}
		} else if n := c.LengthMinutes(); n < 10079 {
			t.Fatalf("no change, length %d", n)
		}
	})
}
