package ostree_test

import (
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The two commits of the format's worked example.
const (
	exampleFirst  = "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458"
	exampleSecond = "f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955"
)

// exampleRepo commits the worked example, both versions.
func exampleRepo(t testing.TB, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	dir := worked(t)
	r := newRepo(t, mode)
	commit := func(version, subject, body string, when int64, parent object.Checksum) object.Checksum {
		md := &object.Dict{}
		md.Set("version", object.NewString(version))
		return commitDir(t, r, dir, "ex/main", &ostree.Modifier{Filter: owner0.Filter}, &ostree.CommitOptions{
			Subject: subject, Body: body, Time: time.Unix(when, 0), Metadata: md, Refs: []string{"ex/main"}, Parent: parent})
	}
	first := commit("1.0", "subj", "body", 1700000000, object.Checksum{})
	require.Equal(t, exampleFirst, first.String())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d/f"), []byte("hello2\n"), 0o644))
	require.Equal(t, exampleSecond, commit("1.1", "subj2", "", 1700000100, first).String())
	return r
}

func unhex(t testing.TB, s string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return string(b)
}

// Every object of the first commit has exactly the bytes that the format's description shows, in each mode.
func TestWorkedExampleBytes(t *testing.T) {
	const (
		f    = "066b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2"
		l    = "43f338ad"
		meta = "446a0ef1"
		d    = "5afda0c7"
		root = "b9b76e6e"
	)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBare} {
		t.Run(mode.String(), func(t *testing.T) {
			if mode == ostree.ModeBare {
				testutil.Root(t)
			}
			r := exampleRepo(t, mode)
			names := map[string]object.Name{}
			for n, err := range r.Objects(t.Context()) {
				require.NoError(t, err)
				names[n.Checksum.String()[:8]] = n
			}
			require.Len(t, names, 10)
			path := func(prefix string) string {
				return filepath.Join(r.Path(), "objects", names[prefix[:8]].LoosePath(mode == ostree.ModeArchive))
			}
			sums := func(prefix string) string { return names[prefix[:8]].Checksum.String() }

			require.Equal(t, unhex(t, "00000000 00000000 000041ed"), read(t, path(meta)))
			require.Equal(t, unhex(t, "6600"+f+"02 6c00"+sums(l)+"02 23 46 48"), read(t, path(d)))
			require.Equal(t, unhex(t, "6400"+sums(d)+sums(meta)+"22 02 44 00"), read(t, path(root)))
			commit := unhex(t, "76657273696f6e00 312e30 00 00 73 08 00"+
				"6f73747265652e7265662d62696e64696e6700 0000000000 65782f6d61696e00 08 00 6173 13 0f 35"+
				"7375626a00 626f647900 00000000000000 000000006553f100"+sums(root)+sums(meta)+"70 41 3c 37 37 37")
			require.Len(t, commit, 150)
			require.Equal(t, commit, read(t, path(exampleFirst)))

			switch mode {
			case ostree.ModeArchive:
				require.Equal(t, unhex(t, "00000025 00000000 0000000000000006 00000000 00000000 000081a4 00000000"+
					"00 757365722e6b00 7631 07 0a 19 cb48cdc9c9e70200"), read(t, path(f)))
				require.Equal(t, unhex(t, "0000001b 00000000 0000000000000000 00000000 00000000 0000a1ff 00000000 6600 1a"), read(t, path(l)))
			case ostree.ModeBareUser:
				require.Equal(t, "hello\n", read(t, path(f)))
				require.Equal(t, "f\x00", read(t, path(l)))
				require.Equal(t, unhex(t, "00000000 00000000 000081a4 757365722e6b00 7631 07 0a"), getXattr(t, path(f), "user.ostreemeta"))
				require.Equal(t, unhex(t, "00000000 00000000 0000a1ff"), getXattr(t, path(l), "user.ostreemeta"))
				for _, p := range []string{path(f), path(l)} {
					require.EqualValues(t, 0o100644, stat(t, p).Mode)
					require.Equal(t, unix.Timespec{}, stat(t, p).Mtim)
				}
			case ostree.ModeBare:
				require.Equal(t, "hello\n", read(t, path(f)))
				require.Equal(t, "v1", getXattr(t, path(f), "user.k"))
				require.EqualValues(t, 0o100644, stat(t, path(f)).Mode)
				require.Equal(t, unix.Timespec{}, stat(t, path(f)).Mtim)
				target, err := os.Readlink(path(l))
				require.NoError(t, err)
				require.Equal(t, "f", target)
			}

			// The second commit.
			for _, prefix := range []string{"a353d18d", "f9986014", "51b69cb1"} {
				require.Contains(t, names, prefix)
			}
			second, err := r.LoadCommit(object.MustChecksum(exampleSecond))
			require.NoError(t, err)
			require.Equal(t, "51b69cb1", second.Tree.String()[:8])
			require.Equal(t, exampleFirst, second.Parent.String())
			require.Equal(t, "54b2f592a53621a931d35a75f36f0af018f67bf6c83c10df177c66fa182f07b5", second.ContentChecksum().String())
		})
	}
}

