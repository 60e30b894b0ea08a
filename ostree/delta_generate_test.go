package ostree_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// deltaTime is the date of the deltas that have to be reproducible.
var deltaTime = time.Unix(1700000200, 0)

const workedShow = `Delta: 6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458-f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955
Signed: no
From: 6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458
To: f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955
Endianness: little
Timestamp: 1700000200
Number of parents: 0
Number of fallback entries: 0
Total Fallback Size: 0 (0 bytes)
Total Fallback Uncompressed Size: 0 (0 bytes)
Number of parts: 1
PartMeta0: nobjects=3 size=305 usize=150
PartPayload0: nmodes=1 nxattrs=1 blobsize=206 opsize=19
PartPayloadOps0: openspliceclose=2 open=1 write=0 setread=1 unsetread=1 close=1 bspatch=1
Total Part Size: 305 (305 bytes)
Total Part Uncompressed Size: 150 (150 bytes)
Total Size: 305 (305 bytes)
Total Uncompressed Size: 150 (150 bytes)
`

// Our delta of the worked example is described exactly like the one of the reference program.
func TestDeltaWorkedExample(t *testing.T) {
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		r, from, to := workedRepo(t, mode)
		var events []string
		stats, err := r.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, Time: deltaTime,
			OnEvent: func(e ostree.DeltaEvent) { events = append(events, e.String()) }})
		require.NoError(t, err)
		info, err := r.DeltaInfo(t.Context(), stats.Name.String())
		require.NoError(t, err)
		require.Equal(t, workedShow, info.Text())
		require.Equal(t, []string{"modified: 1\nnew reachable: metadata=3 content regular=1 symlink=0", "rollsum for 0/1 modified",
			"processing bsdiff: [0/1]", "part 1 n:3 compressed:305 uncompressed:150"}, events)
		require.Equal(t, "uncompressed=150 compressed=305 loose=143\nrollsum=0 objects, 0 bytes\nbsdiff=1 objects", stats.String())
		names, err := r.StaticDeltas()
		require.NoError(t, err)
		require.Equal(t, []delta.Name{{From: from, To: to}}, names)
		left, err := filepath.Glob(filepath.Join(r.Path(), "tmp/delta-*"))
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

// Deltas of random trees in all forms, applied by us and by the reference program, give the target.
func TestDeltaRandomTrees(t *testing.T) {
	variants := map[string]ostree.DeltaOptions{
		"plain":        {},
		"inline":       {Inline: true},
		"big-endian":   {BigEndian: true},
		"small parts":  {MaxChunkSize: 100_000},
		"single":       {MaxChunkSize: 1, Inline: true, BigEndian: true},
		"no bsdiff":    {MaxBsdiffSize: -1},
		"small bsdiff": {MaxBsdiffSize: 100_000},
	}
	seed := testutil.Seed(t)
	for name, o := range variants {
		t.Run(name, func(t *testing.T) {
			seed++
			src, from, to := versions(t, []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser}[seed%2], seed)
			for _, scratch := range []bool{false, true} {
				o := o
				o.To = to
				if !scratch {
					o.From = from
				}
				stats, err := src.GenerateDelta(t.Context(), &o)
				require.NoError(t, err)
				dir := filepath.Join(src.Path(), "deltas", stats.Name.Dir())
				if o.Inline {
					require.Len(t, filesBelow(t, dir), 1)
				} else {
					require.Len(t, filesBelow(t, dir), stats.Parts+1)
				}
				for _, mode := range []ostree.Mode{ostree.ModeBareUser, ostree.ModeArchive} {
					c := clientWith(t, src, o.From, mode)
					got, err := c.ApplyDeltaOffline(t.Context(), dir, nil)
					require.NoError(t, err)
					require.Equal(t, to, got)
					requireComplete(t, c, to)
					fsckOurs(t, c)
				}
				theirs := clientWith(t, src, o.From, ostree.ModeBareUser)
				ostreeTool(t, "static-delta", "apply-offline", "--repo="+theirs.Path(), dir)
				requireComplete(t, theirs, to)
				fsckReal(t, theirs.Path())
			}
		})
	}
}

