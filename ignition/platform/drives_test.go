package platform_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/platform/internal/optical"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const openStackFile = "openstack/latest/user_data"

// driven are the platforms that need no network.
var driven = []struct{ name, label, file string }{
	{"nutanix", "config-2", openStackFile},
	{"powervs", "config-2", openStackFile},
	{"ibmcloud", "cidata", "user-data"},
	{"proxmoxve", "cidata", "user-data"},
	{"kubevirt", "cidata", "user-data"},
	{"kubevirt", "config-2", openStackFile},
}

func TestDrives(t *testing.T) {
	for _, d := range driven {
		t.Run(d.name+" "+d.label, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				m.opt.Offline = true
				time.AfterFunc(25500*time.Millisecond, func() { m.drive(d.label, d.file, config) })
				start := time.Now()
				require.Equal(t, config, m.config(d.name))
				require.Equal(t, 26*time.Second, time.Since(start))
				require.Equal(t, []string{"mount -o ro -t auto ROOT/dev/disk/by-label/" + d.label + " TMP"}, m.commands())
				require.Contains(t, m.log(), `DEBUG config drive ("ROOT/dev/disk/by-label/`+d.label+`") not found. Waiting...`)
				require.Contains(t, m.log(), `INFO op(2): [finished] unmounting "ROOT/dev/disk/by-label/`+d.label+`" at "TMP"`)
			})
		})
		t.Run(d.name+" "+d.label+" without a config", func(t *testing.T) {
			for _, files := range [][]string{{"other", "x"}, {filepath.Dir(d.file), "not a directory"}} {
				m := newMachine(t)
				if filepath.Dir(d.file) == "." {
					files = []string{"other", "x"}
				}
				m.drive(d.label, files...)
				require.Empty(t, m.config(d.name))
			}
		})
		t.Run(d.name+" "+d.label+" cannot be read", func(t *testing.T) {
			m := newMachine(t)
			m.drive(d.label, d.file, "fifo:")
			if d.name == "kubevirt" { // the other drive may still come
				_, err := platform.Fetch(m.until("ERROR failed to fetch config from config drive ("+d.label+"): "), d.name, m.opt)
				require.ErrorIs(t, err, context.Canceled)
				return
			}
			_, err := m.fetch(d.name)
			require.ErrorContains(t, err, " is not a regular file")
			m.programs["mount"] = func(platform.Program) (string, error) { return "", errors.New("wrong fs type") }
			_, err = m.fetch(d.name)
			require.ErrorContains(t, err, "wrong fs type")
		})
	}
}

func TestDriveNeverComes(t *testing.T) {
	for _, name := range []string{"ibmcloud", "proxmoxve"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			start := time.Now()
			require.Empty(t, m.config(name))
			require.Equal(t, 30*time.Second, time.Since(start))
			require.Contains(t, m.log(), "ERROR timed out while fetching config from config drive (cidata)")
			require.Contains(t, m.log(), "INFO cidata drive was not available in time. Continuing without a config...")
		})
	}
	for _, name := range []string{"nutanix", "powervs", "kubevirt", "ibmcloud"} {
		synctest.Test(t, func(t *testing.T) {
			limit := time.Hour
			if name == "ibmcloud" {
				limit = 10 * time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			_, err := platform.Fetch(ctx, name, newMachine(t).opt)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestProxmoxVE(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"user data first":      {[]string{"user-data", config, "vendor-data", "other"}, config},
		"cloud-init":           {[]string{"user-data", "#cloud-config\nx: y\n", "vendor-data", config}, config},
		"empty":                {[]string{"user-data", "", "vendor-data", config}, config},
		"only vendor data":     {[]string{"vendor-data", config}, config},
		"both cloud-init":      {[]string{"user-data", "#cloud-config\n", "vendor-data", "#cloud-config\n"}, ""},
		"not quite cloud-init": {[]string{"user-data", "#cloud-config", "vendor-data", config}, "#cloud-config"},
		"neither":              {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.drive("cidata", c.files...)
			require.Equal(t, c.want, m.config("proxmoxve"))
		})
	}
}

func TestDriveStaysInside(t *testing.T) {
	m := newMachine(t)
	m.file("secret", "secret")
	m.drive("config-2", openStackFile, "link:"+m.root+"/secret")
	require.Empty(t, m.config("nutanix"))
	m.drive("config-2", openStackFile, "link:/real", "real", config)
	require.Equal(t, config, m.config("nutanix"))
}

func TestUnmount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.drive("config-2", openStackFile, config)
		tries := 0
		m.seams(platform.Seams{Unmount: func(target string) error {
			if tries++; tries < 3 {
				return unix.EBUSY
			}
			return m.unmount(target)
		}})
		start := time.Now()
		require.Equal(t, config, m.config("nutanix"))
		require.Equal(t, 2*time.Second, time.Since(start))

		m.seams(platform.Seams{Unmount: func(target string) error { m.unmount(target); return unix.EBUSY }})
		require.Equal(t, config, m.config("nutanix"))
		require.Equal(t, 5*time.Second, time.Since(start))
		require.Contains(t, m.log(), `CRIT op(2): [failed]   unmounting "ROOT/dev/disk/by-label/config-2" at "TMP": `+
			`umount failed after 3 tries for TMP: device or resource busy`)
	})
}

