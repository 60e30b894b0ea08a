//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/fsflags"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// TestKargsThatHideTheTarget refuses arguments in which the initramfs would find another "ostree=" than the
// deployment's, and lives with those that others wrote.
func TestKargsThatHideTheTarget(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	c := d.tree("two", 2, nil)
	before := d.snapshot()
	for line, want := range map[string]string{
		`x="a`:             "a quote that is never closed",
		`x="a ostree=/b"`:  "an ostree= inside of quotes",
		"a=1\nb":           "a control character",
		`"foo ostree=/x y`: "a quote that is never closed",
	} {
		require.ErrorContains(t, d.add("demo", c, kargs.Of(line), 0), want, line)
		require.ErrorContains(t, d.s.SetKargs(ctx, d.s.Deployments()[0], kargs.Of(line)), want, line)
		require.ErrorContains(t, d.s.SetKargsInPlace(ctx, d.s.Deployments()[0], kargs.Of(line)), want, line)
	}
	require.Equal(t, before, d.snapshot())
	name := filepath.Join(d.dir, "boot/loader/entries/ostree-2.conf")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(text), "options ", `options x="a `, 1)), 0o644))
	for range 3 {
		d = d.reopen(nil)
		require.NoError(t, d.add("demo", c, nil, sysroot.RetainAll))
		for _, dep := range d.s.Deployments() {
			require.Equal(t, 1, strings.Count(dep.Entry.Value("options"), "ostree="), dep.Entry.Value("options"))
		}
	}
	d.bootable()
}

// TestStaterootNames refuses names that cannot stand in a kernel argument.
func TestStaterootNames(t *testing.T) {
	d, _, _ := twoDeployments(t)
	for _, name := range []string{"", ".", "..", "a/b", "a b", "a\tb", "a\nb", `a"b`, "a\u2003b", strings.Repeat("x", 256)} {
		require.ErrorContains(t, d.s.InitStateroot(t.Context(), name), "Invalid stateroot name", "%q", name)
	}
	require.NoError(t, d.s.InitStateroot(t.Context(), "größe-1_2.3"))
}

// TestLostEntries has boot entries that vanished: deleting all deployments must not be the consequence.
func TestLostEntries(t *testing.T) {
	for name, lose := range map[string]func(dir string) error{
		"directory": func(dir string) error { return os.RemoveAll(dir) },
		"files": func(dir string) error {
			for _, n := range []string{"ostree-1.conf", "ostree-2.conf"} {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					return err
				}
			}
			return nil
		},
		"link": func(dir string) error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			return os.Symlink("/nonexistent", dir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, _ := twoDeployments(t)
			loader, err := filepath.EvalSymlinks(filepath.Join(d.dir, "boot/loader"))
			require.NoError(t, err)
			require.NoError(t, lose(filepath.Join(loader, "entries")))
			d = d.reopen(nil)
			require.ErrorContains(t, d.s.Cleanup(t.Context()), "all deployments would be lost")
			require.Len(t, strings.Fields(d.names("ostree/deploy/demo/deploy")), 4, "two deployments and their origins")
		})
	}
}

// TestFlaggedFiles deletes a deployment in which an administrator marked a file.
func TestFlaggedFiles(t *testing.T) {
	d, _, _ := twoDeployments(t)
	old := d.s.Deployments()[1]
	f, err := os.Open(filepath.Join(d.dir, old.Dir(), "etc/b.conf"))
	require.NoError(t, err)
	defer f.Close()
	if err := fsflags.SetImmutable(f, true); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { fsflags.SetRemovable(f) })
	_, err = d.s.Undeploy(t.Context(), 1)
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(d.dir, old.Dir()))
}

// TestDamagedKernel does not take the remains of a kernel in /boot for it.
func TestDamagedKernel(t *testing.T) {
	d, c1, _ := twoDeployments(t)
	dir := filepath.Join(d.dir, "boot/ostree", "demo-"+d.s.Deployments()[1].BootChecksum)
	for _, n := range strings.Fields(d.names("boot/ostree/demo-" + d.s.Deployments()[1].BootChecksum)) {
		require.NoError(t, os.Remove(filepath.Join(dir, n)))
		require.NoError(t, os.WriteFile(filepath.Join(dir, n), nil, 0o644))
	}
	require.NoError(t, d.add("demo", c1, nil, 0))
	d.bootable()
	for _, n := range strings.Fields(d.names("boot/ostree/demo-" + d.s.Deployments()[0].BootChecksum)) {
		st, err := os.Stat(filepath.Join(dir, n))
		require.NoError(t, err)
		require.NotZero(t, st.Size(), n)
	}
}
