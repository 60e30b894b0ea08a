package composefs_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/nestos-dev/nestos/ostree/composefs"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

// system is like an operating system: 100 files in each of 1000 directories.
func system() *composefs.Node {
	label := []composefs.Xattr{{Name: "security.selinux", Value: []byte("system_u:object_r:lib_t:s0\x00")}}
	root := dir("")
	for i := range 1000 {
		d := dir(fmt.Sprintf("dir%04d", i))
		d.Xattrs = label
		for k := range 100 {
			digest := fsverity.Sum(fmt.Append(nil, i, k))
			d.Children = append(d.Children, &composefs.Node{
				Name: fmt.Sprintf("file%03d", k), Mode: 0o100644, Size: 1000, Digest: &digest, Xattrs: label,
				Payload: fmt.Sprintf("%02x/%x.file", digest[0], digest[1:]),
			})
		}
		root.Children = append(root.Children, d)
	}
	return root
}

func BenchmarkWrite(b *testing.B) {
	root := system()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composefs.Write(io.Discard, root, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	var image bytes.Buffer
	if _, err := composefs.Write(&image, system(), nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		im, err := composefs.Open(bytes.NewReader(image.Bytes()))
		if err == nil {
			_, err = im.Tree()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
