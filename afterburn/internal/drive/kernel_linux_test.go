package drive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/fat"
	"github.com/nestos-dev/nestos/internal/iso9660"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// line is an entry of an image, as program kernelview tells it.
type line struct {
	Image, Path, Type string
	Size              int64
	Sum, Target       string
	Error             string
}

// TestShowsWhatLinuxShows makes images of many kinds and compares what is read from them with what a kernel
// shows that mounts them, in a virtual machine: the one that runs the test may lack the modules.
func TestShowsWhatLinuxShows(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a virtual machine")
	}
	g := &guest{dir: t.TempDir()}
	g.kernel(t)
	require.NoError(t, os.Mkdir(filepath.Join(g.dir, "images"), 0o755))
	makeISOs(t, filepath.Join(g.dir, "images"))
	makeFATs(t, filepath.Join(g.dir, "images"))
	shown := g.run(t)
	images, err := os.ReadDir(filepath.Join(g.dir, "images"))
	require.NoError(t, err)
	for _, image := range images {
		t.Run(image.Name(), func(t *testing.T) {
			var kernel, drives []line
			for _, l := range shown {
				switch {
				case l.Image != image.Name():
				case l.Type == "drive":
					drives = append(drives, l)
				default:
					kernel = append(kernel, l)
				}
			}
			require.NotEmpty(t, kernel)
			checkDrives(t, kernel, drives)
			if path.Ext(image.Name()) == ".udf" {
				return
			}
			ours := viewImage(t, filepath.Join(g.dir, "images", image.Name()))
			slices.SortFunc(kernel, byPath)
			slices.SortFunc(ours, byPath)
			t.Logf("%d entries", len(ours))
			require.Equal(t, texts(kernel), texts(ours))
		})
	}
}

func byPath(a, b line) int { return strings.Compare(a.Path, b.Path) }

func texts(lines []line) (out []string) {
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%q %s %d %s %q %s", l.Path, l.Type, l.Size, l.Sum, l.Target, l.Error))
	}
	return out
}

// checkDrives compares what package drive read in the guest, without the kernel and with it.
func checkDrives(t *testing.T, kernel, drives []line) {
	if !slices.ContainsFunc(kernel, func(l line) bool { return l.Type == "f" }) {
		return
	}
	require.Len(t, drives, 2)
	for _, d := range drives {
		require.Empty(t, d.Error)
		i := slices.IndexFunc(kernel, func(l line) bool { return l.Path == d.Path })
		require.Equal(t, kernel[i].Sum, d.Sum)
	}
}

// viewImage tells what our readers show.
func viewImage(t *testing.T, name string) []line {
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	v := &view{image: filepath.Base(name)}
	if filepath.Ext(name) == ".fat" {
		fsys, err := fat.New(f, info.Size())
		require.NoError(t, err)
		v.read = fsys.ReadFile
		v.list = func(name string) (out []node) {
			entries, err := fsys.ReadDir(name)
			require.NoError(t, err)
			for _, e := range entries {
				n := node{name: e.Name}
				if e.Dir {
					n.kind = fs.ModeDir
				}
				out = append(out, n)
			}
			return out
		}
	} else {
		tree, err := iso9660.OpenTree(f, info.Size())
		require.NoError(t, err)
		v.read = tree.ReadFile
		v.list = func(name string) (out []node) {
			entries, err := tree.ReadDir(name)
			require.NoError(t, err)
			for _, e := range entries {
				out = append(out, node{e.Name, e.Type, e.Target})
			}
			return out
		}
	}
	v.walk("", node{kind: fs.ModeDir})
	return v.lines
}

type node struct {
	name   string
	kind   fs.FileMode
	target string
}

type view struct {
	image string
	read  func(name string, limit int64) ([]byte, error)
	list  func(name string) []node
	lines []line
}

