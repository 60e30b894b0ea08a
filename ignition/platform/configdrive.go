package platform

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"time"
)

const (
	// drivePatience is how long a drive is waited for that need not be there.
	drivePatience = 30 * time.Second

	noCloudFile       = "user-data"
	noCloudVendorFile = "vendor-data"
)

// fetchConfigDrive reads a drive that is always there, sooner or later.
func fetchConfigDrive(ctx context.Context, e *env) (Result, error) {
	device := e.label("config-2")
	if err := e.awaitDrive(ctx, device); err != nil {
		return Result{}, err
	}
	raw, err := e.readDrive(ctx, device, optional(openStackFile))
	return Result{Raw: raw}, err
}

// fetchKubeVirt reads whichever of the two forms of drives the machine was given.
func fetchKubeVirt(ctx context.Context, e *env) (Result, error) {
	return e.first(ctx,
		e.drive(ctx, "config drive (cidata)", "cidata", noCloudFile),
		e.drive(ctx, "config drive (config-2)", "config-2", openStackFile),
	)
}

func fetchIBMCloud(ctx context.Context, e *env) (Result, error) {
	return e.cidata(ctx, optional(noCloudFile))
}

// fetchProxmoxVE looks for a config in both files: the product's web interface fills
// user-data with its own settings, in cloud-init's format.
func fetchProxmoxVE(ctx context.Context, e *env) (Result, error) {
	return e.cidata(ctx, func(v *volume) ([]byte, error) {
		for _, name := range []string{noCloudFile, noCloudVendorFile} {
			raw, ok, err := v.read(name)
			shown := filepath.Join(v.dir, name)
			switch {
			case err != nil:
				return nil, err
			case !ok:
			case bytes.HasPrefix(raw, []byte("#cloud-config\n")):
				e.log.Debug("config drive (%q) contains a cloud-config configuration, ignoring", shown)
			case len(raw) == 0:
				e.log.Debug("config drive (%q) is empty, ignoring", shown)
			default:
				e.log.Debug("config drive (%q) contains data", shown)
				return raw, nil
			}
		}
		return nil, nil
	})
}

// cidata reads a drive that is there only if the machine was given user data. Only
// its absence means that there is no config; what goes wrong with a drive is an error.
func (e *env) cidata(ctx context.Context, read func(*volume) ([]byte, error)) (Result, error) {
	const name = "config drive (cidata)"
	device := e.label("cidata")
	if err := e.awaitDriveFor(ctx, device, drivePatience); errors.Is(err, errNoDrive) {
		e.log.Err("timed out while fetching config from %s", name)
		e.log.Info("cidata drive was not available in time. Continuing without a config...")
		return Result{}, nil
	} else if err != nil {
		return Result{}, err
	}
	raw, err := e.readDrive(ctx, device, read)
	if err != nil {
		e.log.Err("failed to fetch config from %s: %v", name, err)
	}
	return Result{Raw: raw}, err
}

// errNoDrive reports a drive that did not appear.
var errNoDrive = errors.New("config drive was not available in time")

// awaitDriveFor is awaitDrive with an end.
func (e *env) awaitDriveFor(ctx context.Context, device string, patience time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errNoDrive)
	defer cancel()
	return e.awaitDrive(ctx, device)
}
