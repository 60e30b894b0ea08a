package admintest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var scratch string // removed at the end

func TestMain(m *testing.M) {
	if exit, done := powercut.PrivateMounts(); done {
		os.Exit(exit)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "admintest")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		scratch = dir
		unix.Umask(0o022)
		return testutil.MainInMemory(m)
	}())
}

// program is one of the implementations.
type program struct {
	path string // of the binary
	bin  string // a directory with the binary as "ostree"
}

var build = sync.OnceValues(func() (program, error) {
	bin := filepath.Join(scratch, "ours")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return program{}, err
	}
	path := filepath.Join(bin, "ostree")
	if other := os.Getenv("NESTOS_ADMIN"); other != "" {
		return program{other, bin}, os.Symlink(other, path)
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/nestos-dev/nestos/examples/ostree")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return program{}, fmt.Errorf("building: %w: %s", err, out)
	}
	return program{path, bin}, nil
})

// ours is the program under test. Files of the sysroots belong to root.
func ours(t testing.TB) program {
	t.Helper()
	testutil.Root(t)
	if os.Getenv("NESTOS_ADMIN") == "" {
		testutil.Tool(t, "go")
	}
	p, err := build()
	require.NoError(t, err)
	return p
}

// theirs is the reference program.
func theirs(t testing.TB) program {
	t.Helper()
	path := testutil.Tool(t, "ostree")
	bin := filepath.Join(t.TempDir(), "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	require.NoError(t, os.Symlink(path, filepath.Join(bin, "ostree")))
	return program{path, bin}
}

// source is the repository that all sysroots pull from, with the commits named by their variables.
type source struct {
	path string
	vars []string // NAME=checksum
}

// commit describes one commit of the source.
type commit struct {
	name, branch, version string
	tree                  func(tree)
}

// tree is the contents of a commit: a path that ends in a slash is a directory, a value that begins with
// "->" is a link.
type tree map[string]string

// base is the least that can be deployed.
func base(version, kernel string) tree {
	return tree{
		"boot/": "", "dev/": "", "proc/": "", "run/": "", "sys/": "", "sysroot/": "", "var/": "", "tmp/": "", "usr/etc/sub/": "",
		"bin": "->usr/bin", "lib": "->usr/lib", "lib64": "->usr/lib64", "sbin": "->usr/sbin", "ostree": "->sysroot/ostree", "usr/etc/os-release": "->../usr/lib/os-release",
		"usr/lib/modules/6.1.0/vmlinuz": "KERNEL-" + kernel, "usr/lib/modules/6.1.0/initramfs.img": "INITRD-" + kernel,
		"usr/lib/os-release": "NAME=DemoOS\nID=demo\nVERSION_ID=" + version + "\nPRETTY_NAME=\"DemoOS " + version + "\"\n",
		"usr/etc/a.conf":     "default-" + version + "\n", "usr/etc/b.conf": "same\n", "usr/etc/sub/c.conf": "x\n",
		"usr/bin/sh": "#!/bin/sh\n", "usr/share/empty": "", "usr/lib64/": "", "usr/sbin/": "",
		"usr/share/doc/v" + version: strings.Repeat(version+"\n", 3000),
	}
}

// Boot checksums of trees that name them.
const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	sumC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
)

func add(more tree) func(tree) {
	return func(t tree) {
		for k, v := range more {
			if v == "-" {
				delete(t, k)
			} else {
				t[k] = v
			}
		}
	}
}

const mod = "usr/lib/modules/6.1.0/"

// commits in the order in which they are made.
var commits = []commit{
	{"C1", "demo/x86_64", "1.0 A", nil},
	{"C2", "demo/x86_64", "2.0 A", nil},
	{"C3", "demo/x86_64", "3.0 B", nil},
	{"C4", "demo/x86_64", "4.0 B", nil},
	{"O1", "other/x86_64", "9.0 A", nil},
	{"O2", "other/x86_64", "9.1 C", nil},
	{"E1", "etc/x86_64", "1.0 A", add(etcOld)},
	{"E2", "etc/x86_64", "2.0 A", add(etcNew)},
	{"DT", "devicetree/x86_64", "1.0 A", add(tree{mod + "devicetree": "DTB"})},
	{"DD", "dtb/x86_64", "1.0 A", add(tree{mod + "dtb/b.dtb": "B", mod + "dtb/a/z.dtb": "Z", mod + "dtb/a/y.dtb": "Y"})},
	{"NI", "noinitrd/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-"})},
	{"PI", "plaininitrd/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-", mod + "initramfs": "PLAIN"})},
	{"HM", "hmac/x86_64", "1.0 A", add(tree{mod + ".vmlinuz.hmac": "HMAC"})},
	{"LO", "ostreeboot/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-", mod + "vmlinuz": "-",
		"usr/lib/ostree-boot/vmlinuz-5.0-" + sumA: "LK", "usr/lib/ostree-boot/initramfs-5.0-" + sumA: "LI", "usr/lib/ostree-boot/devicetree-5.0-" + sumA: "LD"})},
	{"LB", "boot/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-", mod + "vmlinuz": "-", "boot/vmlinuz-" + sumB: "BK", "boot/initramfs-4.0-" + sumB: "BI"})},
	{"L2", "bothlayouts/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-",
		"usr/lib/ostree-boot/vmlinuz-5.0-" + sumC: "CK", "usr/lib/ostree-boot/initramfs-5.0-" + sumC: "CI"})},
	{"NK", "nokernel/x86_64", "1.0 A", add(tree{mod + "initramfs.img": "-", mod + "vmlinuz": "-"})},
	{"UE", "uenv/x86_64", "1.0 A", add(tree{"usr/lib/ostree-boot/uEnv.txt": "from_tree=1\n"})},
	{"ID", "idonly/x86_64", "1.5 A", add(tree{"usr/lib/os-release": "# comment\nnonsense\nID='my os'\n"})},
	{"NR", "norelease/x86_64", "1.0 A", add(tree{"usr/lib/os-release": "FOO=bar\n"})},
	{"TF", "tmpfiles/x86_64", "1.0 A", add(tree{"usr/lib/tmpfiles.d/var.conf": "d /var/lib 0755 - - -\n"})},
	{"ET", "twoetc/x86_64", "1.0 A", add(tree{"etc/x": "x"})},
}

