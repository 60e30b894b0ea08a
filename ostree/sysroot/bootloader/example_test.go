package bootloader_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

func Example() {
	dir, err := os.MkdirTemp("", "sysroot")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, loader := range []string{"boot/loader.0", "boot/loader.1"} {
		_ = os.MkdirAll(filepath.Join(dir, loader), 0o755)
	}
	_ = os.Symlink("loader.0", filepath.Join(dir, "boot/loader"))
	_ = os.WriteFile(filepath.Join(dir, "boot/loader/uEnv.txt"), nil, 0o644)
	sysroot, _ := os.Open(dir)
	defer sysroot.Close()

	backend, err := bootloader.Select(sysroot, bootloader.Auto)
	if err != nil || backend == nil {
		fmt.Println(backend, err)
		return
	}
	fmt.Println(backend.Name())
	entry, _ := bls.Parse([]byte("title Demo\nlinux /ostree/demo-cf7c/vmlinuz\noptions rw ostree=/ostree/boot.1/demo/cf7c/0\n"))
	err = backend.Write(context.Background(), &bootloader.Request{
		Sysroot: sysroot, Path: dir, BootVersion: 1,
		Entries: []bootloader.Entry{{Config: entry, Deployment: "ostree/deploy/demo/deploy/26be.0"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(filepath.Join(dir, "boot/loader.1/uEnv.txt"))
	fmt.Print(string(text))
	// Output:
	// U-Boot
	// kernel_image=/boot/ostree/demo-cf7c/vmlinuz
	// bootargs=rw ostree=/ostree/boot.1/demo/cf7c/0
}

func ExampleWriteGrub2() {
	entry, _ := bls.Parse([]byte("title Demo (ostree:0)\nlinux /ostree/demo-cf7c/vmlinuz\noptions rw\n"))
	err := bootloader.WriteGrub2(os.Stdout, []*bls.Entry{entry}, &bootloader.Grub2Options{
		BootDeviceID: "5f2c", PrepareRootCache: "search --set=root 5f2c", Arch: "amd64",
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// menuentry 'Demo (ostree:0)' --class gnu-linux --class gnu --class os --unrestricted 'ostree-0-5f2c' {
	// load_video
	// set gfxpayload=keep
	// insmod gzio
	// search --set=root 5f2c
	// linux16 /ostree/demo-cf7c/vmlinuz rw
	// }
}
