//go:build !linux

package kvp

import (
	"context"
	"errors"
	"os"
	"time"
)

// Device is where Linux hands out the messages.
const Device = "/dev/vmbus/hv_kvp"

// Open fails: the device is known only on Linux.
func Open(path string) (*os.File, error) { return nil, errors.ErrUnsupported }

// Read fails: the device is known only on Linux.
func Read(ctx context.Context, device *os.File, silence time.Duration) (*Pools, error) {
	return nil, errors.ErrUnsupported
}
