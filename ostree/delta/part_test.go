package delta_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/bsdiff"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func regular(mode uint32, xattrs ...object.Xattr) *object.FileHeader {
	return &object.FileHeader{Mode: object.ModeRegular | mode, Xattrs: xattrs}
}

// A part with objects of all kinds, written in both forms, makes exactly these objects.
func TestPartRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	for _, o := range []delta.PartOptions{{}, {Concurrency: 2}, {Uncompressed: true}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			have, made := newStore(), newStore()
			p := delta.NewPartWriter(t.TempDir())
			defer p.Close()
			for i := range 50 {
				old, add := random(rng.IntN(40_000)+1), random(rng.IntN(2000))
				source := have.add(regular(0o644), old)
				h := regular(0o600|uint32(i%3), object.Xattr{Name: "user.n", Value: []byte{byte(i % 4)}})
				cut := rng.IntN(len(old))
				data := bytes.Join([][]byte{old[:cut], add, old[cut:]}, nil)
				c := made.add(h, data)
				switch i % 5 {
				case 0:
					require.NoError(t, p.AddFile(c, h, int64(len(data)), bytes.NewReader(data)))
				case 1:
					pieces := []delta.Piece{{From: 0, To: 0, Len: int64(cut)}, {From: int64(cut), To: int64(cut + len(add)), Len: int64(len(old) - cut)}}
					if cut == 0 {
						pieces = pieces[1:]
					}
					require.NoError(t, p.AddCopied(c, h, int64(len(data)), source, pieces, bytes.NewReader(data)))
				case 2:
					var patch bytes.Buffer
					require.NoError(t, bsdiff.Diff(old, data, &patch))
					require.NoError(t, p.AddPatched(c, h, int64(len(data)), source, patch.Bytes()))
				case 3:
					link := &object.FileHeader{UID: uint32(i), Mode: object.ModeSymlink | 0o777, Symlink: fmt.Sprint("to", i)}
					delete(made.files, c)
					require.NoError(t, p.AddFile(made.add(link, nil), link, 0, nil))
				case 4:
					meta := (&object.DirMeta{UID: uint32(i), Mode: object.ModeDir | 0o755}).Marshal()
					n := object.Name{Checksum: object.Sum(meta), Type: object.TypeDirMeta}
					delete(made.files, c)
					made.meta[n] = meta
					require.NoError(t, p.AddMeta(n, meta))
				}
			}
			require.Equal(t, 50, p.Len())
			var file bytes.Buffer
			h, err := p.Encode(&file, &o)
			require.NoError(t, err)
			require.EqualValues(t, file.Len(), h.Size)

			info, err := delta.InspectPart(h, bytes.NewReader(file.Bytes()), "")
			require.NoError(t, err)
			require.Equal(t, p.BlobSize(), info.BlobSize)
			require.LessOrEqual(t, info.XattrSets, 5)
			require.Equal(t, 30, info.Ops.OpenSpliceClose)
			require.Equal(t, 20, info.Ops.Open)
			require.Equal(t, 10, info.Ops.Bspatch)

			before := len(have.files)
			require.NoError(t, delta.ApplyPart(t.Context(), have, h, bytes.NewReader(file.Bytes()), t.TempDir()))
			for c, data := range made.files {
				require.Equal(t, data, have.files[c])
				want, got := made.headers[c], have.headers[c]
				require.Equal(t, want.AppendContentHeader(nil), got.AppendContentHeader(nil))
			}
			require.Equal(t, made.meta, have.meta)
			require.Len(t, have.files, before+40)

			// Once more: everything is there, so nothing is written, nor read from the sources.
			clear(have.headers)
			require.NoError(t, delta.ApplyPart(t.Context(), have, h, bytes.NewReader(file.Bytes()), ""))
			require.Empty(t, have.headers)
		})
	}
}