func getXattr(t testing.TB, path, name string) string {
	t.Helper()
	b := make([]byte, 4096)
	n, err := unix.Lgetxattr(path, name, b)
	require.NoError(t, err)
	return string(b[:n])
}

// The hashed stream of the example's symlink, and of its file.
func TestContentStreamExample(t *testing.T) {
	r := exampleRepo(t, ostree.ModeArchive)
	for sum, want := range map[string]string{
		"066b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2": "0000001d 00000000 00000000 00000000 000081a4 00000000 00 757365722e6b00 7631 07 0a 11 68656c6c6f0a",
		"43f338ad": "00000013 00000000 00000000 00000000 0000a1ff 00000000 6600 12",
	} {
		for n, err := range r.Objects(t.Context()) {
			require.NoError(t, err)
			if !strings.HasPrefix(n.Checksum.String(), sum) {
				continue
			}
			f, err := r.LoadFile(n.Checksum)
			require.NoError(t, err)
			defer f.Close()
			b, err := io.ReadAll(f.ContentStream())
			require.NoError(t, err)
			require.Equal(t, unhex(t, want), string(b))
			require.Equal(t, n.Checksum, object.Sum(b))
		}
	}
}

// The elements of ostree.sizes for a symlink and a directory's metadata.
func TestSizesElementsExample(t *testing.T) {
	dir := worked(t)
	r := newRepo(t, ostree.ModeArchive)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	txn.CollectSizes()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), tree, dir, &ostree.Modifier{Filter: owner0.Filter}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	c, err := txn.WriteCommit(t.Context(), root, meta, &ostree.CommitOptions{NoBindings: true, Time: time.Unix(1700000000, 0)})
	require.NoError(t, err)
	commit, err := r.LoadCommit(c)
	require.NoError(t, err)
	sizes, ok := commit.Metadata.LookupType(object.KeySizes, "aay")
	require.True(t, ok)
	tails := map[string]string{"43f338ad": "230101", "446a0ef1": "0c0c03"}
	last := ""
	for e := range sizes.Children() {
		b := hex.EncodeToString(e.ByteArray())
		require.Less(t, last, b, "sorted")
		last = b
		if tail, ok := tails[b[:8]]; ok {
			require.Equal(t, tail, b[64:])
			delete(tails, b[:8])
		}
	}
	require.Empty(t, tails)
}

