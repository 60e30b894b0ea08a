package ostree

import "golang.org/x/sys/unix"

// exchange swaps two directory entries in one step.
func exchange(olddir int, oldname string, newdir int, newname string) error {
	return unix.Renameat2(olddir, oldname, newdir, newname, unix.RENAME_EXCHANGE)
}
