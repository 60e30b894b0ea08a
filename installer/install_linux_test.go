package installer_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/internal/imagetest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

const diskSize = imagetest.Size + 24<<20

// TestSources installs from every source in every format to disks with both sector sizes,
// which are full of other data before.
func TestSources(t *testing.T) {
	testutil.Root(t)
	for _, sectors := range []int{512, 4096} {
		w := newWorld(t, sectors)
		for _, format := range []string{"raw", "gz", "xz", "zst"} {
			w.sign(w.write("image."+format, packed(t, w.image.Data, format)))
		}
		base := w.serve()
		d := newDevice(t, sectors, diskSize)
		check := func(name string, change func(*installer.Options)) {
			t.Run(fmt.Sprintf("%s/%d", name, sectors), func(t *testing.T) {
				require.NoError(t, exec.Command("sh", "-c", "tr '\\0' '\\252' </dev/zero | dd of="+d.path+" bs=1M count=8 iflag=fullblock 2>/dev/null").Run())
				res, err := w.install(d, change)
				require.NoError(t, err, w.notes.String())
				require.True(t, res.Verified)
				require.EqualValues(t, imagetest.Size, res.ImageBytes)
				require.Equal(t, w.image.SHA256, sha256.Sum256(d.read(0, imagetest.Size)))
				require.Contains(t, w.notes.String(), "Good signature")
				require.True(t, strings.HasSuffix(w.notes.String(), "Install complete.\n"))
			})
		}
		for _, format := range []string{"raw", "gz", "xz", "zst"} {
			check("file/"+format, func(o *installer.Options) { o.Config.ImageFile = w.path("image." + format) })
			check("url/"+format, func(o *installer.Options) { o.Config.ImageURL = base + "/image." + format + "?x=y" })
			check("stream/"+format, func(o *installer.Options) {
				key := map[int]string{512: "raw.xz", 4096: "4k.raw.xz"}[sectors]
				w.stream(base, map[string]string{key: "image." + format})
				o.Config.Stream, o.Config.StreamBaseURL = "stable", base+"/"
			})
		}
	}
}

// TestBootChanges changes everything that can be changed, and looks at the result.
func TestBootChanges(t *testing.T) {
	testutil.Root(t)
	for _, sectors := range []int{512, 4096} {
		t.Run(fmt.Sprint(sectors), func(t *testing.T) {
			w := newWorld(t, sectors)
			d := newDevice(t, sectors, diskSize)
			ign := w.write("config.ign", []byte(`{"ignition":{"version":"3.4.0"}}`))
			require.NoError(t, os.MkdirAll(w.path("nm/sub"), 0o755))
			require.NoError(t, os.WriteFile(w.path("nm/eth0.nmconnection"), []byte("[connection]\nid=eth0\n"), 0o600))
			_, err := w.install(d, func(o *installer.Options) {
				c := &o.Config
				c.ImageFile, c.IgnitionFile, c.Platform = w.image.Path, ign, "qemu"
				c.AppendKarg, c.DeleteKarg = []string{"foo=bar", "baz"}, []string{"quiet"}
				c.CopyNetwork, c.NetworkDir = true, w.path("nm")
				o.FirstbootArgs = "rd.neednet=1 ip=dhcp"
			})
			require.NoError(t, err, w.notes.String())
			require.Equal(t, `{"ignition":{"version":"3.4.0"}}`, d.bootFile("ignition/config.ign"))
			require.Equal(t, "title new\nversion 2\noptions $ignition_firstboot ignition.platform.id=qemu console=hvc0 foo=bar baz\nlinux /ostree/b/vmlinuz\ninitrd /ostree/b/initramfs\n",
				d.bootFile("loader.1/entries/ostree-2-nestos.conf"))
			require.Contains(t, d.bootFile("loader.1/entries/ostree-1-nestos.conf"), "options old entry\n")
			require.Equal(t, "set timeout=1\n# CONSOLE-SETTINGS-START\nserial --speed=9600\nterminal_output serial\n# CONSOLE-SETTINGS-END\nblscfg\n", d.bootFile("grub2/grub.cfg"))
			require.Equal(t, "set ignition_network_kcmdline=\"rd.neednet=1 ip=dhcp\"\n", d.bootFile("ignition.firstboot"))
			require.Equal(t, "[connection]\nid=eth0\n", d.bootFile("nestos-firstboot-network/eth0.nmconnection"))
			require.Equal(t, []string{
				"Copying image from " + w.image.Path, "Reading signature from " + w.image.Path + ".sig",
				"Couldn't read signature file: No such file or directory (os error 2)",
				"Signature not found; skipping verification as requested", "Writing Ignition config", "Setting platform to qemu",
				"Writing first-boot kernel arguments", "Modifying kernel arguments",
				"Copying networking configuration from " + w.path("nm"), "Copying " + w.path("nm/eth0.nmconnection") + " to installed system",
			}, strings.Split(before(t, w.notes.String()), "\n"))
			rest := func(b []byte) []byte { return b[imagetest.BootStart+imagetest.BootSize:] }
			require.True(t, bytes.Equal(w.image.Data[:imagetest.BootStart], d.read(0, imagetest.BootStart)))
			require.True(t, bytes.Equal(rest(w.image.Data), rest(d.read(0, imagetest.Size))))
		})
	}
}

