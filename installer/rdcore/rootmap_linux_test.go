package rdcore

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
)

const rootKargs = "root=UUID=" + fsUUID + " rw"

// disks adds vda and vdb with a partition 3 each that has the content.
func (m *machine) disks(content []byte) {
	for _, d := range []string{"vda", "vdb"} {
		m.device(d, nil, nil)
		m.device(d+"/"+d+"3", content, nil, "partition=3")
	}
}

// The outcomes are those of rdcore 0.26 on a machine with such devices, but where noted.
func TestRootmap(t *testing.T) {
	const md = "rd.md.uuid=b8432151:fd82f4bf:10694075:55f2cd00 "
	for name, test := range map[string]struct {
		root     string
		make     func(m *machine)
		crypttab string
		flags    string
		want     string
		err      string
	}{
		"partition": {root: "vda3", make: func(m *machine) { m.disks(ext4(fsUUID)) }, want: rootKargs},
		"rootflags": {
			root: "vda3", make: func(m *machine) { m.disks(ext4(fsUUID)) },
			flags: "\n prjquota \n", want: rootKargs + " rootflags=prjquota",
		},
		"no uuid": {root: "vda3", make: func(m *machine) { m.disks(make([]byte, someSize)) }, err: "filesystem /dev/vda3 has no UUID"},
		"raid1": {root: "md127", want: md + rootKargs, make: func(m *machine) {
			m.disks(raid12(mdUUID))
			m.device("md127", ext4(fsUUID), []string{"vda3", "vdb3"}, "md/level=raid1", "md/metadata_version=1.2")
		}},
		"linear": {root: "md127", want: md + rootKargs, make: func(m *machine) {
			m.disks(raid12(mdUUID))
			m.device("md127", ext4(fsUUID), []string{"vda3", "vdb3"}, "md/level=linear")
		}},
		"old metadata": {root: "md127", want: "rd.md.uuid=d36e2d6e:0a567e0f:0002fec5:13a5c7d1 " + rootKargs, make: func(m *machine) {
			m.disks(raid090(0xd36e2d6e, 0x0a567e0f, 0x0002fec5, 0x13a5c7d1))
			m.device("md127", ext4(fsUUID), []string{"vda3", "vdb3"}, "md/level=raid1", "md/metadata_version=0.90")
		}},
		"metadata of a mainboard": {root: "md126", want: "rd.md.uuid=11111111:22222222:33333333:44444444 " + rootKargs, make: func(m *machine) {
			m.disks(nil)
			m.device("md126", ext4(fsUUID), []string{"vda", "vdb"}, "md/level=raid1", "md/metadata_version=external:/md127/0")
		}},
		// rdcore 0.26 leaves the array out here, which only a complete autodetection makes up for.
		"partition of an array": {root: "md127p1", want: md + rootKargs, make: func(m *machine) {
			m.disks(raid12(mdUUID))
			m.device("md127", nil, []string{"vda3", "vdb3"}, "md/level=raid1")
			m.device("md127/md127p1", ext4(fsUUID), nil, "partition=1")
		}},
		"array that is not assembled": {root: "md127", err: "unknown block device type md", make: func(m *machine) {
			m.device("md127", ext4(fsUUID), nil)
		}},
		"luks": {root: "dm-0", crypttab: "# c\n\nother x\nroot UUID=1\n", want: "rd.luks.name=" + luksUUID + "=root " + rootKargs, make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=root", "dm/uuid=CRYPT-LUKS1-33333333222233334444555555555555-root")
		}},
		"luks without crypttab": {root: "dm-0", err: "opening ROOT/etc/crypttab: no such file or directory", make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=root", "dm/uuid=CRYPT-LUKS1-x-root")
		}},
		"luks not in crypttab": {root: "dm-0", crypttab: " nothing here\n", err: "couldn't find root in ROOT/etc/crypttab", make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=root", "dm/uuid=CRYPT-LUKS1-x-root")
		}},
		"luks on two devices": {root: "dm-0", err: "found multiple parent devices for crypt device /dev/dm-0", make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", ext4(fsUUID), []string{"vda3", "vdb3"}, "dm/name=root", "dm/uuid=CRYPT-LUKS1-x-root")
		}},
		"crypt on nothing": {root: "dm-0", err: "missing parent device for /dev/dm-0", make: func(m *machine) {
			m.device("dm-0", ext4(fsUUID), nil, "dm/name=root", "dm/uuid=CRYPT-LUKS1-x-root")
		}},
		"plain crypt": {root: "dm-0", err: "reading LUKS header of /dev/vda3: no valid LUKS header", make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=pl", "dm/uuid=CRYPT-PLAIN-pl")
		}},
		"luks on raid on the network": {
			root: "dm-0", crypttab: "root UUID=1 none luks,_netdev",
			want: md + "rd.luks.name=" + luksUUID + "=root rd.neednet=1 rd.luks.options=_netdev " + rootKargs,
			make: func(m *machine) {
				m.disks(raid12(mdUUID))
				m.device("md127", luks1(luksUUID), []string{"vda3", "vdb3"}, "md/level=raid1")
				m.device("dm-0", ext4(fsUUID), []string{"md127"}, "dm/name=root", "dm/uuid=CRYPT-LUKS2-x-root")
			},
		},
		"raid on luks": {
			root: "md127", crypttab: "ka x\nkb x y z,_netdev,w\n",
			want: "rd.luks.name=" + luksUUID + "=ka rd.luks.name=" + luksUUID + "=kb rd.neednet=1 rd.luks.options=_netdev " + md + rootKargs,
			make: func(m *machine) {
				m.disks(luks1(luksUUID))
				m.device("dm-0", raid12(mdUUID), []string{"vda3"}, "dm/name=ka", "dm/uuid=CRYPT-LUKS2-x-ka")
				m.device("dm-1", raid12(mdUUID), []string{"vdb3"}, "dm/name=kb", "dm/uuid=CRYPT-LUKS2-y-kb")
				m.device("md127", ext4(fsUUID), []string{"dm-0", "dm-1"}, "md/level=raid1")
			},
		},
		"integrity": {root: "dm-1", crypttab: "li x", want: "rd.luks.name=" + luksUUID + "=li " + rootKargs, make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", nil, []string{"vda3"}, "dm/name=li_dif", "dm/uuid=CRYPT-INTEGRITY-33333333-li_dif")
			m.device("dm-1", ext4(fsUUID), []string{"dm-0"}, "dm/name=li", "dm/uuid=CRYPT-LUKS2-33333333-li")
		}},
		"integrity of cryptsetup 2.8": {root: "dm-1", crypttab: "li x", want: "rd.luks.name=" + luksUUID + "=li " + rootKargs, make: func(m *machine) {
			m.disks(luks1(luksUUID))
			m.device("dm-0", nil, []string{"vda3"}, "dm/name=li_dif", "dm/uuid=CRYPT-SUBDEV-33333333-li_dif")
			m.device("dm-1", ext4(fsUUID), []string{"dm-0"}, "dm/name=li", "dm/uuid=CRYPT-LUKS2-33333333-li")
		}},
		"multipath": {root: "dm-1", want: "mpath.wwid=3600508b4 root=/dev/disk/by-uuid/dm-mpath-" + fsUUID + " rw", make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", nil, []string{"vda", "vdb"}, "dm/name=mpatha", "dm/uuid=mpath-3600508b4")
			m.device("dm-1", ext4(fsUUID), []string{"dm-0"}, "dm/name=mpatha3", "dm/uuid=part3-mpath-3600508b4")
		}},
		"whole multipath": {root: "dm-0", want: "mpath.wwid=3600508b4 " + rootKargs, make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", ext4(fsUUID), []string{"vda", "vdb"}, "dm/name=mpatha", "dm/uuid=mpath-3600508b4")
		}},
		"raid on multipath": {root: "md127", want: "mpath.wwid=aaa mpath.wwid=bbb " + md + rootKargs, make: func(m *machine) {
			m.disks(nil)
			for i, d := range []string{"vda", "vdb"} {
				id := strings.Repeat(string(rune('a'+i)), 3)
				disk, part := "dm-"+strconv.Itoa(2*i), "dm-"+strconv.Itoa(2*i+1)
				m.device(disk, nil, []string{d}, "dm/uuid=mpath-"+id)
				m.device(part, raid12(mdUUID), []string{disk}, "dm/uuid=part4-mpath-"+id)
			}
			m.device("md127", ext4(fsUUID), []string{"dm-1", "dm-3"}, "md/level=raid1")
		}},
		"luks on multipath": {root: "dm-2", crypttab: "mr x", want: "mpath.wwid=3600508b4 rd.luks.name=" + luksUUID + "=mr " + rootKargs, make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", nil, []string{"vda", "vdb"}, "dm/name=mpatha", "dm/uuid=mpath-3600508b4")
			m.device("dm-1", luks1(luksUUID), []string{"dm-0"}, "dm/name=mpatha3", "dm/uuid=part3-mpath-3600508b4")
			m.device("dm-2", ext4(fsUUID), []string{"dm-1"}, "dm/name=mr", "dm/uuid=CRYPT-LUKS2-x-mr")
		}},
		"linear mapping": {root: "dm-0", err: "unknown block device type dm", make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=lin", "dm/uuid=")
		}},
		"logical volume": {root: "dm-0", err: "unknown block device type lvm", make: func(m *machine) {
			m.disks(nil)
			m.device("dm-0", ext4(fsUUID), []string{"vda3"}, "dm/name=lv", "dm/uuid=LVM-abcdef")
		}},
		"loop": {root: "loop0", err: "unknown block device type loop", make: func(m *machine) { m.device("loop0", ext4(fsUUID), nil) }},
		"dvd":  {root: "sr0", err: "unknown block device type rom", make: func(m *machine) { m.device("sr0", ext4(fsUUID), nil, "device/type=5") }},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			test.make(m)
			root := m.mountRoot(test.root)
			if test.crypttab != "" {
				m.write("mnt/root/etc/crypttab", test.crypttab)
			}
			got, err := Rootmap(t.Context(), &RootmapOptions{Root: root, System: m.system(test.flags)})
			if test.err != "" {
				require.EqualError(t, err, "Configuring rootmap: "+strings.ReplaceAll(test.err, "ROOT", root))
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, strings.Join(got, " "))
			require.Contains(t, m.calls, "nestos-rootflags "+root)
		})
	}
}

