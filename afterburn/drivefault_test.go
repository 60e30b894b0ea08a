package afterburn

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/testutil/drives"
)

// mustDrive are the providers that fail without a drive.
var mustDrive = []string{"cloudstack-configdrive", "ibmcloud", "ibmcloud-classic", "powervs"}

func TestNoDriveIsAnError(t *testing.T) {
	for _, id := range mustDrive {
		m := newDriveMachine(t)
		m.add("vda", "", []byte("not a drive"))
		if _, err := m.open(id, m.env()); !errors.Is(err, drive.ErrNoDrive) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestNoDriveIsNothing(t *testing.T) {
	for id, want := range map[string][]string{
		"kubevirt":  {"config device not found", "aborting KubeVirt provider"},
		"proxmoxve": {"failed to locate config-drive: could not find cidata device", "aborting ProxmoxVE provider"},
	} {
		m := newDriveMachine(t)
		p, err := m.open(id, m.env())
		if err != nil {
			t.Fatal(id, err)
		}
		got := everything(t, p)
		if len(got) > 0 {
			t.Errorf("%s knows %v", id, got)
		}
		m.wantWarnings(want...)
	}
}

// wantWarnings checks that the log has these warnings and no others.
func (m *driveMachine) wantWarnings(want ...string) {
	m.t.Helper()
	log := m.log.String()
	if n := strings.Count(log, "level=WARN"); n != len(want) {
		m.t.Errorf("%d warnings, want %d:\n%s", n, len(want), log)
	}
	for _, w := range want {
		if !strings.Contains(log, w) {
			m.t.Errorf("no warning %q in\n%s", w, log)
		}
	}
}

// A drive that waits for somebody must not hold the machine up for longer than the caller wants.
func TestDrivesEndWithTheContext(t *testing.T) {
	for _, id := range slices.Concat(mustDrive, []string{"kubevirt", "openstack", "proxmoxve"}) {
		m := newDriveMachine(t)
		e := m.env()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		m.add("vda", labelSeed, []byte("x"))
		p, err := construct(id)(ctx, e)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, %v", id, p, err)
		}
		e.Close()
	}
}

// Images that end early, at any place, give an error or nothing, or what is before the end.
func TestTruncatedDrives(t *testing.T) {
	for _, v := range vectors(t) {
		image := imageOf(t, v)
		used := len(image)
		for used > 0 && image[used-1] == 0 {
			used--
		}
		for n := 0; n < used; n += max(used/40, 1) {
			m := newDriveMachine(t)
			m.add("vda", v.Label, image[:n])
			p, err := m.open(v.Provider, m.env())
			if err != nil || v.Provider == "openstack" { // the service may be used instead
				continue
			}
			for name, text := range everything(t, p) {
				if text != v.Want[name] && !strings.HasPrefix(text, "error: ") {
					t.Errorf("%s cut at %d: %s is %q", v.Name, n, name, text)
				}
			}
		}
	}
}

func TestOpenStackWithoutDriveAsksTheService(t *testing.T) {
	for name, image := range map[string][]byte{"absent": nil, "damaged": []byte("not a drive")} {
		m := newDriveMachine(t)
		if image != nil {
			m.add("vda", labelConfig, image)
		}
		p, err := m.open("openstack", m.env())
		if err != nil {
			t.Fatal(name, err)
		}
		if _, drive := p.(*openStackDrive); drive {
			t.Errorf("%s: drive is used", name)
		}
		m.wantWarnings("failed to locate config-drive, using the metadata service API instead")
	}
}

// documents are all a provider may read.
var documents = []string{
	"meta-data", "user-data", "vendor-data", "network-config", metaDataJSON, networkDataJSON, openStackEC2JSON,
	"cloudstack/metadata/instance_id.txt", "cloudstack/metadata/public_keys.txt",
}

// Without one of its documents a provider fails where the document is needed, and only there.
func TestMissingDocuments(t *testing.T) {
	optional := map[string]bool{ // may be absent without an error
		"kubevirt network-config": true, "kubevirt " + networkDataJSON: true, "openstack " + openStackEC2JSON: true,
		"cloudstack-configdrive cloudstack/metadata/instance_id.txt": true,
	}
	for _, v := range vectors(t) {
		for _, name := range documents {
			if _, ok := v.Drive[name]; !ok {
				continue
			}
			files := maps.Clone(v.Drive)
			delete(files, name)
			m := newDriveMachine(t)
			p, err := m.withDocuments(v, files)
			if err != nil {
				t.Errorf("%s without %s: %v", v.Name, name, err)
				continue
			}
			failed := strings.Contains(m.log.String(), "aborting")
			for _, text := range everything(t, p) {
				if strings.HasPrefix(text, "error: ") && !strings.Contains(text, "no such file") && !strings.Contains(text, "file does not exist") {
					t.Errorf("%s without %s: %s", v.Name, name, text)
				}
				failed = failed || strings.HasPrefix(text, "error: ")
			}
			if failed == optional[v.Provider+" "+name] {
				t.Errorf("%s without %s: failed is %t", v.Name, name, failed)
			}
		}
	}
}

// withDocuments opens the provider of a vector with a drive that is mounted: a directory of files.
func (m *driveMachine) withDocuments(v drives.Vector, files map[string]string) (Provider, error) {
	m.t.Helper()
	e := m.env()
	m.mountDirectory(e, v.Label, files)
	return m.open(v.Provider, e)
}

// mountDirectory has the finder "mount" a directory that is made of files.
func (m *driveMachine) mountDirectory(e *env, label string, files map[string]string) {
	m.t.Helper()
	m.add("vda", label, fakeISO(label))
	e.drives.MountOnly = true
	e.drives.Mount = func(_, target, _ string) error {
		for name, text := range files {
			writeFile(m.t, filepath.Join(target, name), []byte(text))
		}
		return nil
	}
	e.drives.Unmount = func(target string, _ bool) error {
		entries, err := os.ReadDir(target)
		for _, entry := range entries {
			err = errors.Join(err, os.RemoveAll(filepath.Join(target, entry.Name())))
		}
		return err
	}
}

// fakeISO returns what a drive with a label looks like to those who only want to know the label.
func fakeISO(label string) []byte {
	image := make([]byte, 20*2048)
	pvd := image[16*2048:]
	copy(pvd, "\x01CD001\x01\x00")
	copy(pvd[8:72], strings.Repeat(" ", 64))
	copy(pvd[40:72], label)
	copy(image[17*2048:], "\xffCD001\x01")
	return image
}

func TestMountedDrivesAreUnmounted(t *testing.T) {
	for _, v := range vectors(t) {
		m := newDriveMachine(t)
		e := m.env()
		m.mountDirectory(e, v.Label, v.Drive)
		p, err := construct(v.Provider)(t.Context(), e)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		sameDocuments(t, everything(t, p), v.Want)
		if err := p.Close(); err != nil {
			t.Error(v.Name, err)
		}
		if left, err := os.ReadDir(e.drives.TempDir); err != nil || len(left) > 0 {
			t.Errorf("%s left %v %v", v.Name, left, err)
		}
	}
}

// A drive whose documents are bad is closed, too.
func TestRefusedDrivesAreUnmounted(t *testing.T) {
	for _, id := range []string{"kubevirt", "proxmoxve"} {
		m := newDriveMachine(t)
		e := m.env()
		m.mountDirectory(e, labelSeed, map[string]string{"meta-data": "[", "user-data": ""})
		if _, err := m.open(id, e); err != nil {
			t.Fatal(id, err)
		}
		if left, err := os.ReadDir(e.drives.TempDir); err != nil || len(left) > 0 {
			t.Errorf("%s left %v %v", id, left, err)
		}
		if !strings.Contains(m.log.String(), "cloud config: failed to parse meta") {
			t.Error(m.log.String())
		}
	}
}

func TestHugeDocuments(t *testing.T) {
	for _, v := range vectors(t) {
		for _, name := range documents {
			if _, ok := v.Drive[name]; !ok {
				continue
			}
			files := maps.Clone(v.Drive)
			files[name] += strings.Repeat(" ", 2*bundleLimit)
			m := newDriveMachine(t)
			p, err := m.withDocuments(v, files)
			if err != nil {
				t.Errorf("%s with huge %s: %v", v.Name, name, err)
				continue
			}
			texts := slices.Collect(maps.Values(everything(t, p)))
			if all := strings.Join(texts, "") + m.log.String(); !strings.Contains(all, "larger than") {
				t.Errorf("%s reads a huge %s: %s", v.Name, name, all)
			}
		}
	}
}

// Of two drives with one label the first device counts, as long as it is there.
func TestTwoDrivesOfOneLabel(t *testing.T) {
	a, b := findVector(t, "kubevirt-nocloud1"), findVector(t, "kubevirt-nocloud2")
	for range 3 {
		m := newDriveMachine(t)
		m.add("vdc", labelSeed, imageOf(t, a))
		m.add("vdb", labelSeed, imageOf(t, b))
		p, err := m.open("kubevirt", m.env())
		if err != nil {
			t.Fatal(err)
		}
		sameDocuments(t, everything(t, p), b.Want)
	}
}

// kubevirt prefers OpenStack's drive, whichever device it is.
func TestKubeVirtPrefersConfig2(t *testing.T) {
	config, seed := findVector(t, "kubevirt-openstack"), findVector(t, "kubevirt-nocloud1")
	m := newDriveMachine(t)
	m.add("vda", labelSeed, imageOf(t, seed))
	m.add("vdb", labelConfig, imageOf(t, config))
	p, err := m.open("kubevirt", m.env())
	if err != nil {
		t.Fatal(err)
	}
	sameDocuments(t, everything(t, p), config.Want)
}

// cloudstack prefers the label in lower case.
func TestCloudStackPrefersLowerCase(t *testing.T) {
	v := findVector(t, "cloudstack")
	m := newDriveMachine(t)
	m.add("vda", "CONFIG-2", imageOf(t, findVector(t, "powervs")))
	m.add("vdb", "config-2", imageOf(t, v))
	p, err := m.open(v.Provider, m.env())
	if err != nil {
		t.Fatal(err)
	}
	sameDocuments(t, everything(t, p), v.Want)
}

func TestCloudStackUsesWhatIsMounted(t *testing.T) {
	m := newDriveMachine(t)
	dir := filepath.Join(m.root, cloudStackMount, cloudStackDir)
	writeFile(t, filepath.Join(dir, "instance_id.txt"), []byte("mounted\r\n"))
	writeFile(t, filepath.Join(dir, "public_keys.txt"), nil)
	secret := filepath.Join(t.TempDir(), "secret")
	writeFile(t, secret, []byte("secret"))
	for name, target := range map[string]string{"vm_id.txt": secret, "cloud_identifier.txt": "../../../../proc/cmdline"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := m.open("cloudstack-configdrive", m.env())
	if err != nil {
		t.Fatal(err)
	}
	sameDocuments(t, everything(t, p), map[string]string{"attributes": "AFTERBURN_CLOUDSTACK_INSTANCE_ID=mounted\n"})
	writeFile(t, filepath.Join(dir, "service_offering.txt"), make([]byte, documentLimit+1))
	if _, err := p.(AttributeSource).Attributes(t.Context()); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "service_offering.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "service_offering.txt"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.(AttributeSource).Attributes(t.Context()); err == nil || !strings.Contains(err.Error(), "regular") {
		t.Error(err)
	}
}

// Links on a drive lead to files of the drive only.
func TestLinksStayOnTheDrive(t *testing.T) {
	genisoimage := testutil.Tool(t, "genisoimage")
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "image")
	deep := strings.Repeat("d/", 30)
	writeFile(t, filepath.Join(dir, deep, "meta"), []byte("instance-id: deep\nlocal-hostname: deep\n"))
	if err := os.Symlink("/"+deep+"meta", filepath.Join(dir, "meta-data")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../../../../../../etc/passwd", filepath.Join(dir, "vendor-data")); err != nil {
		t.Fatal(err)
	}
	command(t, genisoimage, "-quiet", "-V", labelSeed, "-R", "-D", "-o", out, dir)
	image, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m := newDriveMachine(t)
	m.add("vda", labelSeed, image)
	p, err := m.open("ibmcloud", m.env())
	if err != nil {
		t.Fatal(err)
	}
	got := everything(t, p)
	if got["hostname"] != "deep\n" {
		t.Errorf("hostname %q", got["hostname"])
	}
	if !strings.HasPrefix(got["keys"], "error: Failed to open vendordata") {
		t.Errorf("keys %q", got["keys"])
	}
}

// The virtual machine's disk driver is loaded before a drive is looked for.
func TestKubeVirtLoadsTheDriver(t *testing.T) {
	m := newDriveMachine(t)
	e := m.env()
	programs := &recorder{}
	e.runner = programs
	if _, err := m.open("kubevirt", e); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(programs.lines, "\n"); got != "modprobe virtio_blk" {
		t.Errorf("ran %q", got)
	}
}

// Documents are read once, however much is asked for.
func TestDocumentsAreReadOnce(t *testing.T) {
	for _, v := range vectors(t) {
		m := newDriveMachine(t)
		e := m.env()
		m.mountDirectory(e, v.Label, v.Drive)
		p, err := m.open(v.Provider, e)
		if err != nil {
			t.Fatal(err)
		}
		counted := countReads(p)
		everything(t, p)
		everything(t, p)
		for name, n := range counted.reads {
			if n > 1 && (name == metaDataJSON || name == "meta-data") {
				t.Errorf("%s reads %s %d times", v.Name, name, n)
			}
		}
	}
}