// The beginning of the example's summary, and how its numbers are shown.
func TestSummaryExample(t *testing.T) {
	r := exampleRepo(t, ostree.ModeArchive)
	require.NoError(t, r.UpdateSummary(t.Context(), &ostree.SummaryOptions{Time: time.Unix(1700000200, 0)}))
	b := read(t, r.Path(), "summary")
	require.True(t, strings.HasPrefix(b, unhex(t, "65782f6d61696e00 ae00000000000000"+exampleSecond)))
	s, err := ostree.ParseSummary([]byte(b))
	require.NoError(t, err)
	ref, ok := s.Lookup(ostree.CollectionRef{Ref: "ex/main"})
	require.True(t, ok)
	require.EqualValues(t, 174, ref.CommitSize)
	require.Equal(t, "1.1", ref.Version())
	require.Equal(t, "{'ostree.commit.version': <'1.1'>, 'ostree.commit.timestamp': <uint64 1700000100>}", ostree.VariantText(ref.Metadata, true))
	when, ok := ref.Metadata.Lookup(ostree.SummaryRefKeyTimestamp)
	require.True(t, ok)
	require.Equal(t, unhex(t, "000000006553f164"), string(when.Bytes()))
	require.Contains(t, ostree.VariantText(s.Variant(), true), "uint64 12538021362599460864")
}

func TestDeltaPathExample(t *testing.T) {
	n := delta.Name{From: object.MustChecksum(exampleFirst), To: object.MustChecksum(exampleSecond)}
	require.Equal(t, "deltas/as/FcAtaW27meNABAK9xPwIOipE025ghg_XYnHEvLlFg-+WI0ZZ4Qy++kEux+Ccj1rREubh4c6DWirbFg+OVbuVU/superblock", n.SuperblockPath())
	require.True(t, strings.HasPrefix(delta.IndexPath(n.To), "delta-indexes/+W/I0"))
}

// How revisions are read: checksums, prefixes before refs, parents, remotes.
func TestResolveRevExample(t *testing.T) {
	r := exampleRepo(t, ostree.ModeArchive)
	first, second := object.MustChecksum(exampleFirst), object.MustChecksum(exampleSecond)
	require.NoError(t, r.SetRefImmediate("f9", first))
	require.NoError(t, r.SetRefImmediate("0", first))
	require.NoError(t, r.SetRefImmediate("rem:only/there", first))
	for rev, want := range map[string]object.Checksum{
		exampleFirst: first, strings.Repeat("1", 64): object.MustChecksum(strings.Repeat("1", 64)),
		"f9": second, "f": second, "6ac15c": first, "0": first,
		"ex/main": second, "ex/main^": first, "f9^": first, "rem:only/there": first, "rem/only/there": first, "only/there": first,
	} {
		got, err := r.ResolveRev(rev)
		require.NoError(t, err, rev)
		require.Equal(t, want, got, rev)
	}
	for rev, want := range map[string]string{
		"ex/main^^": "Commit " + exampleFirst + " has no parent", "a:b:c": "Invalid refspec a:b:c",
		"nope": "Refspec 'nope' not found", "rem:nope": "Refspec 'rem:nope' not found", strings.Repeat("1", 64) + "^": "No such metadata object " + strings.Repeat("1", 64) + ".commit",
	} {
		_, err := r.ResolveRev(rev)
		require.EqualError(t, err, want)
	}
}

// The order in which a dictionary of GLib gives its keys out decides about checksums.
func TestHashOrderInCommits(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	src := t.TempDir()
	write(t, src, "usr/lib/modules/6.1.0/vmlinuz", "kernel", 0o644)
	for _, keys := range [][]string{nil, {"version"}, {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}, {"ostree.linux", "zz", "ostree.bootable"}} {
		theirs := filepath.Join(t.TempDir(), "theirs")
		testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+theirs, "init", "--mode=archive")
		args := []string{"--repo=" + theirs, "commit", "-b", "main", "--timestamp=@1700000000", "--bootable", src}
		md := &object.Dict{}
		for _, k := range keys {
			args = append(args, "--add-metadata-string="+k+"=v")
			md.Set(k, gvariant.NewString("v"))
		}
		want := strings.TrimSpace(testutil.Run(t, &testutil.RunOptions{Must: true}, tool, args...).Stdout)
		r := newRepo(t, ostree.ModeArchive)
		got := commitDir(t, r, src, "main", nil, &ostree.CommitOptions{Refs: []string{"main"}, Time: time.Unix(1700000000, 0), Metadata: md, Bootable: true})
		require.Equal(t, want, got.String(), keys)
	}
}
