package customize

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
)

// PXE copies a live initramfs and appends a segment with what [Build] makes. The flavour is
// that of the initramfs; one that is not of a live system, or that was customized before, is
// an error. What was written before an error is of no use: the caller makes the output appear
// when all is well.
//
// Kernel arguments are not in an initramfs, so options for them are errors.
func PXE(ctx context.Context, in io.Reader, out io.Writer, o *Options) error {
	if o == nil {
		o = &Options{}
	}
	if !o.liveKargs().Empty() {
		return errors.New("customizing live kernel arguments of a PXE image is not supported")
	}
	archive, err := initrd.Read(io.TeeReader(&contextReader{ctx, in}, out), wantedFromInitramfs)
	if err != nil {
		return fmt.Errorf("reading/copying input initrd: %w", err)
	}
	names, features, err := inspect(archive, o.Flavour)
	if err != nil {
		return err
	}
	added, err := Build(names, features, o)
	if err != nil {
		return err
	}
	segment, err := added.Encode()
	if err != nil {
		return err
	}
	if _, err := out.Write(segment); err != nil {
		return fmt.Errorf("writing customizations: %w", err)
	}
	if _, ok := added.Get(initrd.IgnitionPath); ok {
		o.note("PXE configuration must include kernel arguments:\n\tignition.firstboot ignition.platform.id=metal")
	}
	return nil
}

// wantedFromInitramfs tells which members are looked at.
func wantedFromInitramfs(path string) bool {
	if path == initrd.IgnitionPath {
		return true
	}
	for _, f := range flavour.All() {
		if path == f.LiveStamp || path == f.InitrdFeatures || inDir(path, f.KeyfileDir) {
			return true
		}
	}
	return false
}

func inDir(path, dir string) bool {
	return len(path) > len(dir) && path[len(dir)] == '/' && path[:len(dir)] == dir
}

// inspect tells what live system an initramfs belongs to, and refuses those that are
// customized.
func inspect(archive *initrd.Archive, fallback *flavour.Flavour) (*flavour.Flavour, flavour.Features, error) {
	has := func(path string) bool { _, ok := archive.Get(path); return ok }
	var none flavour.Features
	names := flavour.Detect(func(f *flavour.Flavour) bool { return has(f.LiveStamp) }, fallback)
	if !has(names.LiveStamp) {
		return nil, none, fmt.Errorf("not a %s live initramfs image", names.Product)
	}
	if has(initrd.IgnitionPath) || len(initrd.Keyfiles(archive, names)) > 0 {
		return nil, none, errors.New("input is already customized")
	}
	data, ok := archive.Get(names.InitrdFeatures)
	if !ok {
		return names, none, nil
	}
	features, err := flavour.ParseFeatures(data)
	return names, features, err
}

// contextReader ends a long copy when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
