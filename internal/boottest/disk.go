package boottest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A Disk is an image file that holds one ext4 file system and no partitions.
type Disk struct {
	Path string
	UUID string
}

// NewDisk creates a sparse image with an empty file system that supports
// fs-verity.
func NewDisk(ctx context.Context, path string, size int64) (*Disk, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return nil, err
	}
	const uuid = "6a2f0c1e-5b0d-4c59-9d3e-0b8f7c2d4e11"
	if err := command(ctx, "mkfs.ext4", "-q", "-O", "verity", "-U", uuid, path); err != nil {
		return nil, err
	}
	return &Disk{path, uuid}, nil
}

// Mounted mounts the disk on a new folder, calls f with it, and unmounts it.
// It requires root and loop devices.
func (d *Disk) Mounted(ctx context.Context, f func(root string) error) error {
	return d.mounted(ctx, "loop", f)
}

func (d *Disk) mounted(ctx context.Context, options string, f func(root string) error) (err error) {
	dir, err := os.MkdirTemp("", "boottest-mount")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(dir)) }()
	if err := command(ctx, "mount", "-o", options, d.Path, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, command(context.WithoutCancel(ctx), "umount", dir)) }()
	return f(dir)
}

// An Entry is what a boot loader found: an entry of the Boot Loader
// Specification with the kernel and the initramfs copied out of the disk.
type Entry struct {
	File    string // name of the entry's file
	Title   string
	Version int
	Kernel  string // path of a copy on this machine
	Initrd  string // path of a copy on this machine
	Options string
}

// BootEntry chooses the entry with the highest version, as boot loaders do,
// and copies its kernel and initramfs into dir. The file system is mounted
// without replay of its journal, because boot loaders do not replay it.
func (d *Disk) BootEntry(ctx context.Context, dir string) (*Entry, error) {
	var best *Entry
	err := d.mounted(ctx, "loop,ro,noload", func(root string) error {
		entries, err := readEntries(root)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if best == nil || e.Version > best.Version {
				best = e
			}
		}
		if best == nil {
			return errors.New("no boot entries")
		}
		for _, path := range []*string{&best.Kernel, &best.Initrd} {
			source, err := bootFile(root, *path)
			if err != nil {
				return err
			}
			*path = filepath.Join(dir, filepath.Base(source))
			if err := copyFile(*path, source, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	return best, err
}

// BootFile reads a file below boot as a boot loader does, which does not replay
// the file system's journal. That there is none is no error.
func (d *Disk) BootFile(ctx context.Context, name string) (data []byte, found bool, err error) {
	err = d.mounted(ctx, "loop,ro,noload", func(root string) error {
		data, err = os.ReadFile(filepath.Join(root, "boot", name))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		found = err == nil
		return err
	})
	return data, found, err
}

// readEntries reads all of boot/loader/entries of a mounted disk.
func readEntries(root string) ([]*Entry, error) {
	files, err := filepath.Glob(filepath.Join(root, "boot/loader/entries/*.conf"))
	if err != nil {
		return nil, err
	}
	var entries []*Entry
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		e, err := ParseEntry(filepath.Base(file), string(data))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// ParseEntry reads the "key value" lines of an entry; Kernel and Initrd are
// the paths that it names. Deliberately it shares nothing with the code that
// writes entries.
func ParseEntry(name, text string) (*Entry, error) {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return nil, fmt.Errorf("%s: line without value: %.100q", name, line)
		}
		values[line[:i]] = strings.TrimSpace(line[i:])
	}
	version, err := strconv.Atoi(values["version"])
	if err != nil {
		return nil, fmt.Errorf("%s: version: %w", name, err)
	}
	return &Entry{
		File: name, Title: values["title"], Version: version,
		Kernel: values["linux"], Initrd: values["initrd"], Options: values["options"],
	}, nil
}

// bootFile finds a path of an entry, which counts from the root of the file
// system that the boot loader reads: here that is the root, but ostree writes
// paths relative to /boot unless sysroot.bootprefix is set.
func bootFile(root, path string) (string, error) {
	for _, prefix := range []string{"", "boot"} {
		file := filepath.Join(root, prefix, path)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	return "", fmt.Errorf("boot loader finds no %q", path)
}

// command runs a program; its output is part of the error.
func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
