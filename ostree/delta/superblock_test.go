package delta_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

const (
	workedFrom = "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458"
	workedTo   = "f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955"
)

// worked parses the superblock of the specification's example, as the reference program made it.
func worked(t testing.TB) *delta.Superblock {
	t.Helper()
	b, err := os.ReadFile("testdata/worked/superblock")
	require.NoError(t, err)
	s, err := delta.ParseSuperblock(b)
	require.NoError(t, err)
	return s
}

func TestWorkedSuperblock(t *testing.T) {
	s := worked(t)
	require.Equal(t, workedFrom+"-"+workedTo, s.Name.String())
	require.Equal(t, "deltas/as/FcAtaW27meNABAK9xPwIOipE025ghg_XYnHEvLlFg-+WI0ZZ4Qy++kEux+Ccj1rREubh4c6DWirbFg+OVbuVU/superblock", s.Name.SuperblockPath())
	require.Equal(t, "little", s.Endianness.String())
	require.EqualValues(t, 0x6b089ef7, s.Timestamp)
	require.Len(t, s.Parts, 1)
	require.EqualValues(t, 305, s.Parts[0].Size)
	require.EqualValues(t, 150, s.Parts[0].USize)
	require.Empty(t, s.Fallbacks)
	require.False(t, s.Signed)
	commit, err := object.ParseCommit(s.Commit)
	require.NoError(t, err)
	require.Equal(t, "subj2", commit.Subject)
	b, err := os.ReadFile("testdata/worked/superblock")
	require.NoError(t, err)
	require.Equal(t, b, s.Marshal())
}

// example is a superblock with everything a superblock can have.
func example(big bool) *delta.Superblock {
	commit := &object.Commit{Metadata: (&object.Dict{}).Value(), Subject: "s", Timestamp: 5, Tree: object.Checksum{1}, Meta: object.Checksum{2}}
	md := &object.Dict{}
	mark := byte('l')
	if big {
		mark = 'B'
	}
	md.Set("first", object.NewString("mime/type"))
	md.Set(delta.KeyEndianness, gvariant.NewByte(mark))
	names := []object.Name{{Checksum: object.Checksum{3}, Type: object.TypeFile}, {Checksum: object.Checksum{4}, Type: object.TypeDirTree}}
	return &delta.Superblock{Metadata: md.Value(), Timestamp: 1 << 40, Name: delta.Name{From: object.Checksum{9}, To: commit.Checksum()},
		Commit: commit.Marshal(), Endianness: delta.Endianness{Big: big},
		Parts: []delta.PartHeader{
			{Checksum: object.Checksum{5}, Size: 300, USize: 1 << 33, Objects: names},
			{Checksum: object.Checksum{6}, Size: 70_000, USize: 2, Objects: names[:1]},
			{Checksum: object.Checksum{7}, Size: 2},
		},
		Fallbacks: []delta.Fallback{{Name: names[0], Size: 77, USize: 1 << 35}}}
}

func TestSuperblockRoundTrip(t *testing.T) {
	for _, big := range []bool{false, true} {
		s := example(big)
		b := s.Marshal()
		got, err := delta.ParseSuperblock(b)
		require.NoError(t, err)
		require.Equal(t, b, got.Payload)
		require.Equal(t, b, got.Marshal())
		require.Equal(t, s.Parts, got.Parts)
		require.Equal(t, s.Fallbacks, got.Fallbacks)
		require.Equal(t, s.Name, got.Name)
		require.Equal(t, s.Timestamp, got.Timestamp)
		require.Equal(t, big, got.Endianness.Big)
		require.False(t, got.Endianness.Heuristic)
		require.Equal(t, s.Metadata.Bytes(), got.Metadata.Bytes())
	}
}

