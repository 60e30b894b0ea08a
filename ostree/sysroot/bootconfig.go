//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/osrelease"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

const overlayDir = "boot/ostree/initramfs-overlays"

// installKernel puts a deployment's kernel below /boot, as far as it is not there, and writes its entry
// for the boot version of the transaction.
func (t *transaction) installKernel(ctx context.Context, d *Deployment, list []*Deployment, index int) error {
	layout, err := t.installFiles(ctx, d)
	if err != nil {
		return err
	}
	if err := t.installOverlays(d); err != nil {
		return err
	}
	e, err := t.newEntry(d, layout, list, index)
	if err != nil {
		return err
	}
	text, err := e.Marshal()
	if err != nil {
		return err
	}
	name := path.Join(fmt.Sprintf("boot/loader.%d/entries", t.bootVersion), t.entryName(d, index, len(list)))
	d.Entry = e
	return t.replaceFile(name, text, 0o644, atomicfile.SyncNone)
}

// installedKernel are the names of the files in the kernel's directory below /boot.
type installedKernel struct{ kernel, initramfs, devicetree, dtb, aboot string }

func installedNames(l *kernel.Layout) installedKernel {
	name := func(f *kernel.File) string {
		if f == nil {
			return ""
		}
		return f.Name
	}
	return installedKernel{l.Kernel.Name, name(l.Initramfs), name(l.Devicetree), name(l.DevicetreeDir), name(l.Aboot)}
}