func (v *view) walk(path string, n node) {
	l := line{Image: v.image, Path: path, Target: n.target, Type: "o"}
	switch n.kind {
	case fs.ModeDir:
		l.Type = "d"
	case fs.ModeSymlink:
		l.Type = "l"
	case 0:
		l.Type = "f"
		data, err := v.read(path, 64<<20)
		if err != nil {
			l.Error = err.Error()
		}
		sum := sha256.Sum256(data)
		l.Size, l.Sum = int64(len(data)), hex.EncodeToString(sum[:])
	}
	v.lines = append(v.lines, l)
	if n.kind == fs.ModeDir {
		for _, child := range v.list(path) {
			v.walk(path+"/"+child.name, child)
		}
	}
}

// guest is a virtual machine that shows images.
type guest struct {
	dir     string
	vmlinuz string
	modules string
}

// kernel finds one with modules.
func (g *guest) kernel(t *testing.T) {
	testutil.Tool(t, "qemu-system-x86_64")
	all, err := filepath.Glob("/lib/modules/*/kernel/fs/isofs/isofs.ko")
	require.NoError(t, err)
	for _, module := range all {
		dir := strings.TrimSuffix(module, "/kernel/fs/isofs/isofs.ko")
		image := "/boot/vmlinuz-" + filepath.Base(dir)
		if _, err := os.Stat(image); err == nil {
			g.vmlinuz, g.modules = image, dir
			return
		}
	}
	testutil.Missing(t, "no kernel with a module isofs.ko is installed (linux-image-cloud-amd64)")
}

// run boots the guest with the images and returns what it tells.
func (g *guest) run(t *testing.T) (lines []line) {
	init := filepath.Join(g.dir, "init")
	build := exec.Command(testutil.Tool(t, "go"), "build", "-o", init, "./kernelview")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	initrd, result, console := filepath.Join(g.dir, "initrd"), filepath.Join(g.dir, "result"), filepath.Join(g.dir, "console")
	require.NoError(t, os.WriteFile(initrd, g.initramfs(t, init), 0o644))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,+rdrand", "-m", "768",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", g.vmlinuz, "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 no_timer_check", "-serial", "file:"+console, "-serial", "file:"+result)
	out, err = cmd.CombinedOutput()
	log, _ := os.ReadFile(console)
	require.NoError(t, err, "%s\n%s", out, log)
	data, err := os.ReadFile(result)
	require.NoError(t, err)
	for text := range bytes.Lines(data) {
		var l line
		require.NoError(t, json.Unmarshal(text, &l), "%s\n%s", text, log)
		l.Path, err = strconv.Unquote(l.Path)
		require.NoError(t, err)
		l.Target, err = strconv.Unquote(l.Target)
		require.NoError(t, err)
		lines = append(lines, l)
	}
	require.NotEmpty(t, lines, string(log))
	require.Equal(t, "end", lines[len(lines)-1].Type, string(log))
	return lines
}

// initramfs packs the program, modules and images.
func (g *guest) initramfs(t *testing.T, init string) []byte {
	var archive bytes.Buffer
	w := cpio.NewWriter(&archive)
	add := func(name string, mode uint32, data []byte) {
		require.NoError(t, w.WriteHeader(&cpio.Header{Name: name, Mode: mode, Size: int64(len(data))}))
		_, err := w.Write(data)
		require.NoError(t, err)
	}
	file := func(name, source string, mode uint32) {
		data, err := os.ReadFile(source)
		require.NoError(t, err)
		add(name, 0o100000|mode, data)
	}
	for _, dir := range []string{"dev", "images", "mnt", "modules", "proc", "sys"} {
		add(dir, 0o040755, nil)
	}
	file("init", init, 0o755)
	var load strings.Builder
	for _, module := range g.moduleOrder(t, "loop", "isofs", "vfat", "udf", "nls_cp437", "nls_ascii", "nls_utf8") {
		name := "modules/" + filepath.Base(module)
		file(name, module, 0o644)
		load.WriteString("/" + name + "\n")
	}
	add("modules.load", 0o100644, []byte(load.String()))
	images, err := os.ReadDir(filepath.Join(g.dir, "images"))
	require.NoError(t, err)
	for _, image := range images {
		file("images/"+image.Name(), filepath.Join(g.dir, "images", image.Name()), 0o644)
	}
	require.NoError(t, w.Close())
	return archive.Bytes()
}

