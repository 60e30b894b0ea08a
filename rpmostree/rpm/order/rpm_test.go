package order_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// world makes random packages whose dependencies meet each other often.
type world struct {
	*rand.Rand
	size    int  // number of packages
	density int  // dependencies per package, at most
	colored bool // with 32-bit and 64-bit packages
	links   bool // with dependencies on /bin/…, which is a link to /usr/bin
}

// pick chooses a number below n, low ones more often: hubs and leaves.
func (w *world) pick(n int) int { return min(w.IntN(n), w.IntN(n)) }

var contexts = []evr.Flags{
	0, 0, 0, 0, evr.FindRequires, evr.ScriptPre, evr.ScriptPost, evr.ScriptPreUn, evr.ScriptPostUn,
	evr.ScriptPre | evr.ScriptPostUn, evr.Interp | evr.ScriptPost, evr.PreReq, evr.PreReq | evr.FindRequires, evr.PreTrans, evr.PostTrans,
	evr.PreTrans | evr.ScriptPre, evr.ScriptVerify, evr.Meta, evr.Meta | evr.ScriptPre, evr.MissingOK,
	evr.MissingOK | evr.ScriptPre, evr.Keyring, evr.Config, evr.RPMLib, evr.Interp,
}

var comparisons = []evr.Flags{evr.Less, evr.Equal, evr.Greater, evr.Less | evr.Equal, evr.Greater | evr.Equal}

// simple is a dependency without context.
func (w *world) simple() evr.Dep {
	d := evr.Dep{}
	switch w.IntN(6) {
	case 0, 1, 2:
		d.Name = fmt.Sprintf("p%03d", w.pick(w.size))
	case 3, 4:
		d.Name = fmt.Sprintf("cap(%d)", w.pick(w.size/3+1))
	case 5:
		d.Name = w.path(w.pick(w.size))
		if w.links && w.IntN(2) == 0 {
			d.Name = strings.TrimPrefix(d.Name, "/usr")
		}
	}
	if w.IntN(4) == 0 && d.Name[0] != '/' {
		d.Flags, d.Version = comparisons[w.IntN(len(comparisons))], w.version()
	}
	return d
}

func (w *world) path(i int) string { return fmt.Sprintf("/usr/%s/f%d", []string{"bin", "lib"}[i&1], i) }

func (w *world) version() string { return fmt.Sprintf("%d-%d", 1+w.IntN(3), 1+w.IntN(2)) }

func (w *world) rich(depth int) string {
	operand := func() string {
		if depth > 0 && w.IntN(3) == 0 {
			return w.rich(depth - 1)
		}
		return w.simple().String()
	}
	a, b, c := operand(), operand(), operand()
	return []string{
		fmt.Sprintf("(%s and %s and %s)", a, b, c), fmt.Sprintf("(%s or %s)", a, b),
		fmt.Sprintf("(%s if %s)", a, b), fmt.Sprintf("(%s if %s else %s)", a, b, c),
		fmt.Sprintf("(%s unless %s)", a, b), fmt.Sprintf("(%s unless %s else %s)", a, b, c),
		fmt.Sprintf("(%s with %s with %s)", a, b, c), fmt.Sprintf("(%s without %s)", a, b), "(" + a + ")",
	}[w.IntN(9)]
}

func (w *world) dep() evr.Dep {
	var d evr.Dep
	if w.IntN(5) == 0 {
		d.Name = w.rich(2)
	} else {
		d = w.simple()
	}
	d.Flags |= contexts[w.IntN(len(contexts))]
	return d
}

func (w *world) deps(n int) []evr.Dep {
	list := make([]evr.Dep, 0, n)
	for range n {
		list = append(list, w.dep())
	}
	return list
}

