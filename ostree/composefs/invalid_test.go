package composefs_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/composefs"
)

func TestWriteRejects(t *testing.T) {
	file := func(change func(*composefs.Node)) *composefs.Node {
		n := &composefs.Node{Name: "f", Mode: 0o100644, Size: 1, Payload: "x"}
		change(n)
		return dir("", n)
	}
	named := func(name string) *composefs.Node { return dir("", symlink(name, "x")) }
	xattr := func(name string, value int) *composefs.Node {
		return file(func(n *composefs.Node) { n.Xattrs = []composefs.Xattr{{Name: name, Value: make([]byte, value)}} })
	}
	manyXattrs := make([]composefs.Xattr, 5)
	for i := range manyXattrs {
		manyXattrs[i] = composefs.Xattr{Name: fmt.Sprint("user.", i), Value: make([]byte, 65535)}
	}
	twice := dir("twice")
	cycle := dir("cycle")
	cycle.Children = []*composefs.Node{cycle}
	deep := dir("x")
	for range composefs.MaxDepth + 1 {
		deep = dir("x", deep)
	}
	for name, c := range map[string]struct {
		root *composefs.Node
		text string
	}{
		"no root":            {nil, "root is not a directory"},
		"root is a file":     {&composefs.Node{Mode: 0o100644}, "root is not a directory"},
		"empty name":         {named(""), "empty name"},
		"dot":                {named("."), "reserved"},
		"dot dot":            {named(".."), "reserved"},
		"slash":              {named("a/b"), "slash"},
		"NUL":                {named("a\x00"), "NUL"},
		"long name":          {named(strings.Repeat("n", 256)), "256 bytes"},
		"nil child":          {dir("", nil), "nil child"},
		"name twice":         {dir("", dir("a"), dir("b"), symlink("a", "b")), `"a" is there twice`},
		"directory twice":    {dir("", dir("a", twice), dir("b", twice)), "in the tree twice"},
		"cycle":              {dir("", cycle), "in the tree twice"},
		"deep":               {dir("", deep), "levels"},
		"empty target":       {dir("", symlink("a", "")), "target"},
		"long target":        {dir("", symlink("a", strings.Repeat("t", 4096))), "target"},
		"NUL in target":      {dir("", symlink("a", "b\x00")), "target"},
		"unknown type":       {file(func(n *composefs.Node) { n.Mode = 0o644 }), "type"},
		"mode":               {file(func(n *composefs.Node) { n.Mode |= 1 << 16 }), "mode"},
		"nanoseconds":        {file(func(n *composefs.Node) { n.MtimeNsec = 1e9 }), "nanoseconds"},
		"file with children": {file(func(n *composefs.Node) { n.Children = []*composefs.Node{dir("x")} }), "children"},
		"size":               {file(func(n *composefs.Node) { n.Size = composefs.MaxFileSize + 1 }), "size"},
		"payload":            {file(func(n *composefs.Node) { n.Payload = strings.Repeat("p", 4095) }), "payload"},
		"content":            {file(func(n *composefs.Node) { n.Payload, n.Content = "", make([]byte, 5001) }), "content"},
		"content twice":      {file(func(n *composefs.Node) { n.Content = []byte("x") }), "content"},
		"xattr without name": {xattr("", 1), "xattr name"},
		"xattr name":         {xattr("user."+strings.Repeat("x", 251), 1), "xattr name"},
		"xattr NUL":          {xattr("user.\x00", 1), "xattr name"},
		"xattr value":        {xattr("user.x", 65536), "65536 bytes"},
		"xattr twice": {file(func(n *composefs.Node) {
			n.Xattrs = []composefs.Xattr{{Name: "user.a"}, {Name: "user.b"}, {Name: "user.a"}}
		}), `"user.a" is there twice`},
		"xattrs too large": {file(func(n *composefs.Node) { n.Xattrs = manyXattrs }), "too many"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			_, err := composefs.Write(&b, c.root, nil)
			require.ErrorIs(t, err, composefs.ErrInvalid)
			require.ErrorContains(t, err, c.text)
			require.Zero(t, b.Len(), "nothing is written")
		})
	}
}

