package guestprop

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Path is where the kernel's driver is.
const Path = "/dev/vboxguest"

// Open opens the driver's device.
func Open(path string) (Device, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &file{f}, nil
}

type file struct{ *os.File }

func (f *file) Ioctl(request uint32, message []byte, pointers ...Pointer) error {
	// The kernel follows the addresses inside the message, which the runtime
	// does not know to be pointers.
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for _, p := range pointers {
		address := unsafe.Pointer(unsafe.SliceData(p.Buffer))
		pinner.Pin(address)
		order.PutUint64(message[p.Offset:], uint64(uintptr(address)))
	}
	_, _, e := unix.Syscall(unix.SYS_IOCTL, f.Fd(), uintptr(request), uintptr(unsafe.Pointer(&message[0])))
	if e != 0 {
		return e
	}
	return nil
}
