package prepareroot

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/ostree/composefs"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/object"
)

// rootfs mounts the composefs image of a deployment.
type rootfs struct {
	*Options
	mounts  mountapi.Mounter
	config  *Config
	sysroot string
	d       *deployment
	booted  *Booted // is told what was done
}

// mount mounts the image at target, if there is to be one and, for Maybe, if
// there is one.
func (r *rootfs) mount(target string) error {
	if r.config.Composefs == No {
		return nil
	}
	linkVolatileRoot(r.Options, r.sysroot)
	digest, err := r.wantedDigest()
	if err != nil {
		return err
	}
	image, err := openImage(r.d.path)
	if errors.Is(err, fs.ErrNotExist) && r.config.Composefs == Maybe {
		r.print("composefs: No image present")
		return nil
	}
	if err == nil {
		defer image.Close()
		err = r.mountImage(image, digest, target)
	}
	if err != nil {
		return errno.Wrap("composefs: failed to mount", err)
	}
	r.booted.Composefs, r.booted.Verity = true, r.config.NeedsVerity()
	r.print(fmt.Sprintf("composefs: mounted successfully (verity=%t)", r.config.NeedsVerity()))
	return nil
}

// wantedDigest returns the digest that a signed commit demands of the image, nil
// if signatures are not wanted.
func (r *rootfs) wantedDigest() (*[32]byte, error) {
	if !r.config.Signed {
		return nil, nil
	}
	keys, err := r.loadKeys()
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(r.d.name(), ".")
	id, err := object.ParseChecksum(name)
	if err != nil {
		return nil, err
	}
	root, err := confine.OpenRoot(r.sysroot)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	objects, err := root.Sub("ostree/repo/objects")
	if err != nil {
		return nil, errno.Wrap("Error loading signatures from repo", err)
	}
	defer objects.Close()
	digest, err := signedDigest(objects.FS(), id, keys, r.print)
	if err != nil {
		return nil, err
	}
	r.print(fmt.Sprintf("composefs+ostree: Validated commit signature using '%s'", r.config.keyPath()))
	r.print(fmt.Sprintf("composefs: Verifying digest: %x", digest))
	r.booted.SignedKey = r.config.keyPath()
	return &digest, nil
}

func (r *rootfs) loadKeys() ([]ed25519.PublicKey, error) {
	path := r.config.keyPath()
	data, err := readSmall(os.DirFS(r.root()), strings.TrimPrefix(filepath.Clean("/"+path), "/"))
	if err == nil {
		return parseKeys(data)
	}
	return nil, errno.Wrap(fmt.Sprintf("Reading public key file '%s'", path), err)
}

// openImage opens the image of a deployment, which must be a file of its own.
func openImage(dir string) (*os.File, error) {
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(imageName, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.New("the image is not a regular file")
	}
	return f, nil
}

func (r *rootfs) mountImage(image *os.File, digest *[32]byte, target string) error {
	if r.config.NeedsVerity() {
		if err := checkVerity(image, digest); err != nil {
			return err
		}
	}
	im, err := composefs.Open(image)
	if err != nil {
		return err
	}
	objects, err := within(r.sysroot, "ostree/repo/objects")
	if err != nil {
		return err
	}
	lower := r.path(filepath.Join(privatePath, "cfsroot-lower"))
	if err := mkdir(lower, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	overlay := &mountapi.Overlay{
		Source: "composefs", Lower: []string{lower}, Data: []string{objects},
		Options:  []string{"metacopy=on", "redirect_dir=on"},
		ReadOnly: !r.config.RootTransient || r.config.RootTransientRO,
	}
	if r.config.NeedsVerity() {
		overlay.Options = append(overlay.Options, "verity=require")
	}
	if r.config.RootTransient {
		if overlay.Upper, overlay.Work, err = r.transientLayers(); err != nil {
			return err
		}
	}
	file := &mountapi.Image{File: image, NoACL: !im.Superblock().HasACL}
	if err := r.mounts.Image(file, lower); err != nil {
		return err
	}
	err = r.mounts.Overlay(overlay, target)
	return errors.Join(err, mountapi.Detach(lower)) // the overlay keeps the image
}

// checkVerity makes sure that the kernel verifies the image, against the digest if
// there is one.
func checkVerity(image *os.File, digest *[32]byte) error {
	got, err := fsverity.Measure(int(image.Fd()))
	switch {
	case errors.Is(err, fsverity.ErrNotEnabled), errors.Is(err, fsverity.ErrNotSupported):
		return errors.New("fsverity not enabled on composefs image")
	case err != nil:
		return err
	case digest != nil && got != *digest:
		return errors.New("Wrong fsverity digest in composefs image")
	}
	return nil
}

// transientLayers makes the directories of a root whose changes are forgotten. Those
// of the running root are in use when the next one is made for a soft reboot.
func (r *rootfs) transientLayers() (upper, work string, err error) {
	dir := r.path(filepath.Join(privatePath, "root"))
	err = mkdir(dir, 0o755)
	if errors.Is(err, fs.ErrExist) {
		dir, err = os.MkdirTemp(filepath.Dir(dir), "root.")
	}
	if err != nil {
		return "", "", err
	}
	upper, work = filepath.Join(dir, "upper"), filepath.Join(dir, "work")
	if err := mkdir(upper, 0o755); err != nil {
		return "", "", errno.Wrap(fmt.Sprintf("Failed to create %s", upper), err)
	}
	if err := mkdir(work, 0o700); err != nil {
		return "", "", errno.Wrap(fmt.Sprintf("Failed to create %s", work), err)
	}
	return upper, work, nil
}

// writeState writes a file below /run, which is in memory: nothing to sync.
func writeState(path string, b *Booted) error {
	if err := atomicfile.WriteFile(path, b.Marshal(), 0o644, &atomicfile.Options{Sync: atomicfile.SyncNone}); err != nil {
		return errno.Wrap(fmt.Sprintf("writing %s", path), err)
	}
	return nil
}
