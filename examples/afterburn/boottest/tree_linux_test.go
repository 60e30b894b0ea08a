package boottest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/systemd"
	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// programs are built for the machine, from these packages.
var programs = []string{
	"..", "../../ignition", "../../ostree", "../../ostree-prepare-root", "../../ostree-remount", "../../ostree-system-generator",
	"../../../internal/boottest/agent",
}

func (m *machine) program(name string) string { return filepath.Join(m.dir, "programs", name) }

func (m *machine) buildPrograms() {
	m.t.Helper()
	require.NoError(m.t, os.Mkdir(m.program(""), 0o755))
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", m.program("") + "/"}, programs...)
	cmd := exec.CommandContext(m.t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, "go build: %s", out)
}

// tree makes what is deployed: systemd, our programs, and a user whose keys come from the cloud.
func (m *machine) tree() *boottest.Tree {
	m.t.Helper()
	tree, err := boottest.NewTree(m.t.Context(), filepath.Join(m.dir, "tree"), boottest.Packages)
	require.NoError(m.t, err)
	m.lighten(tree)
	require.NoError(m.t, dracut.WriteFiles(tree.Dir, nil))
	require.NoError(m.t, systemd.Write(tree.Dir, &systemd.Options{NetworkKargs: "ip=dhcp"}))
	for _, f := range prepareroot.Units(nil) {
		require.NoError(m.t, tree.Write(f.Path, string(f.Data)))
	}
	for path, name := range map[string]string{
		"usr/bin/afterburn":      "afterburn",
		"usr/lib/boottest/agent": "agent",
		strings.TrimPrefix(dracut.DefaultModuleDir, "/") + "/ignition": "ignition",
		"usr/lib/ostree/ostree-prepare-root":                           "ostree-prepare-root",
		"usr/lib/ostree/ostree-remount":                                "ostree-remount",
		"usr/lib/systemd/system-generators/ostree-system-generator":    "ostree-system-generator",
	} {
		require.NoError(m.t, tree.Install(path, m.program(name)))
	}
	require.NoError(m.t, tree.Install("usr/bin/env", "/usr/bin/env"))
	m.configure(tree)
	return tree
}

// configure adds what a distribution and an administrator would.
func (m *machine) configure(tree *boottest.Tree) {
	m.t.Helper()
	for name, line := range map[string]string{"passwd": "core:x:1000:1000:Core:/var/home/core:/usr/sbin/nologin\n", "group": "core:x:1000:\n"} {
		old, err := os.ReadFile(filepath.Join(tree.Dir, "usr/etc", name))
		require.NoError(m.t, err)
		require.NoError(m.t, tree.Write("usr/etc/"+name, string(old)+line))
	}
	for name, content := range map[string]string{
		"usr/lib/ostree/prepare-root.conf": "[sysroot]\nreadonly=true\n",
		"usr/lib/tmpfiles.d/core.conf":     "d /var/home/core 0700 core core -\n",
		// A unit as the documentation of Afterburn has them.
		units + "environment.service": "[Unit]\nRequires=afterburn.service\nAfter=afterburn.service\n\n" +
			"[Service]\nType=oneshot\nRemainAfterExit=yes\nEnvironmentFile=/run/metadata/afterburn\n" +
			"ExecStart=/usr/bin/env\nStandardOutput=file:/run/environment\n\n[Install]\nWantedBy=multi-user.target\n",
	} {
		require.NoError(m.t, tree.Write(name, content))
	}
	// systemctl reads the units' [Install] sections, and puts its links into etc.
	testutil.Run(m.t, &testutil.RunOptions{Must: true}, "systemctl", "--root="+tree.Dir, "enable",
		"afterburn-checkin.service", "afterburn-firstboot-checkin.service", "afterburn-sshkeys@.service", "afterburn-sshkeys.target", "environment.service")
	require.NoError(m.t, os.CopyFS(tree.Dir+"/usr/etc", os.DirFS(tree.Dir+"/etc")))
	require.NoError(m.t, tree.Remove("etc"))
}

// idle are units that nothing here needs. Reading each of them takes an emulator a while.
var idle = regexp.MustCompile(`^(dbus-org\.|systemd-(backlight|battery|bless|boot|bsod|coredump|fsck|growfs|hibernate|` +
	`home|hostname|hwdb|hybrid|import|initctl|journal-(gateway|remote|upload|catalog)|kexec|locale|logind|machined|network|nspawn|oom|pcr|` +
	`portable|pstore|quota|random|resolve|rfkill|soft|suspend|sysext|sysupdate|time|tpm2|update|user|volatile).*` +
	`|(debug|emergency|getty|console-getty|container-getty|rescue|serial-getty|rc-local|initrd).*)\.(service|socket|timer|path|target)$`)

// idleGenerators are those that find nothing to do here.
var idleGenerators = []string{
	"bless-boot", "cryptsetup", "debug", "getty", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "run", "system-update", "sysv",
	"veritysetup",
}

// lighten removes what takes time and does nothing.
func (m *machine) lighten(tree *boottest.Tree) {
	m.t.Helper()
	entries, err := os.ReadDir(filepath.Join(tree.Dir, units))
	require.NoError(m.t, err)
	for _, e := range entries {
		if idle.MatchString(e.Name()) {
			require.NoError(m.t, tree.Remove(units+e.Name()))
		}
	}
	for _, name := range idleGenerators {
		require.NoError(m.t, tree.Remove("usr/lib/systemd/system-generators/systemd-"+name+"-generator"))
	}
}

// A kernel is Debian's for virtual machines.
type kernel struct{ release, vmlinuz string }

func findKernel(t *testing.T) kernel {
	t.Helper()
	images, err := filepath.Glob("/boot/vmlinuz-*-cloud-amd64")
	if err != nil || len(images) == 0 {
		testutil.Missing(t, "needs the package linux-image-cloud-amd64")
	}
	vmlinuz := images[len(images)-1]
	return kernel{strings.TrimPrefix(vmlinuz, "/boot/vmlinuz-"), vmlinuz}
}
