package kernel_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

func Example() {
	dir, err := os.MkdirTemp("", "kernel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	modules := filepath.Join(dir, "tree/usr/lib/modules/6.1.0")
	_ = os.MkdirAll(modules, 0o755)
	_ = os.MkdirAll(filepath.Join(dir, "boot"), 0o755)
	_ = os.WriteFile(filepath.Join(modules, "vmlinuz"), []byte("KERNEL-A"), 0o644)
	_ = os.WriteFile(filepath.Join(modules, "initramfs.img"), []byte("INITRD-A"), 0o644)
	tree, _ := os.Open(filepath.Join(dir, "tree"))
	defer tree.Close()
	boot, _ := os.Open(filepath.Join(dir, "boot"))
	defer boot.Close()

	ctx := context.Background()
	layout, err := kernel.Find(ctx, tree, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(layout.Version, layout.Checksum[:8])
	name := "ostree/demo-" + layout.Checksum
	if err := kernel.Install(ctx, tree, layout, boot, name, nil); err != nil {
		fmt.Println(err)
		return
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "boot", name))
	for _, e := range entries {
		fmt.Println(e.Name())
	}
	// Output:
	// 6.1.0 cf7cc347
	// initramfs-6.1.0.img
	// vmlinuz-6.1.0
}