// Deltas by the reference program are described and applied by us.
func TestDeltasOfReference(t *testing.T) {
	tool := testutil.Tool(t, "ostree")
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	for _, args := range [][]string{
		{}, {"--inline"}, {"--swap-endianness"}, {"--disable-bsdiff", "--max-chunk-size=0"}, {"--empty"}, {"--empty", "--inline", "--set-endianness=B"},
		{"--inline", "--sign-type=dummy", "--sign=k"}, {"--sign-type=dummy", "--sign=k", "--swap-endianness"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			env := &testutil.RunOptions{Must: true, Env: []string{"OSTREE_DUMMY_SIGN_ENABLED=1"}}
			repo := "--repo=" + src.Path()
			require.NoError(t, os.RemoveAll(filepath.Join(src.Path(), "deltas")))
			testutil.Run(t, env, tool, append([]string{repo, "static-delta", "generate", "main"}, args...)...)
			names, err := src.StaticDeltas()
			require.NoError(t, err)
			require.Len(t, names, 1)
			info, err := src.DeltaInfo(t.Context(), names[0].String())
			require.NoError(t, err)
			if !slices.Contains(args, "--inline") { // of which the reference cannot show the parts
				require.Equal(t, testutil.Run(t, env, tool, repo, "static-delta", "show", names[0].String()).Stdout, info.Text())
			}

			have := from
			if names[0].From.IsZero() {
				have = object.Checksum{}
			}
			c := clientWith(t, src, have, ostree.ModeBareUser)
			_, err = c.ApplyDeltaOffline(t.Context(), filepath.Join(src.Path(), "deltas", names[0].Dir()), nil)
			require.NoError(t, err)
			requireComplete(t, c, to)
			fsckReal(t, c.Path())
		})
	}
}

// Our deltas are no larger than those of the reference program, which describes them as we do.
func TestDeltaIsNotLarger(t *testing.T) {
	src, from, to := sources(t)
	repo := "--repo=" + src.Path()
	for _, o := range []*ostree.DeltaOptions{{From: from, To: to}, {To: to}} {
		args := []string{repo, "static-delta", "generate", "--to=" + to.String(), "--from=" + from.String()}
		if o.From.IsZero() {
			args[4] = "--empty"
		}
		ostreeTool(t, args...)
		name := delta.Name{From: o.From, To: o.To}
		size := func() (n int) {
			for _, b := range filesBelow(t, filepath.Join(src.Path(), "deltas", name.Dir())) {
				n += len(b)
			}
			return n
		}
		theirs := size()
		_, err := src.GenerateDelta(t.Context(), o)
		require.NoError(t, err)
		ours := size()
		t.Logf("%d bytes, the reference program makes %d", ours, theirs)
		require.LessOrEqual(t, ours, theirs)
		info, err := src.DeltaInfo(t.Context(), name.String())
		require.NoError(t, err)
		require.Equal(t, ostreeTool(t, repo, "static-delta", "show", name.String()), info.Text())
	}
}

// The bytes depend on the repository, the options and the time, whatever the scheduling.
func TestDeltaIsDeterministic(t *testing.T) {
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	var want map[string]string
	for _, n := range []int{1, 2, 7, 2} {
		o := &ostree.DeltaOptions{From: from, To: to, Time: deltaTime, Concurrency: n, MaxChunkSize: 2_000}
		stats, err := src.GenerateDelta(t.Context(), o)
		require.NoError(t, err)
		require.Greater(t, stats.Parts, 2)
		got := filesBelow(t, filepath.Join(src.Path(), "deltas"))
		if want == nil {
			want = got
		}
		require.Equal(t, want, got)
	}
}

