package fleettest

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/nestos-dev/nestos/zincati/systemd"
)

var accel = flag.String("accel", "tcg", "QEMU's accelerator")

// guest is a virtual machine of the fleet. The servers are on this machine, which it knows as 10.0.2.2.
type guest struct {
	t     *testing.T
	s     *site
	dir   string // with a short path, for a socket
	disk  *boottest.Disk
	vm    *boottest.VM
	boots int
	start time.Time
}

// step says in the log how far the test is.
func (g *guest) step(format string, args ...any) {
	g.t.Logf("%6.1f s  %s", time.Since(g.start).Seconds(), fmt.Sprintf(format, args...))
}

// TestBoot has a virtual machine update itself, reboot, and report that it is up; nobody tells it to.
func TestBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("QEMU emulates x86_64 here")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{"qemu-system-x86_64", "mkfs.ext4", "dpkg-query"} {
		testutil.Tool(t, tool)
	}
	dir, err := os.MkdirTemp("", "fleet")
	require.NoError(t, err)
	g := &guest{t: t, s: newSite(t), dir: dir, start: time.Now()}
	t.Cleanup(g.stop)
	g.build()

	g.boot()
	g.wantDeployments("1 booted")
	g.eventually("reports that it is up", func() bool { return strings.Contains(g.journal(), "reached steady state") })
	require.NotContains(t, g.s.holders(), " - ")
	require.Equal(t, "active", g.run("systemctl", "is-active", "zincati.service"))
	uid := regexp.MustCompile(`Uid:\s+(\d+)`).FindStringSubmatch(g.read("/proc/" + g.run("systemctl", "show", "-P", "MainPID", "zincati.service") + "/status"))
	require.NotNil(t, uid)
	require.Contains(t, "\n"+g.read("/etc/passwd"), "\nzincati:x:"+uid[1]+":")
	require.Contains(t, g.run("/usr/libexec/rpm-ostree", "status"), "AutomaticUpdatesDriver: Zincati")
	require.Contains(t, g.run("/usr/libexec/zincati", "ex", "moo"), "moo", "over the system bus")
	g.wantDeployments("1 booted")

	// The rollout begins.
	g.s.rollOut(1)
	g.step("rollout")
	require.NoError(t, g.vm.Wait(10*time.Minute))
	g.vm = nil
	g.step("rebooted by itself")
	g.wantConsole("registering as the update driver", `rpm-ostree ["deploy" "" "--register-driver=Zincati"]: exit status 0`,
		"reached steady state", "target release '2' selected", `rpm-ostree ["deploy" "--lock-finalization"`, "update staged: 2",
		"staged deployment '2' available, proceeding to finalize it", "ostree-finalize-staged.service: Deactivated successfully", "Rebooting")
	require.Contains(t, g.s.holders(), " - ")

	g.boot()
	g.wantDeployments("2 booted", "1")
	g.eventually("gives its slot back", func() bool { return !strings.Contains(g.s.holders(), " - ") })
	g.eventually("is up", func() bool { return strings.Contains(g.journal(), "reached steady state") })
	require.Contains(t, g.journal(), "will be excluded from being a future update target", "the way back")
	require.Equal(t, "VERSION_ID=2", regexp.MustCompile("VERSION_ID=.*").FindString(g.read("/etc/os-release")))
	require.Equal(t, "", g.run("systemctl", "--failed", "--plain", "--no-legend"))
	g.wantDeployments("2 booted", "1")
}

func (g *guest) stop() {
	if g.vm != nil {
		g.vm.Kill()
	}
	if g.t.Failed() && g.boots > 0 {
		keep, err := os.CreateTemp("/tmp", "fleettest-console-")
		require.NoError(g.t, err)
		_, err = keep.WriteString(g.console())
		require.NoError(g.t, err)
		require.NoError(g.t, keep.Close())
		g.t.Logf("the console of boot %d is in %s", g.boots, keep.Name())
	}
	require.NoError(g.t, os.RemoveAll(g.dir))
}

func (g *guest) path(name string) string { return filepath.Join(g.dir, name) }

