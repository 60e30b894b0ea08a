package boottest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// build makes the disk, with one deployment of a tree that is composed into its repository.
func (m *machine) build() {
	m.timed("programs", func() {
		dir := m.path("programs")
		m.check(os.Mkdir(dir, 0o755))
		m.p = buildPrograms(m.t, dir)
	})
	tf, _ := m.loadTree("")
	m.repositories(tf)
	ctx := m.t.Context()
	disk, err := boottest.NewDisk(ctx, m.path("disk"), diskSize)
	m.check(err)
	m.disk = disk
	m.check(disk.Mounted(ctx, func(root string) error {
		m.initSysroot(root)
		m.compose(root + "/ostree/repo")
		m.timed("deployment", func() { m.deploy(root) })
		m.timed("checks of the tree", func() { m.checkTree(root) })
		return nil
	}))
	for _, dir := range []string{"base", "cache"} {
		m.check(os.RemoveAll(m.path(dir)))
	}
}

func (m *machine) initSysroot(root string) {
	m.t.Helper()
	m.host("admin", "init-fs", "--modern", root)
	m.host("admin", "--sysroot="+root, "os-init", stateroot)
	for _, kv := range [][2]string{
		{"sysroot.bootloader", "none"}, {"sysroot.bootprefix", "true"}, {"sysroot.readonly", "true"}, {"core.fsync", "false"},
	} {
		m.host("config", "--repo="+root+"/ostree/repo", "set", kv[0], kv[1])
	}
}

// compose composes the treefile into a repository.
func (m *machine) compose(path string) {
	m.t.Helper()
	more := "no-initramfs: true\nadd-files:\n  - [initramfs.img, /usr/lib/modules/" + m.kernel + "/initramfs.img]\n"
	_, config := m.loadTree("")
	m.timed("initramfs", func() { m.packInitramfs(filepath.Join(config, "initramfs.img")) })
	tf, _ := m.loadTree(more)
	description := m.path("compose.json")
	m.timed("composition", func() {
		m.t.Logf("composition:\n%s", m.program(m.p.rpmOstree, "compose", "tree", "--repo="+path, "--cachedir="+m.path("cache"),
			"--write-composejson-to="+description, filepath.Join(config, treefileName)))
	})
	var composed struct {
		Commit string `json:"ostree-commit"`
	}
	text, err := os.ReadFile(description)
	m.check(err)
	m.check(json.Unmarshal(text, &composed))
	m.base, err = object.ParseChecksum(composed.Commit)
	m.check(err)

	repo, err := ostree.Open(path, nil)
	m.check(err)
	defer repo.Close()
	packages, err := pkglist.Load(m.t.Context(), repo, m.base)
	m.check(err)
	m.packages = len(packages)
	m.timed("dnf's choice of packages", func() { m.checkDNF(tf, packages) })
}

// packInitramfs makes the initramfs of this module's boot tests from the kernel's package.
func (m *machine) packInitramfs(path string) {
	m.t.Helper()
	dir := m.path("kernel")
	rpms, err := filepath.Glob(m.path("base/linux-image-" + m.kernel + "-*.rpm"))
	m.check(err)
	m.unpack(rpms[0], dir)
	modules := filepath.Join(dir, "usr/lib/modules", m.kernel)
	m.check(os.Symlink("usr/lib", filepath.Join(dir, "lib")))
	testutil.Run(m.t, &testutil.RunOptions{Must: true}, testutil.Tool(m.t, "depmod"), "-b", dir, m.kernel)
	cpio, err := (&boottest.Initramfs{
		Init: m.p.init, PrepareRoot: m.p.prepareRoot, Config: "[sysroot]\nreadonly=true\n",
		ModulesDir: modules, Modules: []string{"virtio_pci", "virtio_blk", "ext4"}, Label: "demo",
	}).Pack()
	m.check(err)
	m.check(os.WriteFile(path, cpio, 0o644))
	m.check(os.RemoveAll(dir))
}

func (m *machine) deploy(root string) {
	m.t.Helper()
	m.host("admin", "--sysroot="+root, "deploy", "--os="+stateroot, "--karg=root=UUID="+m.disk.UUID, "--karg=rw",
		// An emulator that shares its processors may be slow.
		"--karg=systemd.default_timeout_start_sec=900", "--karg=mitigations=off",
		"--karg=module_blacklist=kvm_amd,ata_piix,ata_generic,powernow_k8", "--karg=systemd.show_status=1", "--karg=systemd.firstboot=off", "demo/12/x86_64/stable")
	layers := filepath.Join(root, "ostree/deploy", stateroot, layersDir)
	m.check(os.MkdirAll(filepath.Dir(layers), 0o755))
	m.check(os.CopyFS(layers, os.DirFS(m.path("layers"))))
}

// checkTree lets real programs judge the deployment.
func (m *machine) checkTree(root string) {
	m.t.Helper()
	if m.packages < 150 {
		m.t.Errorf("the tree has only %d packages", m.packages)
	}
	deployments, err := filepath.Glob(filepath.Join(root, "ostree/deploy", stateroot, "deploy/*.0"))
	m.check(err)
	if len(deployments) != 1 {
		m.t.Fatalf("deployments: %q", deployments)
	}
	m.want("number of packages that rpm finds", fmt.Sprint(len(sortedLines(m.query(deployments[0], "-qa")))), fmt.Sprint(m.packages))
	for _, line := range unexplained(m.query(deployments[0], "-Va", "--nomtime")) {
		m.t.Errorf("rpm -Va: %s", line)
	}
	m.fsck(root)
}

// query runs the real rpm on the database of a deployment.
func (m *machine) query(deployment string, args ...string) string {
	m.t.Helper()
	args = append([]string{"--root", deployment, "--dbpath", "/usr/share/rpm"}, args...)
	return testutil.Run(m.t, nil, testutil.Tool(m.t, "rpm"), args...).Stdout
}

// fsck lets the real ostree check the repository.
func (m *machine) fsck(root string) {
	m.t.Helper()
	if r := testutil.Run(m.t, nil, testutil.Tool(m.t, "ostree"), "fsck", "--quiet", "--repo="+root+"/ostree/repo"); r.Exit != 0 {
		m.t.Errorf("fsck: %v", r)
	}
}

// host runs our ostree on this machine.
func (m *machine) host(args ...string) {
	m.t.Helper()
	m.program(m.p.ostree, args...)
}

// program runs a program of ours on this machine.
func (m *machine) program(path string, args ...string) string {
	m.t.Helper()
	out, err := exec.CommandContext(m.t.Context(), path, args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s %s: %v: %s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// unpack extracts a package file.
func (m *machine) unpack(file, dir string) {
	m.t.Helper()
	p, err := rpm.Open(file)
	m.check(err)
	defer p.Close()
	m.check(os.Mkdir(dir, 0o755))
	m.check(p.Extract(m.t.Context(), dir, nil))
}
