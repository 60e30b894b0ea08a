package rdcore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/confine"
)

const bootUUID = "66666666-2222-3333-4444-555555555555"

// bootFilesystem makes a boot file system with two entries, mounted from a device.
func (m *machine) bootFilesystem(entry, device string) string {
	m.write("mnt/boot/loader.0/entries/ostree-1.conf", "options old\n")
	m.write("mnt/boot/loader.0/entries/ostree-2.conf", entry)
	m.write("mnt/boot/grub2/grub.cfg", "")
	boot := filepath.Join(m.dir, "mnt/boot")
	require.NoError(m.t, os.Symlink("loader.0", filepath.Join(boot, "loader")))
	m.mount(m.number[device], "/dev/"+device, boot, "ext4")
	return boot
}

func (m *machine) read(dir, name string) string {
	data, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(m.t, err)
	return string(data)
}

// bindable is a machine with root on vdb3 and boot on vda3.
func bindable(t *testing.T, entry string) (m *machine, o *BindBootOptions) {
	m = newMachine(t)
	m.device("vda", make([]byte, someSize), nil)
	m.device("vda/vda3", ext4(bootUUID), nil, "partition=3")
	m.device("vdb", nil, nil)
	m.device("vdb/vdb3", ext4(fsUUID), nil, "partition=3")
	o = &BindBootOptions{Root: m.mountRoot("vdb3"), System: m.system("")}
	o.Boot = m.bootFilesystem(entry, "vda3")
	return m, o
}

func TestBindBoot(t *testing.T) {
	m, o := bindable(t, "title a  \noptions root=x  quiet\n")
	bound := func() {
		t.Helper()
		require.Equal(t, "title a\noptions root=x  quiet boot=UUID="+bootUUID+"\n", m.read(o.Boot, "loader/entries/ostree-2.conf"))
		require.Equal(t, fsUUID+"\n", m.read(o.Boot, ".root_uuid"))
		require.Equal(t, "set BOOT_UUID=\""+bootUUID+"\"\n", m.read(o.Boot, "grub2/bootuuid.cfg"))
	}
	require.NoError(t, BindBoot(t.Context(), o))
	bound()
	stamp := filepath.Join(m.dir, "run/nestos/bootfs_uuid")
	require.Equal(t, bootUUID+"\n", m.read(stamp, ""))

	// Again: nothing changes, and as the argument was there, /run does not hear of it.
	require.NoError(t, os.RemoveAll(filepath.Dir(stamp)))
	require.NoError(t, BindBoot(t.Context(), o))
	bound()
	require.NoFileExists(t, stamp)
}

func TestBindBootKeepsBoot(t *testing.T) {
	for entry, kept := range map[string]bool{
		"options boot=a\nfoo  \n": true, "options a boot=LABEL=b\nfoo \n": true, "options xboot=a\n": false, "options bootx\n": false,
	} {
		m, o := bindable(t, entry)
		require.NoError(t, BindBoot(t.Context(), o))
		if got := m.read(o.Boot, "loader/entries/ostree-2.conf"); kept {
			require.Equal(t, entry, got)
		} else {
			require.Equal(t, entry[:len(entry)-1]+" boot=UUID="+bootUUID+"\n", got)
		}
	}
}

func TestBindBootErrors(t *testing.T) {
	for name, test := range map[string]struct {
		damage func(m *machine, boot string)
		err    string
	}{
		"other root":       {func(m *machine, boot string) { m.write("mnt/boot/.root_uuid", " foo \n") }, "boot filesystem already bound to a root filesystem (UUID: foo)"},
		"empty stamp":      {func(m *machine, boot string) { m.write("mnt/boot/.root_uuid", "\n") }, "boot filesystem already bound to a root filesystem (UUID: )"},
		"stamp is no text": {func(m *machine, boot string) { m.write("mnt/boot/.root_uuid", "\xff") }, "reading BOOT/.root_uuid: stream did not contain valid UTF-8"},
		"stamp is a folder": {
			func(m *machine, boot string) { m.write("mnt/boot/.root_uuid/x", "") }, "reading BOOT/.root_uuid: is a directory",
		},
		"no grub": {
			func(m *machine, boot string) { require.NoError(m.t, os.RemoveAll(boot+"/grub2")) },
			"writing BOOT/grub2/bootuuid.cfg: no such file or directory",
		},
		"no entries": {
			func(m *machine, boot string) { require.NoError(m.t, os.RemoveAll(boot+"/loader.0/entries")) },
			"appending boot kargs: reading directory BOOT/loader/entries: no such file or directory",
		},
		"no options": {
			func(m *machine, boot string) { m.write("mnt/boot/loader.0/entries/ostree-2.conf", "options\ta\n") },
			"appending boot kargs: visiting BOOT/loader/entries/ostree-2.conf: Couldn't locate 'options' line",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, o := bindable(t, "options a\n")
			test.damage(m, o.Boot)
			require.EqualError(t, BindBoot(t.Context(), o), "Failed to bind boot: "+replaceBoot(test.err, o.Boot))
		})
	}
	m, o := bindable(t, "options a\n")
	o.Root = filepath.Join(m.dir, "elsewhere")
	require.EqualError(t, BindBoot(t.Context(), o), "Failed to bind boot: mountpoint "+o.Root+"/sysroot not found")
}

