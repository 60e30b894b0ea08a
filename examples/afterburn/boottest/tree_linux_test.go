package boottest_test

import (
	"os"
	"path/filepath"
	"strings"

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
	require.NoError(m.t, testutil.GoBuild(m.t.Context(), append([]string{"-o", m.program("") + "/"}, programs...)...))
}

// tree makes what is deployed: systemd, our programs, and a user whose keys come from the cloud.
func (m *machine) tree() *boottest.Tree {
	m.t.Helper()
	tree, err := boottest.NewTree(m.t.Context(), filepath.Join(m.dir, "tree"), boottest.Packages)
	require.NoError(m.t, err)
	require.NoError(m.t, tree.Lighten("cryptsetup"))
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
