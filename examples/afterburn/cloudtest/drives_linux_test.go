package cloudtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/testutil/drives"
)

const (
	iso9660, vfat = "iso9660", "vfat"

	loopMajor = 7 // the number of loop devices
)

func readVectors(t *testing.T) []drives.Vector {
	t.Helper()
	return drives.Read(t, "../../../afterburn/testdata/drives")
}

// makers are ways to make the image of a drive from a directory.
var makers = []struct {
	name, fstype string
	make         func(m *machine, label, dir, image string)
}{
	{"rock ridge and joliet", iso9660, func(m *machine, label, dir, image string) {
		m.command(testutil.Tool(m, "genisoimage"), "-quiet", "-R", "-J", "-V", label, "-o", image, dir)
	}},
	{"joliet", iso9660, func(m *machine, label, dir, image string) {
		m.command(testutil.Tool(m, "genisoimage"), "-quiet", "-J", "-V", label, "-o", image, dir)
	}},
	{"rock ridge", iso9660, func(m *machine, label, dir, image string) {
		m.command(testutil.Tool(m, "xorriso"), "-as", "mkisofs", "-quiet", "-R", "-V", label, "-o", image, dir)
	}},
	{"vfat", vfat, func(m *machine, label, dir, image string) {
		m.command(testutil.Tool(m, "mkfs.vfat"), "-C", "-n", label, image, "128")
		m.copyTo(image, dir)
	}},
	{"vfat with 32 bits", vfat, func(m *machine, label, dir, image string) {
		m.command(testutil.Tool(m, "mkfs.vfat"), "-C", "-F", "32", "-n", label, image, "40000")
		m.copyTo(image, dir)
	}},
}

// copyTo copies a directory to a FAT image.
func (m *machine) copyTo(image, dir string) {
	m.Helper()
	entries, err := os.ReadDir(dir)
	m.must(err)
	args := []string{"-s", "-i", image}
	for _, e := range entries {
		args = append(args, filepath.Join(dir, e.Name()))
	}
	m.command(testutil.Tool(m, "mcopy"), append(args, "::/")...)
}

// TestDrives runs the program with each drive, made in each way.
func TestDrives(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		if v.Name == "cloudstack-upper" {
			continue // of the second label that is looked for, which takes seconds
		}
		for _, maker := range makers {
			if maker.fstype != v.FSType {
				continue
			}
			t.Run(v.Name+"/"+maker.name, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				for name, text := range v.Drive {
					m.write("/run/drive/"+name, text)
				}
				maker.make(m, v.Label, "/run/drive", "/run/image")
				m.insert("/run/image", v.Label)
				m.sameDrive(v)
			})
		}
	}
}

// TestSecondLabel has a drive of CloudStack in capital letters.
func TestSecondLabel(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		if v.Name != "cloudstack-upper" {
			continue
		}
		m := newMachine(t)
		for name, text := range v.Drive {
			m.write("/run/drive/"+name, text)
		}
		makers[0].make(m, v.Label, "/run/drive", "/run/image")
		m.insert("/run/image", v.Label)
		m.good(append([]string{"--provider", v.Provider}, driveArgs...)...)
		m.good("exp", "rd-network-kargs", "--provider", v.Provider, "--default-value=ip=auto")
		m.sameDocuments(v.Want)
	}
}

// insert gives the machine a block device with an image and udev's link to it, and returns the device's name.
func (m *machine) insert(image, label string) string {
	m.Helper()
	name := m.attach(image)
	m.must(os.Symlink("../../"+name, "/dev/disk/by-label/"+label))
	return name
}

// attach gives the machine a block device with an image, read-only, until the end of the test, or of this process.
func (m *machine) attach(image string) string {
	m.Helper()
	const attempts = 100 // others look for a free device, too
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		testutil.Missing(m, "needs loop devices: %v", err)
	}
	defer control.Close()
	file, err := os.Open(image)
	m.must(err)
	defer file.Close()
	for range attempts {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			testutil.Missing(m, "needs loop devices: %v", err)
		}
		name := "loop" + strconv.Itoa(n)
		node := "/dev/" + name
		m.node(node, unix.S_IFBLK|0o600, loopMajor, uint32(n))
		device, err := os.OpenFile(node, os.O_RDWR, 0)
		if err != nil {
			testutil.Missing(m, "needs loop devices: %v", err)
		}
		config := &unix.LoopConfig{Fd: uint32(file.Fd())}
		config.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
		err = unix.IoctlLoopConfigure(int(device.Fd()), config)
		if err == nil {
			m.Cleanup(func() { device.Close() }) // nothing else keeps it
			return name
		}
		device.Close()
		m.must(os.Remove(node))
		if !errors.Is(err, unix.EBUSY) {
			m.Fatal(err)
		}
	}
	m.Fatal("no free loop device")
	return ""
}

// driveArgs ask for everything that can be in a drive's vector, but for kernel arguments.
var driveArgs = []string{
	"--attributes=" + out + "/attributes", "--ssh-keys=core", "--hostname=" + out + "/hostname", "--network-units=" + out + "/units",
	"--netplan-config=" + out + "/np", "--networkmanager-profiles=" + out + "/nm",
}

