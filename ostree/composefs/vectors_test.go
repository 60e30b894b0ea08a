package composefs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/composefs"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

func write(t testing.TB, root *composefs.Node, opts *composefs.Options) ([]byte, string) {
	t.Helper()
	var b bytes.Buffer
	digest, err := composefs.Write(&b, root, opts)
	require.NoError(t, err)
	require.Equal(t, fsverity.Sum(b.Bytes()), digest, "digest computed while writing")
	require.Zero(t, b.Len()%4096, "image is a whole number of blocks")
	return b.Bytes(), hex.EncodeToString(digest[:])
}

func sha(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func dir(name string, children ...*composefs.Node) *composefs.Node {
	return &composefs.Node{Name: name, Mode: 0o40755, Children: children}
}

func symlink(name, target string) *composefs.Node {
	return &composefs.Node{Name: name, Mode: 0o120777, Target: target}
}

func tiny() *composefs.Node {
	digest := fsverity.Sum([]byte("hello\n"))
	return dir("", dir("d",
		&composefs.Node{
			Name: "f", Mode: 0o100644, Size: 6, Digest: &digest,
			Payload: "06/6b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2.file",
			Xattrs:  []composefs.Xattr{{Name: "user.k", Value: []byte("v1")}},
		},
		symlink("l", "f"),
	))
}

// The tiny image was made by the reference implementation.
func TestTinyImage(t *testing.T) {
	image, digest := write(t, tiny(), nil)
	require.Len(t, image, 16384)
	require.Equal(t, "e2e1f5e0"+"00000000"+"06000000"+"0c00"+"2400"+"0401000000000000", hex.EncodeToString(image[1024:1048]))
	require.Equal(t, "04000000"+"00000000"+"02000000", hex.EncodeToString(image[1060:1072]))
	require.Equal(t, "00000600ed4103000010000000000000"+"03000000", hex.EncodeToString(image[0x480:0x494]))
	require.Equal(t, "ffffefff"+"0000000000000000"+"0e040100"+hex.EncodeToString([]byte("overlay.opaquey")), hex.EncodeToString(image[0x4a0:0x4bf]))
	require.Equal(t, "01ba58c5288493ce8e631dc2169d4cb6cb8786d04fdb9b0d8327640e6f95c6da", sha(image))
	require.Equal(t, "a8faf0539662947bd669351962141c4bca3cef9f3e847b3e4c80e9ca6ed0f5df", digest)
}

// ostreeFile describes a content object of OSTree: its name is the SHA-256 of
// a header (owner, mode, no xattrs) and the content.
func ostreeFile(name string, mode uint32, content string, verity bool) *composefs.Node {
	head := binary.BigEndian.AppendUint32(nil, 0) // uid
	head = binary.BigEndian.AppendUint32(head, 0) // gid
	head = binary.BigEndian.AppendUint32(head, mode)
	head = binary.BigEndian.AppendUint32(head, 0) // rdev
	head = append(head, 0)                        // no symlink target, no xattrs
	head = append(head, byte(len(head)))          // framing: the end of the target
	stream := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	stream = append(append(append(stream, 0, 0, 0, 0), head...), content...)
	sum := sha(stream)
	n := &composefs.Node{Name: name, Mode: mode, Size: uint64(len(content)), Payload: sum[:2] + "/" + sum[2:] + ".file"}
	if verity {
		digest := fsverity.Sum([]byte(content))
		n.Digest = &digest
	}
	return n
}

func ostreeTree(verity bool) *composefs.Node {
	file := func(name string, mode uint32, content string) *composefs.Node {
		return ostreeFile(name, 0o100000|mode, content+"\n", verity)
	}
	root := dir("",
		file("firstfile", 0o644, "first"),
		symlink("somelink", "nosuchfile"),
		dir("baz",
			file("cow", 0o644, "moo"), file("cowro", 0o600, "mooro"), file("saucer", 0o644, "alien"),
			dir("deeper", file("ohyeah", 0o644, "hi"), file("ohyeahx", 0o755, "hix")),
			dir("another", file("y", 0o644, "x")),
			dir("sub1", file("duplicate_a", 0o644, "SAME_CONTENT"), file("duplicate_b", 0o644, "SAME_CONTENT")),
			dir("sub2", file("duplicate_c", 0o644, "SAME_CONTENT")),
			symlink("alink", "nonexistent"),
		))
	composefs.EnsureTopLevel(root)
	return root
}

// The images were made by ostree, from a commit.
func TestImagesOfOSTree(t *testing.T) {
	image, digest := write(t, ostreeTree(true), nil)
	require.Equal(t, "be956966c70970ea23b1a8043bca58cfb0d011d490a35a7817b36d04c0210954", digest)
	require.Equal(t, "031fab2c7f390b752a820146dc89f6880e5739cba7490f64024e0c7d11aad7c9", sha(image))
	image, _ = write(t, ostreeTree(false), nil)
	require.Equal(t, "78f873a76ccfea3ad7c86312ba0e06f8e0bca54ab4912b23871b31caafe59c24", sha(image))
}

// The version is only seen in the header, unless there are whiteouts.
func TestVersions(t *testing.T) {
	v0, _ := write(t, tiny(), &composefs.Options{Version: composefs.Version0})
	auto, _ := write(t, tiny(), nil)
	v1, _ := write(t, tiny(), &composefs.Options{Version: composefs.Version1})
	require.Equal(t, v0, auto)
	require.Equal(t, byte(1), v1[12])
	v1[12] = 0
	require.Equal(t, v0, v1)

	whiteout := dir("", dir("d", &composefs.Node{Name: "gone", Mode: 0o20000}))
	v0, _ = write(t, whiteout, &composefs.Options{Version: composefs.Version0})
	auto, _ = write(t, whiteout, nil)
	v1, _ = write(t, whiteout, &composefs.Options{Version: composefs.Version1})
	require.Equal(t, v1, auto)
	require.NotContains(t, string(v0), "overlay.overlay.opaquex")
	require.Contains(t, string(v1), "overlay.overlay.opaquex")
	_, err := composefs.Digest(whiteout, &composefs.Options{Version: 3})
	require.ErrorIs(t, err, composefs.ErrInvalid)
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	a := dir("", symlink("a", "1"), symlink("b", "2"), dir("-x"), dir("..."))
	a.Xattrs = []composefs.Xattr{{Name: "user.a", Value: []byte("1")}, {Name: "security.b", Value: []byte("2")}}
	b := dir("", a.Children[3], a.Children[2], a.Children[1], a.Children[0])
	b.Xattrs = []composefs.Xattr{a.Xattrs[1], a.Xattrs[0]}
	before := strings.Join([]string{b.Children[0].Name, b.Children[1].Name}, " ")
	imageA, _ := write(t, a, nil)
	imageB, _ := write(t, b, nil)
	require.Equal(t, imageA, imageB)
	require.Equal(t, "... -x", before, "the tree is not changed")
	require.Equal(t, "...", b.Children[0].Name)
}
