// Command ostree-remount makes the mounts of a booted deployment writable that are to be. It is run early in
// the boot, by ostree-remount.service.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/selinux"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func main() {
	if len(os.Args) > 1 && (os.Args[1] == "-h" || os.Args[1] == "--help") {
		fmt.Println("Usage:\n  ostree-remount\n\nMakes the mounts of the booted deployment writable that are to be. It takes no options; ostree-remount.service runs it.")
		return
	}
	opts := &prepareroot.RemountOptions{}
	opts.Print = func(line string) { fmt.Println(line) }
	err := loadLabels(opts, "/sys/fs/selinux/enforce")
	if err == nil {
		err = prepareroot.Remount(context.Background(), opts)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "ostree-remount: %s\n", errno.Text(err))
		os.Exit(1)
	}
}

// loadLabels reads the policy if the kernel has SELinux switched on.
func loadLabels(opts *prepareroot.RemountOptions, enabled string) error {
	if _, err := os.Stat(enabled); err != nil {
		return nil
	}
	policy, err := selinux.Load(os.DirFS("/"))
	if errors.Is(err, selinux.ErrNoPolicy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("loading the SELinux policy: %w", err)
	}
	opts.Labels = policy
	return nil
}
