package installer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/installer/platforms"
	"github.com/nestos-dev/nestos/internal/errno"
)

// bootLabel is the label of the file system that is changed.
const bootLabel = "boot"

// changeBoot changes the boot file system. The partition table is not on the disk yet: the
// file system is found through the one in first.
func (i *install) changeBoot(ctx context.Context, first []byte) error {
	table, err := i.saved.Merged(first)
	if err != nil {
		return err
	}
	return i.disk.WithBootIn(ctx, table, bootLabel, false, func(dir string) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		defer root.Close()
		b := &bootChange{install: i, root: root}
		b.flavour = flavour.Detect(func(f *flavour.Flavour) bool {
			st, err := root.Stat(f.Name)
			return err == nil && st.IsDir()
		}, i.flavour())
		return b.run()
	})
}

// bootChange changes a mounted boot file system.
type bootChange struct {
	*install
	root    *os.Root
	flavour *flavour.Flavour // of the image
	table   platforms.Table  // of the image
	grub    [][]string       // replacement of the commands, if any
}

func (b *bootChange) run() error {
	for _, step := range []func() error{
		b.writeIgnition, b.readTable, b.setPlatform, b.setConsole, b.writeFirstbootArgs, b.editKargs, b.editGRUB, b.copyNetwork,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// writeIgnition puts the config where Ignition looks for it.
func (b *bootChange) writeIgnition() error {
	if b.ignition == nil {
		return nil
	}
	b.note("Writing Ignition config")
	if err := b.ignition.checkHash(); err != nil {
		return err
	}
	if err := b.root.Mkdir("ignition", 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("creating Ignition config directory: %w", err)
	}
	const name = "ignition/config.ign"
	if err := writeNew(b.root, name, 0o600, bytes.NewReader(b.ignition.data)); err != nil {
		return fmt.Errorf("writing destination Ignition config %s: %w", name, err)
	}
	return nil
}

// writeNew creates a file. The sync is what tells that the file system had room for it: an
// unmount tells nobody.
func writeNew(root *os.Root, name string, mode fs.FileMode, r io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func (b *bootChange) readTable() error {
	if b.Config.Platform == "" && len(b.consoles) == 0 {
		return nil
	}
	data, err := readRoot(b.root, b.flavour.Platforms)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading platform metadata: %w", err)
	}
	b.table, err = platforms.Parse(data)
	if err != nil {
		return fmt.Errorf("parsing platform metadata %s: %w", b.flavour.Platforms, err)
	}
	return nil
}

// smallFile bounds what is read of files on the boot file system.
const smallFile = 4 << 20

func readRoot(root *os.Root, name string) ([]byte, error) {
	f, err := openRegular(root, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err == nil && len(data) > smallFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, smallFile)
	}
	return data, err
}

// openRegular opens a file of the image without waiting for what else may be in its place.
func openRegular(root *os.Root, name string, flags int) (*os.File, error) {
	f, err := root.OpenFile(name, flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// setPlatform replaces the platform ID and, unless consoles were named, what the image
// has for the consoles of the platform.
func (b *bootChange) setPlatform() error {
	p := b.Config.Platform
	if p == "" || p == platforms.Metal {
		return nil
	}
	b.note("Setting platform to " + p)
	err := kargs.EditNewest(b.root, func(options string) (string, error) { return platforms.SetID(options, p) })
	if err != nil || len(b.consoles) > 0 {
		return err
	}
	if e := b.table.Kargs(p); !e.Empty() {
		if err := b.edit(&e); err != nil {
			return err
		}
	}
	if commands, changed := b.table.GRUB(p); changed {
		b.grub = append(b.grub, commands)
	}
	return nil
}

func (b *bootChange) edit(e *kargs.Edit) error { return kargs.EditNewest(b.root, e.Apply) }

func (b *bootChange) setConsole() error {
	if len(b.consoles) == 0 {
		return nil
	}
	b.note("Configuring console settings")
	e, commands := b.table.Consoles(b.consoles)
	if err := b.edit(&e); err != nil {
		return err
	}
	b.grub = append(b.grub, commands)
	return nil
}

func (b *bootChange) editGRUB() error {
	for _, commands := range b.grub {
		if err := platforms.EditGRUB(b.root, commands); err != nil {
			return err
		}
	}
	return nil
}

// writeFirstbootArgs adds a line to the file that GRUB reads at the first boot.
func (b *bootChange) writeFirstbootArgs() error {
	if b.FirstbootArgs == "" {
		return nil
	}
	b.note("Writing first-boot kernel arguments")
	const name = "ignition.firstboot"
	f, err := openRegular(b.root, name, os.O_RDWR|os.O_APPEND) // a pipe open for writing only would be an error of its own
	if err != nil {
		return fmt.Errorf("opening first-boot file %s: %w", name, err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "set ignition_network_kcmdline=\"%s\"\n", b.FirstbootArgs); err != nil {
		return fmt.Errorf("writing first-boot kernel arguments: %w", err)
	}
	return f.Sync()
}

func (b *bootChange) editKargs() error {
	e := &kargs.Edit{Append: b.Config.AppendKarg, Delete: b.Config.DeleteKarg}
	if e.Empty() {
		return nil
	}
	if advice := kargs.ConsoleAdvice(e.Append, "--console", "--append-karg"); advice != "" {
		b.note(advice)
	}
	b.note("Modifying kernel arguments")
	return b.edit(e)
}

// copyNetwork copies keyfiles. Their source is the live system, which is trusted; the
// destination is only reached through the root of the boot file system.
func (b *bootChange) copyNetwork() error {
	if !b.Config.CopyNetwork {
		return nil
	}
	b.note("Copying networking configuration from " + b.networkDir())
	files, err := b.keyfiles()
	if err != nil {
		return err
	}
	if err := b.root.Mkdir(b.flavour.BootKeyfileDir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("creating directory %s: %w", b.flavour.BootKeyfileDir, err)
	}
	for _, file := range files {
		if err := b.copyKeyfile(file); err != nil {
			return err
		}
	}
	return nil
}

func (b *bootChange) copyKeyfile(src string) error {
	b.note(fmt.Sprintf("Copying %s to installed system", src))
	f, err := os.Open(src)
	if err != nil {
		return fmt.Errorf("opening %s: %w", src, errno.Bare(err))
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reading metadata of %s: %w", src, errno.Bare(err))
	}
	dst := path.Join(b.flavour.BootKeyfileDir, filepath.Base(src))
	if err := b.root.Remove(dst); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replacing %s: %w", dst, err)
	}
	if err := writeNew(b.root, dst, st.Mode().Perm(), f); err != nil {
		return fmt.Errorf("copying %s: %w", src, err)
	}
	return nil
}
