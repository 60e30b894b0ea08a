package object_test

import (
	"encoding/hex"
	"testing"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

var (
	userK   = object.Xattrs{{Name: "user.k", Value: []byte("v1")}}
	fileF   = object.FileHeader{Mode: 0o100644, Xattrs: userK}
	linkL   = object.FileHeader{Mode: 0o120777, Symlink: "f"}
	dirMeta = object.DirMeta{Mode: 0o40755}
)

// The worked example of the repository format: one file with an xattr, one symlink, one directory.
func TestWorkedExample(t *testing.T) {
	f := object.ContentChecksum(&fileF, []byte("hello\n"))
	require.Equal(t, "066b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2", f.String())
	require.Equal(t, "0000001d00000000"+"0000000000000000000081a400000000"+"00757365722e6b007631070a11",
		hex.EncodeToString(fileF.AppendContentHeader(nil)))
	l := object.ContentChecksum(&linkL, nil)
	require.Equal(t, "43f338ad", l.String()[:8])
	require.Equal(t, "0000001b00000000"+"0000000000000000"+"00000000000000000000a1ff00000000"+"66001a",
		hex.EncodeToString(linkL.AppendArchiveHeader(nil, 0)))
	require.Equal(t, "0000002500000000"+"0000000000000006"+"0000000000000000000081a400000000"+"00757365722e6b007631070a19",
		hex.EncodeToString(fileF.AppendArchiveHeader(nil, 6)))
	require.Equal(t, "0000000000000000000041ed", hex.EncodeToString(dirMeta.Marshal()))
	require.Equal(t, "446a0ef1", dirMeta.Checksum().String()[:8])

	d := object.DirTree{Files: []object.FileEntry{{Name: "f", Checksum: f}, {Name: "l", Checksum: l}}}
	require.Equal(t, "5afda0c7", d.Checksum().String()[:8])
	root := object.DirTree{Dirs: []object.DirEntry{{Name: "d", Tree: d.Checksum(), Meta: dirMeta.Checksum()}}}
	require.Equal(t, "b9b76e6e", root.Checksum().String()[:8])

	var md object.Dict
	md.Set("version", object.NewString("1.0"))
	md.Set("ostree.ref-binding", object.NewStrings([]string{"ex/main"}))
	c := object.Commit{Metadata: md.Value(), Subject: "subj", Body: "body", Timestamp: 1700000000,
		Tree: root.Checksum(), Meta: dirMeta.Checksum()}
	require.Equal(t, "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458", c.Checksum().String())

	back, err := object.ParseCommit(c.Marshal())
	require.NoError(t, err)
	require.Equal(t, c.Subject, back.Subject)
	require.Equal(t, c.Timestamp, back.Timestamp)
	require.Equal(t, c.Tree, back.Tree)
	require.True(t, back.Parent.IsZero())
}

func TestMarshalledFormsParse(t *testing.T) {
	var files []object.FileEntry
	var dirs []object.DirEntry
	for i := range 700 {
		n := string([]byte{byte('a' + i/26/26), byte('a' + i/26%26), byte('a' + i%26)})
		files = append(files, object.FileEntry{Name: n, Checksum: object.Sum([]byte(n))})
		dirs = append(dirs, object.DirEntry{Name: "d" + n, Tree: object.Sum([]byte("t" + n)), Meta: object.Sum([]byte(n))})
	}
	for _, count := range []int{0, 1, 2, 5, 6, 7, 100, 700} {
		tree := &object.DirTree{Files: files[:count], Dirs: dirs[:count]}
		back, err := object.ParseDirTree(tree.Marshal())
		require.NoError(t, err, count)
		require.Len(t, back.Files, count)
		require.Equal(t, tree.Marshal(), back.Marshal())
	}
	long := object.FileHeader{Mode: 0o100644, Xattrs: object.Xattrs{{Name: "user.a", Value: make([]byte, 300)}, {Name: "user.b", Value: make([]byte, 70000)}}}
	h, size, err := object.ParseArchiveHeader(long.AppendArchiveHeader(nil, 77)[8:])
	require.NoError(t, err)
	require.EqualValues(t, 77, size)
	require.Equal(t, long, *h)
	h, err = object.ParseContentHeader(long.AppendContentHeader(nil)[8:])
	require.NoError(t, err)
	require.Equal(t, long, *h)
	h, err = object.ParseMeta(long.AppendMeta(nil))
	require.NoError(t, err)
	require.Equal(t, long, *h)
}

func TestBadObjectsAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"": "Invalid NULL filename", ".": "Invalid self-referential filename '.'", "..": "Invalid path uplink filename '..'",
		"../afile": "Invalid / in filename ../afile", "\xff": "Invalid UTF-8 in filename \uFFFD",
	} {
		tree := object.DirTree{Files: []object.FileEntry{{Name: name}}}
		_, err := object.ParseDirTree(tree.Marshal())
		require.EqualError(t, err, want)
	}
	_, err := object.ParseDirMeta((&object.DirMeta{Mode: 0o100644}).Marshal())
	require.ErrorContains(t, err, "not a directory")
	_, err = object.ParseDirMeta((&object.DirMeta{Mode: 0o40755, Xattrs: object.Xattrs{{Name: "b"}, {Name: "a"}}}).Marshal())
	require.EqualError(t, err, "Incorrectly sorted xattr name (prev=b, cur=a), index=1")
	_, err = object.ParseDirMeta((&object.DirMeta{Mode: 0o40755, Xattrs: object.Xattrs{{Name: "b"}, {Name: "b"}}}).Marshal())
	require.EqualError(t, err, "Duplicate xattr name, index=1")
	_, err = object.ParseDirTree([]byte{0, 0})
	require.ErrorIs(t, err, object.ErrNotNormal)
	_, err = object.ParseCommit([]byte("bogus"))
	require.ErrorIs(t, err, object.ErrNotNormal)
	_, err = object.ParseChecksum("abc")
	require.EqualError(t, err, "Invalid rev abc")
}

func TestNames(t *testing.T) {
	c := object.MustChecksum("f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955")
	require.Equal(t, "+WI0ZZ4Qy++kEux+Ccj1rREubh4c6DWirbFg+OVbuVU", c.Base64())
	back, err := object.ParseBase64(c.Base64())
	require.NoError(t, err)
	require.Equal(t, c, back)
	n := object.Name{Checksum: c, Type: object.TypeFile}
	require.Equal(t, "f9/6234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955.filez", n.LoosePath(true))
	m, ok := object.ParseLoosePath("f9", n.LoosePath(true)[3:])
	require.True(t, ok)
	require.Equal(t, n, m)
}
