package live_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/live"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// write makes a file below dir.
func write(t *testing.T, dir, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
}

func TestGenerate(t *testing.T) {
	const post = "/usr/lib/systemd/system/nestos-installer-post.target"
	for _, c := range []struct {
		name, cmdline, config string
		want, reboot          bool
	}{
		{"nothing", "quiet nestos.liveiso=x", "", false, false},
		{"device", "nestos.inst.install_dev=/dev/sda", "", true, true},
		{"device without a value", "nestos.inst.install_dev", "", true, true},
		{"empty device", "nestos.inst.install_dev=", "", false, false},
		{"empty device at last", "nestos.inst.install_dev=/dev/sda nestos.inst.install_dev=", "", false, false},
		{"other flavour", "coreos.inst.install_dev=/dev/sda", "", false, false},
		{"config file", "", "0000-x.yaml", true, true},
		{"hidden file", "", ".x", true, true},
		{"skip", "nestos.inst.install_dev=sda nestos.inst.skip_reboot", "", true, false},
		{"skip=1", "nestos.inst.install_dev=sda nestos.inst.skip_reboot=1\n", "", true, false},
		{"skip=no", "nestos.inst.install_dev=sda nestos.inst.skip_reboot=no", "", true, true},
		{"skip=off at last", "nestos.inst.install_dev=sda nestos.inst.skip_reboot nestos.inst.skip_reboot=off", "", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, dir := openRoot(t)
			units := t.TempDir()
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "run"), 0o755))
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "etc/nestos/installer.d"), 0o755))
			if c.config != "" {
				write(t, dir, "etc/nestos/installer.d/"+c.config, "")
			}
			for range 2 {
				got, err := live.Generate(flavour.NestOS(), root, units, c.cmdline)
				require.NoError(t, err)
				require.Equal(t, c.want, got)
			}
			target, _ := os.Readlink(filepath.Join(units, "default.target"))
			if c.want {
				require.Equal(t, post, target)
			} else {
				require.Empty(t, target)
			}
			_, err := os.Stat(filepath.Join(dir, "run/nestos-installer-reboot"))
			require.Equal(t, c.reboot, err == nil)
		})
	}
	root, _ := openRoot(t)
	_, err := live.Generate(flavour.NestOS(), root, "", "nestos.inst.install_dev=sda")
	require.EqualError(t, err, "no directory for units")
	_, err = live.Generate(flavour.NestOS(), root, t.TempDir(), "nestos.inst.install_dev=sda")
	require.ErrorContains(t, err, "asking for a reboot: ", "there is no /run")
}

