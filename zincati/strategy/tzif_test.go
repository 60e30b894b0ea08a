package strategy

import (
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// Beyond the changes near New Year, package time is right: each change of each zone here must agree, and the instants
// around it.
func TestZoneLikePackageTime(t *testing.T) {
	for _, dir := range []string{"testdata/zoneinfo", "/usr/share/zoneinfo"} {
		tree := os.DirFS(dir)
		if _, err := fs.Stat(tree, "."); err != nil {
			continue
		}
		zones, checks := 0, 0
		err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if strings.HasPrefix(p, "posix/") || strings.HasPrefix(p, "right/") {
				return nil // the same again; with leap seconds
			}
			data, err := fs.ReadFile(tree, p)
			if err != nil || len(data) < 4 || string(data[:4]) != "TZif" {
				return nil
			}
			zone, err := ParseZone(p, data)
			if err != nil {
				t.Errorf("%s: %v", p, err)
				return nil
			}
			loc, err := time.LoadLocationFromTZData(p, data)
			if err != nil {
				t.Errorf("%s: %v", p, err)
				return nil
			}
			zones++
			checks += compareZone(t, zone, loc)
			return nil
		})
		if err != nil || zones == 0 {
			t.Errorf("%s: %d zones, %v", dir, zones, err)
		}
		t.Logf("%s: %d zones, %d instants", dir, zones, checks)
	}
}

func compareZone(t *testing.T, zone *Zone, loc *time.Location) (checks int) {
	t.Helper()
	end := time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for at := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at < end; {
		offset, until := zone.at(at)
		for _, sec := range []int64{at, min(until, end) - 1, at + (min(until, end)-at)/2} {
			_, want := time.Unix(sec, 0).In(loc).Zone()
			if offset != want {
				t.Errorf("%s at %v: offset %d, want %d", zone.Name(), time.Unix(sec, 0).UTC(), offset, want)
				return checks
			}
			checks++
		}
		if until == math.MaxInt64 {
			break
		}
		at = until
	}
	return checks
}