// spec is the package number i.
func (w *world) spec(i int, version string) *rpmtest.Spec {
	s := &rpmtest.Spec{Name: fmt.Sprintf("p%03d", i), Version: version, Release: "1", Arch: "noarch", Bare: true}
	provides := []evr.Dep{{Name: s.Name, Flags: evr.Equal, Version: version + "-1"}}
	for range w.IntN(4) {
		d := evr.Dep{Name: fmt.Sprintf("cap(%d)", w.IntN(w.size/3+1))}
		if w.IntN(2) == 0 {
			d.Flags, d.Version = evr.Equal, w.version()
		}
		provides = append(provides, d)
	}
	n := w.density
	s.Deps = map[rpm.DepKind][]evr.Dep{
		rpm.Provides: provides, rpm.Requires: w.deps(w.IntN(n + 1)), rpm.Recommends: w.deps(w.IntN(n)/4 + w.IntN(2)),
		rpm.Suggests: w.deps(w.IntN(3) / 2), rpm.Supplements: w.deps(w.IntN(3) / 2), rpm.Enhances: w.deps(w.IntN(3) / 2),
		rpm.Order: w.deps(w.IntN(3) / 2),
	}
	color := uint32(0)
	if w.colored {
		color = uint32(i*7%10) % 3 // 2 is 64 bits; an update keeps it
		s.Arch = []string{"noarch", "i686", "x86_64"}[color]
	}
	for range w.IntN(3) {
		f := rpmtest.File{Path: w.path(w.IntN(w.size))}
		if w.IntN(3) > 0 {
			f.Color = color
		}
		if !slices.ContainsFunc(s.Files, func(g rpmtest.File) bool { return g.Path == f.Path }) {
			s.Files = append(s.Files, f)
		}
	}
	slices.SortFunc(s.Files, func(a, b rpmtest.File) int { return strings.Compare(a.Path, b.Path) })
	s.Header = func(b *rpm.HeaderBuilder) { w.fileDepends(b, s) }
	return s
}

// fileDepends connects the files with some of the dependencies, which get their colours from that.
func (w *world) fileDepends(b *rpm.HeaderBuilder, s *rpmtest.Spec) {
	if len(s.Files) == 0 {
		return
	}
	var first, count, dict []uint32
	for range s.Files {
		first = append(first, uint32(len(dict)))
		n := w.IntN(4)
		for range n {
			kind, list := 'P', s.Deps[rpm.Provides]
			if requires := s.Deps[rpm.Requires]; w.IntN(2) == 0 && len(requires) > 0 {
				kind, list = 'R', requires
			}
			dict = append(dict, uint32(kind)<<24|uint32(w.IntN(len(list))))
		}
		count = append(count, uint32(n))
	}
	b.SetUint32s(rpm.TagFileDependsX, first...)
	b.SetUint32s(rpm.TagFileDependsN, count...)
	if len(dict) > 0 {
		b.SetUint32s(rpm.TagDependsDict, dict...)
	}
}

// element reads a header as rpm does.
func element(t *testing.T, h *rpm.Header, erase bool) order.Element {
	t.Helper()
	files, err := h.Files()
	if err != nil {
		t.Fatal(err)
	}
	colors := map[byte]map[int]uint32{'P': {}, 'R': {}}
	x, n, dict := h.Uint32s(rpm.TagFileDependsX), h.Uint32s(rpm.TagFileDependsN), h.Uint32s(rpm.TagDependsDict)
	e := order.Element{Erase: erase, NEVRA: h.NEVRA().String()}
	for i, f := range files {
		e.Files = append(e.Files, order.File{Path: f.Path, Color: f.Color})
		if i >= len(x) || i >= len(n) {
			continue
		}
		for _, word := range dict[x[i] : x[i]+n[i]] {
			colors[byte(word>>24)][int(word&0xffffff)] |= f.Color
		}
	}
	deps := func(kind rpm.DepKind, colors map[int]uint32) (list []order.Dep) {
		for i, d := range h.Deps(kind) {
			list = append(list, order.Dep{Dep: d, Color: colors[i]})
		}
		return list
	}
	e.Provides, e.Requires = deps(rpm.Provides, colors['P']), deps(rpm.Requires, colors['R'])
	e.Recommends, e.Suggests = deps(rpm.Recommends, nil), deps(rpm.Suggests, nil)
	e.Supplements, e.Enhances, e.Order = deps(rpm.Supplements, nil), deps(rpm.Enhances, nil), deps(rpm.Order, nil)
	return e
}

// pkg is a package file and its header.
type pkg struct {
	file   string
	header *rpm.Header
}

func (w *world) build(t *testing.T, dir string, i int, version string) pkg {
	t.Helper()
	s := w.spec(i, version)
	data, err := rpmtest.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, s.FileName())
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return pkg{file, p.Header}
}

var orderLine = regexp.MustCompile(`(?m)^D:(?: +-?\d+){4} +([+-])(\S+)$`)

