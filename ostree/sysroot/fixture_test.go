//go:build linux

package sysroot_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if child := os.Getenv(childEnv); child != "" {
		os.Exit(runChild(m))
	}
	os.Exit(testutil.MainInMemory(m))
}

// newLocal makes a sysroot with the stateroot "demo" to whose repository the tests commit themselves. An empty dir is
// a temporary one.
func newLocal(t *testing.T, dir string, opts *sysroot.Options) *demo {
	t.Helper()
	testutil.Root(t)
	if dir == "" {
		dir = t.TempDir()
	}
	require.NoError(t, sysroot.InitFS(t.Context(), dir, 1))
	d := openLocal(t, dir, opts)
	require.NoError(t, d.s.InitStateroot(t.Context(), "demo"))
	require.NoError(t, d.s.Load(t.Context()))
	d.config("bootloader", "none")
	return d
}

// openLocal opens, locks and loads a sysroot.
func openLocal(t *testing.T, dir string, opts *sysroot.Options) *demo {
	t.Helper()
	d := &demo{t: t, dir: dir}
	o := sysroot.Options{}
	if opts != nil {
		o = *opts
	}
	o.Message = func(text string) { d.said = append(d.said, text) }
	var err error
	d.s, err = sysroot.Open(dir, &o)
	require.NoError(t, err)
	require.NoError(t, d.s.Lock(t.Context()))
	if _, err := os.Stat(filepath.Join(dir, "ostree/deploy")); err == nil {
		d.s.Load(t.Context()) // tests of bad sysroots look at the error themselves
	}
	t.Cleanup(func() {
		d.s.Close()
		mutable(dir)
	})
	return d
}

// mutable lets the directories of deployments be deleted.
func mutable(dir string) {
	s, err := sysroot.Open(dir, nil)
	if err != nil {
		return
	}
	defer s.Close()
	found, _ := filepath.Glob(filepath.Join(dir, "ostree/deploy/*/deploy/*.*"))
	for _, p := range found {
		c, err := object.ParseChecksum(strings.Split(filepath.Base(p), ".")[0])
		if err != nil {
			continue
		}
		for serial := range 10 {
			s.SetMutable(&sysroot.Deployment{Stateroot: filepath.Base(filepath.Dir(filepath.Dir(p))), Commit: c, Serial: serial}, true)
		}
	}
}

// reopen opens the sysroot anew, as another process would.
func (d *demo) reopen(opts *sysroot.Options) *demo {
	require.NoError(d.t, d.s.Close())
	return openLocal(d.t, d.dir, opts)
}

// config sets a key of the group sysroot.
func (d *demo) config(key, value string) {
	d.t.Helper()
	c, err := d.s.Repo().EditConfig()
	require.NoError(d.t, err)
	require.NoError(d.t, c.Set("sysroot", key, value))
	require.NoError(d.t, d.s.Repo().SetConfig(c))
}

// tree commits the demonstration tree of a version (3 has another kernel), changed by edit, to a ref of the
// sysroot's repository.
func (d *demo) tree(ref string, version int, edit func(dir string)) object.Checksum {
	d.t.Helper()
	dir := filepath.Join(d.t.TempDir(), "tree")
	demoTree(d.t, dir, version)
	if edit != nil {
		edit(dir)
	}
	return commitTo(d.t, d.s.Repo(), ref, dir, fmt.Sprintf("%d.0", version), &ostree.Modifier{NoXattrs: true, Filter: func(e *ostree.Entry) bool {
		e.UID, e.GID = 0, 0
		return true
	}})
}

// commitTo commits a directory.
func commitTo(t *testing.T, repo *ostree.Repo, ref, dir, version string, m *ostree.Modifier) object.Checksum {
	t.Helper()
	ctx := t.Context()
	txn, err := repo.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(ctx, tree, dir, m))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	metadata := &object.Dict{}
	metadata.Set(object.KeyVersion, object.NewString(version))
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Subject: ref, Time: time.Unix(1700000000, 0), Metadata: metadata, Refs: []string{ref}})
	require.NoError(t, err)
	require.NoError(t, txn.SetRef(ref, c))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	return c
}