func TestRootmapFlavour(t *testing.T) {
	m := newMachine(t)
	m.disks(ext4(fsUUID))
	s := m.system("")
	s.Flavour = flavour.CoreOS()
	root := m.mountRoot("vda3")
	_, err := Rootmap(t.Context(), &RootmapOptions{Root: root, System: s})
	require.NoError(t, err)
	require.Equal(t, []string{"coreos-rootflags " + root}, m.calls)
}

func TestRootmapMounts(t *testing.T) {
	m := newMachine(t)
	m.disks(ext4(fsUUID))
	root := filepath.Join(m.dir, "mnt/with blank")
	try := func(dir string) error {
		_, err := Rootmap(t.Context(), &RootmapOptions{Root: dir, System: m.system("")})
		return err
	}
	m.write("proc/self/mountinfo", "")
	require.EqualError(t, try(root), "Configuring rootmap: mountpoint "+root+" not found")
	m.mount("0:33", "overlay", root, "overlay")
	require.EqualError(t, try(root), "Configuring rootmap: mountpoint "+root+"/sysroot not found")
	m.mount("0:34", "tmpfs", root+"/sysroot", "tmpfs")
	require.EqualError(t, try(root), "Configuring rootmap: canonicalizing tmpfs: file does not exist")
	// What is mounted later hides what was there.
	m.mount(m.number["vda3"], "/dev/root", root+"/sysroot", "ext4")
	require.NoError(t, try(root))
	require.NoError(t, try(root+"//./"))
	require.ErrorContains(t, try(root+"/../with blank"), "not found", "what .. means depends on links")

	// A file system on several devices has no number of a device.
	require.NoError(t, os.Symlink("../vda3", filepath.Join(m.dir, "dev/mapper/data")))
	m.mount("0:35", "/dev/mapper/data", root+"/sysroot", "btrfs")
	require.NoError(t, try(root))
	m.mount("0:35", "/dev/mapper/gone", root+"/sysroot", "btrfs")
	require.EqualError(t, try(root), "Configuring rootmap: canonicalizing /dev/mapper/gone: no such file or directory")
}

