package kvp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Device is where the kernel hands out the messages.
const Device = "/dev/vmbus/hv_kvp"

// Open opens a device for Read.
func Open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR, 0)
}

// Read registers at an open device and takes all pairs, until nothing came for
// the time given as silence: the host does not tell when it is done. A message
// that cannot be understood is refused, and left out, as the kernel's own
// daemon does.
func Read(ctx context.Context, device *os.File, silence time.Duration) (*Pools, error) {
	if err := write(device, registration()); err != nil {
		return nil, fmt.Errorf("registering: %w", err)
	}
	pools := new(Pools)
	buf := make([]byte, MessageSize)
	for count := 0; ; {
		if more, err := wait(ctx, device, silence); err != nil || !more {
			return pools, err
		}
		n, err := device.Read(buf)
		if errors.Is(err, unix.EAGAIN) {
			continue
		} else if err != nil {
			return nil, err
		}
		m, err := Parse(buf[:n])
		if err != nil && n != MessageSize {
			return nil, err
		}
		if m.Op == OpRegister {
			continue
		}
		ok := err == nil && m.Op == OpSet
		if ok {
			if count++; count > MaxPairs {
				return nil, ErrTooMany
			}
			pools[m.Pool] = append(pools[m.Pool], m.Pair)
		}
		if err := write(device, answer(ok)); err != nil {
			return nil, fmt.Errorf("answering: %w", err)
		}
	}
}

func write(device *os.File, b []byte) error {
	_, err := device.Write(b)
	return err
}

// wait tells whether the device became readable in time. The kernel's read of
// this device blocks even where it should not, so it must not be tried without.
func wait(ctx context.Context, device *os.File, silence time.Duration) (bool, error) {
	const slice = 100 * time.Millisecond // how late the context's end is seen
	end := time.Now().Add(silence)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		left := time.Until(end)
		fds := []unix.PollFd{{Fd: int32(device.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(0, min(left, slice)).Milliseconds()))
		switch {
		case err != nil && err != unix.EINTR:
			return false, os.NewSyscallError("poll", err)
		case n > 0:
			return true, nil
		case left <= 0:
			return false, nil
		}
	}
}
