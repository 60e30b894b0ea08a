package boottest_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// layersDir is the repository in the guest that packages are layered from.
const layersDir = "/var/lib/layers"

// layeredDebs are Debian packages that are not in the tree but in that repository. jq needs the others.
var layeredDebs = []string{"jq", "libjq1", "libonig5"}

// repositories makes the directories base, for the tree, and layers, for the guest, of Debian's packages and those
// of the demonstration.
func (m *machine) repositories(tf *treefile.Treefile) {
	m.t.Helper()
	ctx := m.t.Context()
	var files []string
	m.timed("download of Debian packages", func() {
		dir := *debs
		if dir == "" {
			cache, err := os.UserCacheDir()
			m.check(err)
			dir = filepath.Join(cache, "nestos-boottest")
		}
		var err error
		files, err = debrpm.Download(ctx, dir, append(debianPackages(tf), layeredDebs...))
		if err != nil {
			testutil.Missing(m.t, "needs a Debian mirror and current package lists (apt-get update): %v", err)
		}
	})
	base, layers := m.path("base"), m.path("layers")
	m.timed("conversion to RPMs", func() {
		for _, dir := range []string{base, layers} {
			m.check(os.Mkdir(dir, 0o755))
		}
		_, err := debrpm.Convert(ctx, base, files, nil)
		m.check(err)
	})
	for _, name := range layeredDebs {
		found, err := filepath.Glob(filepath.Join(base, name+"-[0-9]*.rpm"))
		m.check(err)
		if len(found) != 1 {
			m.t.Fatalf("%d packages of %s", len(found), name)
		}
		m.check(os.Rename(found[0], filepath.Join(layers, filepath.Base(found[0]))))
	}
	for _, s := range []*rpmtest.Spec{debrpm.Filesystem(), configSpec(), m.p.spec(m.t)} {
		rpmtest.Write(m.t, base, s)
	}
	for _, s := range greeterSpecs() {
		rpmtest.Write(m.t, layers, s)
	}
	m.timed("repository metadata", func() {
		for _, dir := range []string{base, layers} {
			_, err := rpmmd.CreateRepo(ctx, dir, nil)
			m.check(err)
		}
	})
	kernels, err := filepath.Glob(filepath.Join(base, "linux-image-[0-9]*-cloud-amd64-*.rpm"))
	m.check(err)
	if len(kernels) != 1 {
		m.t.Fatalf("kernels: %q", kernels)
	}
	m.kernel = regexp.MustCompile(`[0-9].*-cloud-amd64`).FindString(filepath.Base(kernels[0]))
}

// debianPackages are those of the treefile that Debian has.
func debianPackages(tf *treefile.Treefile) []string {
	var names []string
	for _, name := range tf.Packages {
		if name != "filesystem" && !strings.HasPrefix(name, "demo-") {
			names = append(names, name)
		}
	}
	return names
}

// idle are units that cost time in an emulator and serve nothing here.
var idle = strings.Fields(`
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target
	man-db.timer modprobe@.service proc-sys-fs-binfmt_misc.automount serial-getty@.service systemd-binfmt.service systemd-hwdb-update.service
	systemd-journal-catalog-update.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pstore.service
	systemd-random-seed.service systemd-tmpfiles-clean.timer systemd-update-utmp.service systemd-update-utmp-runlevel.service
`)

// configSpec is the package with what Debian's installer and maintainer scripts would have made.
func configSpec() *rpmtest.Spec {
	s := &rpmtest.Spec{Name: "demo-config", Summary: "Configuration of the demonstration", Requires: []string{"gawk"}}
	file := func(path, content string) {
		s.Files = append(s.Files, rpmtest.File{Path: path, Content: []byte(content)})
	}
	link := func(path, target string) {
		s.Files = append(s.Files, rpmtest.File{Path: path, LinkTo: target})
	}
	link("/usr/bin/awk", "gawk")
	file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
	file("/etc/hostname", "demo\n")
	file("/usr/lib/sysusers.d/demo.conf", "g input -\ng kvm -\ng render -\ng sgx -\n")
	file("/etc/yum.repos.d/layers.repo", "[layers]\nname=Packages for layering\nbaseurl=file://"+layersDir+"\ngpgcheck=0\n")
	file("/usr/lib/ostree/prepare-root.conf", "[sysroot]\nreadonly=true\n")
	file("/usr/lib/systemd/journald.conf.d/demo.conf", "[Journal]\nStorage=volatile\n")
	// An emulator that shares its processors may be slow. The kernel argument for it is newer than systemd 252.
	file("/usr/lib/systemd/system.conf.d/demo.conf", "[Manager]\nDefaultDeviceTimeoutSec=900\n")
	const units = "/usr/lib/systemd/system/"
	file(units+"demo-agent.service", "[Unit]\nDescription=Agent of the boot test\nAfter=multi-user.target\n\n"+
		"[Service]\nType=exec\nExecStart=/usr/lib/boottest/agent /dev/ttyS1\n")
	file(units+"demo-layers.service", layersUnit)
	for _, unit := range []string{"demo-agent.service", "demo-layers.service"} {
		link(units+"multi-user.target.wants/"+unit, "../"+unit)
	}
	for _, unit := range idle {
		link("/etc/systemd/system/"+unit, "/dev/null")
	}
	return s
}