// Parts that are streamed into the superblock give what a dictionary with them would.
func TestInlineParts(t *testing.T) {
	s := example(false)
	md := gvariant.DictFromValue(s.Metadata)
	files := make([][]byte, len(s.Parts))
	for i := range s.Parts {
		files[i] = bytes.Repeat([]byte{'x', byte(i)}, int(s.Parts[i].Size)/2)
		md.Set(s.Name.KeyInline(i), gvariant.FromBytes(delta.PartType, files[i]))
	}
	whole := *s
	whole.Metadata = md.Value()
	var b bytes.Buffer
	opened := 0
	require.NoError(t, s.WriteInline(&b, func(i int) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(bytes.NewReader(files[i])), nil
	}))
	require.Equal(t, 3, opened)
	require.True(t, bytes.Equal(whole.Marshal(), b.Bytes()))
	got, err := delta.ParseSuperblock(b.Bytes())
	require.NoError(t, err)
	for i := range files {
		file, ok := got.InlinePart(i)
		require.True(t, ok)
		require.True(t, bytes.Equal(files[i], file))
	}
	_, ok := got.InlinePart(3)
	require.False(t, ok)
	require.ErrorContains(t, s.WriteInline(io.Discard, func(i int) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[i][1:])), nil
	}), "part 0: unexpected EOF")
}

func TestSignedSuperblock(t *testing.T) {
	s := example(true)
	md := &object.Dict{}
	md.Set("ostree.sign.dummy", gvariant.NewArray(gvariant.TypeByteArray, object.NewByteArray([]byte("sig"))))
	b := delta.Sign(s.Marshal(), md.Value())
	require.Equal(t, "OSTSGNDT", string(b[:8]))
	got, err := delta.ParseSuperblock(b)
	require.NoError(t, err)
	require.True(t, got.Signed)
	require.Equal(t, s.Marshal(), got.Payload)
	require.Equal(t, md.Value().Bytes(), got.Signatures.Bytes())
	require.Equal(t, s.Parts, got.Parts)
}

// Deltas from before the mark: the order is guessed by what the sizes would mean.
func TestEndiannessIsGuessed(t *testing.T) {
	for _, big := range []bool{false, true} {
		s := example(big)
		s.Metadata = (&object.Dict{}).Value()
		s.Fallbacks = nil
		s.Parts[0].USize, s.Parts[1].USize = 1<<30, 100_000
		got, err := delta.ParseSuperblock(s.Marshal())
		require.NoError(t, err)
		require.True(t, got.Endianness.Heuristic)
		require.Equal(t, big, got.Endianness.Big)
		require.Equal(t, s.Parts, got.Parts)
	}
}

func TestSuperblockRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *delta.Superblock)
		want   string
	}{
		"newer part":       {func(s *delta.Superblock) { s.Parts[1].Version = 1 }, "Delta part has too new version 1"},
		"unknown mark":     {func(s *delta.Superblock) { s.Metadata = mark('x') }, "Invalid endianness '120'"},
		"other commit":     {func(s *delta.Superblock) { s.Name.To[0]++ }, "commit in it has checksum"},
		"other object":     {func(s *delta.Superblock) { s.Parts[0].Objects[0].Type = object.TypeCommitMeta }, "Invalid object type 6"},
		"foreign commit":   {func(s *delta.Superblock) { s.Parts[0].Objects[0].Type = object.TypeCommit }, "Invalid object type 4"},
		"fallback to none": {func(s *delta.Superblock) { s.Fallbacks[0].Name.Type = 77 }, "Invalid object type 77"},
		"huge size":        {func(s *delta.Superblock) { s.Parts[0].USize = 1 << 63 }, "invalid size of a part"},
	} {
		t.Run(name, func(t *testing.T) {
			s := example(false)
			c.change(s)
			_, err := delta.ParseSuperblock(s.Marshal())
			require.ErrorContains(t, err, c.want)
		})
	}
	good := example(false).Marshal()
	for n := range good {
		_, err := delta.ParseSuperblock(good[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

func mark(b byte) object.Variant {
	md := &object.Dict{}
	md.Set(delta.KeyEndianness, gvariant.NewByte(b))
	return md.Value()
}
