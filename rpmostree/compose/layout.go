package compose

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// toplevel is what is taken over from the packages; everything else in the root is made here.
var toplevel = []string{"usr", "boot", "var", "lib", "lib64", "lib32", "bin", "sbin"}

// prepareRoot gives the tree the toplevel directories of an image: all state is in /etc and /var.
func (b *build) prepareRoot(ctx context.Context) error {
	transient, err := b.transientRoot()
	if err != nil {
		return err
	}
	if transient && !b.tf.TmpIsDirectory() {
		return errors.New("Transient root conflicts with tmp-is-dir: false")
	}
	if transient {
		b.message("Target has transient root enabled")
	} else if err := b.dropToplevel(); err != nil {
		return err
	}
	if err := b.tree.Modify(ctx, "", func(a *rootfs.Attr) { a.Mode = 0o755 }); err != nil {
		return err
	}
	for _, name := range []string{"boot", "dev", "proc", "run", "sys", "var", "sysroot"} {
		if err := b.directory(ctx, name, 0o755); err != nil {
			return err
		}
	}
	if b.tf.TmpIsDirectory() {
		err = b.directory(ctx, "tmp", 0o1777)
	} else {
		err = b.replaceByLink(ctx, "tmp", "sysroot/tmp")
	}
	if err != nil {
		return err
	}
	links := [][2]string{{"home", "var/home"}, {"root", "var/roothome"}, {"ostree", "sysroot/ostree"}}
	if !transient {
		links = append(links, [][2]string{{"srv", "var/srv"}, {"mnt", "var/mnt"}, {"media", "run/media"}}...)
	}
	for _, l := range links {
		if err := b.replaceByLink(ctx, l[0], l[1]); err != nil {
			return err
		}
	}
	if transient {
		return b.directories(ctx, "opt", "media", "mnt", "usr/local")
	}
	return b.placeOpt(ctx)
}

// transientRoot tells whether the tree is for a root that is writable until the next boot.
func (b *build) transientRoot() (bool, error) {
	for _, name := range []string{"usr/etc/ostree/prepare-root.conf", "usr/lib/ostree/prepare-root.conf"} {
		text, err := b.tree.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		f, err := keyfile.Parse(text)
		if err != nil {
			return false, err
		}
		v, err := f.Bool("root", "transient")
		if errors.Is(err, keyfile.ErrKeyNotFound) || errors.Is(err, keyfile.ErrGroupNotFound) {
			return false, nil
		}
		return v, err
	}
	return false, nil
}

func (b *build) dropToplevel() error {
	names, err := b.tree.Names("")
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(toplevel, name) {
			if err := b.tree.RemoveAll(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// directory makes sure that a name is a directory, not a link to one.
func (b *build) directory(ctx context.Context, name string, mode uint32) error {
	i, err := b.tree.Lstat(name)
	if err == nil && !i.IsDir() {
		if err := b.tree.Remove(name); err != nil {
			return err
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.tree.MkdirAll(name, rootfs.Attr{Mode: 0o755}); err != nil {
		return err
	}
	return b.tree.Modify(ctx, name, func(a *rootfs.Attr) { a.Mode = mode })
}

func (b *build) directories(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := b.directory(ctx, name, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) replaceByLink(ctx context.Context, name, target string) error {
	if err := b.tree.RemoveAll(name); err != nil {
		return err
	}
	return b.link(ctx, name, target)
}

// placeOpt makes /opt and /usr/local what the treefile says.
func (b *build) placeOpt(ctx context.Context) error {
	switch b.tf.OptUsrLocalOrDefault() {
	case treefile.OptRoot:
		if err := b.directories(ctx, "usr/local", "opt"); err != nil {
			return err
		}
		return b.moveOpt(ctx)
	case treefile.OptStateOverlay:
		if err := b.directories(ctx, "usr/local", "usr/lib/opt"); err != nil {
			return err
		}
		return b.replaceByLink(ctx, "opt", "usr/lib/opt")
	default:
		if err := b.replaceByLink(ctx, "usr/local", "../var/usrlocal"); err != nil {
			return err
		}
		return b.replaceByLink(ctx, "opt", "var/opt")
	}
}

// moveOpt brings what packages have in /opt, which was unpacked to usr/lib/opt, back to its place. The links that
// would be made at boot are not needed.
func (b *build) moveOpt(ctx context.Context) error {
	names, err := b.tree.Names("usr/lib/opt")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := b.tree.Rename(path.Join("usr/lib/opt", name), path.Join("opt", name)); err != nil {
			return err
		}
	}
	if err := b.tree.Remove("usr/lib/opt"); err != nil {
		return err
	}
	return b.rewrite(ctx, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf", func(text string) string {
		var kept strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "L /opt/") {
				kept.WriteString(line)
			}
		}
		return kept.String()
	})
}
