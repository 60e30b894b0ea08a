package testutil

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TreeOptions says what [RandomTree] makes. The zero value, and nil, mean
// about a hundred entries with files, links and directories that any file
// system and any user can hold.
type TreeOptions struct {
	// Entries is the number of entries to make; 0 means 100.
	Entries int
	// MaxSize is the size in bytes that files stay below; 0 means 64 KiB.
	MaxSize int
	// Xattrs adds user.* attributes to files and directories; the file system
	// must support them (see [UserXattrs]).
	Xattrs bool
	// Owners gives random owners to entries, which needs root.
	Owners bool
	// SpecialModes adds set-user-id, set-group-id and sticky bits.
	SpecialModes bool
	// HardLinks links some files under a second name.
	HardLinks bool
	// Readable keeps every file readable and every directory writable for its
	// owner, for tests that run without root.
	Readable bool
}

// RandomTree fills the existing directory dir with a tree that depends only
// on seed and opts: files of many sizes (empty ones and equal ones too),
// executables, links (dangling, absolute and upward ones too), deep and empty
// directories, names in several scripts and with awkward bytes.
func RandomTree(t testing.TB, dir string, seed uint64, opts *TreeOptions) {
	t.Helper()
	g := newGrower(dir, seed, opts)
	// Whoever removes dir needs writable directories.
	t.Cleanup(func() {
		for _, d := range g.dirs {
			_ = os.Chmod(d, 0o700)
		}
	})
	if err := g.grow(); err != nil {
		t.Fatal(err)
	}
}

type grower struct {
	rng      *rand.Rand
	opts     TreeOptions
	dirs     []string // paths of all directories, the root first
	files    []string
	contents [][]byte // earlier contents, to repeat
	modes    []modeChange
	names    int
}

// modeChange is applied last, so that read-only directories can be filled.
type modeChange struct {
	path string
	mode os.FileMode
}

func newGrower(dir string, seed uint64, opts *TreeOptions) *grower {
	g := &grower{rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), dirs: []string{dir}}
	if opts != nil {
		g.opts = *opts
	}
	if g.opts.Entries == 0 {
		g.opts.Entries = 100
	}
	if g.opts.MaxSize == 0 {
		g.opts.MaxSize = 64 << 10
	}
	return g
}

func (g *grower) grow() error {
	for range g.opts.Entries {
		if err := g.entry(); err != nil {
			return err
		}
	}
	slices.Reverse(g.modes)
	for _, c := range g.modes {
		if err := os.Chmod(c.path, c.mode); err != nil {
			return err
		}
	}
	for _, p := range slices.Backward(g.dirs[1:]) {
		if err := g.touch(p); err != nil {
			return err
		}
	}
	return nil
}

func (g *grower) entry() error {
	path := filepath.Join(g.pickDir(), g.name())
	switch n := g.rng.IntN(20); {
	case n < 4:
		return g.makeDir(path)
	case n < 7:
		return g.makeLink(path)
	case n < 8 && g.opts.HardLinks && len(g.files) > 0:
		old := pick(g.rng, g.files)
		g.files = append(g.files, path)
		return os.Link(old, path)
	default:
		return g.makeFile(path)
	}
}

// pickDir prefers the newest directory now and then, which makes deep trees.
func (g *grower) pickDir() string {
	if g.rng.IntN(3) == 0 {
		return g.dirs[len(g.dirs)-1]
	}
	return pick(g.rng, g.dirs)
}

var nameStems = []string{
	"a", "lib", "usr", "UPPER", "with space", "ünïcödé", "日本語", "файл", "🙂",
	"-dash", ".hidden", "back\\slash", "new\nline", "quo'te\"", "*?[x]", "~", "#", "%25",
	"a.b.c.d", "..dots", "tab\t", "é", "e\u0301",
}

// name returns a name that was not used before.
func (g *grower) name() string {
	g.names++
	stem := pick(g.rng, nameStems)
	if g.rng.IntN(25) == 0 {
		stem = strings.Repeat("long", 50)
	}
	return fmt.Sprintf("%s%d", stem, g.names)
}