// moduleOrder returns the files of modules, dependencies first.
func (g *guest) moduleOrder(t *testing.T, names ...string) (order []string) {
	table, err := os.ReadFile(filepath.Join(g.modules, "modules.dep"))
	require.NoError(t, err)
	for _, name := range names {
		for text := range strings.Lines(string(table)) {
			file, needs, _ := strings.Cut(strings.TrimSpace(text), ":")
			if filepath.Base(file) != name+".ko" {
				continue
			}
			files := append([]string{file}, strings.Fields(needs)...)
			for _, file := range slices.Backward(files) {
				if full := filepath.Join(g.modules, file); !slices.Contains(order, full) {
					order = append(order, full)
				}
			}
		}
	}
	return order
}

// command runs a program that makes an image.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, testutil.Tool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MTOOLS_SKIP_CHECK=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
}

// configTree is what a config drive holds, and names that are hard for it.
func configTree(t *testing.T, deep bool) string {
	dir := t.TempDir()
	files := map[string]string{
		"openstack/latest/meta_data.json":   `{"uuid":"u-9"}`,
		"openstack/latest/vendor_data.json": "{}",
		"ec2/latest/meta-data.json":         "{}",
		"empty":                             "",
		"UPPER.TXT":                         "upper",
		"Mixed Case.Name":                   "mixed",
		"a.b.c.d":                           "dots",
		"trailing.":                         "dot at the end",
		"noext":                             "x",
		"ünïcödé.json":                      "latin",
		"日本語の名前.txt":                        "kanji",
		"emoji😀.txt":                        "beyond 16 bits",
		strings.Repeat("long", 40) + ".txt": strings.Repeat("long", 4000),
		strings.Repeat("n", 60) + ".txt":    "sixty",
	}
	for i := range 120 {
		files[fmt.Sprintf("many/a file of many with number %d.data", i)] = fmt.Sprint(i)
	}
	if deep {
		files["1/2/3/4/5/6/7/8/9/10/11/12/deep.txt"] = "deep"
		files["1/2/3/4/5/6/7/x/y/z/deep.txt"] = "deep, too"
	}
	for name, content := range files {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	}
	require.NoError(t, os.Symlink("../latest/./meta_data.json", filepath.Join(dir, "openstack/latest/link")))
	require.NoError(t, os.Symlink("/ec2/latest", filepath.Join(dir, "absolute")))
	require.NoError(t, os.Symlink(strings.Repeat("very/long/../target/", 11), filepath.Join(dir, "longlink")))
	return dir
}