// console is what the present boot, or the last one, has shown.
func (g *guest) console() string {
	text, err := os.ReadFile(g.path(fmt.Sprintf("console%d", g.boots)))
	require.NoError(g.t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// wantConsole looks for texts in this order.
func (g *guest) wantConsole(texts ...string) {
	g.t.Helper()
	rest := g.console()
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		require.True(g.t, ok, "%s", text)
		rest = after
	}
}

// seenByGuest is how the guest reaches a server of this machine.
func (g *guest) seenByGuest(server string) string {
	g.t.Helper()
	u, err := url.Parse(server)
	require.NoError(g.t, err)
	return "http://10.0.2.2:" + u.Port() + "/"
}

// build makes a disk with version 1 deployed, and version 2 in the repository.
func (g *guest) build() {
	t, s, ctx := g.t, g.s, g.t.Context()
	programs := g.path("programs") + "/"
	require.NoError(t, testutil.GoBuild(ctx, "-o", programs, "..", "../../../internal/boottest/gate", "../../../internal/boottest/agent", "../../../internal/boottest/init",
		"../../ostree-remount", "../../ostree-system-generator"))
	g.step("programs")
	tree, err := boottest.NewTree(ctx, g.path("tree"), boottest.Packages)
	require.NoError(t, err)
	for name, source := range map[string]string{
		"usr/lib/boottest/agent":                                    programs + "agent",
		"usr/bin/ostree":                                            s.bin + "ostree",
		"usr/lib/ostree/ostree-prepare-root":                        s.bin + "ostree-prepare-root",
		"usr/lib/ostree/ostree-remount":                             programs + "ostree-remount",
		"usr/lib/systemd/system-generators/ostree-system-generator": programs + "ostree-system-generator",
		"usr/libexec/rpm-ostree":                                    s.bin + "rpm-ostree",
		"usr/libexec/zincati":                                       programs + "zincati",
		"usr/bin/rpm-ostree":                                        programs + "gate",
		"usr/libexec/gate":                                          programs + "gate",
	} {
		require.NoError(t, tree.Install(name, source))
	}
	for _, f := range prepareroot.Units(&prepareroot.UnitOptions{NoDracut: true}) {
		require.NoError(t, tree.Write(f.Path, string(f.Data)))
	}
	require.NoError(t, systemd.Write(tree.Dir))
	for name, content := range g.files() {
		require.NoError(t, tree.Write(name, content))
	}
	for unit, target := range map[string]string{
		"zincati.service": "multi-user.target", "rpm-ostree-gate.socket": "sockets.target",
		"systemd-networkd.service": "multi-user.target", "systemd-networkd-wait-online.service": "network-online.target",
	} {
		require.NoError(t, tree.Enable(unit, target+".wants"))
	}
	g.step("tree")

	s.ostree("config", "--repo="+s.path("repo"), "set", "archive.zlib-level", "1")
	g.commit(tree, programs+"init", "1")
	g.disk, err = boottest.NewDisk(ctx, g.path("disk"), 2<<30)
	require.NoError(t, err)
	require.NoError(t, g.disk.Mounted(ctx, g.install))
	g.step("deployment")
	g.commit(tree, programs+"init", "2")
	require.NoError(t, os.RemoveAll(tree.Dir))
	s.publish()
	s.offered(false)
	g.step("update")
}

// files are the settings of the guest. Polkit and rpm-ostree's service are what it lacks: the gate is in their place.
func (g *guest) files() map[string]string {
	const units = "usr/lib/systemd/system/"
	return map[string]string{
		"usr/etc/zincati/config.d/55-fleet.toml": fmt.Sprintf(`
[agent.timing]
steady_interval_secs = 3
[identity]
group = %q
[cincinnati]
base_url = %q
[updates]
strategy = "fleet_lock"
fleet_lock.base_url = %q
`, group, g.seenByGuest(g.s.graph), g.seenByGuest(g.s.lock)),
		units + "zincati.service.d/online.conf": "[Unit]\nWants=network-online.target\nAfter=network-online.target\n",
		units + "rpm-ostree-gate.socket":        "[Socket]\nListenStream=/run/rpm-ostree-gate.socket\n",
		units + "rpm-ostree-gate.service":       "[Service]\nType=exec\nExecStart=/usr/libexec/gate\n",
		"usr/lib/systemd/network/10-test.network": "[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n" +
			"LinkLocalAddressing=no\nIPv6AcceptRA=no\n",
	}
}

// commit makes a release of the tree.
func (g *guest) commit(tree *boottest.Tree, init, version string) {
	g.t.Helper()
	kernel := testutil.GuestKernel(g.t)
	cpio, err := (&boottest.Initramfs{
		Init: init, PrepareRoot: filepath.Join(g.s.bin, "ostree-prepare-root"), Config: "[sysroot]\nreadonly=true\n", Label: version,
		ModulesDir: kernel.Modules, Modules: []string{"virtio_pci", "virtio_blk", "virtio_net", "af_packet", "ext4"},
	}).Pack()
	require.NoError(g.t, err)
	require.NoError(g.t, tree.Kernel(kernel.Release, kernel.Image, cpio))
	require.NoError(g.t, tree.Version(version))
	sum := g.s.ostree("commit", "--repo="+g.s.path("repo"), "-b", g.s.branch(), "--tree=dir="+tree.Dir, "--owner-uid=0", "--owner-gid=0",
		"--timestamp=2024-01-0"+version+" 00:00:00 +0000", "--add-metadata-string=version="+version, "--add-metadata-string=fedora-coreos.stream="+stream)
	g.s.releases = append(g.s.releases, release{version, sum})
	g.step("commit of version %s", version)
}

// install makes the mounted disk a sysroot.
func (g *guest) install(root string) error {
	s, repo := g.s, "--repo="+root+"/ostree/repo"
	s.ostree("admin", "init-fs", "--modern", root)
	s.ostree("admin", "--sysroot="+root, "os-init", stateroot)
	for _, kv := range [][2]string{{"sysroot.bootloader", "none"}, {"sysroot.bootprefix", "true"}, {"sysroot.readonly", "true"}} {
		s.ostree("config", repo, "set", kv[0], kv[1])
	}
	s.ostree("remote", "add", repo, "--no-sign-verify", "--set=gpg-verify=false", "origin", g.seenByGuest(s.repo))
	s.ostree("pull-local", repo, "--remote=origin", s.path("repo"), s.branch())
	s.ostree("admin", "--sysroot="+root, "deploy", "--os="+stateroot, "--karg=root=UUID="+g.disk.UUID, "--karg=rw", "--karg=ignition.platform.id=qemu",
		// An emulator that shares its processors may be slow.
		"--karg=systemd.default_timeout_start_sec=900", "--karg=mitigations=off",
		"--karg=systemd.firstboot=off", "origin:"+s.branch())
	return nil
}

// boot starts the guest and waits until all its services have started.
func (g *guest) boot() {
	g.t.Helper()
	g.boots++
	entry, err := g.disk.BootEntry(g.t.Context(), g.dir)
	require.NoError(g.t, err)
	g.step("boot of %q: %s", entry.Title, entry.Options)
	g.vm, err = boottest.Start(g.t.Context(), &boottest.VMOptions{
		Disk: g.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Options: entry.Options, Dir: g.dir,
		Console: g.path(fmt.Sprintf("console%d", g.boots)), Accel: *accel, Network: true, Boot: 20 * time.Minute,
	})
	require.NoError(g.t, err)
	g.step("booted")
}

func (g *guest) call(req boottest.Request) string {
	g.t.Helper()
	r, err := g.vm.Call(req)
	require.NoError(g.t, err)
	require.Empty(g.t, r.Error)
	return strings.TrimSpace(r.Output)
}

// run executes a program in the guest. Programs that say with their status what they print are no failures.
func (g *guest) run(argv ...string) string {
	g.t.Helper()
	return g.call(boottest.Request{Run: argv, Env: []string{"LC_ALL=C.UTF-8"}})
}

func (g *guest) read(name string) string {
	g.t.Helper()
	return g.call(boottest.Request{Read: name})
}

func (g *guest) journal() string {
	g.t.Helper()
	return g.run("journalctl", "--output=cat", "--unit=zincati.service")
}

func (g *guest) eventually(what string, condition func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(15 * time.Minute); !condition(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("never so: %s\n%s", what, g.journal())
		}
	}
	g.step("it %s", what)
}

func (g *guest) wantDeployments(want ...string) {
	g.t.Helper()
	require.Equal(g.t, want, names(g.t, g.run("/usr/libexec/rpm-ostree", "status", "--json")))
}
