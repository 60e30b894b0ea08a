package ostree

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

func summaryList(names ...string) gvariant.Value {
	var items []gvariant.Value
	for _, name := range names {
		md := &object.Dict{}
		md.Set(SummaryRefKeyTimestamp, gvariant.NewUint64BE(1700000000))
		md.Set(SummaryRefKeyVersion, gvariant.NewString("1"))
		items = append(items, gvariant.NewTuple(gvariant.NewString(name),
			gvariant.NewTuple(gvariant.NewUint64(174), gvariant.NewByteArray(make([]byte, 32)), md.Value())))
	}
	return gvariant.NewArray(summaryRefsType.Elem(), items...)
}

func FuzzSummary(f *testing.F) {
	md := &object.Dict{}
	md.Set(SummaryKeyMode, gvariant.NewString("archive-z2"))
	md.Set(SummaryKeyLastModified, gvariant.NewUint64BE(1700000000))
	md.Set(SummaryKeyTombstones, gvariant.NewBool(true))
	deltas := &object.Dict{}
	deltas.Set(strings.Repeat("0", 64), gvariant.NewByteArray(make([]byte, 32)))
	md.Set(SummaryKeyStaticDeltas, deltas.Value())
	add := func(names ...string) { f.Add(gvariant.NewTuple(summaryList(names...), md.Value()).Bytes(), "main") }
	add()
	add("a", "b/c", "main")
	add("b", "a", "a")
	add("../x")
	md.Set(SummaryKeyCollectionID, gvariant.NewString("org.example.A"))
	md.Set(SummaryKeyCollectionMap, gvariant.NewArray(summaryCollectionItemType,
		gvariant.NewDictEntry(gvariant.NewString("org.example.B"), summaryList("x", "y"))))
	add("a", "main")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		s, err := ParseSummary(data)
		if err != nil {
			return
		}
		require.Equal(t, string(data), string(s.Bytes()))
		require.True(t, s.Variant().IsNormal())
		text, refs := s.Text(time.UTC), s.Refs()
		for _, ref := range refs {
			require.NoError(t, ValidateRefName(ref.Ref))
			require.Contains(t, text, ref.Ref)
			require.Contains(t, text, ref.Checksum.String())
			got, ok := s.Lookup(ref.CollectionRef)
			require.True(t, ok || !ascending(refs), "%s is not found", ref.CollectionRef)
			require.True(t, !ok || got.Ref == ref.Ref)
		}
		if got, ok := s.Lookup(CollectionRef{Ref: name}); ok {
			require.True(t, slices.ContainsFunc(refs, func(r SummaryRef) bool { return r.CollectionRef == got.CollectionRef && r.Checksum == got.Checksum }))
		}
		require.True(t, slices.IsSorted(s.MetadataKeys()))
		require.Len(t, s.allRefs(), len(refs))
		s.StaticDeltas()
		s.Expires()
	})
}

const metalinkText = `<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/"><files>
<file name="other"><size>1</size></file>
<file name="summary"><size>3</size><verification>
<hash type="md5">x</hash><hash type="sha256">ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</hash>
</verification><resources><url protocol="rsync">rsync://x/</url><url protocol="https"> https://host/repo/summary </url></resources></file>
</files></metalink>`

func FuzzMetalink(f *testing.F) {
	f.Add([]byte(metalinkText))
	f.Add([]byte(strings.Replace(metalinkText, "<size>3<", "<size>99999999999999999999<", 1)))
	f.Add([]byte("not xml"))
	f.Add([]byte("<a><b>&lol;</b></a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMetalink(data, "summary")
		if err != nil {
			require.Less(t, len(err.Error()), 1500)
			return
		}
		require.True(t, m.size > 0 && m.size <= MaxSummarySize)
		require.NotEmpty(t, m.urls)
		for sum, size := range map[string]int{m.sha256: 32, m.sha512: 64} {
			if b, err := hex.DecodeString(sum); sum != "" {
				require.NoError(t, err)
				require.Len(t, b, size)
			}
		}
		content := make([]byte, min(m.size, 1<<16))
		if sum := sha256.Sum256(content); m.sha512 == "" && m.size <= 1<<16 {
			require.Equal(t, m.sha256 == hex.EncodeToString(sum[:]), m.verify(content) == nil)
		}
		require.Error(t, m.verify(make([]byte, m.size+1)))
	})
}

func TestMetalinkExample(t *testing.T) {
	m, err := parseMetalink([]byte(metalinkText), "summary")
	require.NoError(t, err)
	require.Equal(t, []string{"https://host/repo/summary"}, m.urls)
	require.NoError(t, m.verify([]byte("abc")))
	require.EqualError(t, m.verify([]byte("abcd")), "Expected size is 3 bytes but content is 4 bytes")
	require.ErrorContains(t, m.verify([]byte("abd")), "Expected checksum is ba7816bf")
}
