package drive_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// isoImage is the smallest image with a label and plain files; a name holds no directory.
func isoImage(label string, files map[string]string) []byte {
	le := binary.LittleEndian
	image := make([]byte, 19*2048)
	record := func(name string, sector, size int, dir bool) []byte {
		b := make([]byte, 33, 64)
		le.PutUint32(b[2:], uint32(sector))
		le.PutUint32(b[10:], uint32(size))
		if dir {
			b[25] = 2
		}
		b[32] = byte(len(name))
		b = append(b, name...)
		if len(name)%2 == 0 {
			b = append(b, 0)
		}
		b[0] = byte(len(b))
		return b
	}
	d := image[16*2048:]
	copy(d, "\x01CD001\x01")
	copy(d[40:72], label+strings.Repeat(" ", 32))
	le.PutUint16(d[128:], 2048)
	copy(d[156:], record("\x00", 18, 2048, true))
	copy(image[17*2048:], "\xffCD001\x01")
	dir := append(record("\x00", 18, 2048, true), record("\x01", 18, 2048, true)...)
	for name, content := range files {
		dir = append(dir, record(strings.ToUpper(name)+";1", len(image)/2048, len(content), false)...)
		image = append(image, content...)
		image = append(image, make([]byte, -len(image)&2047)...)
	}
	copy(image[18*2048:], dir)
	return append(image, make([]byte, 16*2048)...)
}

// fatImage is a FAT12 file system with a label and one small file.
func fatImage(label, short, content string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 512+2*512+1024+300*512)
	copy(b, "\xeb\x3c\x90mkfs.fat")
	le.PutUint16(b[11:], 512)
	b[13], b[14], b[16], b[17] = 1, 1, 1, 32
	le.PutUint16(b[19:], uint16(len(b)/512))
	b[21], b[22] = 0xf8, 2
	b[38] = 0x29
	copy(b[54:], "FAT12   ")
	copy(b[510:], "\x55\xaa")
	copy(b[512:], "\xf8\xff\xff\xff\x0f")
	root := b[3*512:]
	copy(root[:11], label+"           ")
	root[11] = 8
	copy(root[32:], short)
	root[32+11], root[32+26] = 0x20, 2
	le.PutUint32(root[32+28:], uint32(len(content)))
	copy(b[5*512:], content)
	return b
}

// machine is a root with devices, and time that passes only when somebody sleeps.
type machine struct {
	drive.Finder
	t        *testing.T
	recorder *run.Recorder
	waited   []time.Duration
	onSleep  func()
	mounts   []string
	unmounts int
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, recorder: &run.Recorder{}}
	m.Root, m.TempDir, m.Runner = t.TempDir(), t.TempDir(), m.recorder
	m.Sleep = func(ctx context.Context, d time.Duration) error {
		m.waited = append(m.waited, d)
		if m.onSleep != nil {
			m.onSleep()
		}
		return ctx.Err()
	}
	m.Mount = func(source, target, fstype string) error {
		m.mounts = append(m.mounts, fstype)
		return unix.EINVAL
	}
	m.Unmount = func(string, bool) error { m.unmounts++; return nil }
	t.Cleanup(func() {
		left, err := os.ReadDir(m.TempDir)
		require.NoError(t, err)
		require.Empty(t, left, "left behind")
	})
	return m
}

// device makes a block device; links are its labels.
func (m *machine) device(name string, content []byte, links ...string) {
	m.write("dev/"+name, content)
	m.write("sys/class/block/"+strings.ReplaceAll(name, "/", "!")+"/size", []byte("2048\n"))
	for _, link := range links {
		link = filepath.Join(m.Root, "dev/disk/by-label", link)
		require.NoError(m.t, os.MkdirAll(filepath.Dir(link), 0o755))
		require.NoError(m.t, os.Symlink("../../"+name, link))
	}
}