type failingWriter struct{ after int }

var errFull = errors.New("disk full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.after -= len(p); w.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteReportsTheWriter(t *testing.T) {
	_, err := composefs.Write(&failingWriter{5}, tiny(), nil)
	require.ErrorIs(t, err, errFull)
}

// What is at the limits must work.
func TestLimits(t *testing.T) {
	long := strings.Repeat("n", 255)
	deep := dir("x")
	for range composefs.MaxDepth - 1 {
		deep = dir("x", deep)
	}
	big := &composefs.Node{Name: "big", Mode: 0o100644, Size: composefs.MaxFileSize, Payload: strings.Repeat("p", 4094)}
	big.Xattrs = []composefs.Xattr{{Name: "user." + strings.Repeat("x", 250), Value: make([]byte, 65535)}, {Name: "odd", Value: []byte{1}}, {Name: "user."}}
	root := dir("", symlink(long, strings.Repeat("t", 4095)), deep, big,
		&composefs.Node{Name: "full", Mode: 0o100600, Size: 4096 << 31, Payload: "a"},
		&composefs.Node{Name: "one", Mode: 0o100600, Size: 1})
	image, _ := write(t, root, nil)
	again := read(t, image)
	rewritten, _ := write(t, again, nil)
	require.Equal(t, image, rewritten)
	require.Equal(t, root.Child("big").Payload, again.Child("big").Payload)
	require.Equal(t, strings.Repeat("t", 4095), again.Child(long).Target)
}

func TestOpenRejects(t *testing.T) {
	image, _ := write(t, tiny(), nil)
	for name, change := range map[string]func([]byte) []byte{
		"empty":        func([]byte) []byte { return nil },
		"short":        func(b []byte) []byte { return b[:1100] },
		"cut off":      func(b []byte) []byte { return b[:len(b)-1] },
		"no blocks":    func(b []byte) []byte { clear(b[1024+36 : 1024+40]); return b },
		"magic":        func(b []byte) []byte { b[0]++; return b },
		"version":      func(b []byte) []byte { b[12] = 9; return b },
		"erofs magic":  func(b []byte) []byte { b[1024]++; return b },
		"block size":   func(b []byte) []byte { b[1036] = 9; return b },
		"incompatible": func(b []byte) []byte { b[1024+80] = 1; return b },
	} {
		_, err := composefs.Open(bytes.NewReader(change(bytes.Clone(image))))
		require.ErrorIs(t, err, composefs.ErrInvalid, name)
	}
}

// A forged image could make directories of the same bytes again and again.
func TestTreeIsBounded(t *testing.T) {
	var children []*composefs.Node
	for i := range 2000 {
		children = append(children, dir(fmt.Sprintf("dir%04d", i), dir("a"), dir("b")))
	}
	image, _ := write(t, dir("", children...), nil)
	im, err := composefs.Open(bytes.NewReader(image))
	require.NoError(t, err)
	root, err := im.Lookup("/")
	require.NoError(t, err)
	rootInode := image[root.NID*32:][:32]
	for _, c := range children { // all have the entries of the root
		in, err := im.Lookup(c.Name)
		require.NoError(t, err)
		b := image[in.NID*32:]
		binary.LittleEndian.PutUint16(b, 0) // no inline tail
		copy(b[8:12], rootInode[8:12])
		copy(b[16:20], rootInode[16:20])
	}
	im, err = composefs.Open(bytes.NewReader(image))
	require.NoError(t, err)
	_, err = im.Tree()
	require.ErrorIs(t, err, composefs.ErrInvalid)
}

