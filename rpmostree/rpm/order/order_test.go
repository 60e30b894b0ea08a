package order_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
)

var update = flag.Bool("update", false, "record what rpm does with the smallest random set of packages")

// recorded is a transaction and rpm's order for it.
type recorded struct {
	Elements []order.Element
	Order    []string
}

// record keeps the smallest world, for where there is no rpm.
func (w *world) record(t *testing.T, what string, elements []order.Element, want []string) {
	if w.size > 40 {
		return
	}
	data, err := json.Marshal(recorded{elements, want})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/"+what+".json", data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		got := ourOrder(t, r.Elements, &order.Options{ResolveDir: resolve})
		if !slices.Equal(got, r.Order) {
			t.Errorf("%s:\n%s\nrpm:\n%s", file, got, r.Order)
		}
	}
}

// parse makes elements of lines like "a: b (c or d) pre:e rec:f"; "-a" is removed.
func parse(lines string) []order.Element {
	var list []order.Element
	for line := range strings.Lines(lines) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		e := order.Element{NEVRA: strings.TrimPrefix(name, "-"), Erase: name[0] == '-'}
		e.Provides = []order.Dep{{Dep: evr.Dep{Name: e.NEVRA}}}
		for _, word := range strings.Split(rest, ";") {
			word = strings.TrimSpace(word)
			tag, dep, found := strings.Cut(word, "=")
			if !found {
				tag, dep = "", word
			}
			d := order.Dep{Dep: evr.Dep{Name: dep}}
			switch tag {
			case "pre":
				d.Flags = evr.ScriptPre | evr.ScriptPreUn
				e.Requires = append(e.Requires, d)
			case "rec":
				e.Recommends = append(e.Recommends, d)
			case "sup":
				e.Supplements = append(e.Supplements, d)
			case "file":
				e.Files = append(e.Files, order.File{Path: dep})
			case "":
				e.Requires = append(e.Requires, d)
			}
		}
		list = append(list, e)
	}
	return list
}

func TestSort(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":      {"", ""},
		"unrelated":    {"a:\nb:\nc:", "+c +b +a"},
		"chain":        {"a: b\nb: c\nc:", "+c +b +a"},
		"removal":      {"-a: b\n-b: c\n-c:", "-a -b -c"},
		"both":         {"-a: b\nb: c\n-b:\nc:", "+c +b -a -b"},
		"missing":      {"a: x\nb: a", "+a +b"},
		"popular":      {"a:\nb:\nc: b\nd: b", "+b +c +d +a"},
		"file":         {"a: /bin/sh\nb: file=/bin/sh", "+b +a"},
		"weak":         {"a: rec=b\nb: sup=c\nc:", "+b +a +c"},
		"rich":         {"a: (b and (c if d))\nb:\nc:\nd: a", "+c +b +a +d"},
		"cycle":        {"a: pre=b\nb: a", "+b +a"},
		"other cycle":  {"a: b\nb: pre=a", "+a +b"},
		"behind cycle": {"a: b\nb: a\nc: a\nd:\na2: c", "+b +a +c +a2 +d"},
	} {
		got := strings.Join(ourOrder(t, parse(c.in), nil), " ")
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// large is like a real transaction: everything needs a few low-level packages and some others.
func large(n int) []order.Element {
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]order.Element, n)
	for i := range list {
		e := &list[i]
		e.NEVRA = fmt.Sprintf("package%d-1-1.x86_64", i)
		for k := range 5 {
			e.Provides = append(e.Provides, order.Dep{Dep: evr.Dep{Name: fmt.Sprintf("lib%d.so.%d()(64bit)", i, k)}, Color: 2})
		}
		for range 20 {
			j := min(rng.IntN(n), rng.IntN(n), rng.IntN(n))
			if rng.IntN(50) > 0 {
				j = min(j, i)
			}
			e.Requires = append(e.Requires, order.Dep{Dep: evr.Dep{Name: fmt.Sprintf("lib%d.so.%d()(64bit)", j, rng.IntN(5))}, Color: 2})
		}
		e.Requires = append(e.Requires, order.Dep{Dep: evr.Dep{Name: "/usr/bin/f3", Flags: evr.ScriptPost}})
		for k := range 100 {
			e.Files = append(e.Files, order.File{Path: fmt.Sprintf("/usr/share/%d/f%d", i, k)})
		}
	}
	list[0].Files = append(list[0].Files, order.File{Path: "/usr/bin/f3"})
	return list
}

// TestSortIsFast catches algorithms that are not linear in the number of relations.
func TestSortIsFast(t *testing.T) {
	start := time.Now()
	if _, err := order.Sort(large(5000), nil); err != nil {
		t.Fatal(err)
	}
	// One cycle of everything.
	ring := make([]order.Element, 20000)
	for i := range ring {
		ring[i].Provides = []order.Dep{{Dep: evr.Dep{Name: fmt.Sprint(i)}}}
		ring[i].Requires = []order.Dep{{Dep: evr.Dep{Name: fmt.Sprint((i + 1) % len(ring))}}}
	}
	if _, err := order.Sort(ring, nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 2*time.Minute {
		t.Errorf("%v", d)
	}
}

// BenchmarkSort orders 1000 packages with 21 requirements each.
func BenchmarkSort(b *testing.B) {
	list := large(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := order.Sort(list, nil); err != nil {
			b.Fatal(err)
		}
	}
}