func TestNewCommand(t *testing.T) {
	const always = "|--fetch-retries|infinite"
	nestos, coreos := flavour.NestOS(), flavour.CoreOS()
	for _, c := range []struct {
		name    string
		flavour *flavour.Flavour
		cmdline string
		files   []string
		want    string
		notes   string
	}{
		{"device", nestos, "quiet nestos.inst.install_dev=/dev/sda\n", nil, "install|/dev/sda" + always, ""},
		{"last one counts", nestos, "nestos.inst.install_dev=/dev/sda nestos.inst.install_dev=/dev/sdb", nil, "install|/dev/sdb" + always, ""},
		{"value with equals signs", nestos, "nestos.inst.install_dev=/dev/a=b", nil, "install|/dev/a=b" + always, ""},
		{"no slash", nestos, "nestos.inst.install_dev=sda", nil, "install|/dev/sda" + always,
			"The \"nestos.inst.install_dev=sda\" syntax is deprecated.|Use \"nestos.inst.install_dev=/dev/sda\" instead."},
		{"old switch", coreos, "coreos.inst=yes coreos.inst.install_dev=/dev/sda", nil, "install|/dev/sda" + always,
			"\"coreos.inst=yes\" is deprecated and no longer has any effect."},
		{"files", nestos, "", []string{"/c/1", "/c/2"}, "install|--config-file|/c/1|--config-file|/c/2" + always, ""},
		{"files and device", nestos, "nestos.inst.install_dev=/dev/sda", []string{"/c/1"}, "install|--config-file|/c/1|/dev/sda" + always, ""},
		{"ignition", nestos, "nestos.inst.install_dev=/d nestos.inst.ignition_url=http://x/?a=b", nil, "install|/d|--ignition-url|http://x/?a=b|--insecure-ignition" + always, ""},
		{"ignition skipped", nestos, "nestos.inst.install_dev=/d nestos.inst.ignition_url=skip", nil, "install|/d" + always, ""},
		{"ignition empty", nestos, "nestos.inst.install_dev=/d nestos.inst.ignition_url=", nil, "install|/d" + always, ""},
		{"network", nestos, "ip=dhcp x nestos.inst.install_dev=/d nameserver=1.1.1.1 ip=eth0:dhcp ipx=1 rd.bootif bootif nestos.no_persist_ip rd.neednet=1", nil,
			"install|/d|--firstboot-args|rd.neednet=1 ip=dhcp nameserver=1.1.1.1 ip=eth0:dhcp rd.bootif nestos.no_persist_ip " + always, ""},
		{"misspelt", nestos, "nestos.inst.install_dev=/d nrstos.no_persist_ip coreos.no_persist_ip nestos.force_persist_ip", nil,
			"install|/d|--firstboot-args|rd.neednet=1 nrstos.no_persist_ip nestos.force_persist_ip " + always, ""},
		{"others of the other", coreos, "coreos.inst.install_dev=/d nrstos.no_persist_ip coreos.no_persist_ip nestos.force_persist_ip nestos.inst.stream=x", nil,
			"install|/d|--firstboot-args|rd.neednet=1 coreos.no_persist_ip " + always, ""},
		{"dots are dots", nestos, "nestos.inst.install_dev=/d rdxroute=1 net_ifnames=0", nil, "install|/d" + always, ""},
		{"IBM Z", nestos, "rd.dasd=0.0.1 nestos.inst.install_dev=/d ip=dhcp rd.znet=q cio_ignore=all,!x rd.dasd=0.0.2", nil,
			"install|/d|--append-karg|rd.dasd=0.0.1|--append-karg|rd.znet=q|--append-karg|cio_ignore=all,!x|--append-karg|rd.dasd=0.0.2|--firstboot-args|rd.neednet=1 ip=dhcp " + always, ""},
		{"the rest", nestos, "nestos.inst.save_partindex=-3 nestos.inst.save_partlabel=a*,b nestos.inst.stream=next nestos.inst.platform_id=qemu nestos.inst.image_url=http://i nestos.inst.insecure nestos.inst.secure_ipl=1 nestos.inst.install_dev=/d", nil,
			"install|/d|--image-url|http://i|--platform|qemu|--stream|next|--save-partlabel|a*,b|--save-partindex|-3|--insecure|--secure-ipl" + always, ""},
		{"booleans", nestos, "nestos.inst.insecure=0 nestos.inst.secure_ipl=off nestos.inst.install_dev=/d", nil, "install|/d" + always, ""},
		{"other prefix", nestos, "coreos.inst.secure_ipl coreos.inst.insecure nestos.inst.install_dev=/d", nil, "install|/d|--secure-ipl" + always, ""},
		{"not that way round", coreos, "nestos.inst.secure_ipl coreos.inst.install_dev=/d", nil, "install|/d" + always, ""},
		{"quotes mean nothing", nestos, "nestos.inst.stream=\"a b\" nestos.inst.install_dev=/d", nil, "install|/d|--stream|\"a" + always, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := live.NewCommand(c.flavour, c.cmdline, c.files)
			require.NoError(t, err)
			require.Equal(t, c.want, strings.Join(got.Args, "|"))
			require.Equal(t, c.notes, strings.Join(got.Notes, "|"))
		})
	}
	_, err := live.NewCommand(nestos, "coreos.inst.install_dev=/dev/sda", nil)
	require.ErrorIs(t, err, live.ErrNoDevice)
}