func TestRootmapIntoEntry(t *testing.T) {
	m := newMachine(t)
	m.disks(ext4(fsUUID))
	root := m.mountRoot("vda3")
	boot := m.bootFilesystem("options quiet\n", "vdb3")
	s := m.system("")
	var notes []string
	s.Message = func(text string) { notes = append(notes, text) }
	args, err := Rootmap(t.Context(), &RootmapOptions{Root: root, Boot: Boot{Mount: boot}, System: s})
	require.NoError(t, err)
	require.Equal(t, rootKargs, strings.Join(args, " "))
	require.Equal(t, []string{"Injected kernel arguments into BLS: " + rootKargs}, notes)
	require.Equal(t, "options quiet "+rootKargs+"\n", m.read(boot, "loader/entries/ostree-2.conf"))
	require.Equal(t, "options old\n", m.read(boot, "loader/entries/ostree-1.conf"))

	require.NoError(t, os.RemoveAll(filepath.Join(boot, "loader.0")))
	_, err = Rootmap(t.Context(), &RootmapOptions{Root: root, Boot: Boot{Mount: boot}, System: s})
	require.ErrorContains(t, err, "Configuring rootmap: appending rootmap kargs: ")
}

// A machine that shows a loop of devices must not keep the boot waiting.
func TestDeviceLoop(t *testing.T) {
	m := newMachine(t)
	m.device("dm-0", ext4(fsUUID), nil, "dm/uuid=CRYPT-LUKS1-x", "dm/name=a")
	m.device("dm-1", ext4(fsUUID), []string{"dm-0"}, "dm/uuid=CRYPT-LUKS1-y", "dm/name=b")
	require.NoError(t, os.Symlink(filepath.Join(m.dir, "sys/devices/dm-1"), filepath.Join(m.dir, "sys/devices/dm-0/slaves/dm-1")))
	_, err := Rootmap(t.Context(), &RootmapOptions{Root: m.mountRoot("dm-1"), System: m.system("")})
	require.ErrorContains(t, err, "more than 32 layers of devices below")
}
