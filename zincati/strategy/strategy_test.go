package strategy_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// zoneRoot makes a root with a time zone database and, unless it is "", a link to the host's zone.
func zoneRoot(t testing.TB, localtime string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "usr/share/zoneinfo"), os.DirFS("testdata/zoneinfo")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if localtime != "" {
		if err := os.Symlink(localtime, filepath.Join(root, "etc/localtime")); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func periodic(root, zone string, windows ...strategy.Window) (strategy.Strategy, error) {
	if windows == nil {
		windows = []strategy.Window{window("mon", "10:00", 60)}
	}
	return strategy.New(strategy.Settings{Name: strategy.Periodic, PeriodicZone: zone, PeriodicWindows: windows, Root: root}, "g", "id", nil)
}

func checkLevels(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
		return
	}
	want = append([]string{"failed to validate update strategy configuration"}, want...)
	if got := clap.Levels(err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestImmediate(t *testing.T) {
	for _, name := range []string{"", strategy.Immediate} {
		s, err := strategy.New(strategy.Settings{Name: name, FleetLockURL: "nonsense", PeriodicZone: "No/Where"}, "", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		ask(t, s, true, "")
		steady, err := s.ReportSteady(t.Context())
		if _, ok := s.NextWindow(time.Now()); !steady || err != nil || ok || s.Name() != "immediate" || s.Describe(time.Now()) != "immediate" {
			t.Errorf("%t %v %t", steady, err, ok)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for _, name := range []string{"Immediate", "x", "periodic ", "fleet-lock"} {
		_, err := strategy.New(strategy.Settings{Name: name}, "", "", nil)
		checkLevels(t, err, "unsupported strategy '"+name+"'")
	}
}

func TestFleetLockURLs(t *testing.T) {
	try := func(url string) error {
		_, err := strategy.New(strategy.Settings{Name: strategy.FleetLock, FleetLockURL: url}, "g", "id", nil)
		return err
	}
	checkLevels(t, try(""), "empty fleet_lock base URL")
	for url, cause := range map[string]string{
		"foo": "relative URL without a base", "//h/": "relative URL without a base", "1http://h": "relative URL without a base",
		"http://": "empty host", "http://:80/": "empty host", "http://u@/": "empty host",
		"http://h:x/": "invalid port number", "http://h:65536/": "invalid port number",
		"http://[::g]/": "invalid IPv6 address", "http://[::1/": "invalid IPv6 address",
		"http://a b/": "invalid international domain name", "http://1.2.3.999/": "invalid IPv4 address",
	} {
		checkLevels(t, try(url), "failed to parse '"+url+"'", cause)
	}
	for _, url := range []string{"http://h", "HTTPS://h:443/a b/", " http://h/ ", "http:h", "http:///h", "http://[::1]:8080/", "http://10.0.0.1/x/", "http://user:pw@h/"} {
		if err := try(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"mailto:x", "file:///h"} {
		if err := try(url); err == nil || !strings.Contains(err.Error(), "not an absolute http or https URL") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestFleetLockLogs(t *testing.T) {
	var log bytes.Buffer
	_, err := strategy.New(strategy.Settings{Name: strategy.FleetLock, FleetLockURL: "foo"}, "g", "id",
		&strategy.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err == nil || !strings.Contains(log.String(), "remote fleet_lock reboot manager: foo") {
		t.Errorf("%v, log %q", err, log.String())
	}
}

func TestZones(t *testing.T) {
	zone := func(root, name string, want ...string) {
		t.Helper()
		_, err := periodic(root, name)
		if want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if want != nil {
			checkLevels(t, err, append([]string{"failed to parse periodic strategy", "failed to get time zone info from config"}, want...)...)
		}
	}
	root := zoneRoot(t, "")
	for _, name := range []string{"UTC", "America/New_York", "America//New_York", "/UTC", "EST5EDT"} {
		zone(root, name)
	}
	named := "failed to parse time zone named: "
	zone(root, "", named, "Is a directory (os error 21)")
	zone(root, "America", named+"America", "Is a directory (os error 21)")
	zone(root, "No/Where", named+"No/Where", "No such file or directory (os error 2)")
	zone(root, "utc", named+"utc", "No such file or directory (os error 2)")
	zone(root, "America/New_York/", named+"America/New_York/", "Not a directory (os error 20)")
	zone(root, "../zoneinfo/UTC", named+"../zoneinfo/UTC", "tzfile error: invalid time zone file name")
	zone(root, "a\x00b", named+"a\x00b", "file name contained an unexpected NUL byte")
	zones := filepath.Join(root, "usr/share/zoneinfo")
	for name, text := range map[string]string{"text": "# leap seconds\n", "empty": "", "cut": "TZif2"} {
		if err := os.WriteFile(filepath.Join(zones, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	zone(root, "text", named+"text", "tzfile error: invalid magic")
	zone(root, "empty", named+"empty", "tzfile error: invalid magic")
	zone(root, "cut", named+"cut", "tzfile error: malformed time zone file")
	if err := os.Symlink("/../../../../../../usr/share/zoneinfo/Asia/Tokyo", filepath.Join(zones, "Link")); err != nil {
		t.Fatal(err)
	}
	zone(root, "Link")
	if err := os.Symlink("Loop", filepath.Join(zones, "Loop")); err != nil {
		t.Fatal(err)
	}
	zone(root, "Loop", named+"Loop", "Too many levels of symbolic links (os error 40)")
	if err := os.Truncate(filepath.Join(zones, "text"), 2<<20); err != nil {
		t.Fatal(err)
	}
	zone(root, "text", named+"text", "larger than 1048576 bytes")
	zone(t.TempDir(), "UTC") // no database at all
	zone(t.TempDir(), "Europe/Dublin", named+"Europe/Dublin", "No such file or directory (os error 2)")
}

func TestLocaltime(t *testing.T) {
	now := instant(t, "2026-11-30 11:01:00")
	for _, tc := range []struct{ link, zone string }{
		{"", "UTC"},
		{"../usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"},
		{"/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"},
		{"/usr/share/zoneinfo/../zoneinfo/./Asia//Tokyo", "Asia/Tokyo"},
		{"/usr/share/zoneinfo/US/Eastern", "America/New_York"}, // a link in the database
		{"hop", "Asia/Tokyo"},
		{"/../../usr/share/zoneinfo/UTC", "UTC"},
	} {
		root := zoneRoot(t, tc.link)
		if err := os.Mkdir(filepath.Join(root, "usr/share/zoneinfo/US"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, target := range map[string]string{"usr/share/zoneinfo/US/Eastern": "../America/New_York", "etc/hop": "/usr/share/zoneinfo/Asia/Tokyo"} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		s, err := periodic(root, "localtime")
		if err != nil {
			t.Errorf("%s: %v", tc.link, err)
			continue
		}
		want := "periodic, total schedule length 60 minutes; next window at 10:00 on Mon (" + tc.zone + "), subject to time zone caveats."
		if got := s.Describe(now); got != want {
			t.Errorf("%s: got %s", tc.link, got)
		}
	}
	for link, want := range map[string][]string{
		"/usr/share/zoneinfo/No":      {"No such file or directory (os error 2)"},
		"localtime":                   {"Too many levels of symbolic links (os error 40)"},
		"/usr":                        {"`/etc/localtime` does not link to a location in `/usr/share/zoneinfo`", "prefix not found"},
		"/usr/share/zoneinfo":         {"failed to parse time zone named: ", "Is a directory (os error 21)"},
		"/usr/share/zoneinfo/America": {"failed to parse time zone named: America", "Is a directory (os error 21)"},
	} {
		_, err := periodic(zoneRoot(t, link), "localtime")
		checkLevels(t, err, append([]string{"failed to parse periodic strategy", "failed to get time zone info from config"}, want...)...)
	}
	for _, make := range []func(string) error{
		func(p string) error { return os.WriteFile(p, []byte("TZif"), 0o644) },
		func(p string) error { return os.Mkdir(p, 0o755) },
	} {
		root := zoneRoot(t, "")
		if err := make(filepath.Join(root, "etc/localtime")); err != nil {
			t.Fatal(err)
		}
		s, err := periodic(root, "localtime")
		if err != nil || !strings.Contains(s.Describe(now), "(UTC)") {
			t.Errorf("not a link: %v", err)
		}
	}
}

func TestPeriodicErrors(t *testing.T) {
	root := zoneRoot(t, "")
	const level = "failed to parse periodic strategy"
	empty := "invalid or missing periodic updates configuration: weekly calendar length is zero"
	_, err := strategy.New(strategy.Settings{Name: strategy.Periodic, PeriodicZone: "UTC", Root: root}, "", "", nil)
	checkLevels(t, err, level, empty)
	_, err = periodic(root, "UTC", window("", "x", 0))
	checkLevels(t, err, level, empty)
	_, err = periodic(root, "UTC", window("thurs", "1:00", 1))
	checkLevels(t, err, level, "unrecognized week day: thurs")
	_, err = periodic(root, "UTC", window("mon", "24:00", 1))
	checkLevels(t, err, level, "failed to parse time string", "invalid time: 24:00")
	_, err = periodic(root, "UTC", window("mon", "2:00", 0))
	checkLevels(t, err, level, "failed to parse timespan into weekly windows", "zero-length duration")
	_, err = periodic(root, "UTC", window("mon", "2:00", 10081))
	checkLevels(t, err, level, "failed to parse timespan into weekly windows", "length longer than a week")
	_, err = periodic(root, "Foo", window("zzz", "2:00", 0)) // the zone is looked at first
	checkLevels(t, err, level, "failed to get time zone info from config", "failed to parse time zone named: Foo", "No such file or directory (os error 2)")
	_, err = strategy.New(strategy.Settings{Name: strategy.FleetLock, FleetLockURL: "http://h", FleetLockZone: "UTC", Root: root,
		FleetLockWindows: []strategy.Window{window("mon", "2:00", 0)}}, "g", "id", nil)
	checkLevels(t, err, "failed to parse fleet_lock strategy", "failed to parse timespan into weekly windows", "zero-length duration")
	_, err = strategy.New(strategy.Settings{Name: strategy.FleetLock, FleetLockURL: "http://h", FleetLockZone: "UTC", Root: root,
		FleetLockWindows: []strategy.Window{window("", "2:00", 0)}}, "g", "id", nil)
	checkLevels(t, err, "failed to parse fleet_lock strategy", "invalid fleet_lock windows configuration: weekly calendar length is zero")
	_, err = strategy.New(strategy.Settings{Name: strategy.Periodic, PeriodicZone: "UTC", Root: filepath.Join(root, "none")}, "", "", nil)
	checkLevels(t, err, level, "failed to open root directory '"+filepath.Join(root, "none")+"'", "No such file or directory (os error 2)")
}

func TestDescribe(t *testing.T) {
	root := zoneRoot(t, "")
	for _, tc := range []struct{ zone, at, want string }{
		{"UTC", "2026-11-30 10:05:09", "10:05 on Mon (UTC)"}, // inside: the present minute
		{"UTC", "2026-11-30 11:00:59", "11:00 on Mon (UTC)"},
		{"UTC", "2026-11-30 11:01:00", "10:00 on Mon (UTC)"},
		{"UTC", "2026-11-29 23:59:59", "10:00 on Mon (UTC)"},
		{"America/New_York", "2026-11-30 11:01:00", "10:00 on Mon (America/New_York)"},
		{"America/New_York", "2026-11-30 15:01:00", "10:01 on Mon (America/New_York)"},
	} {
		s, err := periodic(root, tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		want := "periodic, total schedule length 60 minutes; next window at " + tc.want + ", subject to time zone caveats."
		if got := s.Describe(instant(t, tc.at)); got != want {
			t.Errorf("at %s: got %q, want %q", tc.at, got, want)
		}
	}
	s, err := periodic(root, "America/New_York", window("sun", "0:05", 10), window("sun", "2:30", 60))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Describe(instant(t, "2026-11-29 04:00:00")), "total schedule length 70 minutes; next window at 0:05 on Sun"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// The clocks jump over the beginning of the window: it opens at the first minute that they show.
	if got, want := s.Describe(instant(t, "2026-03-08 06:00:00")), "next window at 3:00 on Sun"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

type gauges map[string]float64

func (g gauges) Inc(name string, labels ...string)            { g[name]++ }
func (g gauges) Set(name string, v float64, labels ...string) { g[name] = v }

func TestPeriodic(t *testing.T) {
	root := zoneRoot(t, "")
	c, g := &clock{now: instant(t, "2026-11-30 09:59:59")}, gauges{}
	s, err := strategy.New(strategy.Settings{Name: strategy.Periodic, PeriodicZone: "UTC", Root: root,
		PeriodicWindows: []strategy.Window{window("mon", "10:00", 60)}}, "", "", &strategy.Options{Now: c.Now, Meter: g})
	if err != nil {
		t.Fatal(err)
	}
	if g["zincati_updates_strategy_periodic_schedule_length_minutes"] != 60 {
		t.Errorf("gauges %v", g)
	}
	for _, step := range []struct {
		at   string
		want bool
		next string
	}{
		{"2026-11-30 09:59:59", false, "2026-11-30 10:00:00"},
		{"2026-11-30 10:00:00", true, "2026-11-30 11:01:00"},
		{"2026-11-30 11:01:00", false, "2026-12-07 10:00:00"},
		{"2020-01-01 00:00:00", false, "2020-01-06 10:00:00"}, // the clock may jump to anywhere
		{"2026-11-30 10:30:00", true, "2026-11-30 11:01:00"},
		{"2099-11-30 10:30:00", true, "2099-11-30 11:01:00"},
		{"1970-01-01 00:00:00", false, "1970-01-05 10:00:00"},
		{"0001-01-01 00:00:00", false, "0001-01-01 10:00:00"},
	} {
		c.set(instant(t, step.at))
		ask(t, s, step.want, "")
		if at, ok := s.NextWindow(c.Now()); !ok || !at.Equal(instant(t, step.next)) {
			t.Errorf("after %s: %v, want %s", step.at, at.UTC(), step.next)
		}
	}
	if steady, err := s.ReportSteady(t.Context()); !steady || err != nil || s.Name() != "periodic" {
		t.Errorf("%t %v", steady, err)
	}
}
