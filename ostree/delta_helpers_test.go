package ostree_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

var owner0Modifier = &ostree.Modifier{Filter: owner0.Filter, NoXattrs: true}

// workedRepo has the two commits of the specification's worked example, whose delta is known to the byte.
func workedRepo(t testing.TB, mode ostree.Mode) (r *ostree.Repo, from, to object.Checksum) {
	t.Helper()
	r = newRepo(t, mode)
	dir := worked(t)
	commit := func(subject, body, version string, when int64, parent object.Checksum) object.Checksum {
		md := &object.Dict{}
		md.Set(object.KeyVersion, object.NewString(version))
		return commitDir(t, r, dir, "ex/main", &ostree.Modifier{Filter: owner0.Filter}, &ostree.CommitOptions{
			Subject: subject, Body: body, Parent: parent, Time: time.Unix(when, 0), Metadata: md, Refs: []string{"ex/main"}})
	}
	from = commit("subj", "body", "1.0", 1700000000, object.Checksum{})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d/f"), []byte("hello2\n"), 0o644))
	to = commit("subj2", "", "1.1", 1700000100, from)
	require.Equal(t, "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458", from.String())
	require.Equal(t, "f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955", to.String())
	return r, from, to
}

// mutate makes the next version of a tree: files edited, grown, replaced, removed, renamed and added.
func mutate(t testing.TB, dir string, rng *rand.Rand) {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	for i, f := range files {
		info, err := os.Stat(f)
		require.NoError(t, err)
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NoError(t, os.Remove(f))
		at := rng.IntN(len(data) + 1)
		switch rng.IntN(8) {
		case 0:
			continue
		case 1:
			data = append(random(9), data...)
		case 2:
			data = append(data[:at:at], append(random(rng.IntN(500)), data[at:]...)...)
		case 3:
			data = random(len(data))
		case 4:
			data = append(data, data[at:]...)
		case 5:
			f = filepath.Join(dir, fmt.Sprintf("moved%d", i))
		}
		require.NoError(t, os.WriteFile(f, data, 0o600))
		require.NoError(t, os.Chmod(f, info.Mode().Perm()))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new"), random(1000), 0o644))
	os.Remove(filepath.Join(dir, "new link"))
	require.NoError(t, os.Symlink(fmt.Sprint("to", rng.Uint32()), filepath.Join(dir, "new link")))
}

// versions makes a repository with two versions of a random tree, with some large files in it.
func versions(t testing.TB, mode ostree.Mode, seed uint64) (r *ostree.Repo, from, to object.Checksum) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 3))
	dir := filepath.Join(t.TempDir(), "tree")
	require.NoError(t, os.Mkdir(dir, 0o755))
	testutil.RandomTree(t, dir, seed, &testutil.TreeOptions{Entries: 60, Readable: true})
	removeNonUTF8(t, dir)
	var large []byte
	for i := range 3 {
		b := make([]byte, 150_000+rng.IntN(100_000))
		for j := range b {
			b[j] = byte(rng.Uint32())
		}
		large = b
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("large%d.bin", i)), b, 0o644))
	}
	r = newRepo(t, mode)
	mod := &ostree.Modifier{Filter: owner0.Filter, NoXattrs: true, CanonicalPermissions: mode == ostree.ModeBareUserOnly}
	from = commitDir(t, r, dir, "main", mod, nil)
	mutate(t, dir, rng)
	// One file that is best copied.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large2.bin"), slices.Insert(large, 1000, []byte("something new")...), 0o644))
	to = commitDir(t, r, dir, "main", mod, &ostree.CommitOptions{Parent: from, Refs: []string{"main"}, Time: time.Unix(1700000001, 0)})
	return r, from, to
}

// filesBelow reads all files below a directory.
func filesBelow(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir+"/")] = string(b)
		return err
	}))
	return out
}

// clientWith is a new repository that has one commit of another.
func clientWith(t testing.TB, src *ostree.Repo, c object.Checksum, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	r := newRepo(t, mode)
	if !c.IsZero() {
		_, err := r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Refs: []string{c.String()}})
		require.NoError(t, err)
	}
	return r
}

// fsckOurs demands that a repository is whole.
func fsckOurs(t testing.TB, r *ostree.Repo) {
	t.Helper()
	result, err := r.Fsck(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, result.Findings)
}

// requireComplete demands that all objects of a commit are there and right.
func requireComplete(t testing.TB, r *ostree.Repo, c object.Checksum) {
	t.Helper()
	set, err := r.Traverse(t.Context(), []object.Checksum{c}, nil)
	require.NoError(t, err)
	for n := range set.All() {
		require.NoError(t, r.VerifyObject(t.Context(), n))
	}
	state, err := r.CommitState(c)
	require.NoError(t, err)
	require.Equal(t, ostree.CommitComplete, state)
}

// sources makes a repository with two versions of this module's sources, the second one edited.
func sources(t testing.TB) (r *ostree.Repo, from, to object.Checksum) {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for _, glob := range []string{"*.go", "object/*.go", "sign/*.go", "delta/*.go"} {
		list, err := filepath.Glob(glob)
		require.NoError(t, err)
		names = append(names, list...)
	}
	edit := strings.NewReplacer("func (r *Repo)", "func (repository *Repo)", "errors.New", "fail", "ctx", "c")
	for version := range 2 {
		for i, name := range names {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			if version == 1 && i%3 == 0 {
				b = []byte(edit.Replace(string(b)))
			}
			path := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, b, 0o644))
		}
		if version == 0 {
			r = newRepo(t, ostree.ModeArchive)
			from = commitDir(t, r, dir, "main", owner0Modifier, nil)
		}
	}
	return r, from, commitDir(t, r, dir, "main", owner0Modifier, nil)
}