func replaceBoot(text, boot string) string {
	const mark = "BOOT/"
	for i := 0; i+len(mark) <= len(text); i++ {
		if text[i:i+len(mark)] == mark {
			return text[:i] + boot + "/" + text[i+len(mark):]
		}
	}
	return text
}

// Links in a boot file system lead nowhere outside of it.
func TestBindBootHostile(t *testing.T) {
	m, o := bindable(t, "options a\n")
	victim := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(victim, "file"), []byte("keep"), 0o600))
	require.NoError(t, os.RemoveAll(o.Boot+"/grub2"))
	require.NoError(t, os.Symlink(victim, o.Boot+"/grub2"))
	require.NoError(t, os.Symlink(filepath.Join(victim, "file"), o.Boot+"/.root_uuid"))
	require.Error(t, BindBoot(t.Context(), o), "the directory does not exist inside")
	require.Equal(t, "keep", m.read(victim, "file"))
	require.Equal(t, fsUUID+"\n", m.read(o.Boot, ".root_uuid"), "the link became a file")

	require.NoError(t, os.Remove(o.Boot+"/grub2"))
	require.NoError(t, os.Mkdir(o.Boot+"/grub2", 0o755))
	require.NoError(t, os.Symlink(filepath.Join(victim, "file"), o.Boot+"/grub2/bootuuid.cfg"))
	require.NoError(t, BindBoot(t.Context(), o))
	entries, err := os.ReadDir(victim)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "keep", m.read(victim, "file"))
}

// A boot file system on an array is found by GRUB from every disk.
func TestDisks(t *testing.T) {
	m := newMachine(t)
	m.disks(raid12(mdUUID))
	m.device("md127", ext4(bootUUID), []string{"vda3", "vdb3"}, "md/level=raid1")
	m.device("dm-0", nil, []string{"vda", "vdb"}, "dm/name=mpatha", "dm/uuid=mpath-3600")
	m.device("dm-1", nil, []string{"dm-0"}, "dm/name=mpatha2", "dm/uuid=part2-mpath-3600")
	m.device("loop0", nil, nil)
	s := m.system("").withDefaults()
	for name, want := range map[string][]string{"md127": {"vda", "vdb"}, "vda3": {"vda"}, "dm-1": {"dm-0"}} {
		disks, err := (&device{s, name}).disks()
		require.NoError(t, err)
		var names []string
		for _, d := range disks {
			names = append(names, d.name)
		}
		require.Equal(t, want, names, name)
	}
	for _, name := range []string{"vda", "loop0"} {
		_, err := (&device{s, name}).disks()
		require.EqualError(t, err, "no parent devices found for /dev/"+name)
	}

	p, err := (&device{s, "vda"}).partition(3)
	require.NoError(t, err)
	require.Equal(t, "vda3", p.name)
	p, err = (&device{s, "dm-0"}).partition(2)
	require.NoError(t, err)
	require.Equal(t, "dm-1", p.name)
	p, err = (&device{s, "vda"}).partition(4)
	require.NoError(t, err)
	require.Nil(t, p)
}

func TestVendorDir(t *testing.T) {
	dir := t.TempDir()
	root, err := confine.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	_, err = vendorDir(root, "/tmp/x", "/dev/vda2")
	require.EqualError(t, err, "reading directory /tmp/x/EFI: no such file or directory")
	for _, d := range []string{"EFI/BOOT", "EFI/fedora", "EFI/file.cfg/grub.cfg"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	_, err = vendorDir(root, "/tmp/x", "/dev/vda2")
	require.EqualError(t, err, "Expected one vendor dir on /dev/vda2, got 0 ([])")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "EFI/fedora/grub.cfg"), nil, 0o644))
	require.NoError(t, os.Symlink("fedora", filepath.Join(dir, "EFI/link")))
	found, err := vendorDir(root, "/tmp/x", "/dev/vda2")
	require.NoError(t, err)
	require.Equal(t, "EFI/fedora", found)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "EFI/BOOT/grub.cfg"), nil, 0o644))
	_, err = vendorDir(root, "/tmp/x", "/dev/vda2")
	require.EqualError(t, err, `Expected one vendor dir on /dev/vda2, got 2 (["/tmp/x/EFI/BOOT", "/tmp/x/EFI/fedora"])`)
}
