package bls_test

import (
	"fmt"
	"os"
	"testing/fstest"

	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

func Example() {
	entry, err := bls.Parse([]byte("title DemoOS (ostree:0)\nversion 1\noptions rw ostree=/ostree/boot.1/os/3f/0\nlinux /ostree/os-3f/vmlinuz\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	args := kargs.Parse(entry.Value(bls.KeyOptions))
	args.Set("ostree=/ostree/boot.0/os/3f/0")
	entry.Set(bls.KeyOptions, args.String())
	entry.SetInitrds("/ostree/os-3f/initramfs.img", "/ostree/initramfs-overlays/9e10.img")

	data, err := entry.Marshal()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bls.Name{Number: 1, Tries: bls.Tries{Left: 3}})
	os.Stdout.Write(data)
	// Output:
	// ostree-1+3.conf
	// title DemoOS (ostree:0)
	// version 1
	// options rw ostree=/ostree/boot.0/os/3f/0
	// linux /ostree/os-3f/vmlinuz
	// initrd /ostree/os-3f/initramfs.img
	// initrd /ostree/initramfs-overlays/9e10.img
}

func ExampleReadDir() {
	boot := fstest.MapFS{ // on a machine os.DirFS("/boot")
		"loader/entries/ostree-1.conf": {Data: []byte("title old\nversion 9\n")},
		"loader/entries/ostree-2.conf": {Data: []byte("title new\nversion 10\n")},
		"loader/entries/other.conf":    {Data: []byte("title of another program\n")},
	}
	files, err := bls.ReadDir(boot, "loader/entries")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		fmt.Println(f.Name, f.Entry.Value(bls.KeyTitle))
	}
	// Output:
	// ostree-2.conf new
	// ostree-1.conf old
}