// Defaults for the corner cases of the merge, before and after.
var etcOld = tree{
	"usr/etc/content": "old", "usr/etc/mode": "old", "usr/etc/owner": "old", "usr/etc/xattr": "old", "usr/etc/xattr2": "old", "usr/etc/becomesnew": "old",
	"usr/etc/file2link": "old", "usr/etc/link2file": "->target", "usr/etc/file2dir": "old", "usr/etc/dir2file/x": "old", "usr/etc/dir2link/x": "old", "usr/etc/dir2filegone/x": "old",
	"usr/etc/file2fifo": "old", "usr/etc/dirchmod/x": "old", "usr/etc/dirchmod2/x": "old", "usr/etc/dirgone/x": "old", "usr/etc/dirremoved/x/y": "old",
	"usr/etc/emptied/x": "old", "usr/etc/removed": "old", "usr/etc/untouched": "old", "usr/etc/relink": "->one", "usr/etc/onlyold": "old", "usr/etc/onlyoldedited": "old", "usr/etc/deep/a/b/c": "old",
}

var etcNew = tree{
	"usr/etc/content": "new", "usr/etc/mode": "new", "usr/etc/owner": "new", "usr/etc/xattr": "new", "usr/etc/xattr2": "new", "usr/etc/becomesnew": "new",
	"usr/etc/file2link": "new", "usr/etc/link2file": "->target2", "usr/etc/file2dir": "new", "usr/etc/dir2file/x": "new", "usr/etc/dir2link/x": "new",
	"usr/etc/file2fifo": "new", "usr/etc/dirchmod/x": "new", "usr/etc/dirchmod2/x": "new", "usr/etc/dirremoved/x/y": "new",
	"usr/etc/emptied/x": "new", "usr/etc/removed": "new", "usr/etc/untouched": "new", "usr/etc/relink": "->two", "usr/etc/newdir/x": "new", "usr/etc/newfile": "new", "usr/etc/deep/a/b/c": "new",
}

var makeSource = sync.OnceValues(func() (*source, error) {
	s := &source{path: filepath.Join(scratch, "src")}
	run := func(args ...string) (string, error) {
		out, err := exec.Command("ostree", append([]string{"--repo=" + s.path}, args...)...).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("ostree %v: %w: %s", args, err, out)
		}
		return strings.TrimSpace(string(out)), err
	}
	if err := os.Mkdir(s.path, 0o755); err != nil {
		return nil, err
	}
	if _, err := run("init", "--mode=archive"); err != nil {
		return nil, err
	}
	for i, c := range commits {
		version, kernel, _ := strings.Cut(c.version, " ")
		t := base(version, kernel)
		if c.tree != nil {
			c.tree(t)
		}
		dir := filepath.Join(scratch, "tree")
		if err := t.write(dir); err != nil {
			return nil, err
		}
		sum, err := run("commit", "-b", c.branch, "--tree=dir="+dir, fmt.Sprintf("--timestamp=@%d", 1700000000+1000*i), "--owner-uid=0", "--owner-gid=0",
			"--no-xattrs", "--add-metadata-string=version="+version, "-s", c.name)
		if err != nil {
			return nil, err
		}
		s.vars = append(s.vars, c.name+"="+sum)
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	return s, nil
})

func (t tree) write(dir string) error {
	for path, content := range t {
		full := filepath.Join(dir, path)
		if strings.HasSuffix(path, "/") {
			if err := os.MkdirAll(full, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if target, ok := strings.CutPrefix(content, "->"); ok {
			if err := os.Symlink(target, full); err != nil {
				return err
			}
			continue
		}
		mode := os.FileMode(0o644)
		if filepath.Base(filepath.Dir(path)) == "bin" {
			mode = 0o755
		}
		if err := os.WriteFile(full, []byte(content), mode); err != nil {
			return err
		}
	}
	return os.Chmod(filepath.Join(dir, "tmp"), 0o1777|os.ModeSticky)
}

func sourceRepo(t testing.TB) *source {
	t.Helper()
	testutil.Tool(t, "ostree")
	s, err := makeSource()
	require.NoError(t, err)
	return s
}

// commitOf returns a checksum by its name.
func (s *source) commitOf(name string) string {
	for _, v := range s.vars {
		if sum, ok := strings.CutPrefix(v, name+"="); ok {
			return sum
		}
	}
	panic("no commit " + name)
}
