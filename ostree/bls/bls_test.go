package bls_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/bls"
)

// demo is an entry as the reference program wrote it.
const demo = `title DemoOS 1.0 (ostree:0)
version 1
options root=LABEL=root rw ostree=/ostree/boot.1/demo/A/0
linux /ostree/demo-A/vmlinuz-6.1.0
initrd /ostree/demo-A/initramfs-6.1.0.img
`

func parse(t *testing.T, text string) *bls.Entry {
	t.Helper()
	e, err := bls.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

func marshal(t *testing.T, e *bls.Entry) string {
	t.Helper()
	data, err := e.Marshal()
	require.NoError(t, err)
	return string(data)
}

func TestParseAndMarshal(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"an entry of the reference program", demo, demo},
		{"no line feed at the end", "title a", "title a\n"},
		{"order", "z 1\ninitrd /i\nlinux /l\nfdtdir /f\ndevicetree /d\noptions o\nversion 1\ntitle t\na 2\n",
			"title t\nversion 1\noptions o\ndevicetree /d\nlinux /l\ninitrd /i\nz 1\nfdtdir /f\na 2\n"},
		{"overlays follow the initrd", "initrd /a\nx y\ninitrd /b\nlinux /l\ninitrd /c\n", "linux /l\ninitrd /a\ninitrd /b\ninitrd /c\nx y\n"},
		{"empty initrd is one", "initrd \ninitrd /b\n", "initrd \ninitrd /b\n"},
		{"the last of other keys", "x 1\ny 2\nx 3\ntitle a\ntitle b\n", "title b\nx 3\ny 2\n"},
		{"tab as separator", "title\ta\tb\n", "title a\tb\n"},
		{"value as it stands", "title   a  \r\n", "title   a  \r\n"},
		{"empty value", "options \n", "options \n"},
		{"no value, no key", "options\ntitle\n", ""},
		{"comments and blank lines go", "# c d\n\n \ntitle a\n#title b\n", "title a\n"},
		{"a blank before the key", " title a\n\ttitle b\n", ""},
		{"not a letter", "1a b\n_a b\né b\n@a b\n[a b\n`a b\n{a b\n", ""},
		{"any letter", "A b\nZ= b\na-é b\n", "A b\nZ= b\na-é b\n"},
		{"aboot", "aboot /a\nabootcfg /b\n", "aboot /a\nabootcfg /b\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, marshal(t, parse(t, c.text)))
			require.Equal(t, c.want, marshal(t, parse(t, c.want)))
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not UTF-8": "title a\xff\n", "not UTF-8 in a comment": "#\xc3\n", "NUL": "title a\x00b\n",
	} {
		_, err := bls.Parse([]byte(text))
		require.EqualError(t, err, "Invalid UTF-8", name)
	}
	_, err := bls.Parse(make([]byte, bls.MaxSize+1))
	var size *bls.SizeError
	require.ErrorAs(t, err, &size)
	require.EqualValues(t, bls.MaxSize+1, size.Size)
	_, err = bls.Parse([]byte(strings.Repeat("a", bls.MaxSize)))
	require.NoError(t, err)
}

// A hostile entry of as many keys as fit costs no more than its size.
func TestParseOfManyKeysIsLinear(t *testing.T) {
	var b strings.Builder
	for i := 0; b.Len() < bls.MaxSize-8; i++ {
		for n := i; ; n /= 26 {
			b.WriteByte('a' + byte(n%26))
			if n < 26 {
				break
			}
		}
		b.WriteString(" \n")
	}
	require.Equal(t, b.String(), marshal(t, parse(t, b.String())))
}

func TestMarshalRefuses(t *testing.T) {
	for _, c := range []struct{ name, key, value string }{
		{"line feed in a value", "options", "a\nlinux /evil"},
		{"line feed in an initrd", "initrd", "/a\n"},
		{"NUL in a value", "title", "a\x00"},
		{"not UTF-8", "title", "\xff"},
		{"no key", "", "a"},
		{"key with a blank", "a b", "c"},
		{"key with a tab", "a\tb", "c"},
		{"key with a line feed", "a\nb", "c"},
		{"key with a NUL", "a\x00", "c"},
		{"key that does not start with a letter", "#a", "c"},
		{"key that is not UTF-8", "a\xff", "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := parse(t, demo)
			e.Set(c.key, c.value)
			_, err := e.Marshal()
			var field *bls.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, c.key, field.Key)
			require.Equal(t, c.value, field.Value)
		})
	}
	e := &bls.Entry{}
	e.Set("title", strings.Repeat("é", bls.MaxSize/2))
	_, err := e.Marshal()
	var size *bls.SizeError
	require.ErrorAs(t, err, &size)
	e.Set("title", strings.Repeat("\n", bls.MaxSize))
	_, err = e.Marshal()
	require.Less(t, len(err.Error()), 2000)
}