func (m *machine) write(name string, content []byte) {
	name = filepath.Join(m.Root, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(m.t, os.WriteFile(name, content, 0o644))
}

func read(t *testing.T, d drive.Drive, name string) string {
	t.Helper()
	data, err := d.ReadFile(name, 1<<20)
	require.NoError(t, err)
	return string(data)
}

func TestByLabel(t *testing.T) {
	m := newMachine(t)
	m.device("sr0", isoImage("config-2", map[string]string{"meta-data": "iso"}), "config-2")
	m.device("vda1", fatImage("config-3", "META-D~1   ", "fat"), "config-3")
	d, err := m.ByLabel(t.Context(), "config-2", "iso9660")
	require.NoError(t, err)
	require.Equal(t, "iso", read(t, d, "meta-data"))
	_, err = d.ReadFile("none", 10)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.ReadFile("meta-data/none", 10)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.ReadFile("meta-data", 2)
	require.ErrorContains(t, err, "is larger than 2 bytes")
	require.NoError(t, d.Close())
	require.NoError(t, d.Close())
	d, err = m.ByLabel(t.Context(), "config-3", "vfat")
	require.NoError(t, err)
	require.Equal(t, "fat", read(t, d, "meta-d~1"))
	require.NoError(t, d.Close())
	require.Empty(t, m.mounts)
	require.Empty(t, m.recorder.Lines())
	for _, label := range []string{"", "..", "a/b", "a\x00"} {
		_, err := m.ByLabel(t.Context(), label, "iso9660")
		require.ErrorContains(t, err, "invalid label", label)
	}
}

func TestAbsentDrive(t *testing.T) {
	m := newMachine(t)
	_, err := m.ByLabel(t.Context(), "config-2", "iso9660")
	require.ErrorIs(t, err, drive.ErrNoDrive)
	require.ErrorContains(t, err, "maximum number of retries (3) reached: ")
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, m.waited)
	require.Equal(t, []string{"udevadm settle", "udevadm settle", "udevadm settle"}, m.recorder.Lines())
	require.Empty(t, m.mounts)

	m = newMachine(t)
	m.SettleOnce = true
	_, err = m.ByLabel(t.Context(), "config-2", "iso9660")
	require.ErrorIs(t, err, drive.ErrNoDrive)
	require.Empty(t, m.waited)
	require.Equal(t, []string{"udevadm settle"}, m.recorder.Lines())
}

func TestDriveAppears(t *testing.T) {
	m := newMachine(t)
	m.onSleep = func() {
		if len(m.waited) == 2 {
			m.device("sr0", isoImage("config-2", map[string]string{"a": "late"}), "config-2")
		}
	}
	d, err := m.ByLabel(t.Context(), "config-2", "iso9660")
	require.NoError(t, err)
	require.Equal(t, "late", read(t, d, "a"))
	require.NoError(t, d.Close())

	// Or while udev works off its queue.
	m = newMachine(t)
	m.SettleOnce = true
	m.recorder.Handler = func(context.Context, run.Cmd) run.Reply {
		m.device("sr0", isoImage("config-2", nil), "config-2")
		return run.Reply{}
	}
	d, err = m.ByLabel(t.Context(), "config-2", "iso9660")
	require.NoError(t, err)
	require.NoError(t, d.Close())
}

func TestContextEndsTheWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := newMachine(t)
	m.onSleep = cancel
	_, err := m.ByLabel(ctx, "config-2", "iso9660")
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, m.waited, 1)
}

// What is no device is not opened: that would wait, or do something.
func TestNoDevice(t *testing.T) {
	m := newMachine(t)
	m.write("dev/x", nil)
	require.NoError(t, unix.Mkfifo(filepath.Join(m.Root, "dev/fifo"), 0o644))
	for _, name := range []string{"/dev/fifo", "/dev"} {
		_, err := m.Open(t.Context(), name, "iso9660")
		require.ErrorContains(t, err, "neither a block device nor a regular file", name)
	}
}