// FuzzNewCommand: whatever the command line, what is not the installer's own comes from it.
func FuzzNewCommand(f *testing.F) {
	f.Add("nestos.inst.install_dev=sda ip=dhcp nestos.inst.insecure")
	f.Add("nestos.inst.install_dev== ip ip= =")
	f.Fuzz(func(t *testing.T, cmdline string) {
		c, err := live.NewCommand(flavour.NestOS(), cmdline, nil)
		if err != nil {
			if !errors.Is(err, live.ErrNoDevice) {
				t.Fatal(err)
			}
			return
		}
		for _, arg := range c.Args[1:] {
			for word := range strings.FieldsSeq(arg) {
				if !strings.HasPrefix(word, "--") && word != "infinite" && word != "rd.neednet=1" && !strings.Contains(cmdline, strings.TrimPrefix(word, "/dev/")) {
					t.Fatalf("%q is not in %q", word, cmdline)
				}
			}
		}
	})
}

func TestDetect(t *testing.T) {
	root, dir := openRoot(t)
	name := func(cmdline string, fallback *flavour.Flavour) string {
		return live.Detect(root, cmdline, fallback).Name
	}
	require.Equal(t, "nestos", name("quiet", nil))
	require.Equal(t, "coreos", name("quiet nestos=1", flavour.CoreOS()))
	require.Equal(t, "coreos", name("coreos.inst.install_dev=x", nil))
	require.Equal(t, "coreos", name("coreos.live.rootfs_url=x", nil))
	require.Equal(t, "nestos", name("nestos.liveiso=x", flavour.CoreOS()))
	write(t, dir, "etc/coreos/installer.d/x", "")
	require.Equal(t, "coreos", name("quiet", nil))
	write(t, dir, "run/nestos-installer/osmet/x.osmet", "")
	require.Equal(t, "nestos", name("quiet", flavour.CoreOS()))
}

// recorder remembers what it should run; programs in fail end with status 1.
type recorder struct {
	lines []string
	fail  string
	check func()
}

func (r *recorder) Run(_ context.Context, name string, args ...string) error {
	r.lines = append(r.lines, name+" "+strings.Join(args, " "))
	if r.check != nil {
		r.check()
	}
	if name == r.fail {
		return &live.ExitError{Program: name, Status: 1}
	}
	return nil
}

func TestService(t *testing.T) {
	root, dir := openRoot(t)
	configDir := filepath.Join(dir, "etc/nestos/installer.d")
	write(t, dir, "etc/nestos/installer.d/0001-b.yaml", "")
	write(t, dir, "etc/nestos/installer.d/0000-a.yaml", "")
	write(t, dir, "etc/nestos/installer.d/.hidden", "")
	write(t, dir, "etc/nestos/installer.d/dir/0002-c.yaml", "")
	write(t, dir, "etc/site.yaml", "")
	require.NoError(t, os.Symlink("/etc/site.yaml", filepath.Join(configDir, "0003-link.yaml")))
	require.NoError(t, os.Symlink("/nowhere", filepath.Join(configDir, "0004-dangling.yaml")))

	const line = "install --config-file /etc/nestos/installer.d/0000-a.yaml --config-file /etc/nestos/installer.d/0001-b.yaml --config-file /etc/nestos/installer.d/0003-link.yaml /dev/sda --fetch-retries infinite"
	var stdout bytes.Buffer
	opts := &live.ServiceOptions{Flavour: flavour.NestOS(), Root: root, Cmdline: "nestos.inst.install_dev=sda", Program: "/usr/bin/nestos-installer", Stdout: &stdout}

	for _, fail := range []string{"udevadm", "/usr/bin/nestos-installer"} {
		opts.Runner = &recorder{fail: fail}
		err := live.Service(t.Context(), opts)
		exit, ok := errors.AsType[*live.ExitError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, &live.ExitError{Program: fail, Status: 1}, exit)
		require.DirExists(t, configDir)
	}
	stdout.Reset()
	runner := &recorder{check: func() { require.DirExists(t, configDir) }}
	opts.Runner = runner
	require.NoError(t, live.Service(t.Context(), opts))
	require.Equal(t, []string{"udevadm settle", "/usr/bin/nestos-installer " + line}, runner.lines)
	require.Equal(t, "The \"nestos.inst.install_dev=sda\" syntax is deprecated.\nUse \"nestos.inst.install_dev=/dev/sda\" instead.\nnestos-installer "+line+"\n", stdout.String())
	require.NoDirExists(t, configDir)
	require.FileExists(t, filepath.Join(dir, "etc/site.yaml"))

	// Without the files the second time has nothing to do but what the kernel says.
	opts.Cmdline = "nestos.inst=yes"
	stdout.Reset()
	require.ErrorIs(t, live.Service(t.Context(), opts), live.ErrNoDevice)
	require.Equal(t, "\"nestos.inst=yes\" is deprecated and no longer has any effect.\n", stdout.String())
}

