package kernel_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

const mod = "usr/lib/modules/6.1.0/"

var (
	sumA = strings.Repeat("a", 64)
	sumB = strings.Repeat("b", 64)

	// demo is the tree of a small system; its checksum was made by libostree.
	demo = files{mod + "vmlinuz": "KERNEL-A", mod + "initramfs.img": "INITRD-A"}
)

const demoSum = "cf7cc34756a8d6674f19f6ab04f0ecbec93a667f8327f37cbe8b17e12c867fe4"

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// describe shows a layout in short.
func describe(l *kernel.Layout) string {
	parts := []string{l.Version, l.Dir}
	for _, f := range l.Files() {
		parts = append(parts, strings.TrimPrefix(f.Source, l.Dir+"/")+"="+f.Name)
	}
	if d := l.DevicetreeDir; d != nil {
		parts = append(parts, "dir:"+strings.TrimPrefix(d.Source, l.Dir+"/")+"="+d.Name)
	}
	return strings.Join(parts, " ")
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		tree  files
		noDTB bool
		want  string // description
		sum   string
	}{
		"modules": {tree: demo, want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img", sum: demoSum},
		"modules, initramfs": {tree: files{mod + "vmlinuz": "K", mod + "initramfs": "I"},
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs=initramfs-6.1.0.img", sum: sum("KI")},
		"modules, both initramfs": {tree: demo.with(files{mod + "initramfs": "I"}),
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img", sum: demoSum},
		"modules, kernel alone": {tree: files{mod + "vmlinuz": "K"},
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0", sum: sum("K")},
		"modules, link": {tree: files{mod + "vmlinuz": "-> /usr/share/kernel", "usr/share/kernel": "K"},
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0", sum: sum("K")},
		"modules, all": {tree: demo.with(files{mod + "devicetree": "D", mod + "aboot.img": "X", mod + ".vmlinuz.hmac": "H", mod + "dtb/a": "Z"}),
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img devicetree=devicetree-6.1.0 .vmlinuz.hmac=.vmlinuz-6.1.0.hmac aboot.img=aboot-6.1.0.img", sum: sum("KERNEL-AINITRD-AD")},
		"modules, dtb": {tree: demo.with(files{mod + "dtb/b": "2", mod + "dtb/a.dtb": "1", mod + "dtb/a/x": "0", mod + "dtb/z": "-> b", mod + "dtb/y": "-> gone", mod + "dtb/empty/": ""}),
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img dir:dtb=dtb", sum: sum("KERNEL-AINITRD-A0122")},
		"modules, dtb is a file": {tree: demo.with(files{mod + "dtb": "2"}),
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img", sum: demoSum},
		"modules, no-dtb": {tree: demo.with(files{mod + "devicetree": "2"}), noDTB: true,
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img", sum: demoSum},
		"ostree-boot": {tree: files{"usr/lib/ostree-boot/vmlinuz-3.6.0-" + sumA: "K", "usr/lib/ostree-boot/initramfs-3.6.0.img-" + sumA: "I", "usr/lib/ostree-boot/devicetree-3.6.0-" + sumA: "D", "boot/vmlinuz-9-" + sumB: "no"},
			want: "3.6.0 usr/lib/ostree-boot vmlinuz-3.6.0-" + sumA + "=vmlinuz-3.6.0 initramfs-3.6.0.img-" + sumA + "=initramfs-3.6.0.img devicetree-3.6.0-" + sumA + "=devicetree-3.6.0", sum: sumA},
		"boot": {tree: files{"boot/vmlinuz-" + sumA: "K", "boot/initramfs-" + sumA: "I", "boot/vmlinuz-old": "", "boot/.vmlinuz.hmac": "H"},
			want: " boot vmlinuz-" + sumA + "=vmlinuz initramfs-" + sumA + "=initramfs", sum: sumA},
		"both, modules first": {tree: demo.with(files{"boot/vmlinuz-1-" + sumA: "K", "boot/initramfs-1-" + sumA: "I"}),
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0 initramfs.img=initramfs-6.1.0.img", sum: demoSum},
		"both, initramfs only in the old": {tree: files{mod + "vmlinuz": "K", "boot/vmlinuz-1-" + sumA: "K", "boot/initramfs-1-" + sumA: "I"},
			want: "1 boot vmlinuz-1-" + sumA + "=vmlinuz-1 initramfs-1-" + sumA + "=initramfs-1", sum: sumA},
		"both without": {tree: files{mod + "vmlinuz": "K", "boot/vmlinuz-1-" + sumA: "K"},
			want: "6.1.0 usr/lib/modules/6.1.0 vmlinuz=vmlinuz-6.1.0", sum: sum("K")},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := kernel.Find(t.Context(), c.tree.tree(t), &kernel.FindOptions{NoDTB: c.noDTB})
			must(t, err)
			if got := describe(l); got != c.want {
				t.Errorf("layout %q, want %q", got, c.want)
			}
			if l.Checksum != c.sum {
				t.Errorf("checksum %s, want %s", l.Checksum, c.sum)
			}
			if len(l.Others) > 0 {
				t.Errorf("others: %q", l.Others)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	const none = "Failed to find kernel in /usr/lib/modules, /usr/lib/ostree-boot or /boot"
	for name, c := range map[string]struct {
		tree files
		want string
	}{
		"empty":                    {files{}, none},
		"no kernel in modules":     {files{mod + "modules.dep": ""}, none},
		"kernel is a directory":    {files{mod + "vmlinuz/x": ""}, none},
		"dangling kernel":          {files{mod + "vmlinuz": "-> /gone"}, none},
		"linked version directory": {files{"usr/lib/modules/6": "-> x", "usr/lib/x/vmlinuz": "K"}, none},
		"ostree-boot hides boot":   {files{"usr/lib/ostree-boot/": "", "boot/vmlinuz-1-" + sumA: ""}, none},
		"no checksum":              {files{"boot/vmlinuz-1-" + sumA[1:]: "", "boot/vmlinuz-1-" + strings.ToUpper(sumA): ""}, none},
		"cyclic kernel":            {files{mod + "vmlinuz": "-> vmlinuz"}, "fstatat(6.1.0/vmlinuz): Too many levels of symbolic links"},
		"cyclic initramfs":         {files{mod + "vmlinuz": "K", mod + "initramfs.img": "-> initramfs.img"}, "openat(initramfs.img): Too many levels of symbolic links"},
		"dangling initramfs":       {files{mod + "vmlinuz": "K", mod + "initramfs.img": "-> gone"}, mod + "initramfs.img is a link to a file that does not exist"},
		"modules is a file":        {files{"usr/lib/modules": ""}, "opendir(usr/lib/modules): Not a directory"},
		"initrd of another":        {files{"boot/vmlinuz-1-" + sumA: "", "boot/initramfs-1-" + sumB: ""}, "Mismatched kernel checksum vs initrd"},
		"devicetree of another":    {files{"boot/vmlinuz-1-" + sumA: "", "boot/devicetree-1-" + sumB: ""}, "Mismatched kernel checksum vs device tree in tree"},
		"initramfs is a directory": {files{mod + "vmlinuz": "K", mod + "initramfs.img/": ""}, mod + "initramfs.img: not a regular file"},
		"cyclic dtb":               {files{mod + "vmlinuz": "K", mod + "dtb": "-> ."}, mod + "dtb/dtb: not a regular file"},
		"deep dtb":                 {files{mod + "vmlinuz": "K", mod + "dtb/" + strings.Repeat("d/", 40): ""}, mod + "dtb" + strings.Repeat("/d", 33) + ": more than 32 levels of directories"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kernel.Find(t.Context(), c.tree.tree(t), nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if (c.want == none) != errors.Is(err, kernel.ErrNotFound) {
				t.Error("wrong sentinel")
			}
		})
	}
}

func TestFindFIFO(t *testing.T) {
	tree := files{mod + "vmlinuz": "K"}.tree(t)
	must(t, unix.Mkfifo(tree.Name()+"/"+mod+"initramfs.img", 0o644))
	if _, err := kernel.Find(t.Context(), tree, nil); err == nil {
		t.Error("a FIFO was taken for an initramfs")
	}
}

func TestSeveralKernels(t *testing.T) {
	tree := files{}
	for _, v := range []string{"6.9.1", "6.10.0", "6.10.0-rc1", "5.99"} {
		tree["usr/lib/modules/"+v+"/vmlinuz"] = v
	}
	tree["usr/lib/modules/7.0/modules.dep"] = ""
	legacy := files{}
	for _, v := range []string{"9", "10"} {
		legacy["boot/vmlinuz-"+v+"-"+sum(v)] = v
		legacy["boot/initramfs-"+v+".img-"+sum(v)] = v
	}
	for name, c := range map[string]struct {
		tree   files
		want   string
		others []string
	}{
		"modules": {tree, "6.10.0-rc1", []string{"6.10.0", "6.9.1", "5.99"}},
		"boot":    {legacy, "10", []string{"9"}},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			l, err := kernel.Find(t.Context(), c.tree.tree(t), &kernel.FindOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			must(t, err)
			if l.Version != c.want || !slices.Equal(l.Others, c.others) {
				t.Errorf("chose %s over %q, want %s over %q", l.Version, l.Others, c.want, c.others)
			}
			if l.Checksum != sum(c.want) {
				t.Error("checksum of another kernel")
			}
			if !strings.Contains(log.String(), "level=WARN") {
				t.Errorf("no warning: %q", log.String())
			}
		})
	}
}

func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kernel.Find(ctx, demo.tree(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestFindKnownChecksum(t *testing.T) {
	opts := &kernel.FindOptions{Checksum: sumB}
	for name, c := range map[string]struct {
		tree files
		want string
	}{
		"modules": {demo, sumB},
		"boot":    {files{"boot/vmlinuz-1-" + sumA: ""}, sumA},
	} {
		if l, err := kernel.Find(t.Context(), c.tree.tree(t), opts); err != nil || l.Checksum != c.want {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}
