package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// treefilePath is where the flattened treefile is in a tree.
const treefilePath = "usr/share/rpm-ostree/treefile.json"

// applyTreefile does what the treefile asks for beyond packages.
func (b *build) applyTreefile(ctx context.Context) error {
	for _, step := range []func(context.Context) error{b.linkDatabase, b.enableUnits, b.defaultTarget, b.stateOverlays, b.writeTreefile} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	leave, err := assemble.Enter(b.tree)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.mutateOSRelease, b.removeFiles, b.addFiles, b.runPostprocess} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return leave()
}

const sysimageDatabase = "usr/lib/sysimage/rpm"

// linkDatabase makes the places where programs look for the package database lead to it.
func (b *build) linkDatabase(ctx context.Context) error {
	if i, err := b.tree.Lstat(sysimageDatabase); err == nil && i.IsDir() {
		present, err := b.tree.Exists(path.Join(assemble.DatabaseDir, string(databaseBackend.FileName())))
		if err != nil {
			return err
		}
		if !present {
			if err := b.tree.RemoveAll(assemble.DatabaseDir); err != nil {
				return err
			}
			if err := b.tree.Rename(sysimageDatabase, assemble.DatabaseDir); err != nil {
				return err
			}
		}
		if err := b.tree.RemoveAll(sysimageDatabase); err != nil {
			return err
		}
	}
	return b.link(ctx, sysimageDatabase, "../../share/rpm")
}

func (b *build) enableUnits(ctx context.Context) error {
	for _, unit := range b.tf.Units {
		dest := path.Join("usr/etc/systemd/system/multi-user.target.wants", unit)
		present, err := b.tree.Exists(dest)
		if err != nil {
			return err
		}
		if present {
			continue
		}
		b.message("Adding %s to multi-user.target.wants", unit)
		if err := b.link(ctx, dest, "/usr/lib/systemd/system/"+unit); err != nil {
			return fmt.Errorf("Handling treefile 'units': Linking %s: %w", unit, err)
		}
	}
	return nil
}

func (b *build) defaultTarget(ctx context.Context) error {
	if b.tf.DefaultTarget == nil {
		return nil
	}
	if err := b.link(ctx, "usr/lib/systemd/system/default.target", *b.tf.DefaultTarget); err != nil {
		return fmt.Errorf("Handling treefile 'default-target': %w", err)
	}
	return nil
}

// stateOverlays enables the units that make /usr/lib/opt and /usr/local writable.
func (b *build) stateOverlays(ctx context.Context) error {
	if b.tf.OptUsrLocalOrDefault() != treefile.OptStateOverlay {
		return nil
	}
	for _, unit := range []string{"ostree-state-overlay@usr-lib-opt.service", "ostree-state-overlay@usr-local.service"} {
		if err := b.link(ctx, path.Join("usr/lib/systemd/system/local-fs.target.requires", unit), "../"+unit); err != nil {
			return fmt.Errorf("Enabling %s: %w", unit, err)
		}
	}
	return nil
}

func (b *build) writeTreefile(ctx context.Context) error {
	text, err := b.tf.JSON()
	if err != nil {
		return err
	}
	return b.write(ctx, treefilePath, 0o644, string(text))
}

// mutateOSRelease puts the version into os-release.
func (b *build) mutateOSRelease(ctx context.Context) error {
	if b.tf.MutateOSRelease == nil {
		return nil
	}
	if b.version == "" {
		b.message("Ignoring mutate-os-release: no commit version specified.")
		return nil
	}
	real, err := b.target("etc/os-release")
	if err != nil {
		return fmt.Errorf("Updating os-release with commit version: %w", err)
	}
	b.message("Updating %s", real)
	text, err := b.tree.ReadFile(real)
	if err != nil {
		return fmt.Errorf("Updating os-release with commit version: Reading %s: %w", real, err)
	}
	return b.tree.WriteFile(ctx, real, rootfs.Attr{Mode: 0o644}, []byte(treefile.MutateOSRelease(string(text), *b.tf.MutateOSRelease, b.version)))
}

// target is the file that a name leads to in the end.
func (b *build) target(name string) (string, error) {
	for range 40 {
		real, err := b.tree.Resolve(name)
		if err != nil {
			return "", err
		}
		i, err := b.tree.Lstat(real)
		if err != nil {
			return "", err
		}
		if !i.IsSymlink() {
			return real, nil
		}
		if name = i.Header.Symlink; !path.IsAbs(name) {
			name = path.Join(path.Dir(real), name)
		}
	}
	return "", fmt.Errorf("%s: too many levels of symbolic links", name)
}

func (b *build) removeFiles(ctx context.Context) error {
	for _, name := range b.tf.RemoveFiles {
		switch {
		case path.IsAbs(name):
			return fmt.Errorf("Handling `remove-files`: Invalid absolute path: %s", name)
		case strings.Contains(name, ".."):
			return fmt.Errorf("Handling `remove-files`: Invalid '..' in path: %s", name)
		}
		b.message("Deleting: %s", name)
		if err := b.tree.RemoveAll(name); err != nil {
			return fmt.Errorf("Handling `remove-files`: %w", err)
		}
	}
	return nil
}

func (b *build) addFiles(ctx context.Context) error {
	for _, a := range b.tf.AddFiles {
		dest := strings.TrimLeft(a.Dest, "/")
		if dest == "" {
			return fmt.Errorf("Invalid add-files destination: %s", a.Dest)
		}
		b.message("Adding file %s", dest)
		if err := b.addFile(ctx, a.Source, dest); err != nil {
			return fmt.Errorf("Handling add-files: %s: %w", dest, err)
		}
	}
	return nil
}

func (b *build) addFile(ctx context.Context, source treefile.External, dest string) error {
	f, err := b.tf.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if err := b.ensureParent(dest); err != nil {
		return err
	}
	return b.tree.Create(ctx, dest, rootfs.Attr{Mode: modeBits(st.Mode())}, st.Size(), f)
}

// modeBits are the permission bits as stat(2) has them.
func modeBits(m fs.FileMode) uint32 {
	bits := uint32(m.Perm())
	for _, b := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&b.mode != 0 {
			bits |= b.bit
		}
	}
	return bits
}
