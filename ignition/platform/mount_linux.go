package platform

import "golang.org/x/sys/unix"

func mountReadOnly(source, target, fstype string) error {
	return unix.Mount(source, target, fstype, unix.MS_RDONLY, "")
}

func unmount(target string) error { return unix.Unmount(target, 0) }