// layersUnit is the way in which provisioning layers packages: once, by a unit with a stamp. The reboot is the test's
// business.
const layersUnit = `[Unit]
Description=Layer packages
ConditionPathExists=!/var/lib/%N.stamp

[Service]
Type=oneshot
RemainAfterExit=yes
StandardOutput=journal+console
ExecStart=/usr/bin/rpm-ostree install -y --allow-inactive --idempotent greeter jq
ExecStart=/usr/bin/touch /var/lib/%N.stamp
`

// greeterSpecs are two packages for layering: one with scripts, users, configuration and a program, and one it needs.
func greeterSpecs() []*rpmtest.Spec {
	return []*rpmtest.Spec{
		{
			Name: "greeter", Version: "1.0", Release: "1", Requires: []string{"greeter-data >= 1.0", "jq"}, RequiresPre: []string{"passwd"},
			Files: []rpmtest.File{
				{Path: "/usr/bin/greet", Mode: 0o755, Content: []byte("#!/bin/sh\ncat /usr/share/greeter/text\n")},
				{Path: "/etc/greeter.conf", Content: []byte("language = en\n"), Flags: rpm.FileConfig | rpm.FileNoReplace},
				{Path: "/usr/lib/greeter", Mode: 0o40755},
				{Path: "/usr/lib/greeter/secret", Mode: 0o2750, User: "greeter", Group: "greeter", Content: []byte("secret\n")},
				{Path: "/var/lib/greeter", Mode: 0o40750, User: "greeter", Group: "greeter"},
			},
			Scripts: map[rpm.ScriptKind]rpm.Script{
				rpm.ScriptPre: {Body: "getent group greeter >/dev/null || groupadd -r greeter\n" +
					"getent passwd greeter >/dev/null || useradd -r -g greeter -d /var/lib/greeter -s /usr/sbin/nologin greeter\n"},
				rpm.ScriptPost: {Body: "set -e\necho \"post $1 in $(pwd) with $(cat /usr/share/greeter/text)\" >/usr/lib/greeter/post\n" +
					"test ! -e /proc/1/cwd/sysroot/ostree\n" + "sed -i s/en/de/ /etc/greeter.conf\necho the script has run\n"},
			},
		},
		{Name: "greeter-data", Version: "1.0", Release: "1", Files: []rpmtest.File{{Path: "/usr/share/greeter/text", Content: []byte("good morning\n")}}},
	}
}

// treefileName is the treefile that is composed.
const treefileName = "demo.yaml"

// loadTree reads the treefile of testdata, completed in the directory config by what a test can say only now.
func (m *machine) loadTree(more string) (*treefile.Treefile, string) {
	m.t.Helper()
	dir := m.path("config")
	m.check(os.MkdirAll(dir, 0o755))
	text, err := os.ReadFile("testdata/os.yaml")
	m.check(err)
	m.check(os.WriteFile(filepath.Join(dir, "os.yaml"), text, 0o644))
	m.check(os.WriteFile(filepath.Join(dir, treefileName), []byte("include: os.yaml\n"+more), 0o644))
	repo := "[base]\nname=Debian packages\nbaseurl=file://" + m.path("base") + "\ngpgcheck=0\n"
	m.check(os.WriteFile(filepath.Join(dir, "base.repo"), []byte(repo), 0o644))
	tf, err := treefile.LoadCompose(os.DirFS(dir), treefileName, &treefile.Options{Arch: "x86_64"})
	m.check(err)
	return tf, dir
}

func sortedLines(text string) []string {
	return slices.SortedFunc(strings.Lines(text), cmp.Compare)
}
