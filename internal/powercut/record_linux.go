package powercut

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Recording is a set of block devices whose writes are logged.
type Recording struct {
	dir     string
	server  *server
	images  []*os.File
	devices []*os.File // held open, else they go away
}

// Record serves image files as block devices. Writes reach the images and the log. The directory dir must
// exist and be empty; it is used as a mount point. It needs root, /dev/fuse and loop devices. The
// recording must be closed.
func Record(ctx context.Context, dir string, images ...string) (_ *Recording, err error) {
	r := &Recording{dir: dir}
	defer func() {
		if err != nil {
			_, closeErr := r.Close()
			err = errors.Join(err, closeErr)
		}
	}()
	for _, path := range images {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		r.images = append(r.images, f)
	}
	if r.server, err = serve(dir, r.images); err != nil {
		return nil, err
	}
	for i := range images {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		device, err := attach(filepath.Join(dir, strconv.Itoa(i)), unix.LO_FLAGS_DIRECT_IO)
		if err != nil {
			return nil, err
		}
		r.devices = append(r.devices, device)
	}
	return r, nil
}

// Device returns the path of the block device of the image with this index.
func (r *Recording) Device(disk int) string { return r.devices[disk].Name() }

// Len returns the number of events so far.
func (r *Recording) Len() int {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	return len(r.server.log)
}

// Close takes the devices away, which nothing may use any more, and returns the log.
func (r *Recording) Close() ([]Event, error) {
	var errs []error
	for _, device := range r.devices {
		errs = append(errs, device.Close())
	}
	var log []Event
	if r.server != nil {
		if err := unix.Unmount(r.dir, unix.MNT_DETACH); err != nil {
			errs = append(errs, fmt.Errorf("unmounting %s: %w", r.dir, err))
		} else {
			<-r.server.done
		}
		r.server.mu.Lock()
		log = r.server.log
		errs = append(errs, r.server.err)
		r.server.mu.Unlock()
	}
	for _, f := range r.images {
		errs = append(errs, f.Close())
	}
	return log, errors.Join(errs...)
}