func TestDeltaEvents(t *testing.T) {
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	var events []string
	var last ostree.Event
	stats, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, MaxChunkSize: 100_000, Concurrency: 4,
		OnEvent:  func(e ostree.DeltaEvent) { events = append(events, e.String()) },
		Progress: ostree.ProgressFunc(func(e ostree.Event) { last = e })})
	require.NoError(t, err)
	require.Positive(t, stats.Copied)
	require.Positive(t, stats.Patched)
	require.Equal(t, last.Bytes.Total, last.Bytes.Done)
	part := 0
	for _, e := range events {
		if strings.HasPrefix(e, "part ") {
			part++
			require.Regexp(t, regexp.MustCompile(fmt.Sprintf(`^part %d n:\d+ compressed:\d+ uncompressed:\d+$`, part)), e)
		}
	}
	require.Equal(t, stats.Parts, part)
	require.Contains(t, events, fmt.Sprintf("rollsum for %d/%d modified", stats.Copied, countEvents(events)))
}

// countEvents reads the number of modified files.
func countEvents(events []string) (n int) {
	fmt.Sscanf(events[0], "modified: %d", &n)
	return n
}

func TestDeltaFallbacks(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "small"), []byte("s"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), bytes.Repeat([]byte{1}, 4_000_001), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "just not"), bytes.Repeat([]byte{2}, 4_000_000), 0o644))
	c := commitDir(t, r, dir, "main", owner0Modifier, nil)
	large, err := r.FS("main")
	require.NoError(t, err)
	require.NotNil(t, large)

	stats, err := r.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: c})
	require.NoError(t, err)
	require.Equal(t, 1, stats.Fallbacks)
	info, err := r.DeltaInfo(t.Context(), c.String())
	require.NoError(t, err)
	require.Len(t, info.Fallbacks, 1)
	require.EqualValues(t, 4_000_001, info.Fallbacks[0].USize)
	require.Equal(t, ostreeTool(t, "--repo="+r.Path(), "static-delta", "show", c.String()), info.Text())
	client := newRepo(t, ostree.ModeBareUser)
	path := filepath.Join(r.Path(), "deltas", stats.Name.Dir())
	_, err = client.ApplyDeltaOffline(t.Context(), path, nil)
	require.EqualError(t, err, "Cannot execute delta offline: contains nonempty http fallback entries")

	for _, size := range []int64{-1, 5_000_000} {
		stats, err = r.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: c, MinFallbackSize: size})
		require.NoError(t, err)
		require.Zero(t, stats.Fallbacks)
	}
	_, err = client.ApplyDeltaOffline(t.Context(), path, nil)
	require.NoError(t, err)
	requireComplete(t, client, c)
}

func TestDeltaFilename(t *testing.T) {
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	out := t.TempDir()
	o := &ostree.DeltaOptions{From: from, To: to, Filename: filepath.Join(out, "some.delta"), MaxChunkSize: 100_000, Time: deltaTime}
	stats, err := src.GenerateDelta(t.Context(), o)
	require.NoError(t, err)
	names, err := src.StaticDeltas()
	require.NoError(t, err)
	require.Empty(t, names)
	files := filesBelow(t, out)
	require.Len(t, files, stats.Parts+1)
	info, err := src.DeltaInfo(t.Context(), o.Filename)
	require.NoError(t, err)
	require.Len(t, info.Parts, stats.Parts)
	for i := range 2 { // the second time over the first
		c := clientWith(t, src, from, ostree.ModeBareUser)
		_, err = c.ApplyDeltaOffline(t.Context(), o.Filename, nil)
		require.NoError(t, err, "%d", i)
		requireComplete(t, c, to)
		_, err = src.GenerateDelta(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, files, filesBelow(t, out))
	}
	theirs := clientWith(t, src, from, ostree.ModeBareUser)
	ostreeTool(t, "static-delta", "apply-offline", "--repo="+theirs.Path(), o.Filename)
	requireComplete(t, theirs, to)

	o.Inline, o.Filename = true, filepath.Join(out, "inline/d")
	_, err = src.GenerateDelta(t.Context(), o)
	require.ErrorContains(t, err, "No such file or directory")
	require.NoError(t, os.Mkdir(filepath.Join(out, "inline"), 0o755))
	_, err = src.GenerateDelta(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, filesBelow(t, filepath.Join(out, "inline")), 1)
}

