package disks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const twoMounts = `{"filesystems":[
	{"device":"DEV/b0","format":"ext4","path":"/var/lib/deep"},
	{"device":"DEV/b1","format":"xfs","path":"/var","mountOptions":["ro","noatime"]},
	{"device":"DEV/b2","format":"swap"},{"device":"DEV/b3","format":"none","path":"/none"},{"device":"DEV/b4","format":"ext4"},{"device":"DEV/b5","path":"/x"}]}`

func (l *lab) selinux(config string) {
	l.h.Settings.SELinuxRelabel = true
	if config != "" {
		l.write("root/etc/selinux/config", config)
	}
}

func TestMountTranscript(t *testing.T) {
	l := newLab(t)
	l.selinux("SELINUX=enforcing\n SELINUXTYPE=targeted\nSELINUXTYPE=other\n")
	l.write("root/var/old", "")
	l.must(os.Remove(l.dir + "/root/var/old"))
	l.must(Mount(t.Context(), l.h, l.config(twoMounts)))
	const setfiles = "setfiles -vF0 -r R R/etc/selinux/targeted/contexts/files/file_contexts -f -"
	l.expect(
		"mount -o ro,noatime -t xfs /dev/b1 R/var", setfiles,
		setfiles, "mount -o '' -t ext4 /dev/b0 R/var/lib/deep", setfiles,
	)
	var stdin []string
	for _, s := range l.stdin {
		stdin = append(stdin, l.short(s))
	}
	if want := []string{"R/var\x00", "R/var/lib\x00", "R/var/lib/deep\x00"}; !slices.Equal(stdin, want) {
		t.Errorf("%q", stdin)
	}
	if got := l.h.State.NotatedDirectories; !slices.Equal(got, []string{"/var/lib", "/var/lib/deep"}) {
		t.Errorf("%q", got)
	}
	if st, err := os.Stat(l.dir + "/root/var/lib"); err != nil || st.Mode().Perm() != 0o755 {
		t.Errorf("%v %v", st, err)
	}
}

func TestMountDoesNotRelabelUsedFilesystems(t *testing.T) {
	for name, relabels := range map[string]bool{"lost+found": true, "file": false} {
		l := newLab(t)
		l.selinux("SELINUXTYPE=targeted\n")
		l.write("root/var/"+name, "")
		l.must(Mount(t.Context(), l.h, l.config(`{"filesystems":[{"device":"DEV/b0","format":"ext4","path":"/var"}]}`)))
		if got := len(l.rec.Lines()) == 2; got != relabels {
			t.Errorf("%s: %q", name, l.lines())
		}
	}
}

func TestRelabelWithoutPolicy(t *testing.T) {
	for _, c := range []struct {
		config   string
		demanded bool
		want     string
	}{
		{"", false, ""},
		{"", true, "/etc/selinux/config"},
		{"SELINUX=permissive\n", false, "didn't find SELINUXTYPE in "},
		{"SELINUXTYPE=\n", false, "invalid SELINUXTYPE value"},
		{"SELINUXTYPE=../../x\n", false, "invalid SELINUXTYPE value"},
	} {
		l := newLab(t)
		l.selinux(c.config)
		l.h.Settings.RelabelDemanded = c.demanded
		err := Mount(t.Context(), l.h, l.config(`{"filesystems":[{"device":"DEV/b0","format":"ext4","path":"/var"}]}`))
		if c.want == "" {
			if err != nil || len(l.lines()) != 1 {
				t.Errorf("%q: %v %q", c.config, err, l.lines())
			}
			continue
		}
		wantError(t, err, c.want)
	}
}

func TestMountRefusesLinks(t *testing.T) {
	outside := t.TempDir()
	for _, target := range []string{outside, "../..", "real", "/real"} {
		l := newLab(t)
		l.must(os.MkdirAll(l.dir+"/root/real", 0o755))
		l.must(os.Symlink(target, l.dir+"/root/link"))
		for _, p := range []string{"/link", "/link/below", "/real/../link"} {
			err := Mount(t.Context(), l.h, l.config(`{"filesystems":[{"device":"DEV/b0","format":"ext4","path":"`+p+`"}]}`))
			wantError(t, err, "contains non-directory component \""+l.dir+"/root/link\"")
		}
		l.write("root/file", "")
		err := Mount(t.Context(), l.h, l.config(`{"filesystems":[{"device":"DEV/b0","format":"ext4","path":"/file/x"}]}`))
		wantError(t, err, `contains non-directory component "`+l.dir+`/root/file"`)
		l.expect()
		if left, _ := os.ReadDir(outside); len(left) > 0 {
			t.Fatal("something was made outside")
		}
	}
}

func TestMountFailureEndsTheStage(t *testing.T) {
	l := newLab(t)
	l.reply = func(run.Cmd) (run.Reply, bool) { return run.Reply{Exit: 32, Stderr: "wrong fs type"}, true }
	wantError(t, Mount(t.Context(), l.h, l.config(twoMounts)), "exit status 32: Cmd: \"mount\"")
	if len(l.lines()) != 1 {
		t.Errorf("%q", l.lines())
	}
}

