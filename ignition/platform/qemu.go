package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/ignition/platform/internal/fwcfg"
)

const (
	fwCfgDir    = "/sys/firmware/qemu_fw_cfg"
	fwCfgConfig = fwCfgDir + "/by_name/opt/com.coreos/config"

	virtioDisk       = "/dev/disk/by-id/virtio-ignition"
	virtioDiskPoll   = 5 * time.Second
	virtioDiskExpiry = 5 * time.Minute
)

// fetchQEMU reads firmware config, or on architectures whose machines have none, a
// disk with the serial number "ignition".
func fetchQEMU(ctx context.Context, e *env) (Result, error) {
	if e.arch == "s390x" || e.arch == "ppc64le" {
		return e.virtioConfig(ctx)
	}
	return e.firmwareConfig(ctx)
}

func (e *env) firmwareConfig(ctx context.Context) (Result, error) {
	if err := e.modprobe(ctx, fwCfgDir, "qemu_fw_cfg", "loading QEMU firmware config module"); err != nil {
		return Result{}, err
	}
	folder := e.path(fwCfgConfig)
	size, err := fwcfg.Size(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.log.Info("QEMU firmware config was not found. Ignoring...")
		return Result{}, nil
	case err != nil:
		e.log.Err("couldn't read QEMU firmware config size: %v", err)
		return Result{}, err
	case size > MaxConfigSize:
		return Result{}, ErrTooLarge
	}
	f, err := os.Open(filepath.Join(folder, "raw"))
	if err != nil {
		e.log.Err("couldn't open QEMU firmware config: %v", err)
		return Result{}, err
	}
	defer f.Close()
	raw, err := fwcfg.Read(ctx, f, size, e.reportFirmwareConfig)
	if err != nil {
		e.log.Err("couldn't read QEMU firmware config: %v", err)
	}
	return Result{Raw: raw}, err
}

func (e *env) reportFirmwareConfig(slow bool, done, total int) {
	if slow {
		e.log.Warning("Reading QEMU fw_cfg takes quadratic time. Consider moving large files or config fragments to a remote URL.")
		return
	}
	e.log.Info("Reading config from QEMU fw_cfg: %d/%d KB", done/1024, total/1024)
}

func (e *env) virtioConfig(ctx context.Context) (Result, error) {
	e.log.Warning("Fetching the Ignition config via the Virtio block driver is currently experimental and subject to change.")
	if err := e.modprobe(ctx, "/sys/bus/virtio/drivers/virtio_blk", "virtio_blk", "loading Virtio block driver module"); err != nil {
		return Result{}, err
	}
	f, err := e.awaitVirtioDisk(ctx)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	raw, err := readPadded(ctx, f)
	return Result{Raw: raw}, err
}

func (e *env) awaitVirtioDisk(ctx context.Context) (*os.File, error) {
	timeout := fmt.Errorf("timed out after %v waiting for block device %q to appear", virtioDiskExpiry, virtioDisk)
	ctx, cancel := context.WithTimeoutCause(ctx, virtioDiskExpiry, timeout)
	defer cancel()
	for {
		f, err := os.Open(e.path(virtioDisk))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		e.log.Debug("block device (%q) not found. Waiting...", virtioDisk)
		if err := pause(ctx, virtioDiskPoll); err != nil {
			return nil, err
		}
	}
}

// readPadded reads up to the NULs that fill the end. The padding may be of any size,
// it is not kept.
func readPadded(ctx context.Context, r io.Reader) ([]byte, error) {
	var (
		config []byte
		zeros  int // pending after config
		buf    = make([]byte, 1<<20)
	)
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		n, err := r.Read(buf)
		if used := bytes.TrimRight(buf[:n], "\x00"); len(used) > 0 {
			if len(config)+zeros+len(used) > MaxConfigSize {
				return nil, ErrTooLarge
			}
			config = append(append(config, make([]byte, zeros)...), used...)
			zeros = 0
			n -= len(used)
		}
		zeros += n
		if err == io.EOF {
			return config, nil
		} else if err != nil {
			return nil, err
		}
	}
}