func TestSetGetDelete(t *testing.T) {
	e := &bls.Entry{}
	_, ok := e.Get("title")
	require.False(t, ok)
	_, ok = e.Get("initrd")
	require.False(t, ok)
	e.Set("x-b", "1")
	e.Set("x-a", "2")
	e.Set("initrd", "/i")
	e.Set("title", "t")
	e.Set("x-b", "3")
	require.Equal(t, "title t\ninitrd /i\nx-b 3\nx-a 2\n", marshal(t, e))
	require.Equal(t, "3", e.Value("x-b"))
	require.Equal(t, "/i", e.Value("initrd"))
	require.Empty(t, e.Value("linux"))
	require.Equal(t, map[string]string{"x-a": "2", "x-b": "3"}, maps.Collect(e.Extra()))
	e.Delete("x-b")
	e.Delete("missing")
	e.Delete("title")
	e.Set("x-b", "4")
	require.Equal(t, "initrd /i\nx-a 2\nx-b 4\n", marshal(t, e))
}

func TestInitrds(t *testing.T) {
	e := parse(t, demo)
	require.Empty(t, e.Overlays())
	e.SetInitrds("/a", "/b", "/c")
	require.Equal(t, []string{"/a", "/b", "/c"}, e.Initrds())
	require.Equal(t, []string{"/b", "/c"}, e.Overlays())
	e.Set("initrd", "/d")
	require.Equal(t, []string{"/d", "/b", "/c"}, e.Initrds())
	e.Initrds()[0] = "/other"
	e.Overlays()[0] = "/other"
	require.Equal(t, []string{"/d", "/b", "/c"}, e.Initrds())
	e.Delete("initrd")
	require.Empty(t, e.Initrds())
	require.Empty(t, e.Overlays())
	require.NotContains(t, marshal(t, e), "initrd ")
	e.SetInitrds()
	_, ok := e.Get("initrd")
	require.False(t, ok)
}

func TestCloneIsIndependent(t *testing.T) {
	e := parse(t, demo+"initrd /o\nx 1\n")
	c := e.Clone()
	before := marshal(t, e)
	c.Set("x", "2")
	c.Set("y", "2")
	c.Set("initrd", "/z")
	c.Delete("title")
	require.Equal(t, before, marshal(t, e))
	empty := (&bls.Entry{}).Clone()
	empty.Set("title", "a")
	require.Equal(t, "title a\n", marshal(t, empty))
}

// Loops over an entry may stop early at every place.
func TestIterationStops(t *testing.T) {
	e := parse(t, demo+"initrd /o\nx 1\ny 1\n")
	var all []string
	for key := range e.All() {
		all = append(all, key)
	}
	require.Equal(t, []string{"title", "version", "options", "linux", "initrd", "initrd", "x", "y"}, all)
	for n := 1; n <= len(all); n++ {
		var some []string
		for key := range e.All() {
			if some = append(some, key); len(some) == n {
				break
			}
		}
		require.Equal(t, all[:n], some)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name string
		want bls.Name
	}{
		{"ostree-1.conf", bls.Name{Number: 1}},
		{"ostree-12-os.conf", bls.Name{Number: 12, Stateroot: "os"}},
		{"ostree-2-fedora-coreos.conf", bls.Name{Number: 2, Stateroot: "fedora-coreos"}},
		{"ostree-2+3.conf", bls.Name{Number: 2, Tries: bls.Tries{Left: 3}}},
		{"ostree-2+2-1.conf", bls.Name{Number: 2, Tries: bls.Tries{Left: 2, Done: 1, HasDone: true}}},
		{"ostree-2+0-3.conf", bls.Name{Number: 2, Tries: bls.Tries{Done: 3, HasDone: true}}},
		{"ostree-2-os+2-1.conf", bls.Name{Number: 2, Stateroot: "os", Tries: bls.Tries{Left: 2, Done: 1, HasDone: true}}},
		{"ostree-2-my+os.conf", bls.Name{Number: 2, Stateroot: "my+os"}},
		{"ostree-2-a+1-.conf", bls.Name{Number: 2, Stateroot: "a+1-"}},
	} {
		got, err := bls.ParseName(c.name)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got)
		require.Equal(t, c.name, got.String())
	}
	for _, name := range []string{
		"", "ostree-.conf", "ostree-x.conf", "ostree-1-.conf", "ostree-1", "os-1.conf", "ostree-1.conf~", "ostree-1+.conf", "ostree-1+x.conf",
		"ostree-+1.conf", "ostree--1.conf", "ostree-99999999999999999999.conf", "ostree-1-a/b.conf", "ostree-1+3+.conf",
	} {
		_, err := bls.ParseName(name)
		var bad *bls.NameError
		require.ErrorAs(t, err, &bad, name)
		require.Equal(t, name, bad.Name)
		require.EqualError(t, err, fmt.Sprintf("invalid boot entry name %q", name))
	}
	require.True(t, bls.IsName("ostree-anything.conf"))
	require.True(t, bls.IsName("ostree-.conf"))
	for _, name := range []string{"ostree-1.conf.tmp", "fedora-1.conf", "ostree.conf", ".ostree-1.conf"} {
		require.False(t, bls.IsName(name), name)
	}
}

