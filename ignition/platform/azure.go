package platform

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/platform/internal/optical"
	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	azureUserDataURL = linkLocal + "/metadata/instance/compute/userData?api-version=2021-01-01&format=text"
	// azureMark is on every disc that describes a machine, azureFile only with a config.
	azureMark = "ovf-env.xml"
	azureFile = "CustomData.bin"
)

// fetchAzure gets user data from the metadata service, and only if it is there and
// has none, the older custom data from the disc.
func fetchAzure(ctx context.Context, e *env) (Result, error) {
	raw, err := e.get(ctx, azureUserDataURL, &resource.GetOptions{
		Header:     http.Header{"Metadata": {"true"}},
		RetryCodes: []int{http.StatusNotFound, http.StatusGone, http.StatusTooManyRequests},
	})
	if err != nil {
		return Result{}, fmt.Errorf("fetching to buffer: %w", err)
	}
	if len(raw) == 0 {
		e.log.Debug("failed to retrieve userdata from IMDS, falling back to custom data: %v", "not a config (empty)")
		return e.customData(ctx, optical.UDF)
	}
	if raw, err = decodeUserData(raw); err != nil {
		return Result{}, err
	}
	e.log.Info("config has been read from IMDS userdata")
	return Result{Raw: raw}, nil
}

// fetchAzureStack gets custom data from the disc.
func fetchAzureStack(ctx context.Context, e *env) (Result, error) {
	return e.customData(ctx, optical.UDF, optical.ISO9660)
}

// customData waits for the disc, which has one of the file systems, and reads it.
func (e *env) customData(ctx context.Context, fstypes ...string) (Result, error) {
	checked := map[string]bool{}
	for {
		discs, err := e.discs(fstypes, checked)
		if err != nil {
			return Result{}, err
		}
		for _, d := range discs {
			if !e.inDrive(d.device, checked) {
				continue
			}
			raw, err := e.readDisc(d)
			if err == nil {
				e.log.Info("config has been read from custom data")
				return Result{Raw: raw}, nil
			}
			e.log.Debug("failed to retrieve config from device %q: %v", d.device, err)
		}
		if err := pause(ctx, pollDrive); err != nil {
			return Result{}, err
		}
	}
}

// disc is a block device with the file system of a disc.
type disc struct{ device, fstype string }

// discs returns block devices not checked yet that have one of the file systems,
// in the order of fstypes.
func (e *env) discs(fstypes []string, checked map[string]bool) ([]disc, error) {
	dir := e.path("/sys/class/block")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("failed to retrieve block devices: %w", err)
	}
	found := map[string][]disc{}
	for _, entry := range entries {
		device := filepath.Join(e.path("/dev"), strings.ReplaceAll(entry.Name(), "!", "/"))
		if checked[device] || emptyDevice(filepath.Join(dir, entry.Name())) {
			continue
		}
		f, err := os.OpenFile(device, os.O_RDONLY|nonblock, 0)
		if err != nil {
			continue // no disc, or gone
		}
		fstype := optical.Detect(f)
		f.Close()
		found[fstype] = append(found[fstype], disc{device, fstype})
	}
	var discs []disc
	for _, fstype := range fstypes {
		discs = append(discs, found[fstype]...)
	}
	return discs, nil
}

func emptyDevice(sysfs string) bool {
	size, err := os.ReadFile(filepath.Join(sysfs, "size"))
	return err == nil && strings.TrimSpace(string(size)) == "0"
}

// inDrive tells whether a device is a drive with a disc. Others are not read: they
// are disks that the machine's user has attached. A drive that is not ready is asked
// again later.
func (e *env) inDrive(device string, checked map[string]bool) bool {
	e.log.Debug("opening config device: %q", device)
	e.log.Debug("getting drive status for %q", device)
	status, err := e.driveStatus(device)
	if err != nil {
		e.log.Err("failed to get drive status: %v", err)
		checked[device] = true
		return false
	}
	switch status {
	case optical.NoInfo:
		e.log.Info("drive status: no info")
	case optical.NoDisc:
		e.log.Info("drive status: no disc")
		return false
	case optical.TrayOpen:
		e.log.Info("drive status: open")
		return false
	case optical.NotReady:
		e.log.Info("drive status: not ready")
		return false
	case optical.DiscOK:
		e.log.Info("drive status: OK")
	default:
		e.log.Err("failed to get drive status: %d", status)
	}
	checked[device] = true
	return status == optical.DiscOK
}

// readDisc returns the config of a disc, which may be empty, or an error if it is
// not the disc that describes the machine.
func (e *env) readDisc(d disc) ([]byte, error) {
	e.log.Debug("mounting config device")
	mount := func(dir string) error {
		err := e.log.Op(fmt.Sprintf("mounting %q at %q", d.device, dir), func(*oplog.Logger) error {
			return e.mount(d.device, dir, d.fstype)
		})
		if err != nil {
			err = fmt.Errorf("failed to mount device %q at %q: %w", d.device, dir, err)
		}
		return err
	}
	return e.readVolume(d.device, "ignition-azure", mount, e.unmount, func(v *volume) ([]byte, error) {
		e.log.Debug("checking for config drive")
		if _, err := v.root.Stat(azureMark); err != nil {
			return nil, fmt.Errorf("device %q does not appear to be a config drive: %w", d.device, err)
		}
		e.log.Debug("reading config")
		raw, _, err := v.read(azureFile)
		if err != nil {
			err = fmt.Errorf("failed to read config from device %q: %w", d.device, err)
		}
		return raw, err
	})
}