// rpmOrder runs rpm and reads the order that it prints.
func rpmOrder(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "rpm"), append([]string{
		"-vv", "--root", dir, "--dbpath", "/db", "--nodeps", "--noscripts", "--nosignature", "--define", "_transaction_color 3",
	}, args...)...)
	var list []string
	for _, m := range orderLine.FindAllStringSubmatch(res.Stdout+res.Stderr, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}

func ourOrder(t *testing.T, elements []order.Element, o *order.Options) []string {
	t.Helper()
	sequence, err := order.Sort(elements, o)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, i := range sequence {
		sign := "+"
		if elements[i].Erase {
			sign = "-"
		}
		list = append(list, sign+elements[i].NEVRA)
	}
	return list
}

func (w *world) compare(t *testing.T, what string, elements []order.Element, want []string) {
	t.Helper()
	if *update {
		w.record(t, what, elements, want)
	}
	if len(want) != len(elements) {
		t.Fatalf("%s: rpm ordered %d of %d elements", what, len(want), len(elements))
	}
	o := new(order.Options)
	if w.links {
		o.ResolveDir = resolve
	}
	got := ourOrder(t, elements, o)
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: differs at %d of %d:\n%s\nrpm:\n%s", what, i, len(got), around(got, i), around(want, i))
		}
	}
}

// resolve is what a system with a merged /usr has.
func resolve(dir string) string {
	if dir == "/bin/" || dir == "/lib/" {
		return "/usr" + dir
	}
	return dir
}

func around(list []string, i int) string {
	return strings.Join(list[max(0, i-3):min(len(list), i+8)], " ")
}

func TestSortLikeRPM(t *testing.T) {
	testutil.Root(t) // rpm changes its root
	testutil.Tool(t, "rpm")
	seed := testutil.Seed(t)
	// rpm follows the links of the machine that it runs on.
	bin, _ := filepath.EvalSymlinks("/bin")
	lib, _ := filepath.EvalSymlinks("/lib")
	links := bin == "/usr/bin" && lib == "/usr/lib"
	for i, c := range []struct {
		size, density int
		colored       bool
	}{{40, 3, true}, {150, 2, true}, {400, 2, false}, {400, 5, true}, {60, 12, true}, {120, 1, true}} {
		t.Run(fmt.Sprintf("%d-%d", c.size, c.density), func(t *testing.T) {
			w := &world{Rand: rand.New(rand.NewPCG(seed, uint64(i))), size: c.size, density: c.density, colored: c.colored, links: links}
			w.round(t)
		})
	}
}

// round compares an installation, a removal and an update.
func (w *world) round(t *testing.T) {
	dir := t.TempDir()
	var old, updates []pkg
	for i := range w.size {
		old = append(old, w.build(t, dir, i, fmt.Sprint(1+w.IntN(3))))
		if w.IntN(2) == 0 {
			updates = append(updates, w.build(t, dir, i, fmt.Sprint(4+w.IntN(3))))
		}
	}
	for i := range 10 {
		updates = append(updates, w.build(t, dir, w.size+i, "1"))
	}
	shuffle := func(list []pkg) { w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] }) }
	shuffle(old)
	shuffle(updates)
	root := t.TempDir()

	var elements []order.Element
	args := []string{"-i", "--justdb", "--force", "--ignorearch"}
	for _, p := range old {
		elements = append(elements, element(t, p.header, false))
		args = append(args, p.file)
	}
	w.compare(t, "installation", elements, rpmOrder(t, root, args...))

	shuffle(old)
	installed := make(map[string]*rpm.Header)
	elements, args = nil, []string{"-e", "--test"}
	for i, p := range old {
		name := p.header.String(rpm.TagName)
		installed[name] = p.header
		if i%3 > 0 {
			elements = append(elements, element(t, p.header, true))
			args = append(args, name)
		}
	}
	w.compare(t, "removal", elements, rpmOrder(t, root, args...))

	elements, args = nil, []string{"-U", "--test", "--force", "--ignorearch"}
	for _, p := range updates {
		elements = append(elements, element(t, p.header, false))
		if h := installed[p.header.String(rpm.TagName)]; h != nil {
			elements = append(elements, element(t, h, true))
		}
		args = append(args, p.file)
	}
	w.compare(t, "update", elements, rpmOrder(t, root, args...))
}