func (g *grower) makeDir(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	g.dirs = append(g.dirs, path)
	modes := []os.FileMode{0o755, 0o755, 0o700, 0o775, 0o711}
	if !g.opts.Readable {
		modes = append(modes, 0o555, 0o500)
	}
	if g.opts.SpecialModes {
		modes = append(modes, 0o777|os.ModeSticky, 0o775|os.ModeSetgid)
	}
	return g.finish(path, pick(g.rng, modes))
}

func (g *grower) makeFile(path string) error {
	if err := os.WriteFile(path, g.content(), 0o600); err != nil {
		return err
	}
	g.files = append(g.files, path)
	modes := []os.FileMode{0o644, 0o644, 0o644, 0o755, 0o600, 0o664, 0o444}
	if !g.opts.Readable {
		modes = append(modes, 0o000, 0o200, 0o111)
	}
	if g.opts.SpecialModes {
		modes = append(modes, 0o755|os.ModeSetuid, 0o755|os.ModeSetgid, 0o711|os.ModeSetuid|os.ModeSetgid)
	}
	if err := g.finish(path, pick(g.rng, modes)); err != nil {
		return err
	}
	return g.touch(path)
}

// content is empty, a repetition of an earlier one, compressible text, or noise.
func (g *grower) content() []byte {
	switch n := g.rng.IntN(10); {
	case n == 0:
		return nil
	case n < 3 && len(g.contents) > 0:
		return pick(g.rng, g.contents)
	}
	size := 1 << g.rng.IntN(20) % g.opts.MaxSize
	size += g.rng.IntN(size + 1)
	data := make([]byte, min(size, g.opts.MaxSize))
	words := g.rng.IntN(2) == 0
	for i := range data {
		if words {
			data[i] = "the quick brown fox\n"[(i+i/97)%20]
		} else {
			data[i] = byte(g.rng.Uint32())
		}
	}
	if len(g.contents) < 32 {
		g.contents = append(g.contents, data)
	}
	return data
}

func (g *grower) makeLink(path string) error {
	// The root's own name differs from run to run.
	dir := "nothing"
	if len(g.dirs) > 1 {
		dir = pick(g.rng, g.dirs[1:])
	}
	targets := []string{
		"nowhere", "/absolute/target", "../..", ".", "a/../b", "/", strings.Repeat("x", 300),
		filepath.Base(dir), "日本",
	}
	if len(g.files) > 0 {
		rel, err := filepath.Rel(filepath.Dir(path), pick(g.rng, g.files))
		if err != nil {
			return err
		}
		targets = append(targets, rel, rel, rel)
	}
	if err := os.Symlink(pick(g.rng, targets), path); err != nil {
		return err
	}
	return g.own(path)
}

// finish sets owner, attributes and mode of a new file or directory, in the
// order in which the kernel keeps all of them.
func (g *grower) finish(path string, mode os.FileMode) error {
	if g.opts.Xattrs && g.rng.IntN(3) == 0 {
		value := make([]byte, g.rng.IntN(40))
		for i := range value {
			value[i] = byte(g.rng.Uint32())
		}
		if err := setXattr(path, fmt.Sprintf("user.k%d", g.rng.IntN(4)), value); err != nil {
			return err
		}
	}
	if err := g.own(path); err != nil {
		return err
	}
	g.modes = append(g.modes, modeChange{path, mode})
	return nil
}

func (g *grower) own(path string) error {
	if !g.opts.Owners {
		return nil
	}
	ids := []int{0, 0, 0, 1, 1000, 65534}
	return os.Lchown(path, pick(g.rng, ids), pick(g.rng, ids))
}

// touch sets a modification time that depends on the seed only.
func (g *grower) touch(path string) error {
	when := time.Unix(1_600_000_000+g.rng.Int64N(1e8), g.rng.Int64N(1e9))
	return os.Chtimes(path, when, when)
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }
