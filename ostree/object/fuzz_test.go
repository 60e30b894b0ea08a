package object_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// The parsers of this package are hand-written for speed; the general GVariant reader judges them.

// mustNormal: what was accepted is in normal form, as the general reader sees it.
func mustNormal(t *testing.T, typ gvariant.Type, b []byte) gvariant.Value {
	t.Helper()
	v := gvariant.FromBytes(typ, b)
	require.True(t, v.IsNormal(), "%s %x", typ, b)
	return v
}

func validXattrs(v gvariant.Value) bool {
	last := ""
	for x := range v.Children() {
		name := string(x.Child(0).ByteArray())
		if len(name) < 2 || strings.IndexByte(name, 0) != len(name)-1 || name <= last {
			return false
		}
		last = name
	}
	return true
}

func FuzzDirTree(f *testing.F) {
	sum := object.Sum([]byte("x"))
	for _, n := range []int{0, 1, 3, 9, 40} {
		tree := &object.DirTree{}
		for i := range n {
			name := strings.Repeat(string(rune('a'+i%26)), 1+i)
			tree.Files = append(tree.Files, object.FileEntry{Name: name, Checksum: sum})
			tree.Dirs = append(tree.Dirs, object.DirEntry{Name: "d" + name, Tree: sum, Meta: sum})
		}
		f.Add(tree.Marshal())
	}
	for _, name := range []string{"", ".", "..", "a/b", "\xff", "é"} {
		f.Add((&object.DirTree{Files: []object.FileEntry{{Name: name}}}).Marshal())
		f.Add((&object.DirTree{Dirs: []object.DirEntry{{Name: name}}}).Marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := object.ParseDirTree(b)
		v := gvariant.FromBytes("(a(say)a(sayay))", b)
		if err != nil {
			require.False(t, v.IsNormal() && validTree(v), "refused: %v", err)
			return
		}
		require.True(t, validTree(mustNormal(t, v.Type(), b)))
		require.Equal(t, b, tree.Marshal())
		require.Equal(t, object.Sum(b), tree.Checksum())
		require.Len(t, tree.Files, v.Child(0).Len())
		for i, e := range tree.Files {
			require.Equal(t, v.Child(0).Child(i).Child(0).Str(), e.Name)
		}
		for i, e := range tree.Dirs {
			require.Equal(t, v.Child(1).Child(i).Child(2).ByteArray(), e.Meta[:])
		}
	})
}

func validTree(v gvariant.Value) bool {
	for list := range v.Children() {
		for e := range list.Children() {
			name := e.Child(0).Str()
			if name == "" || name == "." || name == ".." || strings.Contains(name, "/") || !utf8.ValidString(name) {
				return false
			}
			for i := 1; i < e.Len(); i++ {
				if len(e.Child(i).ByteArray()) != object.ChecksumSize {
					return false
				}
			}
		}
	}
	return true
}

func FuzzDirMeta(f *testing.F) {
	f.Add(dirMeta.Marshal())
	f.Add((&object.DirMeta{UID: 7, GID: 8, Mode: 0o41777, Xattrs: object.Xattrs{{Name: "a", Value: make([]byte, 300)}, {Name: "b"}}}).Marshal())
	f.Add((&object.DirMeta{Mode: 0o100644}).Marshal())
	f.Add(fileF.AppendMeta(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := gvariant.FromBytes("(uuua(ayay))", b)
		fine := v.IsNormal() && validXattrs(v.Child(3))
		if m, err := object.ParseDirMeta(b); err == nil {
			require.True(t, fine)
			require.Equal(t, b, m.Marshal())
			require.Equal(t, object.ModeDir, m.Mode&^object.ModePerm)
		} else if fine {
			require.NotEqual(t, object.ModeDir, v.Child(2).Uint32BE()&^object.ModePerm, "refused: %v", err)
		}
		if h, err := object.ParseMeta(b); err == nil {
			require.True(t, fine)
			require.Equal(t, b, h.AppendMeta(nil))
		}
	})
}

func FuzzXattrs(f *testing.F) {
	for _, x := range []object.Xattrs{nil, userK, {{Name: "user.a"}, {Name: "user.b", Value: make([]byte, 260)}}, {{Name: "b"}, {Name: "a"}}, {{Name: ""}}} {
		f.Add(x.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := object.ParseXattrs(b)
		v := gvariant.FromBytes("a(ayay)", b)
		if err != nil {
			require.False(t, v.IsNormal() && validXattrs(v), "refused: %v", err)
			return
		}
		require.NoError(t, x.Validate())
		again, err := object.ParseXattrs(x.Append(nil))
		require.NoError(t, err)
		require.True(t, x.Equal(again))
		require.True(t, slices.IsSortedFunc(x, func(a, b object.Xattr) int { return strings.Compare(a.Name, b.Name) }))
		if v.IsNormal() {
			require.Equal(t, string(b), string(x.Append(nil)))
		}
	})
}

