package boottest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// stopped checks that the boot ended in the emergency target of the initramfs
// because of a unit, and never left the initramfs.
func (m *machine) stopped(unit string) {
	m.t.Helper()
	m.must(boottest.Request{Read: "/etc/initrd-release"})
	m.try("systemctl", "is-system-running", "--wait")
	for unit, want := range map[string]string{
		unit: "failed", "emergency.target": "active",
		"initrd.target": "inactive", "ignition-complete.target": "inactive", "initrd-switch-root.target": "inactive",
	} {
		if got := m.unitState(unit); got != want {
			m.t.Errorf("%s is %s, want %s", unit, got, want)
		}
	}
}

// summary checks what a person sees on the console.
func (m *machine) summary(parts ...string) {
	m.t.Helper()
	text := m.text()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			m.t.Errorf("the console lacks %q", part)
		}
	}
}

// wrongHash has a file whose content is not what the config says.
func wrongHash(m *machine) {
	m.stopped("ignition-files.service")
	m.wantContains("journal", m.journal(), "files: createFilesystemsFiles: createFiles: ", "hash verification failed", "Ignition failed: ")
	m.summary("files failed", "Full config:")
	if m.p.ours() {
		m.summary("stage:  files", "entry:  $.storage.files.1", "config: qemu, line 8, column 8\n", "hash verification failed",
			"next:   the bytes are not those that the config expects")
	}
	m.wantRequests(1)
	// systemd undoes the mounts while the emergency target is active already.
	var mounts string
	for range 1200 {
		mounts = m.must(boottest.Request{Read: "/proc/mounts"})
		if !strings.Contains(mounts, "/sysroot") {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	m.t.Errorf("still mounted:\n%s", mounts)
}

// afterWrongHash looks at the disks when the machine is off.
func (m *machine) afterWrongHash() {
	m.t.Helper()
	m.wantPartitions(partition{1, 1, 64, "only"})
	m.check(m.partitionMounted(1<<20, 64<<20, func(root string) error {
		m.wantHostFile(filepath.Join(root, "right"), contents["/key"])
		found, err := filepath.Glob(filepath.Join(root, "*"))
		if want := []string{root + "/lost+found", root + "/right"}; !slices.Equal(found, want) {
			m.t.Errorf("the new file system has %q, want %q", found, want)
		}
		return err
	}))
	m.check(m.disk.Mounted(m.t.Context(), func(root string) error {
		for _, pattern := range []string{"etc/systemd/system/marker.service", "etc/systemd/system-preset", "etc/.ignition-result.json"} {
			found, err := filepath.Glob(filepath.Join(root, "ostree/deploy", stateroot, "deploy/*", pattern))
			if err != nil || len(found) > 0 {
				m.t.Errorf("written in spite of the failure: %q %v", found, err)
			}
		}
		return nil
	}))
	m.wantStamp(true)
}

// mismatch has a partition that is there, but not as the config says.
func mismatch(m *machine) {
	m.stopped("ignition-disks.service")
	m.wantContains("journal", m.journal(), "disks: createPartitions: ", "partition 1 didn't match: size did not match (specified 196608, got 131072)")
	m.summary("disks failed")
	if m.p.ours() {
		m.summary("stage:  disks", "entry:  $.storage.disks.0", "partition 1 didn't match", "next:   correct the entry")
	}
	if got := m.unitState("sysroot.mount"); got != "inactive" {
		m.t.Errorf("sysroot.mount is %s", got)
	}
}

// partitionMounted calls f with a file system on the second disk, read-only.
func (m *machine) partitionMounted(offset, size int64, f func(root string) error) (err error) {
	root, err := os.MkdirTemp(m.dir, "mount")
	if err != nil {
		return err
	}
	options := fmt.Sprintf("loop,ro,offset=%d,sizelimit=%d", offset, size)
	if out, err := exec.CommandContext(m.t.Context(), "mount", "-o", options, m.data, root).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	defer func() { err = errors.Join(err, exec.Command("umount", root).Run()) }()
	return f(root)
}

func (m *machine) wantHostFile(path, want string) {
	m.t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		m.t.Errorf("%s: %v, %.200q", path, err, got)
	}
}

func (m *machine) wantStamp(want bool) {
	m.t.Helper()
	if _, got := m.stampFile(); got != want {
		m.t.Errorf("stamp file there: %v, want %v", got, want)
	}
}

// dataSum identifies all bytes of the second disk.
func (m *machine) dataSum() string {
	m.t.Helper()
	f, err := os.Open(m.data)
	m.check(err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	m.check(err)
	return hex.EncodeToString(h.Sum(nil))
}

// again is a first boot on disks that are as the config says already.
func (m *machine) again(previous string) {
	m.settled()
	m.wantRequests(1)
	log := m.journal()
	m.wantContains("journal", log, "Ignition has already run on this system. Unexpected behavior may occur.",
		`filesystem at "/dev/disk/by-partlabel/plain" is already correctly formatted. Skipping mkfs...`,
		`filesystem at "/dev/disk/by-partlabel/fat" is already correctly formatted. Skipping mkfs...`,
		`filesystem at "/dev/disk/by-partlabel/swap" is already correctly formatted. Skipping mkfs...`,
		`filesystem at "/dev/disk/by-partlabel/large" is already correctly formatted. Skipping mkfs...`,
		`filesystem at "/dev/mapper/keyed" is already correctly formatted. Skipping mkfs...`)
	m.wantPartitions(fullTable...)
	for _, dir := range []string{"keyed", "plain", "fat", "large"} {
		m.wantFile("/var/"+dir+"/kept", "kept\n")
	}
	m.files()
	m.result(previous)
	m.wantNoFile("/boot/ignition.firstboot")
}
