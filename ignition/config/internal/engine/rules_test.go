package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// naiveOverlap compares all partitions with all.
func naiveOverlap(list []types.Partition) int {
	all := extents(list)
	for _, p := range all {
		for _, o := range all {
			if p.index != o.index && p.hits(o) {
				return o.index
			}
		}
	}
	return -1
}

func TestOverlapping(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	hits := 0
	for range 100000 {
		list := make([]types.Partition, r.IntN(8))
		wide := 20 + r.IntN(200)
		for i := range list {
			start, size := r.IntN(wide)-r.IntN(3), r.IntN(10)-r.IntN(2)*r.IntN(15)
			if r.IntN(20) == 0 {
				start = math.MaxInt - r.IntN(10)
			}
			list[i].StartMiB, list[i].SizeMiB = &start, &size
			if r.IntN(10) == 0 {
				list[i].SizeMiB = nil
			}
		}
		got, want := overlapping(list), naiveOverlap(list)
		if got != want {
			t.Fatalf("%+v: got %d, want %d", extents(list), got, want)
		}
		if want >= 0 {
			hits++
		}
	}
	if hits < 1000 || hits > 99000 {
		t.Errorf("%d of the lists overlap", hits)
	}
}

func TestPrefixes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	parts := []string{"/", "a", "b", "/a", "//"}
	random := func() string {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		return b.String()
	}
	for range 20000 {
		links := make([]types.Link, r.IntN(5))
		for i := range links {
			links[i].Path = random()
		}
		p, want := random(), 0
		for i := range links {
			if strings.HasPrefix(p, links[i].Path+"/") {
				want++
			}
		}
		if got := newPrefixes(links).count(p); got != want {
			t.Fatalf("%q below %+v: got %d, want %d", p, links, got, want)
		}
	}
}

func TestTemplateOf(t *testing.T) {
	instance := regexp.MustCompile(`^(.+?)@(.+?)\.service$`)
	r := rand.New(rand.NewPCG(7, 8))
	parts := []string{"@", "x", ".service", "\n", "é", "\xff", "service", "."}
	for range 50000 {
		var b strings.Builder
		for range r.IntN(7) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		if r.IntN(2) == 0 {
			b.WriteString(".service")
		}
		name, want := b.String(), ""
		m := instance.FindStringSubmatch(name)
		if m != nil {
			want = m[1] + "@.service"
		}
		if got, ok := templateOf(name); got != want || ok != (m != nil) {
			t.Fatalf("%q: %q, %v; want %q", name, got, ok, want)
		}
	}
}

func TestIsGUID(t *testing.T) {
	form := regexp.MustCompile(`^[[:xdigit:]]{8}-[[:xdigit:]]{4}-[[:xdigit:]]{4}-[[:xdigit:]]{4}-[[:xdigit:]]{12}$`)
	good := "01234567-89AB-cdef-EDCB-A98765432101"
	for i := range len(good) {
		for _, c := range []string{"-", "0", "g", "", "é", "F", "\n"} {
			s := good[:i] + c + good[i+1:]
			if isGUID(s) != form.MatchString(s) {
				t.Errorf("%q: %v", s, isGUID(s))
			}
		}
	}
	if !isGUID(good) || isGUID(good+"\n") || isGUID("") {
		t.Error("isGUID is wrong about simple ones")
	}
}

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]string{
		"3.0.0": "3.0.0", "3.7.0-experimental": "3.7.0-experimental", "03.04.000": "3.4.0",
		"3.7.0": "unknown", "3.4.0-experimental": "unknown", "3.4.0+x": "unknown", "2.3.0": "unknown", "3.4.0-a.b-c": "unknown",
		"": "none", "3": "none", "3.4": "none", "3.4.x": "none", "3.4.0-a..b": "none", "3.4.0-é": "none", "3.4.0 ": "none", "3.4.99999999999999999999": "none", "3.4.0.0": "none",
		"3.4.0-": "3.4.0", "3.4.0+": "3.4.0",
	} {
		got := "none"
		switch v, semantic, known := ParseVersion(s); {
		case known:
			got = v.String()
		case semantic:
			got = "unknown"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	}
}

// TestBombs makes small configs whose checking could take long: each has a part
// that a naive check compares with everything else.
func TestBombs(t *testing.T) {
	cfg := &types.Config{Ignition: types.Ignition{Version: Newest.String()}}
	target := "/t"
	for i := range 20000 {
		start, size := 1+i*2, 1
		label := fmt.Sprint(i)
		cfg.Storage.Links = append(cfg.Storage.Links, types.Link{Node: types.Node{Path: ""}, LinkEmbedded1: types.LinkEmbedded1{Target: &target}})
		cfg.Storage.Files = append(cfg.Storage.Files, types.File{Node: types.Node{Path: strings.Repeat("/", 100)}})
		if len(cfg.Storage.Disks) == 0 {
			cfg.Storage.Disks = make([]types.Disk, 1)
		}
		cfg.Storage.Disks[0].Partitions = append(cfg.Storage.Disks[0].Partitions, types.Partition{Label: &label, StartMiB: &start, SizeMiB: &size})
	}
	var sink Sink
	Validate(cfg, Newest, &sink)
	Duplicates(cfg, &sink)
	if n := len(sink.Report.Entries); n != MaxEntries+1 {
		t.Fatalf("%d entries", n)
	}
	last := sink.Report.Entries[MaxEntries]
	if last.Message != tooMany || last.Kind != "error" || !sink.Report.IsFatal() {
		t.Errorf("the last entry is %s", last)
	}
}
