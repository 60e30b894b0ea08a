package composefs_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/composefs"
)

// generator makes random trees that touch every rule of the format.
type generator struct {
	*rand.Rand
	nodes   int // how many more there may be
	special bool
	pool    []composefs.Xattr // used again and again, so shared
}

func newGenerator(seed uint64, nodes int) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), nodes: nodes, special: true}
	for i := range 150 {
		g.pool = append(g.pool, composefs.Xattr{Name: fmt.Sprintf("trusted.shared%03d", i), Value: g.bytes(g.IntN(40))})
	}
	return g
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g *generator) text(n int) string {
	const chars = "!-.09AZ_az~\xc3\xa9 "
	b := make([]byte, n)
	for i := range b {
		b[i] = chars[g.IntN(len(chars))]
	}
	return string(b)
}

func (g *generator) name(used map[string]bool) string {
	for {
		n := 1 + g.IntN(12)
		if g.IntN(30) == 0 {
			n = 1 + g.IntN(255)
		}
		name := g.text(n)
		if !used[name] && name != "." && name != ".." {
			used[name] = true
			return name
		}
	}
}

func (g *generator) xattrs(n *composefs.Node) {
	set := map[string][]byte{}
	switch g.IntN(12) {
	case 0: // more than can be shared
		for _, x := range g.pool {
			set[x.Name] = x.Value
		}
	case 1, 2:
		for range g.IntN(20) {
			x := g.pool[g.IntN(len(g.pool))]
			set[x.Name] = x.Value
		}
	case 3:
		set["trusted.overlay.redirect"] = []byte("escaped")
		set["trusted.overlay.overlay.x"] = g.bytes(3)
		set["trusted.overlay.metacopy"] = nil
	case 4:
		set["trusted.big"] = g.bytes(g.IntN(6000))
	case 5:
		for range g.IntN(30) {
			set["trusted."+strings.ReplaceAll(g.text(1+g.IntN(100)), "\x00", "_")] = g.bytes(g.IntN(200))
		}
	}
	if g.IntN(2) == 0 {
		set["security.selinux"] = []byte("label" + string(rune('a'+g.IntN(3))) + "\x00")
	}
	if n.IsRegular() && g.IntN(3) == 0 {
		set["user.k"] = g.bytes(g.IntN(3))
	}
	for name, value := range set {
		n.Xattrs = append(n.Xattrs, composefs.Xattr{Name: name, Value: value})
	}
	slices.SortFunc(n.Xattrs, func(a, b composefs.Xattr) int { return strings.Compare(a.Name, b.Name) })
}

func (g *generator) meta(n *composefs.Node) *composefs.Node {
	n.Mode |= g.Uint32N(0o10000)
	if g.IntN(4) == 0 {
		n.UID, n.GID = g.Uint32N(100000), g.Uint32N(1000)
	}
	if g.IntN(4) == 0 {
		n.MtimeSec, n.MtimeNsec = g.Int64N(2e9), g.Uint32N(1e9)
	}
	g.xattrs(n)
	return n
}

func (g *generator) file(name string) *composefs.Node {
	n := &composefs.Node{Name: name, Mode: 0o100000}
	switch k := g.IntN(10); {
	case k < 1:
	case k < 2:
		n.Content = g.bytes(1 + g.IntN(composefs.MaxContent))
		n.Size = uint64(len(n.Content))
	default:
		n.Size = 1 + g.Uint64N(1<<g.IntN(50))
		n.Payload = fmt.Sprintf("%02x/%060d", g.IntN(256), g.IntN(1000))
		if g.IntN(4) > 0 {
			n.Digest = (*[32]byte)(g.bytes(32))
		}
	}
	return n
}

