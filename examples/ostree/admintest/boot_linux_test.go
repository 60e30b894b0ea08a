package admintest_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// bootEntry is what a boot loader reads of an entry.
type bootEntry struct {
	name, text             string
	linux, ostree, version string
	initrds                []string
}

func parseEntry(name, text string) bootEntry {
	e := bootEntry{name: name, text: text}
	for l := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), " ")
		switch key {
		case "linux":
			e.linux = value
		case "version":
			e.version = value
		case "initrd":
			e.initrds = append(e.initrds, value)
		case "options":
			for w := range strings.FieldsSeq(value) {
				if link, ok := strings.CutPrefix(w, "ostree="); ok {
					e.ostree = link
				}
			}
		}
	}
	return e
}

// bootReader reads files of the /boot file system: the kernel's view of a directory, or a boot loader's.
type bootReader interface {
	Glob(dir, pattern string) ([]string, error)
	ReadFile(name string) ([]byte, error)
}

// dirReader is a mounted /boot.
type dirReader string

func (d dirReader) Glob(dir, pattern string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(string(d), dir)); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(string(d), dir, pattern))
	for i, p := range paths {
		paths[i] = strings.TrimPrefix(p, string(d)+"/")
	}
	return paths, err
}

func (d dirReader) ReadFile(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), name))
}

// readEntries returns the entries that a boot loader would show. Every one must have its kernel.
func readEntries(boot bootReader, prefix string) ([]bootEntry, error) {
	names, err := boot.Glob(prefix+"loader/entries", "*.conf")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var entries []bootEntry
	for _, name := range names {
		text, err := boot.ReadFile(name)
		if err != nil {
			return nil, err
		}
		e := parseEntry(filepath.Base(name), string(text))
		if e.linux == "" || e.ostree == "" {
			return nil, fmt.Errorf("%s is incomplete: %q", name, text)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// deployments are the trees of a root as they must be, by the base name of their directories, and the files of the kernels.
type deployments struct {
	trees   map[string]snapshot
	kernels map[string][]byte
}

// state is what can be booted.
type state struct {
	list string // the entries with the deployments that they lead to
	deployments
}

// bootable checks every entry against the root file system that is mounted at root, and returns the list.
func bootable(root, prefix string, boot bootReader, entries []bootEntry, want *deployments) (string, error) {
	var list strings.Builder
	for _, e := range entries {
		for _, file := range append([]string{e.linux}, e.initrds...) {
			data, err := boot.ReadFile(prefix + strings.TrimPrefix(file, "/"))
			if err != nil {
				return "", err
			}
			if good, ok := want.kernels[file]; !ok || !bytes.Equal(good, data) {
				return "", fmt.Errorf("%s has wrong content (%d bytes)", file, len(data))
			}
		}
		target, err := os.Readlink(root + e.ostree)
		if err != nil {
			return "", err
		}
		name := filepath.Base(target)
		tree, ok := want.trees[name]
		if !ok {
			return "", fmt.Errorf("%s leads to the unknown deployment %s", e.name, name)
		}
		got, err := take(filepath.Join(filepath.Dir(root+e.ostree), target), nil)
		if err != nil {
			return "", err
		}
		if diff := got.diff(tree); len(diff) > 0 {
			return "", fmt.Errorf("deployment %s: %s", name, strings.Join(diff[:min(3, len(diff))], "; "))
		}
		fmt.Fprintf(&list, "%s -> %s\n%s\n", e.name, name, e.text)
	}
	return list.String(), nil
}

// observe reads a root in a state that is known to be good.
func observe(root string) (*state, error) {
	s := &state{deployments: deployments{map[string]snapshot{}, map[string][]byte{}}}
	dirs, err := filepath.Glob(root + "/ostree/deploy/*/deploy/*.[0-9]*")
	if err != nil {
		return nil, err
	}
	for _, d := range dirs {
		if st, err := os.Stat(d); err != nil || !st.IsDir() {
			continue
		}
		if s.trees[filepath.Base(d)], err = take(d, nil); err != nil {
			return nil, err
		}
	}
	for _, pattern := range []string{"/boot/ostree/*-*/*", "/boot/ostree/initramfs-overlays/*"} {
		files, err := filepath.Glob(root + pattern)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if data, err := os.ReadFile(f); err == nil {
				s.kernels[strings.TrimPrefix(f, root+"/boot")] = data
			}
		}
	}
	boot := dirReader(root + "/boot")
	entries, err := readEntries(boot, "")
	if err != nil {
		return nil, err
	}
	s.list, err = bootable(root, "", boot, entries, &s.deployments)
	return s, err
}

// union is everything that may be found on the way from one state to the next.
func union(a, b *state) *deployments {
	d := &deployments{map[string]snapshot{}, map[string][]byte{}}
	for _, s := range []*state{a, b} {
		for k, v := range s.trees {
			d.trees[k] = v
		}
		for k, v := range s.kernels {
			d.kernels[k] = v
		}
	}
	return d
}

// thaw makes sure that a file system is not frozen, and says whether it was.
func thaw(dir string) (frozen bool, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return false, err
	}
	defer f.Close()
	const fithaw = 0xc0045878
	err = unix.IoctlSetInt(int(f.Fd()), fithaw, 0)
	if errors.Is(err, unix.EINVAL) { // it was not
		return false, nil
	}
	return err == nil, err
}