// TestServiceRunsPrograms uses real child processes.
func TestServiceRunsPrograms(t *testing.T) {
	testutil.Tool(t, "sh")
	root, dir := openRoot(t)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for name, text := range map[string]string{"udevadm": "#!/bin/sh\necho \"udev $@\"\n", "nestos-installer": "#!/bin/sh\necho \"run $1\"; echo bad >&2; exit 3\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	var stdout, stderr bytes.Buffer
	err := live.Service(t.Context(), &live.ServiceOptions{Flavour: flavour.NestOS(), Root: root, Cmdline: "nestos.inst.install_dev=/dev/x", Stdout: &stdout, Stderr: &stderr})
	require.EqualError(t, err, "installing: nestos-installer ended with status 3")
	require.Equal(t, "udev settle\nnestos-installer install /dev/x --fetch-retries infinite\nrun install\n", stdout.String())
	require.Equal(t, "bad\n", stderr.String())
}

func TestDisableDeviceAutoActivation(t *testing.T) {
	root, dir := openRoot(t)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(data)
	}
	f := flavour.NestOS()
	require.NoError(t, live.DisableDeviceAutoActivation(root, f))
	require.Contains(t, read("etc/mdadm.conf.d/nestos-installer.conf"), "\nAUTO -all\n")
	require.NoDirExists(t, filepath.Join(dir, "etc/lvm"))

	write(t, dir, "etc/lvm/lvm.conf", "config {\n}")
	write(t, dir, "etc/mdadm.conf.d/nestos-installer.conf", "mine")
	for range 2 {
		require.NoError(t, live.DisableDeviceAutoActivation(root, f))
	}
	require.Equal(t, "mine", read("etc/mdadm.conf.d/nestos-installer.conf"))
	text := read("etc/lvm/lvm.conf")
	require.True(t, strings.HasPrefix(text, "config {\n}\n# "), text)
	require.Equal(t, 1, strings.Count(text, "devices {\n\tfilter = [ \"r|.*|\" ]\n}\n"))

	require.NoError(t, os.Remove(filepath.Join(dir, "etc/lvm/lvm.conf")))
	require.NoError(t, live.DisableDeviceAutoActivation(root, f))
	require.Contains(t, read("etc/lvm/lvm.conf"), "filter")
}

func TestServiceNeedsASystem(t *testing.T) {
	for _, o := range []*live.ServiceOptions{nil, {}, {Flavour: flavour.NestOS()}} {
		require.EqualError(t, live.Service(t.Context(), o), "the service needs a live system: its flavour and its root")
	}
}