// before returns the notes but for the last one, and for the one about boot file systems of other tests.
func before(t *testing.T, notes string) string {
	t.Helper()
	text, ok := strings.CutSuffix(notes, "Install complete.\n")
	require.True(t, ok, notes)
	text, _, _ = strings.Cut(text, "\nNote: detected other devices with")
	return strings.TrimSpace(text)
}

func TestConsole(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	_, err := w.install(d, func(o *installer.Options) {
		o.Config.ImageFile, o.Config.Platform = w.image.Path, "qemu"
		o.Config.Console = []string{"ttyS1,57600e7", "tty0"}
	})
	require.NoError(t, err)
	require.Contains(t, d.bootFile("loader.1/entries/ostree-2-nestos.conf"),
		"options $ignition_firstboot ignition.platform.id=qemu quiet console=ttyS1,57600e7 console=tty0\n")
	require.Contains(t, d.bootFile("grub2/grub.cfg"),
		"START\nserial --unit=1 --speed=57600 --word=7 --parity=even\nterminal_input console serial\nterminal_output console serial\n# CONSOLE")
}

// TestFailures breaks installations at different places, with and without partitions that
// are to be kept.
func TestFailures(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "sgdisk")
	w := newWorld(t, 512)
	good := packed(t, w.image.Data, "xz")
	w.sign(w.write("good", good))
	sig, err := os.ReadFile(w.path("good.sig"))
	require.NoError(t, err)
	w4k := imagetest.New(t, t.TempDir(), 4096, imagetest.BootFiles("nestos"))
	add := func(name string, data []byte, sig []byte) {
		w.write(name, data)
		if sig != nil {
			w.write(name+".sig", sig)
		}
	}
	bad := bytes.Clone(good)
	bad[len(bad)-40000] ^= 1
	add("corrupt", bad, sig)
	add("truncated", good[:len(good)/2], sig)
	add("trailing", append(bytes.Clone(good), 0), sig)
	add("unsigned", good, nil)
	add("empty-signature", good, []byte{})
	other := bytes.Clone(w.image.Data)
	other[imagetest.Size-100] ^= 1
	add("other", packed(t, other, "xz"), sig)
	add("short", packed(t, w.image.Data[:1<<20-1], "xz"), nil)
	add("4k", w4k.Data, nil)
	qcow := append([]byte("QFI\xfb"), make([]byte, 4<<20)...)
	add("qcow2", qcow, nil)
	add("large", append(bytes.Clone(w.image.Data), make([]byte, 25<<20)...), nil)
	bootless := bytes.Clone(w.image.Data)
	clear(bootless[imagetest.BootStart : imagetest.BootStart+4096])
	add("bootless", bootless, nil)
	ign := w.write("config.ign", []byte("{}"))

	for _, c := range []struct {
		name, want string
		untouched  bool
		change     func(*installer.Options)
	}{
		{name: "corrupt", want: "install failed"},
		{name: "truncated", want: "install failed"},
		{name: "trailing", want: "found trailing data after compressed stream"},
		{name: "unsigned", want: "--insecure not specified and signature not found", untouched: true},
		{name: "empty-signature", want: "GPG verification failure"},
		{name: "other", want: "GPG verification failure"},
		{name: "other", want: "GPG verification failure", change: func(o *installer.Options) { o.Config.Insecure = true }},
		{name: "short", want: "decoding first MiB of image", change: func(o *installer.Options) { o.Config.Insecure = true }},
		{name: "4k", want: "source has sector size 4096 but destination has sector size 512", change: func(o *installer.Options) { o.Config.Insecure = true }},
		{name: "qcow2", want: "qcow2", untouched: true, change: func(o *installer.Options) { o.Config.Insecure = true }},
		{name: "large", want: "larger than the destination", untouched: true, change: func(o *installer.Options) { o.Config.Insecure = true }},
		{name: "bootless", want: "couldn't find boot device", change: func(o *installer.Options) {
			o.Config.Insecure, o.Config.IgnitionFile = true, ign
		}},
		{name: "good", want: "hash mismatch", untouched: true, change: func(o *installer.Options) {
			o.Config.IgnitionFile, o.Config.IgnitionHash = ign, "sha256-"+strings.Repeat("0", 64)
		}},
	} {
		for _, saving := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/saving=%v", c.name, saving), func(t *testing.T) {
				d := newDevice(t, 512, diskSize)
				out, err := exec.Command("sgdisk", "-n", "1:2048:+4M", "-c", "1:old", "-n", fmt.Sprintf("6:%d:+8M", (imagetest.Size+4<<20)/512), "-c", "6:data", d.path).CombinedOutput()
				require.NoError(t, err, string(out))
				before := d.read(0, diskSize)
				_, err = w.install(d, func(o *installer.Options) {
					o.Config.ImageFile = w.path(c.name)
					if saving {
						o.Config.SavePartlabel = []string{"da*"}
					}
					if c.change != nil {
						c.change(o)
					}
				})
				require.ErrorContains(t, err, c.want)
				data := func(b []byte) []byte { return b[imagetest.Size+4<<20 : imagetest.Size+12<<20] }
				switch {
				case c.untouched:
					require.True(t, bytes.Equal(before, d.read(0, diskSize)), "changed")
				case saving:
					require.Contains(t, w.notes.String(), "Resetting partition table")
					d.requireDead(map[int]string{6: "data"})
					require.True(t, bytes.Equal(data(before), data(d.read(0, diskSize))), "saved partition changed")
				default:
					require.Contains(t, w.notes.String(), "Resetting partition table")
					d.requireDead(map[int]string{})
				}
			})
		}
	}
}

