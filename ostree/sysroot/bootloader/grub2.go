//go:build unix

package bootloader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

type grub2 struct {
	efi string // directory of grub.cfg; else the configuration is in boot/loader.N
}

func (g *grub2) Name() string                             { return "grub2" }
func (g *grub2) Atomic() bool                             { return g.efi == "" }
func (g *grub2) PostSync(context.Context, *Request) error { return nil }

func (g *grub2) Write(ctx context.Context, req *Request) error {
	root, err := req.root()
	if err != nil {
		return writing(err)
	}
	defer root.Close()
	config := req.loader("grub.cfg")
	if g.efi != "" {
		config = path.Join(g.efi, "grub.cfg.new")
		if err := root.Remove(config); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return writing(errno.New("unlinkat", config, err))
		}
	}
	if err := g.generate(ctx, req, config); err != nil {
		return writing(err)
	}
	if err := syncData(root, req, config); err != nil {
		return writing(err)
	}
	if g.efi != "" {
		return writing(g.replaceEFI(ctx, root, req))
	}
	return nil
}

// generate runs the generator.
func (g *grub2) generate(ctx context.Context, req *Request, config string) error {
	c := Command{
		Args: []string{"-o", path.Join(req.Path, config)},
		Env:  []string{"_OSTREE_GRUB2_BOOTVERSION=" + strconv.Itoa(req.BootVersion)},
	}
	if g.efi != "" {
		c.Env = append(c.Env, "_OSTREE_GRUB2_IS_EFI=1")
	}
	if req.Grub2Verbose {
		c.Stdout, c.Stderr = req.Stdout, req.Stderr
	}
	if req.Grub2Exec != "" {
		return g.runGenerator(ctx, req, c, req.Grub2Exec)
	}
	err := g.runGenerator(ctx, req, c, "grub2-mkconfig")
	if errors.Is(err, fs.ErrNotExist) {
		// The name at distributions that never had another GRUB.
		err2 := g.runGenerator(ctx, req, c, "grub-mkconfig")
		if !errors.Is(err2, fs.ErrNotExist) {
			return err2
		}
	}
	return err
}

func (g *grub2) runGenerator(ctx context.Context, req *Request, c Command, name string) error {
	c.Name = name
	if isMkconfig(name) && !req.Booted && req.Path != "/" && len(req.Entries) > 0 {
		// It looks at the running system. What it needs to see in the deployment,
		// above all the directory of its argument, the caller has mounted there.
		c.Chroot = path.Join(req.Path, req.Entries[0].Deployment)
	}
	err := req.runner().Run(ctx, c)
	var exit *ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

func isMkconfig(name string) bool {
	base := path.Base(name)
	return base == "grub2-mkconfig" || base == "grub-mkconfig"
}

func syncData(root *confine.Root, req *Request, name string) error {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return errno.New("openat", path.Join(req.Path, name), err)
	}
	defer f.Close()
	return errno.Wrap("fdatasync", f.Sync())
}

// replaceEFI puts the new configuration in the place of the old one, of which
// it keeps a copy. FAT has no journal: a power failure may still hit both.
func (g *grub2) replaceEFI(ctx context.Context, root *confine.Root, req *Request) error {
	current, old := path.Join(g.efi, "grub.cfg"), path.Join(g.efi, "grub.cfg.old")
	if err := root.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", old, err)
	}
	info, err := root.Stat(current)
	if err != nil {
		return errno.New("fstatat", current, err)
	}
	// FAT refuses other modes than the one it shows.
	if err := root.CopyFile(ctx, current, old, info.Mode().Perm()); err != nil {
		return err
	}
	if err := syncData(root, req, old); err != nil {
		return err
	}
	if err := root.SyncDir(g.efi); err != nil {
		return err
	}
	if err := root.Rename(path.Join(g.efi, "grub.cfg.new"), current); err != nil {
		return errno.Wrap("rename", err)
	}
	return root.SyncDir(g.efi)
}
