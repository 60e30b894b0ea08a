package goal_test

import (
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/goal"
)

// distribution makes packages that need a few of those before them, as those of a distribution do.
func distribution(n int) []pkg {
	list := make([]pkg, n)
	for i := range list {
		p := pkg{nevra: fmt.Sprintf("package%d-1.%d-%d.x86_64", i, i%10, i%3)}
		for k := 1; k <= 4 && i > 0; k++ {
			p.lines = append(p.lines, fmt.Sprintf("requires package%d >= 1", (i*k*7919)%i))
		}
		p.lines = append(p.lines, fmt.Sprintf("provides lib%d.so()(64bit)", i), fmt.Sprintf("recommends package%d", (i*31)%n), fmt.Sprintf("file /usr/bin/program%d", i))
		list[i] = p
	}
	return list
}

// BenchmarkAddRepo reads 5,000 packages. libsolv's rpmmd2solv needs three times as long for the same text.
func BenchmarkAddRepo(b *testing.B) {
	r := source(b, "r", distribution(5000), nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := goal.New(nil).AddRepo(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLayer resolves a request upon 200 locked packages and 5,000 available ones.
func BenchmarkLayer(b *testing.B) {
	packages := distribution(5000)
	g := goal.New(&goal.Options{Arch: "x86_64"})
	if err := g.AddInstalled(installed(b, packages[:200])); err != nil {
		b.Fatal(err)
	}
	if err := g.AddRepo(b.Context(), source(b, "r", packages, nil)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		g.ClearRequests()
		if err := g.Install(b.Context(), "package1234"); err != nil {
			b.Fatal(err)
		}
		if err := g.LockInstalled(); err != nil {
			b.Fatal(err)
		}
		if _, err := g.Resolve(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