// The bytes depend on neither concurrency nor whether the data went through a file.
func TestPartIsDeterministic(t *testing.T) {
	data := bytes.Repeat([]byte("some text, "), 1<<10)
	encode := func(concurrency, memory int) []byte {
		dir := t.TempDir()
		p := delta.NewPartWriter(dir)
		defer p.Close()
		p.SetMemory(memory)
		for i := range 100 {
			h := regular(uint32(i))
			require.NoError(t, p.AddFile(object.ContentChecksum(h, data), h, int64(len(data)), bytes.NewReader(data)))
		}
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, "the file must have no name")
		var file bytes.Buffer
		_, err = p.Encode(&file, &delta.PartOptions{Concurrency: concurrency})
		require.NoError(t, err)
		return file.Bytes()
	}
	want := encode(1, 64<<20)
	require.True(t, bytes.Equal(want, encode(2, 64<<20)))
	require.True(t, bytes.Equal(want, encode(1, 10_000)))
}

func TestPartWriterRefuses(t *testing.T) {
	p := delta.NewPartWriter("")
	defer p.Close()
	h := regular(0o644)
	require.ErrorContains(t, p.AddFile(object.Checksum{1}, h, 5, bytes.NewReader([]byte("abc"))), "unexpected EOF")
	data := bytes.NewReader([]byte("abcdef"))
	for _, pieces := range [][]delta.Piece{nil, {{To: 3, Len: 2}, {To: 4, Len: 1}}, {{To: 5, Len: 2}}, {{To: 1, Len: 0}}, {{To: -1, Len: 2}}} {
		require.Error(t, p.AddCopied(object.Checksum{1}, h, 6, object.Checksum{2}, pieces, data), "%v", pieces)
	}
	require.Zero(t, p.Len())
}

// The part in the specification's worked example, as the reference program made it.
func TestWorkedPart(t *testing.T) {
	s := worked(t)
	file, err := os.ReadFile("testdata/worked/0")
	require.NoError(t, err)
	info, err := delta.InspectPart(&s.Parts[0], bytes.NewReader(file), "")
	require.NoError(t, err)
	require.Equal(t, &delta.PartInfo{Modes: 1, XattrSets: 1, BlobSize: 206, OpsSize: 19,
		Ops: delta.Ops{OpenSpliceClose: 2, Open: 1, SetRead: 1, UnsetRead: 1, Close: 1, Bspatch: 1}}, info)

	store := newStore()
	source := regular(0o644, object.Xattr{Name: "user.k", Value: []byte("v1")})
	store.add(source, []byte("hello\n"))
	require.NoError(t, delta.ApplyPart(t.Context(), store, &s.Parts[0], bytes.NewReader(file), ""))
	require.Len(t, store.meta, 2)
	require.Equal(t, "hello2\n", string(store.files[object.MustChecksum("a353d18d2c781c3fc1e0591fe8d498907b786e1f6dd26fa4ec6f347ed145296f")]))

	// Our writer gives the same operations.
	p := delta.NewPartWriter("")
	defer p.Close()
	for _, n := range s.Parts[0].Objects[:2] {
		require.NoError(t, p.AddMeta(n, store.meta[n]))
	}
	var patch bytes.Buffer
	require.NoError(t, bsdiff.Diff([]byte("hello\n"), []byte("hello2\n"), &patch))
	last := s.Parts[0].Objects[2].Checksum
	require.NoError(t, p.AddPatched(last, source, 7, object.ContentChecksum(source, []byte("hello\n")), patch.Bytes()))
	var ours bytes.Buffer
	h, err := p.Encode(&ours, nil)
	require.NoError(t, err)
	require.LessOrEqual(t, ours.Len(), len(file))
	require.Equal(t, s.Parts[0].Objects, h.Objects)
	require.Equal(t, s.Parts[0].USize, h.USize)
	mine, err := delta.InspectPart(h, &ours, "")
	require.NoError(t, err)
	require.Equal(t, info, mine)
}