func makeISOs(t *testing.T, images string) {
	random := t.TempDir()
	testutil.RandomTree(t, random, testutil.Seed(t), &testutil.TreeOptions{Readable: true})
	shallow, deep := configTree(t, false), configTree(t, true)
	for name, c := range map[string]struct {
		tool, tree string
		args       []string
	}{
		"genisoimage-plain":     {"genisoimage", shallow, nil},
		"genisoimage-level3":    {"genisoimage", shallow, []string{"-iso-level", "3"}},
		"genisoimage-level4":    {"genisoimage", shallow, []string{"-iso-level", "4"}},
		"genisoimage-untouched": {"genisoimage", deep, []string{"-U", "-D"}},
		"genisoimage-R":         {"genisoimage", deep, []string{"-R"}},
		"genisoimage-r-deep":    {"genisoimage", deep, []string{"-r", "-D"}},
		"genisoimage-J":         {"genisoimage", shallow, []string{"-J"}},
		"genisoimage-J-long":    {"genisoimage", shallow, []string{"-J", "-joliet-long", "-input-charset", "utf-8"}},
		"genisoimage-R-J":       {"genisoimage", deep, []string{"-R", "-J"}},
		"genisoimage-hidden":    {"genisoimage", shallow, []string{"-R", "-hidden", "noext", "-hide", "a.b.c.d"}},
		// xorriso dies of such names.
		"genisoimage-random":      {"genisoimage", random, []string{"-R"}},
		"xorriso-plain":           {"xorriso", shallow, []string{"--norock"}},
		"xorriso-R":               {"xorriso", deep, []string{"-R"}},
		"xorriso-J":               {"xorriso", shallow, []string{"--norock", "-J", "-joliet-long"}},
		"xorriso-R-J":             {"xorriso", deep, []string{"-R", "-J", "-joliet-long"}},
		"xorriso-level3":          {"xorriso", shallow, []string{"--norock", "-iso-level", "3"}},
		"xorriso-lowercase":       {"xorriso", shallow, []string{"--norock", "-allow-lowercase", "-relaxed-filenames"}},
		"xorriso-untranslated":    {"xorriso", shallow, []string{"--norock", "-untranslated-filenames"}},
		"xorriso-version-omitted": {"xorriso", shallow, []string{"--norock", "-omit-version-number"}},
		"xorriso-period-omitted":  {"xorriso", shallow, []string{"--norock", "-d"}},
	} {
		args := append(c.args, "-V", "config-2", "-o", filepath.Join(images, name+".iso"), c.tree)
		if c.tool == "xorriso" {
			args = append([]string{"-as", "mkisofs"}, args...)
		} else {
			args = append([]string{"-quiet"}, args...)
		}
		command(t, c.tool, args...)
	}
	command(t, "genisoimage", "-quiet", "-udf", "-V", "ovf", "-o", filepath.Join(images, "bridge.udf"), shallow)
}

func makeFATs(t *testing.T, images string) {
	tree := configTree(t, true)
	require.NoError(t, errors.Join(os.Remove(filepath.Join(tree, "absolute")), os.Remove(filepath.Join(tree, "longlink")),
		os.Remove(filepath.Join(tree, "openstack/latest/link"))))
	content, err := filepath.Glob(tree + "/*")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		size int
		args []string
	}{
		"fat12":       {2 << 20, []string{"-F", "12"}},
		"fat16":       {16 << 20, []string{"-F", "16", "-s", "1"}},
		"fat32":       {36 << 20, []string{"-F", "32", "-s", "1"}},
		"fat16-large": {16 << 20, []string{"-F", "16", "-S", "2048", "-s", "1"}},
	} {
		image := filepath.Join(images, name+".fat")
		require.NoError(t, os.WriteFile(image, nil, 0o644))
		require.NoError(t, os.Truncate(image, int64(c.size)))
		command(t, "mkfs.vfat", append(c.args, "-n", "CONFIG-2", image)...)
		command(t, "mcopy", append(append([]string{"-s", "-i", image}, content...), "::/")...)
		// Gaps and remains of names.
		for i := 0; i < 120; i += 7 {
			command(t, "mdel", "-i", image, fmt.Sprintf("::/many/a file of many with number %d.data", i))
		}
		command(t, "mcopy", "-i", image, filepath.Join(tree, "noext"), "::/many/a name that takes the place of a removed one")
		command(t, "mren", "-i", image, "::/UPPER.TXT", "::/RENAMED.TXT")
		flagLowerCase(t, image)
	}
}

// flagLowerCase marks short names as those in lower case, as Windows does.
func flagLowerCase(t *testing.T, image string) {
	data, err := os.ReadFile(image)
	require.NoError(t, err)
	i := bytes.Index(data, []byte("RENAMED TXT"))
	require.Positive(t, i)
	data[i+12] = byte(rand.N(4)) << 3
	require.NoError(t, os.WriteFile(image, data, 0o644))
}
