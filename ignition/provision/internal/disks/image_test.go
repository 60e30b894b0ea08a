package disks

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestPlanImage(t *testing.T) {
	testutil.Tool(t, "sgdisk")
	l := newLab(t)
	image := l.dev("disk.img", 256*mib)
	l.tool("sgdisk", "-n1:2048:+65536", "-c1:boot", "-n4:67584:+65536", "-c4:root", "-u4:"+guid1, image)
	for at, args := range map[int64][]string{2048: {"mkfs.ext4", "-qF", "-L", "boot"}, 67584: {"mkfs.ext4", "-qF", "-L", "root", "-U", uuidA}} {
		part := l.dev("part", 32*mib)
		l.tool(args[0], append(args[1:], part)...)
		b, err := os.ReadFile(part)
		l.must(err)
		f, err := os.OpenFile(image, os.O_WRONLY, 0)
		l.must(err)
		f.WriteAt(b, at*512)
		l.must(f.Close())
	}
	sum := func() string {
		f, err := os.Open(image)
		l.must(err)
		defer f.Close()
		h := sha256.New()
		io.Copy(h, f)
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	before := sum()
	cfg := l.config(`{
		"disks":[{"device":"/dev/vda","partitions":[{"number":4,"label":"root","sizeMiB":64,"resize":true},{"label":"var","sizeMiB":0,"startMiB":0}]}],
		"filesystems":[
			{"device":"/dev/disk/by-label/boot","format":"ext4"},
			{"device":"/dev/disk/by-partuuid/` + guid1 + `","format":"xfs","wipeFilesystem":true,"label":"root"},
			{"device":"/dev/disk/by-uuid/` + uuidA + `","format":"btrfs"},
			{"device":"/dev/disk/by-partlabel/var","format":"ext4"},
			{"device":"/dev/vda1","format":"ext4","label":"boot"},
			{"device":"/dev/vdb","format":"ext4"}]}`)
	l.h.Settings.DiskByLabelDir = "/dev/disk/by-label"
	for _, device := range []string{"", "/dev/vda"} {
		p, err := PlanImage(t.Context(), l.h, cfg, image, device)
		l.must(err)
		var b strings.Builder
		for _, s := range p.Steps {
			fmt.Fprintf(&b, "%s %s %s destroys=%v\n", s.Verb, s.Kind, s.Name, s.Destroys)
		}
		want := `change partition /dev/vda4 destroys=false
create partition /dev/vda2 destroys=false
change partition table /dev/vda destroys=false
keep filesystem /dev/disk/by-label/boot destroys=false
format filesystem /dev/disk/by-partuuid/` + guid1 + ` destroys=true
fail filesystem /dev/disk/by-uuid/` + uuidA + ` destroys=false
format filesystem /dev/disk/by-partlabel/var destroys=false
keep filesystem /dev/vda1 destroys=false
run filesystem /dev/vdb destroys=false
`
		if b.String() != want {
			t.Errorf("%s\nwant\n%s", b.String(), want)
		}
		if last := p.Steps[len(p.Steps)-1]; last.Detail != "device not in the image: would wait for it" {
			t.Errorf("%+v", last)
		}
	}
	l.expect()
	if sum() != before {
		t.Error("the image has changed")
	}
	if _, ok := l.h.Predicted["/dev/disk/by-partlabel/var"]; !ok {
		t.Error("the next stages do not know of a partition that will be there")
	}
	l.h.Predicted = nil
	p, err := PlanImage(t.Context(), l.h, cfg, image, "/dev/sda")
	l.must(err)
	if s := p.Steps[0]; s.Verb != "run" || !strings.Contains(s.Detail, "not in the image") {
		t.Errorf("another disk: %+v", s)
	}
	if _, err := PlanImage(t.Context(), l.h, cfg, l.dir+"/none", ""); err == nil {
		t.Error("an image that is missing")
	}
}

func TestPlanImageOfAFilesystem(t *testing.T) {
	l := newLab(t)
	image := l.dev("fs.img", 32*mib)
	l.tool("mkfs.ext4", "-qF", "-L", "data", image)
	l.h.Settings.DiskByLabelDir = "/dev/disk/by-label"
	p, err := PlanImage(t.Context(), l.h, l.config(`{"filesystems":[{"device":"/dev/disk/by-label/data","format":"ext4"},{"device":"/dev/vda","format":"xfs"}]}`), image, "/dev/vda")
	l.must(err)
	if len(p.Steps) != 2 || p.Steps[0].Verb != "keep" || p.Steps[1].Verb != "fail" {
		t.Errorf("%+v", p.Steps)
	}
}