// add deploys a commit to a stateroot by the standard policy.
func (d *demo) add(stateroot string, c object.Checksum, k *kargs.Args, flags sysroot.SimpleFlags) error {
	ctx := d.t.Context()
	if err := d.s.PrepareCleanup(ctx); err != nil {
		return err
	}
	merge := d.s.MergeDeployment(stateroot)
	dep, err := d.s.DeployTree(ctx, stateroot, c, sysroot.NewOrigin("local"), merge, &sysroot.DeployOptions{Kargs: k})
	if err != nil {
		return err
	}
	return d.s.SimpleWriteDeployment(ctx, stateroot, dep, merge, flags)
}

func (d *demo) mustAdd(c object.Checksum, words ...string) {
	d.t.Helper()
	var k *kargs.Args
	if words != nil {
		k = kargs.Of(words...)
	}
	require.NoError(d.t, d.add("demo", c, k, 0))
}

// snapshot describes everything below boot and ostree, but for the insides of the repository, so that two of them
// tell whether anything changed.
func (d *demo) snapshot(skip ...string) []string {
	d.t.Helper()
	var out []string
	for _, top := range []string{"boot", "ostree"} {
		err := filepath.WalkDir(filepath.Join(d.dir, top), func(p string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && p == filepath.Join(d.dir, top) {
				return nil
			}
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(d.dir, p)
			if name == "ostree/lock" || slices.Contains(skip, name) {
				return nil
			}
			if name == "ostree/repo" {
				return fs.SkipDir
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			line := fmt.Sprintf("%s %s", info.Mode(), name)
			switch info.Mode().Type() {
			case fs.ModeSymlink:
				target, err := os.Readlink(p)
				if err != nil {
					return err
				}
				line += " -> " + target
			case 0:
				b, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				line += fmt.Sprintf(" %x", sha256.Sum256(b))
			}
			out = append(out, line)
			return nil
		})
		require.NoError(d.t, err)
	}
	return out
}

// bootable follows every boot entry as boot loader and initramfs do, and returns the titles. Something of the list
// that cannot be booted fails the test.
func (d *demo) bootable() []string {
	d.t.Helper()
	files, err := bls.ReadDir(os.DirFS(d.dir), "boot/"+d.link("boot/loader")+"/entries")
	require.NoError(d.t, err)
	require.NotEmpty(d.t, files)
	var titles []string
	for _, f := range files {
		titles = append(titles, f.Entry.Value(bls.KeyTitle))
		for _, key := range []string{bls.KeyLinux, bls.KeyInitrd} {
			name, ok := f.Entry.Get(key)
			if !ok && key == bls.KeyInitrd {
				continue
			}
			st, err := os.Stat(filepath.Join(d.dir, "boot", name))
			require.NoError(d.t, err)
			require.NotZero(d.t, st.Size())
		}
		target, ok := kargs.BootTarget(f.Entry.Value(bls.KeyOptions))
		require.True(d.t, ok)
		_, err := os.Stat(filepath.Join(d.dir, target, "usr/bin/sh"))
		require.NoError(d.t, err)
	}
	return titles
}

// leftovers are names that no complete run leaves.
func (d *demo) leftovers() []string {
	d.t.Helper()
	var out []string
	for _, line := range d.snapshot() {
		name := strings.Fields(line)[1]
		if base := filepath.Base(name); strings.HasPrefix(base, ".tmp-nestos.") || strings.HasPrefix(base, "tmp.") || strings.HasSuffix(base, ".tmp") {
			out = append(out, name)
		}
	}
	return out
}

// put writes a file of the sysroot.
func (d *demo) put(name, text string) {
	d.t.Helper()
	p := filepath.Join(d.dir, name)
	require.NoError(d.t, os.MkdirAll(filepath.Dir(p), 0o755))
	require.NoError(d.t, os.WriteFile(p, []byte(text), 0o644))
}

// relink replaces what is at a name by a link.
func (d *demo) relink(name, target string) {
	d.t.Helper()
	p := filepath.Join(d.dir, name)
	require.NoError(d.t, os.RemoveAll(p))
	require.NoError(d.t, os.Symlink(target, p))
}
