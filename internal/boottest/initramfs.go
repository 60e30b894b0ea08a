package boottest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/cpio"
)

// An Initramfs is the recipe of an initial RAM file system: /init, kernel
// modules, and ostree-prepare-root with what it needs.
type Initramfs struct {
	Init        string   // the program of folder init
	PrepareRoot string   // ostree-prepare-root
	Libraries   []string // shared libraries of PrepareRoot, packed at their own paths
	Config      string   // content of prepare-root.conf; "" leaves the file out
	ModulesDir  string   // /lib/modules/VERSION
	Modules     []string // names of modules; their dependencies come along
	Label       string   // written to /etc/initrd-release, so that images differ

	Programs map[string]string // more programs: path in the initramfs → file of this machine
	Links    map[string]string // symbolic links: path in the initramfs → target
}

// Pack returns the uncompressed archive in the format "newc".
func (i *Initramfs) Pack() ([]byte, error) {
	order, err := moduleOrder(i.ModulesDir, i.Modules)
	if err != nil {
		return nil, err
	}
	files := map[string]string{"init": i.Init, "usr/lib/ostree/ostree-prepare-root": i.PrepareRoot}
	var load strings.Builder
	for _, module := range order {
		name := "usr/lib/modules/" + filepath.Base(module)
		files[name] = module
		load.WriteString("/" + name + "\n")
	}
	for _, lib := range i.Libraries {
		files[strings.TrimPrefix(lib, "/")] = lib
	}
	for name, source := range i.Programs {
		files[strings.TrimPrefix(name, "/")] = source
	}

	a := newArchive()
	for _, dir := range []string{"dev", "proc", "run", "sys", "sysroot"} {
		a.dir(dir)
	}
	for _, name := range sortedKeys(files) {
		data, err := os.ReadFile(files[name])
		if err != nil {
			return nil, err
		}
		a.file(name, 0o755, data)
	}
	for _, name := range sortedKeys(i.Links) {
		a.link(strings.TrimPrefix(name, "/"), i.Links[name])
	}
	a.file("modules.load", 0o644, []byte(load.String()))
	a.file("etc/initrd-release", 0o644, fmt.Appendf(nil, "ID=boottest\nVERSION=%q\n", i.Label))
	if i.Config != "" {
		a.file("usr/lib/ostree/prepare-root.conf", 0o644, []byte(i.Config))
	}
	return a.finish()
}

// moduleOrder returns the files of the modules and of what they depend on, in
// an order in which they can be loaded. Modules built into the kernel are
// left out.
func moduleOrder(dir string, names []string) ([]string, error) {
	builtin, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, err
	}
	table, err := os.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return nil, err
	}
	deps := map[string][]string{}
	byName := map[string]string{}
	for line := range strings.Lines(string(table)) {
		file, needs, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			return nil, fmt.Errorf("modules.dep: no colon in %.100q", line)
		}
		deps[file] = strings.Fields(needs)
		byName[strings.TrimSuffix(filepath.Base(file), ".ko")] = file
	}

	var order []string
	var add func(file string)
	add = func(file string) {
		if path := filepath.Join(dir, file); !slices.Contains(order, path) {
			// modules.dep names the nearest dependency first.
			for _, need := range slices.Backward(deps[file]) {
				add(need)
			}
			order = append(order, path)
		}
	}
	for _, name := range names {
		switch file := byName[name]; {
		case file != "":
			add(file)
		case !strings.Contains(string(builtin), "/"+name+".ko"):
			return nil, fmt.Errorf("kernel has no module %s", name)
		}
	}
	return order, nil
}

// An archive is a cpio archive in the making; parents of members are added
// when they are missing.
type archive struct {
	buf  bytes.Buffer
	w    *cpio.Writer
	ino  uint64
	seen map[string]bool
	err  error // the first
}

func newArchive() *archive {
	a := &archive{seen: map[string]bool{".": true}}
	a.w = cpio.NewWriter(&a.buf)
	return a
}

func (a *archive) dir(name string) {
	if !a.seen[name] {
		a.seen[name] = true
		a.dir(filepath.Dir(name))
		a.member(name, 0o040755, nil)
	}
}

func (a *archive) file(name string, perm uint32, data []byte) {
	a.dir(filepath.Dir(name))
	a.member(name, 0o100000|perm, data)
}

func (a *archive) link(name, target string) {
	a.dir(filepath.Dir(name))
	a.member(name, 0o120777, []byte(target))
}

func (a *archive) member(name string, mode uint32, data []byte) {
	a.ino++
	if a.err == nil {
		a.err = a.w.WriteHeader(&cpio.Header{Name: name, Mode: mode, Inode: a.ino, Size: int64(len(data))})
	}
	if a.err == nil {
		_, a.err = a.w.Write(data)
	}
}

func (a *archive) finish() ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	err := a.w.Close()
	return a.buf.Bytes(), err
}

// Libraries returns the paths of the shared libraries of a program, with the dynamic loader.
func Libraries(ctx context.Context, program string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "ldd", program).Output()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w", program, err)
	}
	var libs []string
	for _, m := range library.FindAllStringSubmatch(string(out), -1) {
		libs = append(libs, m[1])
	}
	return libs, nil
}

var library = regexp.MustCompile(`(?m)(?:=> |^\s)(/\S+)`)