// TestRealDrive mounts an image.
func TestRealDrive(t *testing.T) {
	testutil.Loop(t)
	mkfs := testutil.Tool(t, "mkfs.ext4")
	testutil.Tool(t, "mount")
	m := newMachine(t)
	m.opt.Runner = nil
	m.opt.SetSeams(platform.Seams{Unmount: func(target string) error { return unix.Unmount(target, 0) }})
	content := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(content, "openstack/latest"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(content, openStackFile), []byte(config), 0o600))
	image := filepath.Join(m.root, "dev/disk/by-label/config-2")
	require.NoError(t, os.MkdirAll(filepath.Dir(image), 0o755))
	out, err := exec.Command(mkfs, "-q", "-d", content, image, "4M").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, config, m.config("nutanix"))

	// Two drives at once: neither may stay mounted.
	require.NoError(t, os.WriteFile(filepath.Join(content, "user-data"), []byte(config), 0o600))
	cidata := filepath.Join(filepath.Dir(image), "cidata")
	out, err = exec.Command(mkfs, "-q", "-d", content, cidata, "4M").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for range 5 {
		require.Equal(t, config, m.config("kubevirt"))
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	require.NotContains(t, string(mounts), m.root)
	require.NotContains(t, strings.Join(m.log(), "\n"), "CRIT")

	require.NoError(t, os.WriteFile(image, make([]byte, 1<<20), 0o600))
	_, err = m.fetch("nutanix")
	require.ErrorContains(t, err, `Cmd: "mount" "-o" "ro" "-t" "auto"`)
}

// extract plays mounting an ISO image.
func extract(t *testing.T, image, target string) error {
	_, err := (&run.Exec{}).Run(t.Context(), run.Command(testutil.Tool(t, "xorriso"),
		"-osirrox", "on", "-indev", "stdio:"+image, "-extract", "/", target))
	return err
}

