package rdcore

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlainPath(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "/": "/", "//": "/", ".": "", "a": "a", "./a/": "a", "/a//b/./c/": "/a/b/c", "/a/../b": "/a/../b", "..": "..", "/./a": "/a",
	} {
		require.Equal(t, want, plainPath(in), in)
	}
}

var plainName = regexp.MustCompile(`^[a-z0-9/._-]+$`)

func FuzzFindMount(f *testing.F) {
	f.Add("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n", "/mnt2")
	f.Add(`36 35 98:0 / /a\040b rw - ext4 /dev/vda rw`, "/a b")
	f.Add("1 2 3", "/")
	f.Fuzz(func(t *testing.T, table, path string) {
		e, err := findMount(strings.NewReader(table), path)
		if err != nil || e == nil {
			return
		}
		if plainPath(e.Target) != plainPath(path) {
			t.Fatalf("%q is not %q", e.Target, path)
		}
		// A later mount at the place hides it.
		if !plainName.MatchString(path) {
			return
		}
		top, err := findMount(strings.NewReader(table+"\n9 8 7:6 / "+e.Target+" rw - x top rw\n"), path)
		if err != nil || top == nil {
			t.Fatal("gone", err)
		}
	})
}
