package gnudate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that zones are the same everywhere

	"github.com/nestos-dev/nestos/internal/gnudate"
)

// date asks GNU date for the seconds and nanoseconds of text, or nothing if it
// refuses it.
func date(ctx context.Context, zone, text string) string {
	cmd := exec.CommandContext(ctx, "date", "-d", text, "+%s.%N")
	cmd.Env = []string{"TZ=" + zone, "LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func needGNUDate(t testing.TB) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "date", "--version").Output()
	if err != nil || !strings.Contains(string(out), "GNU coreutils") {
		t.Skip("date is not GNU's")
	}
}

// ours gives the result in the form of date.
func ours(text string, now time.Time, loc *time.Location) string {
	got, err := gnudate.Parse(text, now, loc)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d.%09d", got.Unix(), got.Nanosecond())
}

// agree compares Parse with date, whose present is between two of ours.
func agree(t *testing.T, zone, text string) {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	want := date(t.Context(), zone, text)
	after := time.Now()
	low, high := ours(text, before, loc), ours(text, after, loc)
	if low == want || high == want {
		return
	}
	var w, l, h float64
	if want == "" || low == "" || high == "" {
		t.Errorf("TZ=%s %q: got %q, want %q", zone, text, low, want)
		return
	}
	fmt.Sscan(want, &w)
	fmt.Sscan(low, &l)
	fmt.Sscan(high, &h)
	if low == high || w < min(l, h) || w > max(l, h) {
		t.Errorf("TZ=%s %q: got %s…%s, want %s", zone, text, low, high, want)
	}
}

func TestTableAgainstDate(t *testing.T) {
	needGNUDate(t)
	for _, text := range table {
		agree(t, "UTC", text)
	}
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"} {
		for _, text := range table[:60] {
			agree(t, zone, text)
		}
	}
}

func TestZonesAgainstDate(t *testing.T) {
	needGNUDate(t)
	for _, c := range zoneTable {
		agree(t, c.zone, c.text)
	}
}

func TestRandomAgainstDate(t *testing.T) {
	needGNUDate(t)
	count := 1500
	if testing.Short() {
		count = 200
	}
	rng := rand.New(rand.NewPCG(7, 8))
	zones := []string{"UTC", "UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"}
	for range count {
		agree(t, zones[rng.IntN(len(zones))], randomText(rng))
	}
}

func randomText(rng *rand.Rand) string {
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString(randomItem(rng))
		b.WriteString(pick(rng, " ", " ", " ", "", "  ", ", ", "\t", " (x) "))
	}
	return b.String()
}

func pick(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

func randomItem(rng *rand.Rand) string {
	n := func(limit int) int { return rng.IntN(limit) }
	switch n(16) {
	case 0:
		return fmt.Sprintf("%04d-%02d-%02d", 1890+n(200), 1+n(13), 1+n(31))
	case 1:
		return fmt.Sprintf("%d/%d/%d", 1+n(13), 1+n(31), n(120))
	case 2:
		return fmt.Sprintf("%d %s %d", 1+n(31), pick(rng, "jan", "February", "sept", "DEC."), 1960+n(100))
	case 3:
		return fmt.Sprintf("%s %d", pick(rng, "mar", "May", "jul", "october"), 1+n(32))
	case 4:
		return fmt.Sprintf("%02d:%02d", n(25), n(61))
	case 5:
		return fmt.Sprintf("%02d:%02d:%02d%s", n(24), n(60), n(61), pick(rng, "", ".5", ",123456789012"))
	case 6:
		return fmt.Sprintf("%d%s", n(14), pick(rng, "am", " PM", " a.m."))
	case 7:
		return pick(rng, "UTC", "EST", "CEST", "z", "A", "t", "gmt+3", "UTC -0130", "CET dst", "n.z.s.t.")
	case 8:
		return pick(rng, "+02:00", "-0330", "+5", "-12", "+2400", "+9999")
	case 9:
		return pick(rng, "mon", "last Tuesday", "next wed.", "3 thurs", "this sun", "third fri")
	case 10, 11:
		return fmt.Sprintf("%s%d %s", pick(rng, "", "+", "-", "- "), n(100), pick(rng, "years", "month", "weeks", "fortnight", "day", "hours", "mins", "secs")) + pick(rng, "", "", " ago", " hence")
	case 12:
		return pick(rng, "tomorrow", "yesterday", "now", "today", "next year", "last month", "week ago", "twelfth hour", "1.5 seconds")
	case 13:
		return pick(rng, "2020", "1230", "20200102", "7", "0", "123456", "20200102T0304")
	case 14:
		return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d%s", 1970+n(80), 1+n(12), 1+n(28), n(24), n(60), pick(rng, "", "Z", "+01", ":07.25-02:30"))
	default:
		return pick(rng, "@5", "-", "+", "/", ":", ",", "bogus", "ago", "dst", "99999999999999999999", "J", "(a (b) c)", "(", "é")
	}
}