// A link that leads out of the root does not.
func TestLinkOutside(t *testing.T) {
	m := newMachine(t)
	outside := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(outside, isoImage("x", nil), 0o644))
	m.device("x", nil)
	require.NoError(t, os.Symlink(outside, filepath.Join(m.Root, "dev/link")))
	_, err := m.Open(t.Context(), "/dev/link", "iso9660")
	require.ErrorIs(t, err, drive.ErrNoDrive)
}

func TestMountsWhatItCannotRead(t *testing.T) {
	m := newMachine(t)
	odd := isoImage("odd", nil)
	odd[16*2048+129] = 2 // sectors of 512 bytes
	m.device("sr0", odd)
	var dirs []string
	m.Mount = func(source, target, fstype string) error {
		require.True(t, strings.HasPrefix(source, "/proc/self/fd/"))
		require.Equal(t, "iso9660", fstype)
		info, err := os.Stat(target)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
		require.True(t, strings.HasPrefix(filepath.Base(target), "afterburn-"))
		dirs = append(dirs, target)
		if len(dirs) < 3 {
			return unix.EBUSY
		}
		return os.WriteFile(filepath.Join(target, "file"), []byte("by the kernel"), 0o644)
	}
	m.Unmount = func(target string, lazy bool) error {
		require.False(t, lazy)
		if m.unmounts++; m.unmounts < 3 {
			return unix.EBUSY
		}
		return os.Remove(filepath.Join(target, "file"))
	}
	d, err := m.Open(t.Context(), "/dev/sr0", "iso9660")
	require.NoError(t, err)
	require.Equal(t, "by the kernel", read(t, d, "file"))
	require.NoError(t, d.Close())
	require.Len(t, dirs, 3)
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second, time.Second, 2 * time.Second}, m.waited)
}

func TestMountedLazilyAway(t *testing.T) {
	m := newMachine(t)
	m.device("sr0", isoImage("x", nil))
	m.MountOnly = true
	m.Mount = func(_, target, _ string) error { return nil }
	var kinds []bool
	m.Unmount = func(_ string, lazy bool) error {
		if kinds = append(kinds, lazy); !lazy {
			return unix.EBUSY
		}
		return nil
	}
	d, err := m.Open(t.Context(), "/dev/sr0", "iso9660")
	require.NoError(t, err)
	require.NoError(t, d.Close())
	require.Equal(t, []bool{false, false, false, false, true}, kinds)
}

// A mount that hangs does not hold up who has no time any more, and is undone later.
func TestAbandonedMount(t *testing.T) {
	m := newMachine(t)
	m.device("sr0", isoImage("x", nil))
	m.MountOnly = true
	ctx, cancel := context.WithCancel(t.Context())
	hang, undone := make(chan struct{}), make(chan string, 1)
	m.Mount = func(_, target, _ string) error {
		cancel()
		<-hang
		return nil
	}
	m.Unmount = func(target string, _ bool) error { undone <- target; return nil }
	_, err := m.Open(ctx, "/dev/sr0", "iso9660")
	require.ErrorIs(t, err, context.Canceled)
	close(hang)
	dir := <-undone
	require.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return errors.Is(err, fs.ErrNotExist)
	}, time.Minute, 5*time.Millisecond)
}

// UDF is the kernel's, and tried only where it is.
func TestUDF(t *testing.T) {
	m := newMachine(t)
	m.device("sr0", isoImage("x", map[string]string{"ovf-env.xml": "iso"}))
	d, err := m.Open(t.Context(), "/dev/sr0", "udf", "iso9660")
	require.NoError(t, err)
	require.Equal(t, "iso", read(t, d, "ovf-env.xml"))
	require.NoError(t, d.Close())
	require.Empty(t, m.mounts)

	bridge := isoImage("x", nil)
	copy(bridge[17*2048:], append([]byte("\xffCD001\x01"), make([]byte, 2041)...))
	copy(bridge[18*2048:], "\x00BEA01\x01")
	copy(bridge[19*2048:], "\x00NSR02\x01")
	m.device("sr1", bridge)
	m.Mount = func(_, target, fstype string) error {
		m.mounts = append(m.mounts, fstype)
		return nil
	}
	d, err = m.Open(t.Context(), "/dev/sr1", "udf", "iso9660")
	require.NoError(t, err)
	require.NoError(t, d.Close())
	require.Equal(t, []string{"udf"}, m.mounts)
}

