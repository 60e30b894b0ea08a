package rdcore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/kargs"
)

func TestKargsOverride(t *testing.T) {
	for _, test := range []struct {
		text    string
		edit    kargs.Edit
		want    string
		changed bool
	}{
		{"a  b", kargs.Edit{}, "a  b", false},
		{" a b \n", kargs.Edit{}, "a b", false},
		{"a  b", kargs.Edit{Delete: []string{"zzz"}}, "a  b", false},
		{"a b c", kargs.Edit{Append: []string{"x"}, Delete: []string{"b"}}, "a c x", true},
		{"a", kargs.Edit{AppendIfMissing: []string{"a"}}, "a", false},
		{"a", kargs.Edit{AppendIfMissing: []string{"b"}}, "a b", true},
		{"", kargs.Edit{}, "", false},
	} {
		flag := filepath.Join(t.TempDir(), "changed")
		res, err := Kargs(t.Context(), &KargsOptions{Override: &test.text, Edit: test.edit, CreateIfChanged: flag})
		require.NoError(t, err)
		require.Equal(t, &KargsResult{test.want, test.changed}, res)
		_, err = os.Stat(flag)
		require.Equal(t, test.changed, err == nil)
	}
}

func TestKargsCreateIfChanged(t *testing.T) {
	text := "a"
	o := &KargsOptions{Override: &text, Edit: kargs.Edit{Append: []string{"b"}}, CreateIfChanged: filepath.Join(t.TempDir(), "x")}
	require.NoError(t, os.WriteFile(o.CreateIfChanged, []byte("kept"), 0o600))
	_, err := Kargs(t.Context(), o)
	require.NoError(t, err)
	data, err := os.ReadFile(o.CreateIfChanged)
	require.NoError(t, err)
	require.Equal(t, "kept", string(data))

	o.CreateIfChanged += "/y"
	res, err := Kargs(t.Context(), o)
	require.ErrorContains(t, err, "modifying options: creating "+o.CreateIfChanged+": ")
	require.Equal(t, "a b", res.Text, "the outcome is known all the same")

	_, err = Kargs(t.Context(), &KargsOptions{})
	require.ErrorIs(t, err, ErrNoBoot)
}

func TestKargsCurrent(t *testing.T) {
	root := t.TempDir()
	o := &KargsOptions{Current: true, Edit: kargs.Edit{Delete: []string{"quiet"}}, System: &System{Root: root}}
	_, err := Kargs(t.Context(), o)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "reading kernel command line: ")
	require.NoError(t, os.Mkdir(filepath.Join(root, "proc"), 0o755))
	cmdline := filepath.Join(root, "proc/cmdline")
	require.NoError(t, os.WriteFile(cmdline, []byte("root=x quiet rw\n"), 0o600))
	res, err := Kargs(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, &KargsResult{"root=x rw", true}, res)
	data, err := os.ReadFile(cmdline)
	require.NoError(t, err)
	require.Equal(t, "root=x quiet rw\n", string(data))
	require.NoError(t, os.WriteFile(cmdline, []byte("\xff"), 0o600))
	_, err = Kargs(t.Context(), o)
	require.EqualError(t, err, "reading kernel command line: stream did not contain valid UTF-8")
}

func TestZipl(t *testing.T) {
	require.ErrorIs(t, Zipl(), errors.ErrUnsupported)
	require.ErrorContains(t, Zipl(), "not supported")
}

func TestDetectFlavour(t *testing.T) {
	root := t.TempDir()
	mkdir := func(name string) { require.NoError(t, os.MkdirAll(filepath.Join(root, name), 0o755)) }
	name := func() string { return DetectFlavour(root, []string{"/usr/bin", ".", "/usr/sbin"}).Name }
	require.Equal(t, "nestos", name())
	mkdir("run/coreos")
	require.Equal(t, "coreos", name())
	mkdir("etc/nestos")
	require.Equal(t, "nestos", name())
	mkdir("usr/sbin/coreos-rootflags")
	require.Equal(t, "coreos", name())
	mkdir("usr/bin/nestos-rootflags")
	require.Equal(t, "nestos", name())
}