func TestTries(t *testing.T) {
	for _, c := range []struct {
		name, text, rewritten string
		left, done            uint64
	}{
		{"foo", "", "", 0, 0},
		{"foo+1", "+1", "+1-0", 1, 0},
		{"foo+1.conf", "+1", "+1-0", 1, 0},
		{"foo+1-2", "+1-2", "+1-2", 1, 2},
		{"foo+1-2.conf", "+1-2", "+1-2", 1, 2},
		{"foo+03-01.conf", "+3-1", "+3-1", 3, 1},
		{"foo+0-2.conf", "+0-2", "+0-2", 0, 2},
		{"foo+0-0.conf", "+0-0", "", 0, 0},
		{"foo+0.conf", "+0-0", "", 0, 0},
		{"foo+5+1-2.conf", "+1-2", "+1-2", 1, 2},
		{"foo+1-", "", "", 0, 0},
		{"foo+-1", "", "", 0, 0},
		{"foo+1-a", "", "", 0, 0},
		{"foo+a-1", "", "", 0, 0},
		{"foo+ 1", "", "", 0, 0},
		{"foo+1--2", "", "", 0, 0},
		{"foo+18446744073709551616", "", "", 0, 0},
		{"foo+1-18446744073709551616", "", "", 0, 0},
	} {
		got := bls.ParseTries(c.name)
		require.Equal(t, c.left, got.Left, c.name)
		require.Equal(t, c.done, got.Done, c.name)
		require.Equal(t, c.text, got.String(), c.name)
		require.Equal(t, c.rewritten, got.Rewritten().String(), c.name)
	}
}

func TestTitle(t *testing.T) {
	require.Equal(t, "DemoOS 1.0 (ostree:0)", bls.Title("DemoOS 1.0", "1.0", "", 0))
	require.Equal(t, "DemoOS 1.0 (ostree:1)", bls.Title("DemoOS", "1.0", "", 1))
	require.Equal(t, "DemoOS (ostree:os:1)", bls.Title("DemoOS", "", "os", 1))
}

func TestOverlayChecksum(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	got, err := bls.OverlayChecksum("/boot/ostree/initramfs-overlays/" + sum + ".img")
	require.NoError(t, err)
	require.Equal(t, sum, got)
	for path, name := range map[string]string{
		"/a/b.img": "b.img", "/a/" + sum: sum, "/a/" + sum + "0.img": sum + "0.img", "/a/" + sum + ".img.gz": sum + ".img.gz",
	} {
		_, err := bls.OverlayChecksum(path)
		require.EqualError(t, err, "Malformed overlay initrd filename: "+name)
	}
}

func TestCompareVersions(t *testing.T) {
	sorted := []string{"", "000", "00", "01", "010", "09", "0", "1", "9", "10", "100", "1.", "1.0", "1.1", "1.9", "1.10", "a", "a1", "a1b", "a2", "a10", "é"}
	// Stretches of digits compare before what follows them.
	require.Negative(t, bls.CompareVersions("1.9", "1.10"))
	require.Negative(t, bls.CompareVersions("1.x", "10"))
	numbers := sorted[1:11]
	for i, a := range numbers {
		for j, b := range numbers {
			require.Equal(t, sign(i-j), bls.CompareVersions(a, b), "%q and %q", a, b)
		}
	}
	shuffled := slices.Clone(sorted)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, bls.CompareVersions)
	require.True(t, slices.IsSortedFunc(shuffled, bls.CompareVersions))
	require.Empty(t, shuffled[0])
	require.Equal(t, "é", shuffled[len(shuffled)-1])
}

func sign(n int) int { return min(1, max(-1, n)) }
