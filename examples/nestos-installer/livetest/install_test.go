package livetest_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const postTarget = "/usr/lib/systemd/system/nestos-installer-post.target"

// testUnattended rehearses the installation by an ISO that was customized for it.
func (m *media) testUnattended(t *testing.T) {
	img := newImage(t)
	d := newDisk(t, len(img.data)+3*mib)

	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(img.path))))
	defer server.Close()
	must(t, "xz", "-1", "--keep", img.path)
	write(t, m.path("install.yaml"), []byte("image-url: "+server.URL+"/image.raw.xz\ninsecure: true\nappend-karg:\n- from.file=1\n"), 0o644)
	iso := m.path("unattended.iso")
	r := m.run(t, "iso", "customize", "-o", iso, "--dest-ignition", m.input("dest.ign"), "--dest-device", d.device,
		"--dest-console", "ttyS0,115200", "--dest-karg-append", "installed.karg=1", "--dest-karg-delete", "quiet",
		"--network-keyfile", m.input("eth0.nmconnection"), "--live-ignition", m.input("live.ign"),
		"--pre-install", m.input("prepare.sh"), "--post-install", m.input("finish.sh"), "--installer-config", m.path("install.yaml"), m.full)
	require.Contains(t, r.Stderr, "Boot media will automatically install to "+d.device+" without confirmation.")

	s := newSystem(t, m.installer, m.kargs(t, iso)+" ip=dhcp")
	m.run(t, "iso", "network", "extract", "-C", m.path("extracted"), iso)
	keyfile := string(read(t, m.path("extracted/eth0.nmconnection")))
	s.provision(t, []byte(m.run(t, "iso", "ignition", "show", iso).Stdout), map[string]string{"eth0.nmconnection": keyfile})
	require.Equal(t, postTarget, s.generate(t))
	require.FileExists(t, s.dir+"/run/nestos-installer-reboot")

	testutil.Tool(t, "systemctl")
	testutil.Tool(t, "systemd-analyze")
	// systemd accepts the units and starts them where they belong.
	before, after := "pre-install-prepare.sh.service", "post-install-finish.sh.service"
	s.run(t, "systemctl", "--root=/", "preset", before, after)
	require.Equal(t, []string{before}, s.required(t, "nestos-installer.service"))
	require.Equal(t, []string{after}, s.required(t, "nestos-installer.target"))
	// Of units that are this machine's it may complain.
	verified := s.try(t, "systemd-analyze", "verify", "--man=no", postTarget, before, after)
	require.NotContains(t, verified.Stderr, "install")

	s.start(t, "nestos-installer-disable-device-auto-activation.service")
	s.start(t, before)
	require.DirExists(t, s.upper("etc/nestos/installer.d"))
	r = s.start(t, "nestos-installer.service")
	require.Contains(t, r.Stdout, "nestos-installer install --config-file /etc/nestos/installer.d/0000-install.yaml "+
		"--config-file /etc/nestos/installer.d/0001-customize.yaml --firstboot-args rd.neednet=1 ip=dhcp  --fetch-retries infinite\n")
	s.start(t, after)
	require.Equal(t, "prepare\nfinish\n", string(read(t, s.dir+"/run/steps")))
	require.NoDirExists(t, filepath.Join(s.dir, "merged/etc/nestos/installer.d"))
	require.Empty(t, s.try(t, "ls", "/etc/nestos/installer.d").Stdout)

	img.requireSame(t, d)
	require.JSONEq(t, inputs["dest.ign"], d.bootFile(t, "ignition/config.ign"))
	require.Contains(t, d.bootFile(t, "loader.1/entries/ostree-1-nestos.conf"),
		"options $ignition_firstboot ignition.platform.id=metal root.karg=1 console=ttyS0,115200n8 from.file=1 installed.karg=1\n")
	require.Equal(t, "set ignition_network_kcmdline=\"rd.neednet=1 ip=dhcp \"\n", d.bootFile(t, "ignition.firstboot"))
	require.Equal(t, inputs["eth0.nmconnection"], d.bootFile(t, "nestos-firstboot-network/eth0.nmconnection"))
	require.Contains(t, d.bootFile(t, "grub2/grub.cfg"), "serial --unit=0 --speed=115200")
}

