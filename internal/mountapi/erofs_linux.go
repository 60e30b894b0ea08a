package mountapi

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Image describes an EROFS image in a file.
type Image struct {
	// File is the image, open for reading. It may be closed after the mount.
	File *os.File
	// NoACL says that no file of the image has an access control list, which
	// saves the kernel from looking.
	NoACL bool
	// Loop uses a loop device even if the kernel could do without.
	Loop bool
}

// Image mounts an image read-only at target: the file itself from Linux 6.12 on,
// through a loop device elsewhere. The device disappears with the mount.
func (m Mounter) Image(im *Image, target string) error {
	if !im.Loop {
		err := m.image(im, fdPath(im.File), target)
		if err == nil {
			return nil
		}
		// ENOTBLK is the answer of a kernel that wants a device, EINVAL that of one
		// that cannot read images on the file system that this one is on.
		if !errors.Is(err, unix.ENOTBLK) && !missing(err) {
			return errno.New("mount", target, err)
		}
	}
	loop, err := attachLoop(im.File)
	if err != nil {
		return err
	}
	defer loop.Close()
	return errno.New("mount", target, m.image(im, loop.Name(), target))
}

func (m Mounter) image(im *Image, source, target string) error {
	if !m.Legacy {
		if err := imageContext(im, source, target); err == nil || !missing(err) {
			return err
		}
	}
	data := ""
	if im.NoACL {
		data = "noacl"
	}
	return unix.Mount(source, target, "erofs", unix.MS_RDONLY|unix.MS_SILENT, data)
}

func imageContext(im *Image, source, target string) error {
	fd, err := unix.Fsopen("erofs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.FsconfigSetString(fd, "source", source); err != nil {
		return err
	}
	if err := unix.FsconfigSetFlag(fd, "ro"); err != nil {
		return err
	}
	if im.NoACL {
		if err := unix.FsconfigSetFlag(fd, "noacl"); err != nil {
			return err
		}
	}
	return createAt(fd, true, target)
}

// loopAttempts bounds how often another process may take the device that the
// kernel said was free.
const loopAttempts = 64

// attachLoop makes file readable through a loop device that vanishes when its
// last user, at first the returned file, is gone.
func attachLoop(file *os.File) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, errno.New("open", "/dev/loop-control", err)
	}
	defer control.Close()
	for range loopAttempts {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, errno.Wrap("LOOP_CTL_GET_FREE", err)
		}
		name := "/dev/loop" + itoa(n)
		loop, err := openDevice(name)
		if err != nil {
			return nil, errno.New("open", name, err)
		}
		err = configureLoop(loop, file)
		if err == nil {
			return loop, nil
		}
		loop.Close()
		if !errors.Is(err, unix.EBUSY) {
			return nil, errno.Wrap("LOOP_CONFIGURE", err)
		}
	}
	return nil, errno.Wrap("LOOP_CONFIGURE", unix.EBUSY)
}

// openDevice waits a moment for a device node that udev has yet to make.
func openDevice(name string) (*os.File, error) {
	for i := 0; ; i++ {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err == nil || i == 20 || !errors.Is(err, unix.ENOENT) {
			return f, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func configureLoop(loop, file *os.File) error {
	config := unix.LoopConfig{Fd: uint32(file.Fd())}
	config.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
	err := unix.IoctlLoopConfigure(int(loop.Fd()), &config)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTTY) {
		return err
	}
	// Kernels before 5.8 do it in two steps.
	if err := unix.IoctlSetInt(int(loop.Fd()), unix.LOOP_SET_FD, int(file.Fd())); err != nil {
		return err
	}
	info := unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}
	if err := unix.IoctlLoopSetStatus64(int(loop.Fd()), &info); err != nil {
		_ = unix.IoctlSetInt(int(loop.Fd()), unix.LOOP_CLR_FD, 0)
		return err
	}
	return nil
}
