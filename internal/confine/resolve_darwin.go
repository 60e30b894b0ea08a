package confine

import "golang.org/x/sys/unix"

// dirFlags open a directory to continue from.
const dirFlags = unix.O_RDONLY | unix.O_DIRECTORY

// handleFlags open anything; a FIFO does not block.
func handleFlags(follow bool) int {
	if follow {
		return unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC
	}
	return unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC | unix.O_SYMLINK
}

func probeOpenat2(int) bool { return false }

func (r *Root) openKernel(string, int, uint32) (int, error) { return -1, errUnstable }

// openChild opens a directory entry, not through links and not across mount
// points (EBUSY), for reading.
func (r *Root) openChild(dir int, name string) (int, error) {
	fd, err := openRetry(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, err
	}
	var a, b unix.Stat_t
	err = unix.Fstat(dir, &a)
	if err == nil {
		err = unix.Fstat(fd, &b)
	}
	if err == nil && a.Dev != b.Dev {
		err = unix.EBUSY
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