func TestGarbage(t *testing.T) {
	m := newMachine(t)
	m.device("sr0", bytes.Repeat([]byte("garbage"), 10000))
	_, err := m.Open(t.Context(), "/dev/sr0", "udf", "iso9660", "vfat")
	require.ErrorContains(t, err, "maximum number of retries (3) reached: ")
	require.ErrorContains(t, err, "no primary volume descriptor found in ISO")
	require.ErrorContains(t, err, "not a FAT file system")
	require.Equal(t, []string{"iso9660", "vfat", "iso9660", "vfat", "iso9660", "vfat", "iso9660", "vfat"}, m.mounts)
	_, err = m.Open(t.Context(), "/dev/sr0")
	require.ErrorContains(t, err, "no type given")
}

func TestProbe(t *testing.T) {
	m := newMachine(t)
	_, _, err := m.Probe(t.Context(), "config-2")
	require.ErrorIs(t, err, drive.ErrNoDrive)
	m.device("vdb", isoImage("cidata", nil))
	m.device("vdc1", fatImage("CONFIG-2   ", "A          ", "x"))
	m.device("sr10", isoImage("both", nil))
	m.device("sr2", isoImage("both", nil))
	m.device("cciss/c0d0", isoImage("folder", nil))
	m.device("vdd", nil)
	require.NoError(t, os.Remove(filepath.Join(m.Root, "dev/vdd")))
	require.NoError(t, unix.Mkfifo(filepath.Join(m.Root, "dev/vdd"), 0o644))
	m.device("loop0", isoImage("empty", nil))
	m.write("sys/class/block/loop0/size", []byte("0\n"))
	m.device("dm-0", isoImage("suspended", nil))
	m.write("sys/class/block/dm-0/dm/suspended", []byte("1\n"))
	m.device("fd0", isoImage("floppy", nil))
	m.device("vde", nil)
	for _, c := range []struct {
		labels        []string
		device, label string
	}{
		{[]string{"config-2", "cidata"}, "/dev/vdb", "cidata"},
		{[]string{"CONFIG-2", "cidata"}, "/dev/vdc1", "CONFIG-2"},
		{[]string{"cidata", "CONFIG-2"}, "/dev/vdb", "cidata"},
		{[]string{"both"}, "/dev/sr2", "both"},
		{[]string{"folder"}, "/dev/cciss/c0d0", "folder"},
		{[]string{"empty"}, "", ""},
		{[]string{"suspended"}, "", ""},
		{[]string{"floppy"}, "", ""},
		{[]string{""}, "", ""},
		{nil, "", ""},
	} {
		device, label, err := m.Probe(t.Context(), c.labels...)
		if c.device == "" {
			require.ErrorIs(t, err, drive.ErrNoDrive, c.labels)
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, c.device, device)
		require.Equal(t, c.label, label)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = m.Probe(ctx, "cidata")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, m.recorder.Lines())
}

func TestMounted(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("/file", filepath.Join(dir, "inside")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	root, err := confine.OpenRoot(filepath.Dir(dir))
	require.NoError(t, err)
	defer root.Close()
	d, err := drive.Mounted(root, filepath.Base(dir))
	require.NoError(t, err)
	require.Equal(t, "text", read(t, d, "file"))
	require.Equal(t, "text", read(t, d, "inside"))
	for _, name := range []string{"none", "file/x", "link", "../" + secret} {
		_, err := d.ReadFile(name, 100)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	_, err = d.ReadFile("fifo", 100)
	require.ErrorContains(t, err, "not a regular file")
	_, err = d.ReadFile("file", 3)
	require.ErrorContains(t, err, "larger than 3 bytes")
	require.NoError(t, d.Close())
	_, err = drive.Mounted(root, "none")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