// sameDrive checks what the program makes of the drive, one thing after the other and all at once.
func (m *machine) sameDrive(v drives.Vector) {
	m.Helper()
	for _, arg := range driveArgs {
		m.good("multi", "--provider", v.Provider, arg)
	}
	m.good("exp", "rd-network-kargs", "--provider", v.Provider, "--default-value=ip=auto")
	m.sameDocuments(v.Want)
	m.clean()
	m.cmdline("ignition.platform.id=" + v.Provider)
	m.good(append([]string{"--cmdline"}, driveArgs...)...)
	m.good("exp", "rd-network-kargs", "--cmdline", "--default-value=ip=auto")
	m.sameDocuments(v.Want)
	if left, err := os.ReadDir("/run"); err != nil || strings.Contains(fmt.Sprint(left), "afterburn-") {
		m.Errorf("left in the directory for temporary files: %v, %v", left, err)
	}
	m.clean()
	m.cmdline("ignition.platform.id=" + v.Provider + " ip=192.0.2.1::::x:eth9:off")
	m.good("exp", "rd-network-kargs", "--cmdline", "--default-value=ip=auto")
	m.same("arguments where the kernel has some", m.read(kargsFile), "")
}

// sameDocuments compares all that the program wrote. Profiles are in no vector; that there is one for each interface
// is checked here, and their text by others.
func (m *machine) sameDocuments(want map[string]string) {
	m.Helper()
	units, netplan := map[string]string{}, map[string]string{}
	for name, text := range want {
		if unit, ok := strings.CutPrefix(name, "units/"); ok {
			units[unit] = text
		}
	}
	if text, ok := want["netplan"]; ok {
		netplan["50-afterburn.yaml"] = text
	}
	m.same("attributes", m.read(out+"/attributes"), want["attributes"])
	m.same("keys", m.read(home+"/.ssh/authorized_keys.d/afterburn"), want["keys"])
	m.same("hostname", m.read(out+"/hostname"), want["hostname"])
	m.sameFiles("units", m.files(out+"/units"), units)
	m.sameFiles("netplan", m.files(out+"/np"), netplan)
	kargs, ok := want["kargs"]
	if !ok {
		kargs = "ip=auto\n"
	}
	m.same("network arguments", m.read(kargsFile), kargs)
	profiles := m.files(out + "/nm")
	for unit := range units {
		_, id, _ := strings.Cut(strings.TrimSuffix(unit, ".network"), "-")
		if text := profiles[id+".nmconnection"]; !strings.HasPrefix(text, "[connection]\nid="+id+"\ntype=ethernet\n") {
			m.Errorf("profile of %s:\n%s", id, text)
		}
	}
	if len(profiles) != len(units) {
		m.Errorf("%d profiles for %d units", len(profiles), len(units))
	}
}

// TestCloudStackMounted has the drive mounted already.
func TestCloudStackMounted(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/media"); err != nil {
		testutil.Missing(t, "%v", err)
	}
	for _, v := range readVectors(t) {
		if v.Name != "cloudstack" {
			continue
		}
		m := newMachine(t)
		m.tmpfs("/media")
		for name, text := range v.Drive {
			m.write("/media/ConfigDrive/"+name, text)
		}
		m.sameDrive(v)
	}
}

// TestWithoutDrive: some providers know nothing then, one asks the service, for the others it is an error.
func TestWithoutDrive(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"kubevirt", "proxmoxve"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.write(home+"/.ssh/authorized_keys.d/afterburn", "old")
			m.must(os.Chown(home+"/.ssh/authorized_keys.d", user, user))
			r := m.good(append([]string{"--provider=" + provider}, driveArgs...)...)
			if !strings.Contains(r.log, " WARN aborting ") {
				t.Errorf("log is\n%s", r.log)
			}
			m.good("exp", "rd-network-kargs", "--provider="+provider, "--default-value=ip=auto")
			m.sameDocuments(nil)
		})
	}
	for _, provider := range []string{"cloudstack-configdrive", "ibmcloud", "ibmcloud-classic", "powervs"} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			r := m.run("--provider="+provider, "--attributes="+out+"/attributes")
			const chain = "Caused by:\n    0: fetching metadata from provider\n    1: maximum number of retries (3) reached\n"
			if r.code != 1 || !strings.Contains(r.log, chain) || !strings.HasSuffix(r.log, ": No such file or directory (os error 2)\n") {
				t.Errorf("exit %d, log is\n%s", r.code, r.log)
			}
			m.sameFiles("files", m.files(out), nil)
		})
	}
	t.Run("openstack", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		cloud, _ := fakecloud.Example("openstack")
		m.serve(cloud)
		r := m.good("--provider=openstack", "--hostname="+out+"/hostname")
		if !strings.Contains(r.log, " WARN failed to locate config-drive, using the metadata service API instead\n") {
			t.Errorf("log is\n%s", r.log)
		}
		for try := 0; r.took.Seconds() > 5 && try < 5; try++ { // the machine may be busy
			r = m.good("--provider=openstack", "--hostname="+out+"/hostname")
		}
		if r.took.Seconds() > 5 { // waiting for a drive that udev does not know of takes 7 s
			t.Errorf("it took %v", r.took)
		}
	})
}
