package native_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver/native"
)

// The program has called rpmostree.Main first thing in main.
func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	if err := sysroot.InitFS(ctx, dir, 0); err != nil {
		fmt.Println(err)
		return
	}
	d, err := native.Open(ctx, dir, &native.Options{Reboot: func(context.Context) error {
		fmt.Println("the power supply is cycled now")
		return nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	// Nobody has staged anything, and so nothing is booted.
	fmt.Println(d.Finalize(ctx, cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "2da8ad77b8b8ad1d1e2b5f9ff9ad5c2e1b1c8a0b2c4d3e5f60718293a4b5c6d7"}))
	// Output: No pending staged deployment found
}
