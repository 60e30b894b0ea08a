package systemd_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/systemd"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	unitDir   = "usr/lib/systemd/system/"
	moduleDir = "usr/lib/dracut/modules.d/30afterburn/"
)

func files(t *testing.T, o *systemd.Options) []systemd.File {
	t.Helper()
	list, err := systemd.Files(o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func file(t *testing.T, o *systemd.Options, name string) string {
	t.Helper()
	for _, f := range files(t, o) {
		if f.Path == name {
			return string(f.Data)
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

func TestFiles(t *testing.T) {
	var paths []string
	for _, f := range files(t, nil) {
		paths = append(paths, f.Path)
		want := fs.FileMode(0o644)
		if path.Base(f.Path) == "module-setup.sh" {
			want = 0o755
		}
		if f.Mode != want || !strings.HasSuffix(string(f.Data), "\n") {
			t.Errorf("%s: mode %v, %d bytes", f.Path, f.Mode, len(f.Data))
		}
	}
	want := []string{
		moduleDir + "afterburn-hostname.service",
		moduleDir + "afterburn-ignition-fragment.service",
		moduleDir + "afterburn-network-kargs.service",
		moduleDir + "module-setup.sh",
		unitDir + "afterburn-checkin.service",
		unitDir + "afterburn-firstboot-checkin.service",
		unitDir + "afterburn-sshkeys.target",
		unitDir + "afterburn-sshkeys@.service",
		unitDir + "afterburn.service",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("files are %q", paths)
	}
}

func TestOptions(t *testing.T) {
	const keys, kargs = unitDir + "afterburn-sshkeys@.service", moduleDir + "afterburn-network-kargs.service"
	o := &systemd.Options{User: "nest-os", NetworkKargs: "ip=auto rd.neednet=1 x=50%"}
	if unit := file(t, o, keys); !strings.Contains(unit, "\nDefaultInstance=nest-os\n") || strings.Contains(unit, "=core\n") {
		t.Errorf("unit is\n%s", unit)
	}
	want := "\nEnvironment=\"AFTERBURN_NETWORK_KARGS_DEFAULT='ip=auto rd.neednet=1 x=50%%'\"\n"
	if unit := file(t, o, kargs); strings.Count(unit, want) != 1 {
		t.Errorf("unit is\n%s", unit)
	}
	changed := 0
	for i, f := range files(t, nil) {
		if string(f.Data) != string(files(t, o)[i].Data) {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d files depend on the options", changed)
	}
	if strings.Contains(file(t, nil, kargs), "Environment=\"") {
		t.Error("there are arguments that nobody set")
	}
	for _, o := range []systemd.Options{
		{User: "-x"}, {User: "a b"}, {User: "a\nExecStart=/bin/sh"}, {User: "%i"}, {User: "../x"}, {User: "käthe"},
		{NetworkKargs: "a\nExecStart=/bin/sh"}, {NetworkKargs: `a"b`}, {NetworkKargs: "a'b"}, {NetworkKargs: `a\x20`}, {NetworkKargs: "a\x00"},
	} {
		if list, err := systemd.Files(&o); err == nil || list != nil {
			t.Errorf("%+v is accepted", o)
		}
		if err := systemd.Write(t.TempDir(), &o); err == nil {
			t.Errorf("%+v is written", o)
		}
	}
}

func TestWrite(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	// The link means a place inside of dir, as it would after a chroot.
	if err := systemd.Write(dir, nil); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("the link led out of the directory: %v, %v", entries, err)
	}
	dir = t.TempDir()
	for range 2 {
		if err := systemd.Write(dir, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files(t, nil) {
		name := filepath.Join(dir, f.Path)
		got, err := os.ReadFile(name)
		info, statErr := os.Lstat(name)
		if err != nil || statErr != nil || string(got) != string(f.Data) || info.Mode() != f.Mode {
			t.Errorf("%s: %v, %v, %v", f.Path, err, statErr, info)
		}
	}
	if err := systemd.Write(filepath.Join(dir, "nowhere"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

// unit is what other units, drop-ins and image builders rely on: everything but descriptions and comments.
func unit(t *testing.T, name string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(file(t, nil, name)) {
		line = strings.TrimSpace(line)
		if key, _, _ := strings.Cut(line, "="); line != "" && line[0] != '#' && line[0] != '[' && key != "Description" && key != "Documentation" {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// The conditions, orders and commands of the units of Afterburn 5.11.
func TestUnits(t *testing.T) {
	service := []string{"Type=oneshot", "RemainAfterExit=yes"}
	provider := append(service, "Environment=AFTERBURN_OPT_PROVIDER=--cmdline")
	emergency := []string{"OnFailure=emergency.target", "OnFailureJobMode=isolate"}
	checkin := append(provider, "After=network.target multi-user.target boot-complete.target",
		"ExecStart=/usr/bin/afterburn ${AFTERBURN_OPT_PROVIDER} --check-in", "WantedBy=multi-user.target")
	on := func(ids string) []string {
		var lines []string
		for _, id := range strings.Fields(ids) {
			lines = append(lines, "ConditionKernelCommandLine=|ignition.platform.id="+id)
		}
		return lines
	}
	for name, want := range map[string][]string{
		unitDir + "afterburn.service": append(provider, "RequiredBy=metadata.target",
			"ExecStart=/usr/bin/afterburn ${AFTERBURN_OPT_PROVIDER} --attributes=/run/metadata/afterburn"),
		unitDir + "afterburn-sshkeys@.service": slices.Concat(provider, on("akamai aliyun aws azure azurestack digitalocean exoscale gcp hetzner "+
			"ibmcloud openstack oraclecloud packet powervs proxmoxve scaleway upcloud vultr"),
			[]string{"ExecStart=/usr/bin/afterburn ${AFTERBURN_OPT_PROVIDER} --ssh-keys=%i", "DefaultInstance=core", "RequiredBy=afterburn-sshkeys.target"}),
		unitDir + "afterburn-sshkeys.target":            {"RequiredBy=multi-user.target"},
		unitDir + "afterburn-checkin.service":           slices.Concat(checkin, on("azure azurestack scaleway")),
		unitDir + "afterburn-firstboot-checkin.service": slices.Concat(checkin, on("packet"), []string{"ConditionFirstBoot=yes"}),
		moduleDir + "afterburn-network-kargs.service": slices.Concat(provider, emergency, []string{"DefaultDependencies=no",
			"After=systemd-journald.socket", "Before=dracut-cmdline.service ignition-fetch.service",
			"ExecStart=/usr/bin/afterburn exp rd-network-kargs ${AFTERBURN_OPT_PROVIDER} --default-value $AFTERBURN_NETWORK_KARGS_DEFAULT"}),
		moduleDir + "afterburn-hostname.service": slices.Concat(service, emergency, on("aliyun azure azurestack digitalocean exoscale hetzner ibmcloud "+
			"kubevirt oraclecloud proxmoxve scaleway upcloud vultr"), []string{"After=initrd-root-fs.target", "Before=ignition-files.service",
			"ExecStart=/usr/bin/afterburn --cmdline --hostname=/sysroot/etc/hostname",
			`ExecStart=/bin/sh -c 'mkdir -p /run/tmpfiles.d && echo "z /etc/hostname - - -" >/run/tmpfiles.d/hostname-relabel.conf'`}),
		moduleDir + "afterburn-ignition-fragment.service": slices.Concat(service, emergency, on("azure"), []string{
			"After=network.target ignition-fetch.service", "Before=ignition-disks.service",
			"ExecStartPre=/bin/mkdir -p /etc/ignition/base.platform.d/azure/",
			"ExecStart=/usr/bin/afterburn render-ignition --cmdline --render-ignition-dir /etc/ignition/base.platform.d/azure/"}),
	} {
		slices.Sort(want)
		if got := unit(t, name); !slices.Equal(got, want) {
			t.Errorf("%s has\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// installed is a root directory with the files, the module's units where they are in the initramfs, and what they call.
func installed(t *testing.T, o *systemd.Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := systemd.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte, mode fs.FileMode) {
		if err := os.MkdirAll(filepath.Join(dir, path.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files(t, o) {
		if path.Ext(f.Path) == ".service" {
			write(unitDir+path.Base(f.Path), f.Data, f.Mode)
		}
	}
	for _, program := range []string{"usr/bin/afterburn", "bin/sh", "bin/mkdir"} {
		write(program, []byte("#!/bin/sh\n"), 0o755)
	}
	return dir
}

func TestUnitsVerify(t *testing.T) {
	testutil.Tool(t, "systemd-analyze")
	for _, o := range []*systemd.Options{nil, {User: "a.b-c_1", NetworkKargs: "ip=auto x=50%"}} {
		dir := installed(t, o)
		verify := func(name string) (string, error) {
			out, err := exec.Command("systemd-analyze", "verify", "--root="+dir, "--recursive-errors=no", name).CombinedOutput()
			return string(out), err
		}
		for _, f := range files(t, o) {
			name := strings.Replace(path.Base(f.Path), "@", "@core", 1)
			if path.Ext(name) == ".sh" {
				continue
			}
			if out, err := verify(name); err != nil || out != "" {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
		// The check itself finds mistakes.
		bad := "[Service]\nType=oneshot\nExecStat=/usr/bin/afterburn\nExecStart=/usr/bin/nowhere\n"
		if err := os.WriteFile(filepath.Join(dir, unitDir, "bad.service"), []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := verify("bad.service"); err == nil && out == "" {
			t.Error("systemd-analyze finds nothing")
		}
	}
}

// hooks is a dracut of a few lines, which notes what it is asked for.
const hooks = `set -eu
moddir=$1 initdir=$2 systemdsystemunitdir=/usr/lib/systemd/system
inst_simple() { echo "inst_simple $1 $2"; }
inst_multiple() { echo "inst_multiple $*"; }
. "$moddir/module-setup.sh"
check && echo included || echo "check $?"
echo "depends $(depends)"
install
`

func TestModule(t *testing.T) {
	for _, shell := range []string{"bash", "dash"} {
		testutil.Tool(t, shell)
		dir, initrd := installed(t, nil), t.TempDir()
		module := filepath.Join(dir, moduleDir)
		testutil.Run(t, &testutil.RunOptions{Must: true}, shell, "-n", filepath.Join(module, "module-setup.sh"))
		out, err := exec.Command(shell, "-c", hooks, shell, module, initrd).Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		want := "check 255\ndepends systemd network\ninst_multiple /usr/bin/afterburn /bin/sh /bin/mkdir\n"
		for _, name := range []string{"network-kargs", "hostname", "ignition-fragment"} {
			unit := "afterburn-" + name + ".service"
			want += "inst_simple " + filepath.Join(module, unit) + " /" + unitDir + unit + "\n"
			link, err := os.Readlink(filepath.Join(initrd, unitDir, "ignition-complete.target.requires", unit))
			if err != nil || link != "../"+unit {
				t.Errorf("%s: link of %s is %q, %v", shell, unit, link, err)
			}
		}
		if string(out) != want {
			t.Errorf("%s: got\n%s\nwant\n%s", shell, out, want)
		}
	}
}

func ExampleFiles() {
	files, err := systemd.Files(&systemd.Options{User: "admin"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".target") {
			fmt.Printf("/%s %v\n", f.Path, f.Mode)
		}
	}
	// Output: /usr/lib/systemd/system/afterburn-sshkeys.target -rw-r--r--
}
