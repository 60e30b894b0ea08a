//go:build unix

package etcmerge_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
	"golang.org/x/sys/unix"
)

// againstReal merges what the ostree program has merged, and compares.
func againstReal(t *testing.T, s scripts) (failed bool) {
	t.Helper()
	c := runReal(t, s)
	if strings.Contains(c.failure, "Cannot copy non-regular/non-symlink file") {
		t.Skip("this ostree is older than the one that ignores FIFOs in new directories")
	}
	target := filepath.Join(t.TempDir(), "etc")
	copyTree(t, c.fresh, target)
	o, m, tg := open(t, c.orig), open(t, c.modified), open(t, target)
	res, err := etcmerge.Merge(t.Context(), o, m, tg, nil)
	if c.failure != "" {
		// It stops at the first conflict in the order in which it reads directories.
		var conflict *etcmerge.ConflictError
		if !errors.As(err, &conflict) {
			t.Fatalf("ostree: %s\nours: %v", c.failure, err)
		}
		// It has other words for links out of /etc that dangle.
		if !slices.ContainsFunc(conflict.Conflicts, func(k etcmerge.Conflict) bool {
			return "During /etc merge: "+k.Text == c.failure || k.Kind == etcmerge.LinkOutside
		}) {
			t.Errorf("ostree: %s\nours: %q", c.failure, conflict.Conflicts)
		}
		return true
	}
	if err != nil {
		t.Fatalf("ostree merges this, we do not: %v", err)
	}
	testutil.SameTree(t, c.merged, target, nil)
	for _, p := range slices.Concat(res.Changes.Modified, res.Changes.Added) {
		for _, root := range []string{c.merged, target} {
			var st unix.Stat_t
			if unix.Lstat(filepath.Join(root, p), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
				continue
			}
			if want := mtime(t, filepath.Join(c.modified, p)); st.Mtim != want {
				t.Errorf("%s: time %v, want %v", filepath.Join(root, p), st.Mtim, want)
			}
			if root == target && st.Nlink != 1 {
				t.Errorf("%s has %d links", p, st.Nlink)
			}
		}
	}
	return false
}

func TestTableAgainstReal(t *testing.T) {
	for _, test := range table {
		t.Run(test.name, func(t *testing.T) {
			test.scripts.orig = base
			if failed := againstReal(t, test.scripts); failed != (test.err != "") {
				t.Errorf("ostree fails: %v", failed)
			}
		})
	}
}

// Extended attributes and owners, which the table does not show.
func TestAttributesAgainstReal(t *testing.T) {
	testutil.UserXattrs(t, t.TempDir())
	testutil.Tool(t, "setfattr")
	for name, s := range map[string]scripts{
		"xattr only is lost":       {edit: "setfattr -n user.a -v 1 a.conf"},
		"xattr with content":       {edit: "setfattr -n user.a -v 1 a.conf; echo 1 >> a.conf"},
		"xattr of a parent":        {edit: "setfattr -n user.a -v 1 sub; echo 1 > sub/n", next: "setfattr -n user.b -v 2 sub"},
		"xattr of a new directory": {edit: "mkdir n; setfattr -n user.a -v 1 n; echo 1 > n/x; setfattr -n user.a -v 1 n/x; chmod 0 n/x"},
		"owners":                   {edit: "chown 1:2 a.conf; mkdir n; chown 3:4 n; echo 1 > n/x; chown 5:6 n/x; ln -s q n/l; chown -h 7:8 n/l; chown 9:9 sub; echo 1 > sub/n"},
		"set-user-id":              {edit: "echo 1 > s; chown 1:1 s; chmod 6755 s; mkdir d; chown 1:1 d; chmod 3775 d; echo 1 > d/x"},
		"capabilities":             {edit: "echo 1 > s; chown 1:1 s; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 s"},
		"trusted on a link":        {edit: "ln -s x l; setfattr -h -n trusted.a -v 1 l"},
	} {
		t.Run(name, func(t *testing.T) {
			s.orig = base
			againstReal(t, s)
		})
	}
}

func TestRandomAgainstReal(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	n := 40
	if testing.Short() {
		n = 5
	}
	failed := 0
	for i := range n {
		s := scripts{orig: base + "\n" + edits(rng, 4, false), next: edits(rng, 5, false), edit: edits(rng, 8, true)}
		if !t.Run(fmt.Sprint(i), func(t *testing.T) {
			if againstReal(t, s) {
				failed++
			}
		}) {
			t.Fatalf("defaults:\n%s\nnew defaults:\n%s\nedits:\n%s", s.orig, s.next, s.edit)
		}
	}
	t.Logf("%d of %d are conflicts", failed, n)
}

// edits are n random commands, which may fail.
func edits(rng *rand.Rand, n int, special bool) string {
	names := []string{"a.conf", "b.conf", "link", "sub", "deep", "n", "n-1"}
	path := func() string {
		p := names[rng.IntN(len(names))]
		for rng.IntN(2) == 0 {
			p += "/" + []string{"c.conf", "d.conf", "er", "x"}[rng.IntN(4)]
		}
		return p
	}
	var out []string
	for range n {
		p := path()
		kinds := 9
		if special {
			kinds = 11
		}
		var c string
		switch rng.IntN(kinds) {
		case 0, 1:
			c = fmt.Sprintf("[ ! -p %s ] && echo %d > %s", p, rng.IntN(3), p) // a FIFO would block
		case 2:
			c = fmt.Sprintf("mkdir -p %s && [ ! -p %s/x ] && echo %d > %s/x", p, p, rng.IntN(3), p)
		case 3:
			c = "rm -rf " + p
		case 4:
			c = fmt.Sprintf("chmod %s %s", []string{"700", "750", "1777", "644"}[rng.IntN(4)], p)
		case 5:
			c = fmt.Sprintf("chown -h %d:%d %s", rng.IntN(3), rng.IntN(3), p)
		case 6:
			c = fmt.Sprintf("rm -rf %s && ln -s %s %s", p, []string{"a.conf", "nowhere", "x", "/no/where"}[rng.IntN(4)], p)
		case 7:
			c = fmt.Sprintf("rm -rf %s && echo %d > %s", p, rng.IntN(3), p)
		case 8:
			c = fmt.Sprintf("rm -rf %s && mkdir -p %s", p, p)
		case 9:
			c = fmt.Sprintf("rm -rf %s && mkfifo %s", p, p)
		case 10:
			c = fmt.Sprintf("ln %s h%d", p, rng.IntN(3))
		}
		out = append(out, "{ "+c+"; } 2>/dev/null || true")
	}
	return strings.Join(out, "\n")
}