func (g *generator) node(name string, depth int) *composefs.Node {
	g.nodes--
	switch k := g.IntN(20); {
	case k < 4:
		return g.dir(name, depth+1)
	case k < 8:
		n := 1 + g.IntN(30)
		if g.IntN(5) == 0 {
			n = 1 + g.IntN(composefs.MaxPath)
		}
		return g.meta(symlink(name, g.text(n)))
	case k < 9 && g.special:
		modes := []uint32{0o10000, 0o140000, 0o20000, 0o60000}
		n := g.meta(&composefs.Node{Name: name, Mode: modes[g.IntN(4)]})
		if k := n.Mode & 0o170000; k == 0o60000 || k == 0o20000 {
			n.Rdev = g.Uint32N(3) * 0x103 // sometimes a whiteout
		}
		return n
	}
	return g.meta(g.file(name))
}

func (g *generator) dir(name string, depth int) *composefs.Node {
	n := g.meta(&composefs.Node{Name: name, Mode: 0o40000})
	count := g.IntN(12)
	if g.IntN(8) == 0 {
		count = g.IntN(1500)
	}
	if name == "" {
		count = max(count, 5)
	}
	used := map[string]bool{}
	for ; count > 0 && g.nodes > 0 && depth < 30; count-- {
		n.Children = append(n.Children, g.node(g.name(used), depth))
	}
	if name == "" && g.IntN(2) == 0 {
		n.Children = append(n.Children, dir("7f"), g.meta(g.file("a0")))
	}
	slices.SortFunc(n.Children, func(a, b *composefs.Node) int { return strings.Compare(a.Name, b.Name) })
	return n
}

// normal makes trees comparable: what the image cannot tell apart.
func normal(root *composefs.Node) string {
	for _, n := range root.All() {
		if n.IsDir() {
			n.Size = 0
		}
		if n.IsRegular() && n.Size == 0 {
			n.Payload, n.Digest = "", nil
		}
	}
	var b strings.Builder
	if err := composefs.Dump(&b, root); err != nil {
		panic(err)
	}
	return b.String()
}

func read(t testing.TB, image []byte) *composefs.Node {
	t.Helper()
	im, err := composefs.Open(bytes.NewReader(image))
	require.NoError(t, err)
	root, err := im.Tree()
	require.NoError(t, err)
	return root
}

func equalText(t testing.TB, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		require.Equal(t, w[i], g[i], "line %d", i)
	}
	require.Equal(t, len(w), len(g), "lines")
}

func TestRandomTreesSurvive(t *testing.T) {
	for seed := range uint64(16) {
		root := newGenerator(seed, 3000).dir("", 0)
		image, _ := write(t, root, nil)
		again := read(t, image)
		rewritten, _ := write(t, again, nil)
		require.True(t, bytes.Equal(image, rewritten), "seed %d: image of the tree that was read", seed)
		want := normal(root)
		equalText(t, want, normal(again))

		parsed, err := composefs.ParseDump(strings.NewReader(want))
		require.NoError(t, err)
		equalText(t, want, normal(parsed))
		rewritten, _ = write(t, parsed, nil)
		require.True(t, bytes.Equal(image, rewritten), "seed %d: image of the tree from the dump", seed)
	}
}

func TestSuperblockAndLookup(t *testing.T) {
	root := newGenerator(3, 500).dir("", 0)
	image, _ := write(t, root, nil)
	im, err := composefs.Open(bytes.NewReader(image))
	require.NoError(t, err)
	require.EqualValues(t, len(image)/4096, im.Superblock().Blocks)
	for path, n := range root.All() {
		in, err := im.Lookup(path)
		require.NoError(t, err, path)
		if n.Mode&0o170000 == 0o20000 && n.Rdev == 0 {
			require.EqualValues(t, 0o100000|n.Mode&0o7777, in.Mode, path)
			continue
		}
		require.Equal(t, n.Mode, in.Mode, path)
		require.Equal(t, n.UID, in.UID, path)
		require.Equal(t, n.MtimeNsec, in.MtimeNsec, path)
		if n.IsSymlink() {
			target, err := im.Target(in)
			require.NoError(t, err)
			require.Equal(t, n.Target, target)
		}
	}
}
