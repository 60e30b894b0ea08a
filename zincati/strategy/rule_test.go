package strategy

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ruleFile is a time zone file that consists of a rule.
func ruleFile(rule string) []byte {
	var b bytes.Buffer
	for range 2 {
		b.WriteString("TZif2")
		b.Write(make([]byte, 15))
		for _, n := range []uint32{0, 0, 0, 0, 1, 4} {
			b.Write(binary.BigEndian.AppendUint32(nil, n))
		}
		b.WriteString("\x00\x00\x00\x00\x00\x00UTC\x00")
	}
	b.WriteString("\n" + rule + "\n")
	return b.Bytes()
}

func TestRules(t *testing.T) {
	for _, tc := range []struct {
		rule, at string
		offset   float64 // hours
		until    string  // "" = for ever
	}{
		{"AAA3", "2026-06-01 00:00:00", -3, ""},
		{"<+0545>-5:45", "2026-06-01 00:00:00", 5.75, ""},
		{"EST5EDT,M3.2.0,M11.1.0", "2026-03-08 06:59:59", -5, "2026-03-08 07:00:00"},
		{"EST5EDT,M3.2.0,M11.1.0", "2026-03-08 07:00:00", -4, "2026-11-01 06:00:00"},
		{"EST5EDT", "2026-07-01 00:00:00", -4, "2026-11-01 06:00:00"},
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01 00:00:00", 0, "2026-03-29 01:00:00"},
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-03-29 01:00:00", 1, "2026-10-25 01:00:00"},
		{"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-04-04 15:00:00", 10.5, "2026-10-03 15:30:00"},
		{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29 00:59:59", -2, "2026-03-29 01:00:00"},
		{"AAA3BBB,J60,J300", "2028-02-29 12:00:00", -3, "2028-03-01 05:00:00"}, // J60 is 1 March always
		{"AAA3BBB,59,300", "2028-02-28 12:00:00", -3, "2028-02-29 05:00:00"},
		{"AAA3BBB,J59,J300", "2028-02-28 12:00:00", -2, "2028-10-27 04:00:00"},
		{"AAA0BBB,M2.5.0/0,M6.1.1", "2026-02-21 12:00:00", 0, "2026-02-22 00:00:00"}, // week 5 is the last
		// Changes near New Year, in another year than that of UTC.
		{"EST5EDT,0/0,J365/23", "2026-01-01 02:59:59", -4, "2026-01-01 03:00:00"},
		{"EST5EDT,0/0,J365/23", "2026-01-01 03:00:00", -5, "2026-01-01 05:00:00"},
		{"EST5EDT,0/0,J365/23", "2026-01-01 05:00:00", -4, "2027-01-01 03:00:00"},
		{"AAA-13BBB,M1.1.0/-160,M6.1.0", "2025-12-27 18:59:59", 13, "2025-12-27 19:00:00"},
		{"AAA-13BBB,M1.1.0/-160,M6.1.0", "2025-12-31 12:00:00", 14, "2026-06-06 12:00:00"},
		{"AAA3BBB,M6.1.0,M12.5.0/167", "2026-01-03 00:00:00", -2, "2026-01-04 01:00:00"},
		// Summer time all year: the end is the beginning.
		{"EST5EDT,0/0,J365/25", "2026-01-01 04:59:59", -4, "2026-01-01 05:00:00"},
		{"EST5EDT,0/0,J365/25", "2026-01-01 05:00:00", -4, "2027-01-01 05:00:00"},
		{"XXX3EDT4,0/0,J365/23", "2026-01-01 02:59:59", -4, "2026-01-01 03:00:00"},
		{"XXX3EDT4,0/0,J365/23", "2026-01-01 03:00:00", -4, "2027-01-01 03:00:00"},
	} {
		z, err := ParseZone("x", ruleFile(tc.rule))
		if err != nil {
			t.Errorf("%s: %v", tc.rule, err)
			continue
		}
		at, err := time.Parse(time.DateTime, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		offset, until := z.at(at.Unix())
		end := ""
		if until != math.MaxInt64 {
			end = time.Unix(until, 0).UTC().Format(time.DateTime)
		}
		if float64(offset)/3600 != tc.offset || end != tc.until {
			t.Errorf("%s at %s: got %g until %q, want %g until %q", tc.rule, tc.at, float64(offset)/3600, end, tc.offset, tc.until)
		}
	}
}

func TestBadRules(t *testing.T) {
	for _, rule := range []string{
		"A3", "AAA", "AAA25", "AAA3B", "AAA3BBB,", "AAA3BBB,M3.2.0", "AAA3BBB,M13.2.0,M11.1.0", "AAA3BBB,M0.2.0,M11.1.0",
		"AAA3BBB,M3.6.0,M11.1.0", "AAA3BBB,M3.0.0,M11.1.0", "AAA3BBB,M3.2.7,M11.1.0", "AAA3BBB,J0,J1", "AAA3BBB,J366,J1",
		"AAA3BBB,366,1", "AAA3BBB,1/168,2", "AAA3BBB,1,2,3", "AAA3BBB,1,2 ", "<AAA3", "AAA3:60", "AAA3BBB,-1,2", "AAA3BBB,1/1:2:3:4,2", ":foo", "\x00",
	} {
		if _, err := ParseZone("x", ruleFile(rule)); err == nil {
			t.Errorf("%q was accepted", rule)
		}
	}
}

func TestBadZoneFiles(t *testing.T) {
	good, err := os.ReadFile("testdata/zoneinfo/America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(good) - 1 {
		if _, err := ParseZone("x", good[:n]); err == nil {
			t.Errorf("accepted, cut after %d bytes of %d", n, len(good))
		}
	}
	for _, data := range []string{"", "TZ", "leap seconds", strings.Repeat("\xff", 100), "TZif2" + strings.Repeat("\xff", 100), "TZif\x00" + strings.Repeat("\x00", 39)} {
		if _, err := ParseZone("x", []byte(data)); err == nil {
			t.Errorf("%q was accepted", data)
		}
	}
}

func FuzzZone(f *testing.F) {
	for _, name := range []string{"America/New_York", "Europe/Dublin", "UTC", "Asia/Kathmandu"} {
		data, err := os.ReadFile(filepath.Join("testdata/zoneinfo", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, int64(1795406385))
	}
	f.Add(ruleFile("EST5EDT,0/0,J365/25"), int64(4102444800))
	c, err := ParseCalendar([]Window{{Days: []string{"sun"}, StartTime: "1:30", LengthMinutes: 60}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, sec int64) {
		z, err := ParseZone("x", data)
		if err != nil {
			return
		}
		sec %= 1 << 40
		if offset, until := z.at(sec); until <= sec || offset < -7*86400 || offset > 7*86400 {
			t.Fatalf("offset %d until %d at %d", offset, until, sec)
		}
		now := time.Unix(sec, 0)
		inside := c.Contains(z.Local(now))
		if at, opens, ok := c.NextChange(now, z); ok {
			if !at.After(now) || opens == inside || c.Contains(z.Local(at)) == inside || c.Contains(z.Local(at.Add(-time.Second))) != inside {
				t.Fatalf("no change at %v after %v", at.Unix(), sec)
			}
		}
	})
}
