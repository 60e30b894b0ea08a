package afterburn

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// wantUnmounted checks that nothing is left of the mount points below a directory.
func wantUnmounted(t *testing.T, dir string) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("still mounted below %s", dir)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in %s: %v %v", dir, left, err)
	}
}

// A directory stands for the drive where the kernel does not know the file system: all but the type is real.
func TestDrivesThatAreMounted(t *testing.T) {
	testutil.Root(t)
	for _, v := range vectors(t) {
		dir := t.TempDir()
		for name, text := range v.Drive {
			writeFile(t, filepath.Join(dir, name), []byte(text))
		}
		m := newDriveMachine(t)
		m.add("vda", v.Label, fakeISO(v.Label))
		e := m.env()
		e.drives.MountOnly = true
		e.drives.Mount = func(_, target, fstype string) error {
			if fstype != v.FSType {
				t.Errorf("%s mounts %s", v.Name, fstype)
			}
			return unix.Mount(dir, target, "", unix.MS_BIND, "")
		}
		p, err := construct(v.Provider)(t.Context(), e)
		if err != nil {
			t.Error(v.Name, err)
			continue
		}
		sameDocuments(t, everything(t, p), v.Want)
		if err := p.Close(); err != nil {
			t.Error(v.Name, err)
		}
		wantUnmounted(t, e.drives.TempDir)
	}
}

// The kernel's own reading of the same images.
func TestDrivesThatTheKernelReads(t *testing.T) {
	testutil.Loop(t)
	losetup := testutil.Tool(t, "losetup")
	known, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors(t) {
		if v.Provider == "kubevirt" || v.Provider == "proxmoxve" {
			continue // found by a list of devices, which is not that of this machine
		}
		t.Run(v.Name, func(t *testing.T) {
			_ = exec.Command("modprobe", map[string]string{iso9660: "isofs", vfat: "vfat"}[v.FSType]).Run()
			if !strings.Contains(string(known), "\t"+v.FSType+"\n") {
				t.Skip("the kernel does not know", v.FSType)
			}
			image := filepath.Join(t.TempDir(), "image")
			writeFile(t, image, imageOf(t, v))
			out, err := exec.Command(losetup, "--read-only", "--show", "--find", image).Output()
			if err != nil {
				t.Fatal(err)
			}
			device := strings.TrimSpace(string(out))
			t.Cleanup(func() { command(t, losetup, "--detach", device) })
			m := newDriveMachine(t)
			e := m.env()
			e.drives.MountOnly = true
			e.drives.Mount = func(_, target, fstype string) error {
				return unix.Mount(device, target, fstype, unix.MS_RDONLY, "")
			}
			m.add("vda", v.Label, nil)
			p, err := construct(v.Provider)(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			sameDocuments(t, everything(t, p), v.Want)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			wantUnmounted(t, e.drives.TempDir)
		})
	}
}