// TestOffline rehearses installations from the medium itself, which has only what is not
// in its repository.
func TestOffline(t *testing.T) {
	img := newImage(t)
	installer := build(t, "..") + "/nestos-installer"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(inputs["dest.ign"]))
	}))
	defer server.Close()

	source := &disk{file: img.path}
	source.attach(t)
	packed := filepath.Join(t.TempDir(), "nestos.osmet")
	r := testutil.Run(t, &testutil.RunOptions{Must: true}, installer, "pack", "osmet", "--fast",
		"--output", packed, "--checksum", img.sha256, "--description", "NestOS 1", source.device)
	require.Contains(t, r.Stderr, "Packing successful!\n")
	require.True(t, bytes.Equal(img.data, read(t, img.path)), "packing does not change the disk")
	info, err := os.Stat(packed)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(len(img.data)/20), "the content of the repository is not in the file")

	live := func(t *testing.T, cmdline string) *system {
		s := newSystem(t, installer, defaultKargs+" "+cmdline)
		s.mounts = img.repo + " /sysroot/ostree/repo " + filepath.Dir(packed) + " /run/nestos-installer/osmet"
		return s
	}
	t.Run("command", func(t *testing.T) {
		d := newDisk(t, len(img.data)+2*mib)
		s := live(t, "")
		require.Empty(t, s.generate(t))
		r := s.run(t, "nestos-installer", "install", "--offline", d.device)
		require.Contains(t, r.Stderr, "Installing NestOS 1 x86_64 (512-byte sectors)")
		require.True(t, bytes.Equal(img.data, read(t, d.file)[:len(img.data)]))
	})
	t.Run("kernel arguments", func(t *testing.T) {
		d := newDisk(t, len(img.data))
		s := live(t, "nestos.inst.install_dev="+filepath.Base(d.device)+" nestos.inst.ignition_url="+server.URL+"/config.ign"+
			" nestos.inst.platform_id=qemu nestos.inst.skip_reboot")
		require.Equal(t, postTarget, s.generate(t))
		require.NoFileExists(t, s.dir+"/run/nestos-installer-reboot")
		r := s.start(t, "nestos-installer.service")
		require.Contains(t, r.Stdout, "Use \"nestos.inst.install_dev="+d.device+"\" instead.\n")
		img.requireSame(t, d)
		require.Equal(t, inputs["dest.ign"], d.bootFile(t, "ignition/config.ign"))
		require.Contains(t, d.bootFile(t, "loader.1/entries/ostree-1-nestos.conf"),
			"options $ignition_firstboot ignition.platform.id=qemu quiet root.karg=1 console=ttyS0,115200n8\n")
	})
	t.Run("damaged repository", func(t *testing.T) {
		d := newDisk(t, len(img.data))
		s := live(t, "")
		spoil(t, img.repo)
		r := s.try(t, "nestos-installer", "install", "--offline", d.device)
		require.Equal(t, 1, r.Exit, r)
		require.Contains(t, r.Stderr, "while unpacking")
		requireEmpty(t, d)
	})
}

// spoil changes a byte of the largest object of a repository.
func spoil(t *testing.T, repo string) {
	t.Helper()
	objects, err := filepath.Glob(repo + "/objects/*/*.file")
	require.NoError(t, err)
	for _, object := range objects {
		if info, err := os.Stat(object); err == nil && info.Size() == 3*mib+4095 {
			data := read(t, object)
			data[len(data)/2] ^= 1
			require.NoError(t, os.WriteFile(object, data, 0o644))
			return
		}
	}
	t.Fatal("the object is not in the repository")
}
