package composefs_test

import (
	"bytes"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/ostree/composefs"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

func Example() {
	digest := fsverity.Sum([]byte("hello\n"))
	root := &composefs.Node{Mode: 0o40755, Children: []*composefs.Node{
		{Name: "greeting", Mode: 0o100644, Size: 6, Payload: "06/6b4c7b.file", Digest: &digest},
		{Name: "link", Mode: 0o120777, Target: "greeting"},
	}}
	var image bytes.Buffer
	imageDigest, err := composefs.Write(&image, root, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d bytes, fs-verity digest %x…\n", image.Len(), imageDigest[:4])
	// Output: 16384 bytes, fs-verity digest 5de15a23…
}

// An image lists what the object folder must have.
func ExampleImage_Tree() {
	var file bytes.Buffer
	if _, err := composefs.Write(&file, tiny(), nil); err != nil {
		panic(err)
	}
	image, err := composefs.Open(bytes.NewReader(file.Bytes()))
	if err != nil {
		panic(err)
	}
	root, err := image.Tree()
	if err != nil {
		panic(err)
	}
	for path, n := range root.All() {
		fmt.Printf("%06o %s", n.Mode, path)
		if n.IsRegular() {
			fmt.Printf(" is %s", n.Payload)
		}
		fmt.Println()
	}
	// Output:
	// 040755 /
	// 040755 /d
	// 100644 /d/f is 06/6b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2.file
	// 120777 /d/l
}

func ExampleDump() {
	if err := composefs.Dump(os.Stdout, tiny()); err != nil {
		panic(err)
	}
	// Output:
	// / 0 40755 3 0 0 0 0.0 - - -
	// /d 0 40755 2 0 0 0 0.0 - - -
	// /d/f 6 100644 1 0 0 0 0.0 06/6b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2.file - 9c76eecc7b76fcb46199cb27b90cf59a660e10575bb0412128905129d5b1c2aa user.k=v1
	// /d/l 1 120777 1 0 0 0 0.0 f - -
}
