package treefile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func FuzzTreefile(f *testing.F) {
	f.Add(true, []byte(prelude))
	f.Add(true, []byte("conditional-include: [{if: 'a == 1', include: {packages: [x]}}]\nvariables: {a: 1}\n"))
	f.Add(true, []byte("a: &a [*a]\nmetadata: {<<: {x: 1}, y: 0x1f, z: -1.5e3}\n"))
	f.Add(true, []byte("check-passwd: {type: data, entries: {a: [1, 2]}}\nadd-files: [[a, /etc/b]]\nreleasever: 5\n"))
	f.Add(false, []byte(`{"ref": "${basearch}", "x": [1, 2.5, null, {"a": "b"}], "packages": ["a 'b c'"]}`))
	f.Add(false, []byte(`{"base-refspec": "a:b", "initramfs": {"regenerate": true}, "packages-local": {"a": "b"}}`))
	f.Fuzz(func(t *testing.T, yaml bool, data []byte) {
		format, name := treefile.JSON, "main.json"
		if yaml {
			format, name = treefile.YAML, "main.yaml"
		}
		fsys := fstest.MapFS{name: &fstest.MapFile{Data: data}}
		treefile.Load(fsys, name, x86) // with its includes, which are not there
		tf, err := treefile.Parse(format, data, x86)
		if err != nil {
			return
		}
		b, err := tf.JSON()
		require.NoError(t, err)
		require.True(t, json.Valid(b))
		_, err = tf.Digest()
		require.NoError(t, err)
		if len(b) >= 1<<20 || strings.Contains(string(b), "${") {
			return // too large to read, or with texts that change again
		}
		// What was flattened is a treefile. Requests with white space are split by reading it, once.
		again, err := treefile.Parse(treefile.JSON, b, x86)
		require.NoError(t, err, "%s", b)
		c, err := again.JSON()
		require.NoError(t, err)
		last, err := treefile.Parse(treefile.JSON, c, x86)
		require.NoError(t, err, "%s", c)
		d, err := last.JSON()
		require.NoError(t, err)
		require.Equal(t, string(c), string(d))
	})
}

func FuzzKickstart(f *testing.F) {
	f.Add([]byte("%packages --exclude-weakdeps\nfoo\n-bar\n%end\n%include 'a b' # c\n"))
	f.Add([]byte("%include \"a\\\"b\"\n%include b\\ c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"a.ks": &fstest.MapFile{Data: data}, "b.ks": &fstest.MapFile{Data: []byte("%packages\nb\n%end\n")}}
		tf, err := treefile.Load(fsys, "a.ks", nil)
		if err != nil {
			return
		}
		for _, p := range tf.Packages {
			require.Equal(t, strings.TrimSpace(p), p)
			require.False(t, strings.HasPrefix(p, "-"))
		}
	})
}

func FuzzLockfile(f *testing.F) {
	f.Add(false, []byte(lockText))
	f.Add(true, []byte("packages: {a: {evra: 1-1.x}}\n"))
	f.Fuzz(func(t *testing.T, yaml bool, data []byte) {
		format := treefile.JSON
		if yaml {
			format = treefile.YAML
		}
		l, err := treefile.ParseLockfile(format, data)
		if err != nil {
			return
		}
		l.Locked()
		b, err := l.JSON()
		require.NoError(t, err)
		again, err := treefile.ParseLockfile(treefile.JSON, b)
		require.NoError(t, err, "%s", b)
		c, err := again.JSON()
		require.NoError(t, err)
		require.Equal(t, string(b), string(c))
	})
}

func FuzzExtensions(f *testing.F) {
	f.Add([]byte("repos: [r]\nextensions: {a: {packages: [x, y], match-base-evr: b, kind: development, architectures: [x86_64]}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := treefile.ParseExtensions(data, "x86_64", map[string]string{"b": "1-1"})
		if err != nil {
			return
		}
		b, err := x.JSON()
		require.NoError(t, err)
		require.True(t, json.Valid(b))
	})
}

func FuzzPasswd(f *testing.F) {
	f.Add([]byte(passwdFile))
	f.Add([]byte("root:x:0:\nwheel:x:10:a,b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if users, err := treefile.ParsePasswd(data); err == nil {
			again, err := treefile.ParsePasswd(treefile.FormatUsers(users))
			require.NoError(t, err)
			require.Equal(t, len(users), len(again))
		}
		if groups, err := treefile.ParseGroup(data); err == nil {
			again, err := treefile.ParseGroup(treefile.FormatGroups(groups))
			require.NoError(t, err)
			require.Equal(t, len(groups), len(again))
		}
		treefile.AddAltfiles(string(data))
		treefile.MutateOSRelease(string(data), "1", "2")
	})
}

func FuzzNextVersion(f *testing.F) {
	f.Add("22.<date:%Y>", ".", "22.2019.3")
	f.Add("10", "-", "10-9")
	f.Fuzz(func(t *testing.T, prefix, suffix, last string) {
		now := time.Unix(1700000000, 0)
		v, _, err := treefile.NextVersion(prefix, suffix, last, now)
		if err != nil {
			return
		}
		if !strings.Contains(prefix, "<") && suffix == "." {
			next, _, err := treefile.NextVersion(prefix, suffix, v, now)
			require.NoError(t, err)
			if prefix != "" {
				require.NotEqual(t, v, next)
			}
		}
	})
}