func TestPlanMount(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.dev("b1", mib)
	l.must(os.MkdirAll(l.dir+"/root/var/lib/deep", 0o755))
	show := func(p *plan.Plan, err error) string {
		l.must(err)
		var b strings.Builder
		for _, s := range p.Steps {
			fmt.Fprintln(&b, s.Verb, s.Kind, s.Name, s.Detail, s.Entry)
		}
		return l.short(b.String())
	}
	got := show(PlanMount(t.Context(), l.h, l.config(twoMounts)))
	want := `mount filesystem /var xfs from /dev/b1 $.storage.filesystems.1
create directory /var/lib  $.storage.filesystems.0
create directory /var/lib/deep  $.storage.filesystems.0
mount filesystem /var/lib/deep ext4 from /dev/b0 $.storage.filesystems.0
`
	if got != want {
		t.Errorf("%s", got)
	}
	if len(l.h.Predicted) != 0 {
		t.Errorf("%v", l.h.Predicted)
	}
	l.plan(twoMounts) // both file systems would be made
	show(PlanMount(t.Context(), l.h, l.config(twoMounts)))
	if !l.h.Predicted["/var"] || !l.h.Predicted["/var/lib/deep"] {
		t.Errorf("%v", l.h.Predicted)
	}
	got = show(PlanMount(t.Context(), l.h, l.config(`{"filesystems":[{"device":"DEV/gone","format":"ext4","path":"/a"},{"device":"tag","format":"virtiofs","path":"/b/c"}]}`)))
	want = `fail mount /a /dev/gone: device is not there: would wait for it $.storage.filesystems.0
create directory /b  $.storage.filesystems.1
create directory /b/c  $.storage.filesystems.1
mount filesystem /b/c virtiofs from tag $.storage.filesystems.1
`
	if got != want {
		t.Errorf("%s", got)
	}
	got = show(PlanUmount(t.Context(), l.h, l.config(twoMounts)))
	if want = "mount filesystem /var/lib/deep unmount $.storage.filesystems.0\nmount filesystem /var unmount $.storage.filesystems.1\n"; got != want {
		t.Errorf("%s", got)
	}
	l.expect()
}

// TestRealMounts mounts file systems from loop devices, and unmounts them.
func TestRealMounts(t *testing.T) {
	testutil.Loop(t)
	l := newLab(t)
	l.real["mount"] = true
	a, b := attach(t, l.dev("img0", 300*mib), 512), attach(t, l.dev("img1", 128*mib), 512)
	l.tool("mkfs.xfs", "-fq", a)
	l.tool("mkfs.ext4", "-qF", b)
	storage := strings.NewReplacer("AAA", a, "BBB", b).Replace(`{"filesystems":[
		{"device":"BBB","format":"ext4","path":"/var/lib/deep","mountOptions":["noatime"]},{"device":"AAA","format":"xfs","path":"/var"}]}`)
	cfg := l.config(storage)
	t.Cleanup(func() {
		exec.Command("umount", l.dir+"/root/var/lib/deep").Run()
		exec.Command("umount", l.dir+"/root/var").Run()
	})
	l.must(Mount(context.WithoutCancel(t.Context()), l.h, cfg))
	mounts, err := os.ReadFile("/proc/self/mounts")
	l.must(err)
	outer, inner := strings.Index(string(mounts), a+" "+l.dir+"/root/var xfs"), strings.Index(string(mounts), b+" "+l.dir+"/root/var/lib/deep ext4 rw,noatime")
	if outer < 0 || inner < outer {
		t.Fatalf("%d %d in %s", outer, inner, mounts)
	}
	used := newStage(l.h, cfg).machine
	used.Proc = "/proc"
	if yes, err := used.Mounted(a); err != nil || !yes {
		t.Errorf("%s is not seen as mounted: %v", a, err)
	}
	if yes, err := used.Mounted("/dev/null"); err != nil || yes {
		t.Errorf("/dev/null is seen as mounted: %v", err)
	}
	l.must(Umount(t.Context(), l.h, cfg))
	mounts, err = os.ReadFile("/proc/self/mounts")
	l.must(err)
	if strings.Contains(string(mounts), l.dir) {
		t.Errorf("%s", mounts)
	}
	if err := Umount(t.Context(), l.h, cfg); err == nil {
		t.Error("nothing is mounted, and no error")
	}
}

// attach makes a loop device of a file.
func attach(t *testing.T, path string, sector int) string {
	t.Helper()
	out := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "losetup"), "-f", "-P", "--show", "-b", fmt.Sprint(sector), path)
	dev := strings.TrimSpace(out.Stdout)
	t.Cleanup(func() {
		nodes, _ := filepath.Glob(dev + "p*")
		for _, n := range nodes {
			exec.Command("partx", "--delete", "--nr", strings.TrimPrefix(n, dev+"p"), dev).Run()
		}
		exec.Command("losetup", "-d", dev).Run()
	})
	return dev
}