func TestLookupErrors(t *testing.T) {
	image, _ := write(t, tiny(), nil)
	im, err := composefs.Open(bytes.NewReader(image))
	require.NoError(t, err)
	for _, path := range []string{"x", "/d/x", "d/f/x"} {
		_, err = im.Lookup(path)
		require.ErrorContains(t, err, "file does not exist", path)
	}
	_, err = im.Inode(1 << 60)
	require.ErrorIs(t, err, composefs.ErrInvalid)
	in, err := im.Lookup("d/f")
	require.NoError(t, err)
	_, err = im.Target(in)
	require.ErrorIs(t, err, composefs.ErrInvalid)
	xattrs, err := im.Xattrs(in)
	require.NoError(t, err)
	require.Len(t, xattrs, 3)
}

func TestParseDumpRejects(t *testing.T) {
	const root = "/ 0 40755 2 0 0 0 0.0 - - -\n"
	for name, text := range map[string]string{
		"empty":       "",
		"fields":      "/ 0 40755\n",
		"root twice":  root + root,
		"orphan":      root + "/a/b 0 40755 2 0 0 0 0.0 - - -\n",
		"relative":    root + "a 0 40755 2 0 0 0 0.0 - - -\n",
		"slash":       root + "/a/ 0 40755 2 0 0 0 0.0 - - -\n",
		"dir twice":   root + "/a 0 40755 2 0 0 0 0.0 - - -\n/a 0 40755 2 0 0 0 0.0 - - -\n",
		"hard link":   root + "/a 0 @100644 2 0 0 0 0.0 /b - -\n",
		"size":        root + "/a -1 100644 2 0 0 0 0.0 - - -\n",
		"mode":        root + "/a 0 10064x 2 0 0 0 0.0 - - -\n",
		"time":        root + "/a 0 100644 2 0 0 0 0 - - -\n",
		"digest":      root + "/a 1 100644 1 0 0 0 0.0 x - abcd\n",
		"content":     root + "/a 1 100644 1 0 0 0 0.0 - abc -\n",
		"escape":      root + "/a\\q 0 100644 1 0 0 0 0.0 - - -\n",
		"half escape": root + "/a\\x1 0 100644 1 0 0 0 0.0 - - -\n",
		"xattr":       root + "/a 0 100644 1 0 0 0 0.0 - - - user.a\n",
	} {
		_, err := composefs.ParseDump(strings.NewReader(text))
		require.ErrorIs(t, err, composefs.ErrInvalid, name)
	}
	_, err := composefs.ParseDump(io.MultiReader(strings.NewReader(root), &failingReader{}))
	require.ErrorIs(t, err, errFull)
}

type failingReader struct{}

func (*failingReader) Read([]byte) (int, error) { return 0, errFull }

// The example of the manual page of composefs-dump, in our own names.
func TestParseDump(t *testing.T) {
	const text = "/ 4096 40755 4 1000 1000 0 1695372970.944925700 - - - security.selinux=u:object_r:x:s0\\x00\n" +
		"/a\\x20dir 27 40755 2 1000 1000 0 1694598852.869646118 - - -\n" +
		"/a-dir 45 40755 2 1000 1000 0 1674041780.601887980 - - -\n" +
		"/a-dir/l 1 120777 1 0 0 0 -5.7 \\x2d - -\n" +
		"/inline.txt 10 100644 1 1000 1000 0 1697019909.446146440 - some-text\\n - user.a\\x3db=c\\\\d\n"
	root, err := composefs.ParseDump(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, "some-text\n", string(root.Child("inline.txt").Content))
	require.Equal(t, composefs.Xattr{Name: "user.a=b", Value: []byte(`c\d`)}, root.Child("inline.txt").Xattrs[0])
	link := root.Child("a-dir").Child("l")
	require.Equal(t, "-", link.Target)
	require.EqualValues(t, -5, link.MtimeSec)
	var b strings.Builder
	require.NoError(t, composefs.Dump(&b, root))
	require.Equal(t, text, b.String())
}
