package ostree_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func formatSize(n uint64) string { return humansize.Format(n) }

// deltaIndex reads the names of a delta index.
func deltaIndex(b []byte) object.Dict {
	v, _ := gvariant.FromBytes("a{sv}", b).Lookup("ostree.static-deltas")
	return *gvariant.DictFromValue(v)
}

// talkative is a repository with one commit that has everything that show prints, and its parent.
func talkative(t testing.TB) (r *ostree.Repo, tip, parent object.Checksum) {
	t.Helper()
	testutil.UserXattrs(t, t.TempDir())
	dir := worked(t)
	r = newRepo(t, ostree.ModeArchive)
	parent = commitDir(t, r, dir, "main", nil, &ostree.CommitOptions{Time: time.Unix(1_700_000_000, 0)})
	var md, detached object.Dict
	md.Set("version", object.NewString("1.0"))
	md.Set("k", gvariant.NewInt32(5))
	detached.Set("note", object.NewString("x"))
	tip = commitDir(t, r, dir, "main", nil, &ostree.CommitOptions{Parent: parent, Subject: "first\nsecond", Body: "body\n\nmore",
		Metadata: &md, Detached: &detached, Refs: []string{"main"}, Time: time.Unix(1_700_000_100, 0)})
	return r, tip, parent
}

func TestShowAndLogTexts(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	r, tip, parent := talkative(t)
	real := func(args ...string) string {
		res := testutil.Run(t, nil, tool, append([]string{"--repo=" + r.Path()}, args...)...)
		if res.Exit != 0 {
			return res.Stderr
		}
		return res.Stdout
	}
	info, err := r.CommitInfo(tip)
	require.NoError(t, err)
	require.Equal(t, real("show", "main"), info.Text())
	logText := func() string {
		var b strings.Builder
		for info, err := range r.Log(t.Context(), tip) {
			if errors.Is(err, ostree.ErrNotFound) {
				b.WriteString(ostree.HistoryNotFetched + "\n")
				break
			}
			require.NoError(t, err)
			b.WriteString(info.Text())
		}
		return b.String()
	}
	require.Equal(t, real("log", "main"), logText())

	for n, err := range r.Objects(t.Context()) {
		require.NoError(t, err)
		c := n.Checksum.String()
		if n.Type == object.TypeCommitMeta {
			continue
		}
		found, err := r.FindObject(n.Checksum)
		require.NoError(t, err)
		require.Equal(t, n, found)
		if n.Type == object.TypeFile {
			text, err := r.FileText(n.Checksum)
			require.NoError(t, err)
			require.Equal(t, real("show", c), text)
			continue
		}
		v, err := r.LoadVariant(n)
		require.NoError(t, err)
		head := n.Type.String() + " " + c + "\n"
		require.Equal(t, real("show", "--raw", c), head+ostree.VariantText(v, true)+"\n")
		rest := ""
		if n.Type == object.TypeCommit { // with -B the description follows
			info, err := r.CommitInfo(n.Checksum)
			require.NoError(t, err)
			_, rest, _ = strings.Cut(info.Text(), "\n")
		}
		require.Equal(t, real("show", "-B", "--raw", c), head+ostree.VariantText(v, false)+"\n"+rest)
	}
	commit, err := r.LoadCommit(tip)
	require.NoError(t, err)
	v, err := ostree.MetadataValue(commit.Metadata, "k")
	require.NoError(t, err)
	require.Equal(t, real("show", "--print-metadata-key=k", "main"), ostree.VariantText(v, true)+"\n")
	_, err = ostree.MetadataValue(commit.Metadata, "nope")
	require.Equal(t, real("show", "--print-metadata-key=nope", "main"), fmt.Sprintf("error: %v\n", err))
	require.Equal(t, []string{"k", "ostree.ref-binding", "version"}, ostree.MetadataKeys(commit.Metadata))
	detached, err := r.DetachedMetadata(tip)
	require.NoError(t, err)
	v, err = ostree.MetadataValue(detached, "note")
	require.NoError(t, err)
	require.Equal(t, real("show", "--print-detached-metadata-key=note", "main"), ostree.VariantText(v, true)+"\n")
	_, err = r.DetachedMetadata(parent)
	require.Equal(t, real("show", "--print-detached-metadata-key=note", "main^"), fmt.Sprintf("error: %v\n", err))
	require.ErrorIs(t, err, ostree.ErrNotFound)
	_, err = r.FindObject(object.Checksum{0xaa})
	require.Equal(t, real("show", object.Checksum{0xaa}.String()), fmt.Sprintf("error: %v\n", err))

	require.NoError(t, r.DeleteObject(object.Name{Checksum: parent, Type: object.TypeCommit}))
	require.Equal(t, real("log", "main"), logText())
}