// TestSavedPartitions keeps partitions through an installation.
func TestSavedPartitions(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "sgdisk")
	for _, sectors := range []int{512, 4096} {
		t.Run(fmt.Sprint(sectors), func(t *testing.T) {
			w := newWorld(t, sectors)
			d := newDevice(t, sectors, diskSize)
			at := func(mib int) string { return fmt.Sprint((imagetest.Size + mib<<20) / sectors) }
			out, err := exec.Command("sgdisk", "-n", "4:"+at(2)+":+4M", "-c", "4:data", "-n", "9:"+at(8)+":+4M", "-c", "9:other", "-n", "2:2048:+1M", d.path).CombinedOutput()
			require.NoError(t, err, string(out))
			before := d.read(imagetest.Size+2<<20, 10<<20)
			_, err = w.install(d, func(o *installer.Options) {
				o.Config.ImageFile, o.Config.SavePartindex, o.Config.SavePartlabel = w.image.Path, []string{"4"}, []string{"oth?r"}
			})
			require.NoError(t, err, w.notes.String())
			require.Equal(t, map[int]string{1: "BIOS-BOOT", 2: "EFI-SYSTEM", 3: "boot", 4: "root", 5: "data", 9: "other"}, d.table())
			require.Contains(t, w.notes.String(), "Saving partition 4 (\"data\") to new partition 5\nSaving partition 9 (\"other\") to new partition 9\n")
			require.True(t, bytes.Equal(before, d.read(imagetest.Size+2<<20, 10<<20)))
			out, err = exec.Command("sgdisk", "-v", d.path).CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "No problems found")
			require.True(t, bytes.Equal(w.image.Data[1<<20:imagetest.Size-1<<20], d.read(1<<20, imagetest.Size-2<<20)))
			require.True(t, bytes.Equal(w.image.Data[:440], d.read(0, 440)))
		})
	}
}

