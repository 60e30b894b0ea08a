//go:build unix

package kernel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/bls"
)

// FindOptions adjusts [Find]. The zero value, and nil, are the usual.
type FindOptions struct {
	// NoDTB ignores device trees of the layout in usr/lib/modules, which
	// changes the boot checksum.
	NoDTB bool
	// Checksum is the boot checksum, if it is known: nothing is read then to
	// compute it. Trees with checksums in names have theirs all the same.
	Checksum string
	// Log gets a warning if the tree has several kernels; nil discards it.
	Logger *slog.Logger
}

const modulesDir = "usr/lib/modules"

// Find finds the kernel in the system tree of an open directory and reads it
// to compute the boot checksum. The error is [ErrNotFound] if there is none.
func Find(ctx context.Context, tree *os.File, opts *FindOptions) (*Layout, error) {
	if opts == nil {
		opts = &FindOptions{}
	}
	root, err := confine.FromFile(tree)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	modules, err := findModules(ctx, root, opts)
	if err != nil {
		return nil, err
	}
	legacy, err := findLegacy(root)
	if err != nil {
		return nil, err
	}
	l := choose(modules, legacy)
	if l == nil {
		return nil, ErrNotFound
	}
	if len(l.Others) > 0 && opts.Logger != nil {
		opts.Logger.WarnContext(ctx, "tree has several kernels", "chosen", l.Version, "others", l.Others)
	}
	return l, nil
}

// choose prefers the modern layout, unless it would boot without the initramfs
// that the other one has.
func choose(modules, legacy *Layout) *Layout {
	if modules == nil || legacy != nil && modules.Initramfs == nil && legacy.Initramfs != nil {
		return legacy
	}
	return modules
}

// findModules returns nil if there is no kernel in usr/lib/modules.
func findModules(ctx context.Context, root *confine.Root, opts *FindOptions) (*Layout, error) {
	versions, err := moduleVersions(root)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	version := versions[0]
	l := &Layout{Version: version, Dir: path.Join(modulesDir, version), Checksum: opts.Checksum, Others: versions[1:]}
	l.Kernel = *l.file("vmlinuz", "vmlinuz-"+version)
	if l.Initramfs, err = l.optional(root, "initramfs-"+version+".img", "initramfs.img", "initramfs"); err != nil {
		return nil, err
	}
	if l.Aboot, err = l.optional(root, "aboot-"+version+".img", "aboot.img"); err != nil {
		return nil, err
	}
	if l.HMAC, err = l.optional(root, "."+l.Kernel.Name+".hmac", ".vmlinuz.hmac"); err != nil {
		return nil, err
	}
	if !opts.NoDTB {
		if err := l.findDevicetree(root); err != nil {
			return nil, err
		}
	}
	if l.Checksum != "" {
		return l, nil
	}
	return l, l.hash(ctx, root)
}

// moduleVersions returns the versions with a kernel, the highest first.
func moduleVersions(root *confine.Root) ([]string, error) {
	entries, err := root.ReadDir(modulesDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, errno.New("opendir", modulesDir, err)
	}
	var versions []string
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		name := path.Join(e.Name(), "vmlinuz")
		info, err := root.Stat(path.Join(modulesDir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, errno.New("fstatat", name, err)
		case info.Mode().IsRegular():
			versions = append(versions, e.Name())
		}
	}
	slices.SortFunc(versions, higherFirst)
	return versions, nil
}

func higherFirst(a, b string) int { return bls.CompareVersions(b, a) }

// optional returns the first of the sources that exists, nil if none does.
func (l *Layout) optional(root *confine.Root, name string, sources ...string) (*File, error) {
	for _, source := range sources {
		f := l.file(source, name)
		_, err := root.Stat(f.Source)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, errno.New("openat", source, err)
		}
		// Of a deployment that boots already it does not matter.
		if _, err := root.Lstat(f.Source); err == nil && l.Checksum == "" {
			return nil, fmt.Errorf("%s is a link to a file that does not exist", f.Source)
		}
	}
	return nil, nil
}

func (l *Layout) findDevicetree(root *confine.Root) (err error) {
	l.Devicetree, err = l.optional(root, "devicetree-"+l.Version, "devicetree")
	if err != nil || l.Devicetree != nil {
		return err
	}
	dir := l.file("dtb", "dtb")
	info, err := root.Stat(dir.Source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return errno.New("fstatat", "dtb", err)
	case info.IsDir():
		l.DevicetreeDir = dir
	}
	return nil
}

func (l *Layout) hash(ctx context.Context, root *confine.Root) error {
	h := hasher{ctx: ctx, root: root, sum: sha256.New(), buf: make([]byte, copyBuffer)}
	for _, f := range []*File{&l.Kernel, l.Initramfs, l.Devicetree} {
		if f == nil {
			continue
		}
		if err := h.file(f.Source); err != nil {
			return err
		}
	}
	if l.DevicetreeDir != nil {
		if err := h.dir(l.DevicetreeDir.Source, 0); err != nil {
			return err
		}
	}
	l.Checksum = hex.EncodeToString(h.sum.Sum(nil))
	return nil
}