func TestCommitWithoutMessage(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	r := newRepo(t, ostree.ModeArchive)
	for _, o := range []*ostree.CommitOptions{{}, {Body: "only a body"}, {Subject: "s\n", Body: "b\n"}} {
		c := commitDir(t, r, t.TempDir(), "main", nil, o)
		info, err := r.CommitInfo(c)
		require.NoError(t, err)
		require.Equal(t, testutil.Run(t, nil, tool, "--repo="+r.Path(), "show", "main").Stdout, info.Text())
	}
}

func TestSizeTotals(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	r := newRepo(t, ostree.ModeArchive)
	dir := t.TempDir()
	for i := range 9 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, itoa(i)), []byte(strings.Repeat(itoa(i), 1000*i)), 0o644))
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+r.Path(), "commit", "-b", "main", "--generate-sizes", dir)
	c, err := r.ResolveRev("main")
	require.NoError(t, err)
	commit, err := r.LoadCommit(c)
	require.NoError(t, err)
	check := func() {
		t.Helper()
		needed, total, err := r.CommitSizeTotals(commit)
		require.NoError(t, err)
		require.Equal(t, testutil.Run(t, nil, tool, "--repo="+r.Path(), "show", "--print-sizes", "main").Stdout,
			fmt.Sprintf("Compressed size (needed/total): %s/%s\nUnpacked size (needed/total): %s/%s\nNumber of objects (needed/total): %d/%d\n",
				formatSize(needed.Archived), formatSize(total.Archived), formatSize(needed.Unpacked), formatSize(total.Unpacked), needed.Objects, total.Objects))
	}
	check()
	dt, err := r.LoadDirTree(commit.Tree)
	require.NoError(t, err)
	for i := range 3 {
		require.NoError(t, r.DeleteObject(object.Name{Checksum: dt.Files[3*i].Checksum, Type: object.TypeFile}))
	}
	check()
	plain := commitDir(t, r, t.TempDir(), "plain", nil, nil)
	commit, err = r.LoadCommit(plain)
	require.NoError(t, err)
	_, _, err = r.CommitSizeTotals(commit)
	require.ErrorIs(t, err, ostree.ErrNoSizes)
}

func TestResetRef(t *testing.T) {
	// Names that are no hexadecimal numbers: those may be the beginning of a commit, which differ between users.
	h := newBranches(t, ostree.ModeArchive, 1, 3, "main", "next")
	r := h.repo
	require.NoError(t, r.ResetRef(t.Context(), "main", "main^^"))
	c, err := r.ResolveRev("main")
	require.NoError(t, err)
	require.Equal(t, h.branches["main"][0], c)
	require.NoError(t, r.ResetRef(t.Context(), "main", h.tip("next").String()), "what the histories are does not matter")
	require.EqualError(t, r.ResetRef(t.Context(), "nope", "main"), "Invalid ref 'nope'")
	require.EqualError(t, r.ResetRef(t.Context(), "o:main", "main"), "Invalid ref 'o:main'")
	require.EqualError(t, r.ResetRef(t.Context(), "main", "nope"), "Refspec 'nope' not found")
	require.ErrorIs(t, r.ResetRef(t.Context(), "main", strings.Repeat("a", 64)), ostree.ErrNotFound)
}

func TestSplitConfigKey(t *testing.T) {
	g, k, err := ostree.SplitConfigKey("core.a.b")
	require.NoError(t, err)
	require.Equal(t, [2]string{"core", "a.b"}, [2]string{g, k})
	_, _, err = ostree.SplitConfigKey("mode")
	require.EqualError(t, err, `Key must be of the form "sectionname.keyname"`)
}