func FuzzFileHeader(f *testing.F) {
	for _, h := range []object.FileHeader{fileF, linkL, {UID: 1, GID: 2, Mode: 0o104755}, {Mode: 0o120777, Symlink: strings.Repeat("long/", 60)}, {Mode: 0o60644}} {
		f.Add(h.AppendContentHeader(nil))
		f.Add(h.AppendArchiveHeader(nil, 6))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := object.HeaderLength(b, uint64(len(b)))
		if err != nil || n > len(b)-8 {
			return
		}
		b = b[8 : 8+n]
		if h, err := object.ParseContentHeader(b); err == nil {
			require.Equal(t, b, h.AppendContentHeader(nil)[8:])
			checkHeader(t, h, mustNormal(t, "(uuuusa(ayay))", b), 0)
		}
		h, size, err := object.ParseArchiveHeader(b)
		v := gvariant.FromBytes("(tuuuusa(ayay))", b)
		if err == nil {
			require.Equal(t, b, h.AppendArchiveHeader(nil, size)[8:])
			require.True(t, v.IsNormal())
			require.Equal(t, v.Child(0).Uint64BE(), size)
			checkHeader(t, h, v, 1)
		}
	})
}

func checkHeader(t *testing.T, h *object.FileHeader, v gvariant.Value, first int) {
	require.NoError(t, h.Validate())
	require.Equal(t, h.UID, v.Child(first).Uint32BE())
	require.Equal(t, h.Mode, v.Child(first+2).Uint32BE())
	require.Zero(t, v.Child(first+3).Uint32BE())
	require.Equal(t, h.Symlink, v.Child(first+4).Str())
	require.Equal(t, h.IsSymlink(), h.Symlink != "")
	require.Len(t, h.Xattrs, v.Child(first+5).Len())
	if h.IsSymlink() {
		return
	}
	meta, err := object.ParseMeta(h.AppendMeta(nil))
	require.NoError(t, err)
	require.True(t, meta.Xattrs.Equal(h.Xattrs))
}

func FuzzCommit(f *testing.F) {
	var md object.Dict
	md.Set("version", object.NewString("1"))
	md.Set(object.KeyRefBinding, object.NewStrings([]string{"a", "b"}))
	sum := object.Sum(nil)
	for _, c := range []object.Commit{{}, {Metadata: md.Value(), Parent: sum, Subject: "s", Body: strings.Repeat("b", 300), Timestamp: 1 << 40, Tree: sum, Meta: sum}} {
		f.Add(c.Marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := object.ParseCommit(b)
		require.Equal(t, err == nil, object.Validate(object.TypeCommit, b) == nil)
		if err != nil {
			return
		}
		v := mustNormal(t, object.CommitType, b)
		require.Equal(t, v.Child(3).Str(), c.Subject)
		if v.Child(2).Len() == 0 && !bytes.Equal(v.Child(1).ByteArray(), make([]byte, object.ChecksumSize)) {
			require.Equal(t, b, c.Marshal())
			require.Equal(t, object.Sum(b), c.Checksum())
		}
		for kv := range c.Metadata.Children() {
			require.NotEmpty(t, kv.Child(0).Str())
		}
	})
}

func FuzzNames(f *testing.F) {
	sum := object.MustChecksum("f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955")
	for typ := object.TypeFile; typ.Valid(); typ++ {
		n := object.Name{Checksum: sum, Type: typ}
		f.Add(n.String(), n.LoosePath(true))
		f.Add(sum.Base64(), n.LoosePath(false))
	}
	f.Add(strings.ToUpper(sum.String()), "f9/../"+sum.String()[2:]+".file")
	f.Fuzz(func(t *testing.T, s, path string) {
		if n, err := object.ParseName(s); err == nil {
			require.Contains(t, []string{s, strings.TrimSuffix(s, "z")}, n.String())
		}
		if c, err := object.ParseChecksum(s); err == nil {
			require.Equal(t, s, c.String())
			require.True(t, object.IsChecksum(s))
			text, err := c.MarshalText()
			require.NoError(t, err)
			var back object.Checksum
			require.NoError(t, back.UnmarshalText(text))
			require.Equal(t, c, back)
		} else {
			require.False(t, object.IsChecksum(s))
		}
		if c, err := object.ParseBase64(s); err == nil {
			require.Equal(t, s, c.Base64())
		}
		dir, file, _ := strings.Cut(path, "/")
		if n, ok := object.ParseLoosePath(dir, file); ok {
			require.Contains(t, []string{n.LoosePath(false), n.LoosePath(true), n.LoosePath(true) + "z"}, path)
		}
	})
}

// FuzzValidate: a metadata object of any type is accepted only in normal form.
func FuzzValidate(f *testing.F) {
	var md object.Dict
	md.Set("k", object.NewByteArray([]byte("v")))
	f.Add(uint8(object.TypeCommitMeta), md.Value().Bytes())
	f.Add(uint8(object.TypeTombstoneCommit), []byte{})
	f.Add(uint8(object.TypeFileXattrs), userK.Append(nil))
	f.Add(uint8(200), []byte("x"))
	types := map[object.Type]gvariant.Type{object.TypeDirTree: "(a(say)a(sayay))", object.TypeDirMeta: "(uuua(ayay))", object.TypeCommit: object.CommitType,
		object.TypeCommitMeta: "a{sv}", object.TypeTombstoneCommit: "a{sv}", object.TypeFileXattrs: "a(ayay)"}
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) {
		if object.Validate(object.Type(typ), b) == nil {
			mustNormal(t, types[object.Type(typ)], b)
		}
	})
}