// installFiles installs the files of a deployment's kernel.
func (t *transaction) installFiles(ctx context.Context, d *Deployment) (installedKernel, error) {
	root, err := t.root.Sub(d.Dir())
	if err != nil {
		return installedKernel{}, errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	layout, err := t.layoutOf(ctx, d, root)
	if err != nil {
		// A deployment whose tree lost its kernel may go on booting what is in /boot.
		if k, ok := t.installedBefore(d); ok {
			t.log.Warn("the kernel is in /boot, but not in the deployment", "deployment", d.Name(), "error", err)
			return k, nil
		}
		return installedKernel{}, err
	}
	boot, err := t.openDir("boot")
	if err != nil {
		return installedKernel{}, err
	}
	defer boot.Close()
	opts := &kernel.InstallOptions{Logger: t.log, Verity: t.sealer(), Label: labelsOf(root)}
	if err := kernel.Install(ctx, root.Dir(), layout, boot, path.Join("ostree", d.bootDirName()), opts); err != nil {
		return installedKernel{}, errno.Wrap(path.Join("boot/ostree", d.bootDirName()), err)
	}
	return installedNames(layout), nil
}

// layoutOf finds the kernel of a deployment, which its check-out may have found already.
func (s *Sysroot) layoutOf(ctx context.Context, d *Deployment, root rootDir) (*kernel.Layout, error) {
	if d.kernel != nil {
		return d.kernel.layout, nil
	}
	l, err := kernel.Find(ctx, root.Dir(), &kernel.FindOptions{NoDTB: s.opts.NoDTB, Checksum: d.BootChecksum, Logger: s.log})
	if err != nil {
		return nil, fmt.Errorf("deployment %s: %w", d.Name(), err)
	}
	d.kernel = &kernelOf{l}
	return l, nil
}

// labelsOf finds SELinux labels by the policy of a tree, which is read when the first is wanted: only copies
// need any.
func labelsOf(root rootDir) func(path string, mode uint32) (string, bool, error) {
	load := sync.OnceValues(func() (*ostree.SELinuxPolicy, error) { return loadPolicy(root) })
	return func(path string, mode uint32) (string, bool, error) {
		policy, err := load()
		if err != nil || policy == nil {
			return "", false, err
		}
		return policy.Policy.Lookup(path, mode)
	}
}

// installedBefore takes the names from the entry that a deployment was loaded with, which became live only when
// all that it names was on the disk.
func (t *transaction) installedBefore(d *Deployment) (k installedKernel, ok bool) {
	if !d.onDisk || d.Entry == nil {
		return k, false
	}
	dir := path.Join("boot/ostree", d.bootDirName())
	base := func(key string) string {
		if v := d.Entry.Value(key); v != "" {
			return path.Base(v)
		}
		return ""
	}
	k = installedKernel{base(bls.KeyLinux), base(bls.KeyInitrd), base(bls.KeyDevicetree), base(bls.KeyFdtdir), base(bls.KeyAboot)}
	if k.kernel == "" {
		return k, false
	}
	for _, name := range []string{k.kernel, k.initramfs, k.devicetree, k.dtb, k.aboot} {
		if name == "" {
			continue
		}
		if _, err := t.root.Lstat(path.Join(dir, name)); err != nil {
			return k, false
		}
	}
	return k, true
}

// sealer switches fs-verity on for copies in /boot as the repository's configuration wants it, but as it is
// a different file system it may lack it.
func (t *transaction) sealer() func(f *os.File) error {
	if t.repo.Config().FsVerity == ostree.TristateNo {
		return nil
	}
	return func(f *os.File) error {
		err := fsverity.Enable(int(f.Fd()))
		if errors.Is(err, fsverity.ErrNotSupported) {
			return nil
		}
		return err
	}
}

// installOverlays copies initrds that are loaded after the initramfs to /boot.
func (t *transaction) installOverlays(d *Deployment) error {
	for _, sum := range d.OverlayInitrds {
		name := path.Join(overlayDir, sum+".img")
		if _, err := t.root.Lstat(name); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return errno.New("fstatat", name, err)
		}
		if err := t.root.MkdirAll(overlayDir, 0o755); err != nil {
			return errno.New("mkdirat", overlayDir, err)
		}
		if err := t.copyOverlay(sum, name); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) copyOverlay(sum, name string) error {
	src, err := os.Open(t.runPath(path.Join(stagedInitrds, sum)))
	if err != nil {
		return errno.New("openat", t.runPath(path.Join(stagedInitrds, sum)), err)
	}
	defer src.Close()
	f, err := t.root.CreateAtomic(name, 0o600, &atomicfile.Options{Sync: atomicfile.SyncData})
	if err != nil {
		return errno.New("openat", name, err)
	}
	defer f.Abort()
	got, err := copyHashed(f, src)
	if err != nil {
		return errno.New("write", name, err)
	}
	if got != sum {
		return fmt.Errorf("the staged initrd %s has the checksum %s: it was changed since it was staged", sum, got)
	}
	return f.Commit()
}

// newEntry makes the entry of a deployment, keeping the keys of others and the order of kernel arguments.
func (t *transaction) newEntry(d *Deployment, k installedKernel, list []*Deployment, index int) (*bls.Entry, error) {
	e := &bls.Entry{}
	if d.Entry != nil {
		e = d.Entry.Clone()
	}
	config := t.repo.Config().Sysroot
	prefix := "/"
	if config.BootPrefix {
		prefix = "/boot/"
	}
	dir := prefix + path.Join("ostree", d.bootDirName())
	title, err := t.title(d, list, index)
	if err != nil {
		return nil, err
	}
	e.Set(bls.KeyTitle, title)
	e.Set(bls.KeyVersion, fmt.Sprint(len(list)-index))
	e.Set(bls.KeyLinux, path.Join(dir, k.kernel))
	t.setInitrds(e, d, k, dir, prefix)
	setOrDelete(e, bls.KeyDevicetree, dir, k.devicetree)
	setOrDelete(e, bls.KeyFdtdir, dir, k.dtb)
	if k.aboot != "" {
		e.Set(bls.KeyAboot, path.Join("/ostree", d.bootDirName(), k.aboot))
		e.Set(bls.KeyAbootcfg, path.Join("/", d.Dir(), "usr/lib/ostree-boot/aboot.cfg"))
	} else {
		e.Delete(bls.KeyAboot)
		e.Delete(bls.KeyAbootcfg)
	}
	options, err := t.options(d, k)
	if err != nil {
		return nil, err
	}
	e.Set(bls.KeyOptions, options)
	if index > 0 {
		for _, kv := range config.AppendExceptDefault {
			e.Set(kv.Key, kv.Value)
		}
	}
	return e, nil
}

func setOrDelete(e *bls.Entry, key, dir, name string) {
	if name == "" {
		e.Delete(key)
		return
	}
	e.Set(key, path.Join(dir, name))
}

func (t *transaction) setInitrds(e *bls.Entry, d *Deployment, k installedKernel, dir, prefix string) {
	var initrds []string
	if k.initramfs != "" {
		initrds = append(initrds, path.Join(dir, k.initramfs))
	}
	for _, sum := range d.OverlayInitrds {
		initrds = append(initrds, prefix+path.Join("ostree/initramfs-overlays", sum+".img"))
	}
	if len(initrds) == 0 {
		e.Delete(bls.KeyInitrd)
		return
	}
	e.SetInitrds(initrds...)
}

// options returns the kernel arguments, with "ostree=" naming the deployment in the new boot version. A
// kernel without initramfs starts the program that finds the deployment itself.
func (t *transaction) options(d *Deployment, k installedKernel) (string, error) {
	args := d.Kargs()
	link := "/" + d.bootLink(t.bootVersion)
	if k.initramfs == "" {
		args.Set("init=" + path.Join(link, "usr/lib/ostree/ostree-prepare-root"))
	}
	return withBootTarget(args, link)
}

// withBootTarget sets "ostree=". The program in the initramfs knows no quotes and takes the first word that begins
// so; arguments that hide it, or have another before it, would make the entry lead nowhere.
func withBootTarget(args *kargs.Args, link string) (string, error) {
	args.Set("ostree=" + link)
	line := args.String()
	if bootTargets(line) == 1 {
		return line, nil
	}
	if strings.Count(line, `"`)%2 == 0 {
		return "", fmt.Errorf("the kernel arguments %q have an ostree= inside of quotes, which would be followed instead of the deployment's own", line)
	}
	// A quote that is never closed, from an entry of another program, has swallowed the old one.
	words := strings.Split(line, " ")
	first := slices.IndexFunc(words, isBootTarget)
	rest := slices.DeleteFunc(slices.Clone(words[first+1:]), isBootTarget)
	words = append(append(words[:first:first], "ostree="+link), rest...)
	return strings.Join(words, " "), nil
}

func isBootTarget(word string) bool { return strings.HasPrefix(word, "ostree=") }

// bootTargets counts the words that the initramfs would take for a deployment.
func bootTargets(line string) int {
	n := 0
	for _, w := range strings.Split(line, " ") {
		if isBootTarget(w) {
			n++
		}
	}
	return n
}

// checkKargs refuses arguments that could not be told from "ostree=" later on.
func checkKargs(args *kargs.Args) error {
	line := args.String()
	if strings.Count(line, `"`)%2 != 0 {
		return fmt.Errorf("the kernel arguments %q have a quote that is never closed", line)
	}
	if i := strings.IndexFunc(line, unicode.IsControl); i >= 0 {
		return fmt.Errorf("the kernel arguments %q have a control character", line)
	}
	_, err := withBootTarget(args.Clone(), "/")
	return err
}

// title is the text for a boot menu.
func (t *transaction) title(d *Deployment, list []*Deployment, index int) (string, error) {
	root, err := t.root.Sub(d.Dir())
	if err != nil {
		return "", errno.New("opendir", d.Dir(), err)
	}
	defer root.Close()
	release, err := osrelease.Load(root.Dir())
	if err != nil {
		return "", err
	}
	name, err := release.Name()
	if err != nil {
		return "", err
	}
	return bls.Title(name, t.versionOf(d), staterootIfSeveral(d, list), index), nil
}

// staterootIfSeveral names the stateroot for a title as soon as the list has two.
func staterootIfSeveral(d *Deployment, list []*Deployment) string {
	for _, o := range list {
		if o.Stateroot != d.Stateroot {
			return d.Stateroot
		}
	}
	return ""
}

// neutralKargs are the kernel arguments of a deployment without "ostree=".
func neutralKargs(d *Deployment) *kargs.Args { return d.Kargs().Without("ostree") }