func iso(t *testing.T, image string, files ...string) {
	t.Helper()
	xorriso := testutil.Tool(t, "xorriso")
	dir := t.TempDir()
	for n := 0; n < len(files); n += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, files[n]), []byte(files[n+1]), 0o644))
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(image), 0o755))
	out, err := exec.Command(xorriso, "-as", "mkisofs", "-o", image, "-J", "-R", "-V", "config-2", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestAzureStackDisc(t *testing.T) {
	m := newMachine(t)
	iso(t, filepath.Join(m.root, "dev/sr0"), "ovf-env.xml", "<Environment/>", "CustomData.bin", config)
	for _, name := range []string{"sr0", "sr1", "vda"} {
		m.file("sys/class/block/"+name+"/size", "1000\n")
	}
	m.file("sys/class/block/loop0/size", "0\n")
	m.file("dev/vda", "disk")
	m.opt.Offline = true
	m.seams(platform.Seams{
		DriveStatus: func(string) (int, error) { return optical.DiscOK, nil },
		Mount: func(source, target, fstype string) error {
			require.Equal(t, "iso9660", fstype)
			return extract(t, source, target)
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := platform.Fetch(ctx, "azurestack", m.opt)
	require.NoError(t, err, strings.Join(m.log(), "\n"))
	require.Equal(t, config, string(r.Raw))
	require.Contains(t, m.log(), "INFO config has been read from custom data")
	require.Contains(t, m.log(), `INFO op(1): [finished] mounting "ROOT/dev/sr0" at "TMP"`)
	require.Contains(t, m.log(), `INFO op(2): [finished] unmounting "ROOT/dev/sr0" at "TMP"`)
}

// udf is the beginning of a UDF disc.
func udf() string {
	b := make([]byte, 32768+4*2048)
	for n, id := range []string{"BEA01", "NSR02", "TEA01"} {
		copy(b[32768+n*2048+1:], id)
	}
	return string(b)
}

// disc attaches a disc.
func (m *machine) disc(name string, files ...string) {
	m.file("sys/class/block/"+name+"/size", "1000\n")
	m.file("dev/"+name, udf())
	m.mu.Lock()
	defer m.mu.Unlock()
	content := map[string]string{}
	for n := 0; n < len(files); n += 2 {
		content[files[n]] = files[n+1]
	}
	m.drives[filepath.Join(m.root, "dev", name)] = content
}

func TestAzureDiscs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		// The service is there and has nothing.
		m.opt.Fetcher = &memoryFetcher{get: func(context.Context, string) ([]byte, error) { return nil, nil }}
		m.disc("vdb", "ovf-env.xml", "", "CustomData.bin", "of a disk")
		m.disc("sr0", "CustomData.bin", "of another disc")
		m.disc("sr1", "ovf-env.xml", "", "CustomData.bin", "fifo:")
		m.disc("sr2", "ovf-env.xml", "", "CustomData.bin", config)
		asked := map[string]int{}
		m.seams(platform.Seams{
			DriveStatus: func(device string) (int, error) {
				name := filepath.Base(device)
				asked[name]++
				switch {
				case name == "vdb":
					return 0, unix.ENOTTY
				case name == "sr2" && asked[name] < 4:
					return optical.NotReady, nil
				}
				return optical.DiscOK, nil
			},
			Mount: func(source, target, fstype string) error {
				require.Equal(t, "udf", fstype)
				return m.copyDrive(source, target)
			},
		})
		start := time.Now()
		require.Equal(t, config, m.config("azure"))
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Equal(t, map[string]int{"vdb": 1, "sr0": 1, "sr1": 1, "sr2": 4}, asked)
		require.Contains(t, m.log(), "ERROR failed to get drive status: inappropriate ioctl for device")
		require.Contains(t, m.log(), "INFO drive status: not ready")

		m.opt.Fetcher = &memoryFetcher{get: func(context.Context, string) ([]byte, error) { return nil, resource.ErrTimeout }}
		_, err := m.fetch("azure")
		require.ErrorIs(t, err, resource.ErrTimeout)
	})
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.disc("sr0", "ovf-env.xml", "")
		m.seams(platform.Seams{
			DriveStatus: func(device string) (int, error) { return optical.DiscOK, nil },
			Mount:       func(source, target, fstype string) error { return m.copyDrive(source, target) },
		})
		require.Empty(t, m.config("azurestack"), "a disc without custom data is no config")

		require.NoError(t, os.RemoveAll(filepath.Join(m.root, "dev/sr0")))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := platform.Fetch(ctx, "azurestack", m.opt)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, os.RemoveAll(filepath.Join(m.root, "sys")))
		_, err = m.fetch("azurestack")
		require.ErrorContains(t, err, "failed to retrieve block devices: ")
	})
}
