package boottest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Dracut is the recipe of an initramfs that this machine's dracut makes for a tree, with the tree's own modules for
// dracut and the tree's ostree-prepare-root in place of this machine's.
type Dracut struct {
	Tree    *Tree
	Dir     string   // an existing folder for files that are needed on the way
	Release string   // version of the kernel
	Modules string   // names of modules for dracut, with spaces between them
	Hidden  []string // folders of this machine's modules that the tree's stand for, such as "30ignition"
	Drivers []string // names of kernel modules

	Files    map[string]string // more files: path in the initramfs → content
	Programs map[string]string // more programs: path in the initramfs → file of this machine
	Links    map[string]string // symbolic links: path in the initramfs → target

	// Before is put before dracut's command line: a program that runs the rest. Nil runs dracut itself.
	Before []string
}

// Pack returns the uncompressed image, and what dracut said. Where it fails, what it said is in the error.
func (d *Dracut) Pack(ctx context.Context) (image []byte, log string, err error) {
	base, extra, output := filepath.Join(d.Dir, "dracut"), filepath.Join(d.Dir, "extra"), filepath.Join(d.Dir, "initramfs")
	if err := d.base(base); err != nil {
		return nil, "", err
	}
	if err := d.extra(extra); err != nil {
		return nil, "", err
	}
	args := slices.Concat(d.Before, []string{
		"dracut", "--kver", d.Release, "--conf", base + "/dracut.conf", "--confdir", base + "/conf.d",
		"--tmpdir", base + "/tmp", "--no-hostonly", "--no-compress", "--no-early-microcode", "--nohardlink", "--modules", d.Modules,
		"--drivers", "", "--add-drivers", strings.Join(d.Drivers, " "), "--include", extra, "/", "--quiet", output,
	})
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "dracutbasedir="+base)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, "", fmt.Errorf("dracut: %w: %s", err, out)
	}
	if image, err = os.ReadFile(output); err != nil {
		return nil, "", err
	}
	return image, string(out), os.Remove(output)
}

// base makes the folder that dracut takes for its own: links to this machine's files, the tree's modules among them, and
// no configuration.
func (d *Dracut) base(dir string) error {
	for _, from := range []struct {
		dir, to string
		except  []string
	}{
		{"/usr/lib/dracut", dir, []string{"modules.d"}},
		{"/usr/lib/dracut/modules.d", dir + "/modules.d", append([]string{"50ostree", "98ostree"}, d.Hidden...)},
		{d.Tree.path("usr/lib/dracut/modules.d"), dir + "/modules.d", nil},
	} {
		if err := linkAll(from.dir, from.to, from.except); err != nil {
			return err
		}
	}
	for _, name := range []string{"conf.d", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(dir+"/dracut.conf", nil, 0o644)
}

// linkAll makes links to all that is in a folder.
func linkAll(from, to string, except []string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(except, e.Name()) {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// extra makes the folder of what the image has as it is.
func (d *Dracut) extra(dir string) error {
	files := Tree{dir}
	if err := files.Write("usr/lib/systemd/system.conf.d/boottest.conf", patience); err != nil {
		return err
	}
	for name, content := range d.Files {
		if err := files.Write(name, content); err != nil {
			return err
		}
	}
	// dracut's module for ostree takes these from the machine it runs on.
	const config = "usr/lib/ostree/prepare-root.conf"
	programs := map[string]string{}
	maps.Copy(programs, d.Programs)
	for _, name := range []string{"usr/lib/ostree/ostree-prepare-root", config, "usr/lib/systemd/system/ostree-prepare-root.service"} {
		programs[name] = d.Tree.path(name)
	}
	for name, source := range programs {
		if err := files.Install(name, source); err != nil {
			return err
		}
	}
	for name, target := range d.Links {
		if err := files.link(target, name); err != nil {
			return err
		}
	}
	return os.Chmod(files.path(config), 0o644)
}
