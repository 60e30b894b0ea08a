//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"crypto/sha256"
	"encoding/hex"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

// SetKargs replaces the kernel arguments of a deployment, in a transaction of its own. "ostree=" is renewed
// where it stands, or added.
func (s *Sysroot) SetKargs(ctx context.Context, d *Deployment, args *kargs.Args) error {
	if d.Staged {
		return errors.New("Cannot set kernel arguments of a staged deployment")
	}
	if err := checkKargs(args); err != nil {
		return err
	}
	i := slices.IndexFunc(s.Deployments(), d.same)
	if i < 0 {
		return fmt.Errorf("deployment %s is not in the list", d.Name())
	}
	changed := *s.state.list[i]
	changed.edited = true
	if changed.Entry == nil {
		changed.Entry = &bls.Entry{}
	}
	changed.Entry = changed.Entry.Clone()
	changed.Entry.Set(bls.KeyOptions, args.String())
	list := slices.Clone(s.state.list)
	list[i] = &changed
	return s.WriteDeployments(ctx, list, nil)
}

// SetKargsInPlace replaces the kernel arguments of a deployment in its live entry, or, of a staged one, in
// its state file, without a transaction: one file is replaced. "ostree=" is kept. There is no way back to the old
// arguments.
func (s *Sysroot) SetKargsInPlace(ctx context.Context, d *Deployment, args *kargs.Args) error {
	if err := checkKargs(args); err != nil {
		return err
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	if d.Staged {
		if d = s.Staged(); d == nil {
			return ErrNoStaged
		}
		t := *d.stage
		t.kargs = args.Words()
		if err := s.writeStaged(&t); err != nil {
			return err
		}
		return s.reload(ctx)
	}
	list := s.written()
	i := slices.IndexFunc(list, d.same)
	if i < 0 || list[i].Entry == nil {
		return fmt.Errorf("deployment %s is not in the list", d.Name())
	}
	d = list[i]
	e := d.Entry.Clone()
	// Without "ostree=" nobody could read the list.
	options, err := withBootTarget(args.Clone(), "/"+d.bootLink(s.state.bootVersion))
	if err != nil {
		return err
	}
	e.Set(bls.KeyOptions, options)
	text, err := e.Marshal()
	if err != nil {
		return err
	}
	dir := fmt.Sprintf("boot/loader.%d/entries", s.state.bootVersion)
	name, err := s.findEntry(dir, d)
	if err != nil {
		return err
	}
	if name == "" {
		name = s.entryName(d, i, len(list))
	}
	if err := s.replaceEntry(path.Join(dir, name), text); err != nil {
		return err
	}
	if err := s.touchDeploy(); err != nil {
		return err
	}
	return s.reload(ctx)
}

// replaceEntry replaces the file of a live boot entry. Boot loaders read it without the file system's
// journal, so the old file must not be freed before the directory has reached its place: both exist, and
// exchange their names.
func (s *Sysroot) replaceEntry(name string, text []byte) error {
	tmp := name + entryTemp
	if err := s.replaceFile(tmp, text, 0o644, atomicfile.SyncFull); err != nil {
		return err
	}
	if err := s.flushBoot(); err != nil {
		return err
	}
	if err := s.root.Exchange(tmp, name); err != nil {
		if err := s.root.Rename(tmp, name); err != nil {
			return errno.New("renameat", name, err)
		}
	}
	if err := s.flushBoot(); err != nil {
		return err
	}
	if err := s.root.Remove(tmp); err != nil && !isMissing(err) {
		return errno.New("unlinkat", tmp, err)
	}
	return nil
}

// entryTemp ends the name of an entry's file that is not in its place yet.
const entryTemp = ".tmp"

// findEntry returns the name of the file that holds the entry of a deployment, whatever wrote it.
func (s *Sysroot) findEntry(dir string, d *Deployment) (string, error) {
	files, err := bls.ReadDir(s.root.FS(), dir)
	if err != nil {
		return "", err
	}
	want := "/" + d.bootLink(s.state.bootVersion)
	for _, f := range files {
		if target, ok := kargs.BootTarget(f.Entry.Value(bls.KeyOptions)); ok && target == want {
			return f.Name, nil
		}
	}
	return "", nil
}

// StageOverlayInitrd stores an initrd for deployments that are made later ([DeployOptions].OverlayInitrds),
// and returns its checksum. It lies in /run: the next reboot forgets it, unless a deployment has taken it.
func (s *Sysroot) StageOverlayInitrd(ctx context.Context, r io.Reader) (checksum string, err error) {
	dir := s.runPath(stagedInitrds)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", errno.New("mkdirat", dir, err)
	}
	f, err := os.CreateTemp(dir, "tmp.")
	if err != nil {
		return "", errno.New("openat", dir, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if checksum, err = copyHashed(f, readerOf(ctx, r)); err != nil {
		return "", err
	}
	if err := f.Chmod(0o644); err != nil {
		return "", err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, checksum)); err != nil {
		return "", errno.New("renameat", dir, err)
	}
	return checksum, nil
}

// copyHashed copies and returns the SHA-256 of what was copied.
func copyHashed(w io.Writer, r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ctxReader ends with its context.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func readerOf(ctx context.Context, r io.Reader) io.Reader { return &ctxReader{ctx, r} }

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := alive(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