// TestCollision: an image that reaches a kept partition is an error, and leaves it alone.
func TestCollision(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	partition := func(start int64) {
		out, err := exec.Command(testutil.Tool(t, "sgdisk"), "-o", "-a", "1", "-n", fmt.Sprintf("1:%d:+4M", start/512), "-c", "1:data", d.path).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	install := func() error {
		_, err := w.install(d, func(o *installer.Options) {
			o.Config.ImageFile, o.Config.SavePartindex = w.image.Path, []string{"1-"}
		})
		return err
	}

	// With partitions of the image that overlap nothing is written at all.
	partition(imagetest.Size - 2<<20)
	before := d.read(0, diskSize)
	require.ErrorContains(t, install(), fmt.Sprintf(`collision with partition 1 ("data") at offset %d`, imagetest.Size-2<<20))
	require.True(t, bytes.Equal(before, d.read(0, diskSize)))

	// Data of the image behind its last partition are found while they are written.
	const start = imagetest.Size - 512<<10
	partition(start)
	before = d.read(start, 4<<20)
	require.ErrorContains(t, install(), fmt.Sprintf(`collision with partition 1 ("data") at offset %d`, start))
	d.requireDead(map[int]string{1: "data"})
	require.True(t, bytes.Equal(before, d.read(start, 4<<20)))
}

// TestLoopOnTop: the kernel does not tell that a loop device uses the destination.
func TestLoopOnTop(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	before := d.read(0, diskSize)
	out, err := exec.Command("losetup", "-f", "--show", "-o", "8388608", "--sizelimit", "4194304", d.path).CombinedOutput()
	require.NoError(t, err, string(out))
	top := strings.TrimSpace(string(out))
	defer exec.Command("losetup", "-d", top).Run()
	_, err = w.install(d, func(o *installer.Options) { o.Config.ImageFile = w.image.Path })
	require.ErrorContains(t, err, "found loop devices on it")
	require.Contains(t, w.notes.String(), "Device in use:\n    "+d.path+" in use by "+top+"\n")
	require.True(t, bytes.Equal(before, d.read(0, diskSize)))
}

// TestSameDevice: a device is no source for itself.
func TestSameDevice(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	_, err := w.install(d, func(o *installer.Options) { o.Config.ImageFile = d.path })
	require.ErrorContains(t, err, "same device")
}

// TestNoFile: what is no file on the boot file system is not waited for.
func TestNoFile(t *testing.T) {
	testutil.Root(t)
	for _, name := range []string{"ignition.firstboot", "nestos/platforms.json", "grub2/grub.cfg", "loader.1/entries/ostree-2-nestos.conf"} {
		files := imagetest.BootFiles("nestos")
		files[name] = imagetest.FIFO
		w := &world{t: t, dir: t.TempDir()}
		w.image = imagetest.New(t, w.dir, 512, files)
		d := newDevice(t, 512, diskSize)
		_, err := w.install(d, func(o *installer.Options) {
			o.Config.ImageFile, o.Config.Console, o.FirstbootArgs = w.image.Path, []string{"ttyS0"}, "ip=dhcp"
		})
		require.ErrorContains(t, err, "not a regular file", name)
		d.requireDead(map[int]string{})
	}
}

func TestBusy(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	require.NoError(t, exec.Command("mkfs.ext4", "-q", "-F", d.path).Run())
	dir := filepath.Join(t.TempDir(), "mnt")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, exec.Command("mount", d.path, dir).Run())
	defer exec.Command("umount", dir).Run()
	_, err := w.install(d, func(o *installer.Options) { o.Config.ImageFile = w.image.Path })
	require.ErrorContains(t, err, "checking for exclusive access to "+d.path)
	out, err := exec.Command("blkid", "-p", "-o", "value", "-s", "TYPE", d.path).Output()
	require.NoError(t, err)
	require.Equal(t, "ext4\n", string(out))
}
