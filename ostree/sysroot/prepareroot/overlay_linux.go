package prepareroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// MountUsrOverlay makes /usr writable: it mounts an overlay on it whose changes go
// to a directory. The directories must exist.
func MountUsrOverlay(_ context.Context, o *UsrOverlay) error {
	overlay := &mountapi.Overlay{Lower: []string{o.Lower}, Upper: o.Upper, Work: o.Work, ReadOnly: o.ReadOnly}
	return mountapi.Mounter{Legacy: o.LegacyMounts}.Overlay(overlay, o.path("/usr"))
}

const (
	stateOverlayPath = "/var/ostree/state-overlays"
	deploymentXattr  = "user.ostree.deploymentcsum"
	opaqueXattr      = "trusted.overlay.opaque"
)

// StateOverlay makes a directory of the deployment writable with an overlay that
// lasts: its changes are below /var/ostree/state-overlays. After an upgrade the new
// deployment's version of what it has wins, and what was added beside stays. An
// overlay that is mounted already is left alone.
func StateOverlay(ctx context.Context, opts *StateOverlayOptions) error {
	if opts.Name == "" || strings.ContainsAny(opts.Name, "/\x00") || opts.Name == "." || opts.Name == ".." {
		return fmt.Errorf("invalid name of a state overlay: %q", opts.Name)
	}
	target, err := filepath.EvalSymlinks(opts.path(opts.Target))
	if err != nil {
		return errno.New("realpath", opts.Target, err)
	}
	dir := opts.path(filepath.Join(stateOverlayPath, opts.Name))
	upper, work := filepath.Join(dir, "upper"), filepath.Join(dir, "work")
	// Below a mounted overlay the deployment's own files cannot be told from the
	// changes: they would all be dropped.
	if mounted, err := overlayMounted(target, upper); err != nil || mounted {
		return err
	}
	for _, d := range []string{work, upper} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return errno.New("mkdirat", d, err)
		}
	}
	if deploymentOf(upper) != opts.Checksum {
		if err := pruneUpper(ctx, target, upper); err != nil {
			return errno.Wrap(fmt.Sprintf("Pruning upperdir for %s", opts.Name), err)
		}
		if err := unix.Setxattr(upper, deploymentXattr, []byte(opts.Checksum), 0); err != nil {
			return errno.New("setxattr", upper, err)
		}
	}
	overlay := &mountapi.Overlay{Lower: []string{target}, Upper: upper, Work: work}
	return mountapi.Mounter{Legacy: opts.LegacyMounts}.Overlay(overlay, target)
}

func overlayMounted(target, upper string) (bool, error) {
	table, err := mountapi.Table()
	if err != nil {
		return false, err
	}
	if real, err := filepath.EvalSymlinks(upper); err == nil {
		upper = real
	}
	for _, e := range table {
		if e.Target == target && e.Type == "overlay" && slices.Contains(e.Options, "upperdir="+upper) {
			return true, nil
		}
	}
	return false, nil
}

// deploymentOf returns the commit that the changes were made on, or nothing.
func deploymentOf(upper string) string {
	buf := make([]byte, 256)
	n, err := unix.Getxattr(upper, deploymentXattr, buf)
	if err != nil || n != 64 {
		return ""
	}
	return string(buf[:n])
}

// pruneUpper removes from the changes what hides something of the deployment.
func pruneUpper(ctx context.Context, lower, upper string) error {
	l, err := os.OpenRoot(lower)
	if err != nil {
		return err
	}
	defer l.Close()
	u, err := os.OpenRoot(upper)
	if err != nil {
		return err
	}
	defer u.Close()
	return pruneDir(ctx, l, u)
}

func pruneDir(ctx context.Context, lower, upper *os.Root) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	names, err := listDir(upper)
	if err != nil {
		return err
	}
	for _, name := range names {
		below, err := lower.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // only there: state
		}
		if err != nil {
			return err
		}
		above, err := upper.Lstat(name)
		if err != nil {
			return err
		}
		if above.IsDir() && below.IsDir() {
			merged, err := pruneMerged(ctx, lower, upper, name)
			if err != nil {
				return errno.Wrap(fmt.Sprintf("in %s", name), err)
			}
			if merged {
				continue
			}
		}
		if err := upper.RemoveAll(name); err != nil {
			return err
		}
	}
	return nil
}

// pruneMerged prunes a directory that both have, unless the upper one hides the
// lower one as a whole.
func pruneMerged(ctx context.Context, lower, upper *os.Root, name string) (merged bool, err error) {
	u, err := upper.OpenRoot(name)
	if err != nil {
		return false, err
	}
	defer u.Close()
	if opaque, err := isOpaque(u); err != nil || opaque {
		return false, err
	}
	l, err := lower.OpenRoot(name)
	if err != nil {
		return false, err
	}
	defer l.Close()
	return true, pruneDir(ctx, l, u)
}

func listDir(r *os.Root) ([]string, error) {
	f, err := r.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

func isOpaque(r *os.Root) (bool, error) {
	f, err := r.Open(".")
	if err != nil {
		return false, err
	}
	defer f.Close()
	buf := make([]byte, 8)
	n, err := unix.Fgetxattr(int(f.Fd()), opaqueXattr, buf)
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.EOPNOTSUPP) {
		return false, nil
	}
	if errors.Is(err, unix.ERANGE) {
		return false, nil
	}
	return err == nil && string(buf[:n]) == "y", errno.Wrap("fgetxattr", err)
}