// A delta takes the place of an older one with all of its files.
func TestDeltaIsReplacedWhole(t *testing.T) {
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	o := &ostree.DeltaOptions{From: from, To: to, MaxChunkSize: 1}
	stats, err := src.GenerateDelta(t.Context(), o)
	require.NoError(t, err)
	dir := filepath.Join(src.Path(), "deltas", stats.Name.Dir())
	require.Greater(t, len(filesBelow(t, dir)), 20)
	o.MaxChunkSize, o.Inline = 0, true
	_, err = src.GenerateDelta(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, filesBelow(t, dir), 1)
	before := filesBelow(t, dir)

	again, err := src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to, IfNotExists: true})
	require.NoError(t, err)
	require.True(t, again.Exists)
	require.Equal(t, before, filesBelow(t, dir))

	// A run that fails or is given up changes nothing and leaves nothing.
	ctx, cancel := context.WithCancel(t.Context())
	_, err = src.GenerateDelta(ctx, &ostree.DeltaOptions{From: from, To: to, MaxChunkSize: 1,
		OnEvent: func(e ostree.DeltaEvent) {
			if p, ok := e.(*ostree.DeltaPart); ok && p.Number == 3 {
				cancel()
			}
		}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, before, filesBelow(t, dir))
	left, err := filepath.Glob(filepath.Join(src.Path(), "tmp/delta-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestDeltaRefuses(t *testing.T) {
	src, from, to := versions(t, ostree.ModeArchive, testutil.Seed(t))
	_, err := src.GenerateDelta(t.Context(), nil)
	require.Error(t, err)
	_, err = src.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: object.Checksum{7}})
	require.ErrorIs(t, err, ostree.ErrNotFound)
	require.ErrorContains(t, err, "static delta 07")
	_, err = src.GenerateDelta(t.Context(), &ostree.DeltaOptions{To: to, From: object.Checksum{7}})
	require.ErrorIs(t, err, ostree.ErrNotFound)
	require.NoDirExists(t, filepath.Join(src.Path(), "deltas"))

	// A new file that is missing, and one that is damaged.
	set, err := src.Traverse(t.Context(), []object.Checksum{from}, nil)
	require.NoError(t, err)
	all, err := src.Traverse(t.Context(), []object.Checksum{to}, nil)
	require.NoError(t, err)
	for n := range all.All() {
		if n.Type != object.TypeFile || set.Has(n) {
			continue
		}
		path := filepath.Join(src.Path(), "objects", n.LoosePath(true))
		old, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.Remove(path))
		_, err = src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
		require.ErrorIs(t, err, ostree.ErrNotFound)
		require.NoError(t, os.WriteFile(path, old[:len(old)-1], 0o644))
		_, err = src.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
		if len(old) > 100 {
			require.ErrorContains(t, err, "static delta")
			break
		}
		require.NoError(t, os.WriteFile(path, old, 0o644))
	}
	require.NoDirExists(t, filepath.Join(src.Path(), "deltas"))
}

// What a client may not be able to read is no source: a file is brought as a whole then.
func TestDeltaSourceMustBeReadable(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	dir := t.TempDir()
	text := strings.Repeat("0123456789", 1000)
	commit := func(content string, mode os.FileMode) object.Checksum {
		f := filepath.Join(dir, "f")
		require.NoError(t, os.WriteFile(f, []byte(content), 0o644))
		require.NoError(t, os.Chmod(f, mode))
		return commitDir(t, r, dir, "main", owner0Modifier, nil)
	}
	for _, c := range []struct {
		mode    os.FileMode
		patched int
	}{{0o644, 1}, {0o640, 0}} {
		from := commit(text, c.mode)
		to := commit(text+"!", c.mode)
		stats, err := r.GenerateDelta(t.Context(), &ostree.DeltaOptions{From: from, To: to})
		require.NoError(t, err)
		require.Equal(t, c.patched, stats.Patched)
	}
}
