package main

import (
	"os"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/systemd"
	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	zincatisystemd "github.com/nestos-dev/nestos/zincati/systemd"
)

// The agent runs as the user zincati, whom polkit lets ask rpm-ostree's D-Bus service for updates. This repository's
// rpm-ostree has no such service: each command works by itself, and so with the rights of who calls it. Hence the
// rpm-ostree that the agent finds is a gate: it passes the command line to a service that runs as root, which carries out
// the few commands of the agent's polkit rules.
const (
	gateDir    = "/usr/libexec/zincati-gate"
	gateDropIn = `# The agent may not do what rpm-ostree does. This repository's rpm-ostree has no D-Bus service that would do it
# for him with the consent of polkit: the one in this directory asks rpm-ostree-gate.service instead.
[Service]
Environment=PATH=` + gateDir + `:/usr/bin:/usr/sbin
`
	gateSocket  = "[Unit]\nDescription=Stand-in for rpm-ostree's D-Bus service\n\n[Socket]\nListenStream=/run/rpm-ostree-gate.socket\n"
	gateService = "[Unit]\nDescription=Stand-in for rpm-ostree's D-Bus service\n\n[Service]\nType=exec\nExecStart=" + gateDir + "/gate\n"
)

// programsSpec is the package with the programs of this repository, and the units that belong to them.
func (l *life) programsSpec() (*rpmtest.Spec, error) {
	s := &rpmtest.Spec{Name: "machine-programs", Arch: "x86_64", Summary: "The programs of this repository", Compressor: "zstd"}
	for _, p := range []struct{ path, program string }{
		{"/usr/bin/ostree", "ostree"},
		{"/usr/bin/rpm-ostree", "rpm-ostree"},
		{"/usr/bin/afterburn", "afterburn"},
		{"/usr/libexec/zincati", "zincati"},
		{"/usr/lib/dracut/modules.d/30ignition/ignition", "ignition"},
		{"/usr/lib/ostree/ostree-prepare-root", "ostree-prepare-root"},
		{"/usr/lib/ostree/ostree-remount", "ostree-remount"},
		{"/usr/lib/systemd/system-generators/ostree-system-generator", "ostree-system-generator"},
		{"/usr/lib/boottest/agent", "agent"},
		{gateDir + "/gate", "gate"},
	} {
		data, err := os.ReadFile(l.programs[p.program])
		if err != nil {
			return nil, err
		}
		s.Files = append(s.Files, rpmtest.File{Path: p.path, Mode: 0o755, Content: data})
	}
	add := func(path string, mode os.FileMode, data []byte, target string) {
		s.Files = append(s.Files, rpmtest.File{Path: "/" + path, Mode: uint32(mode.Perm()), Content: data, LinkTo: target})
		if target != "" {
			s.Files[len(s.Files)-1].Mode = 0
		}
	}
	add(gateDir[1:]+"/rpm-ostree", 0, nil, "gate")
	add("usr/libexec/rpm-ostree", 0, nil, "../bin/rpm-ostree") // what the gate runs
	for _, f := range prepareroot.Units(nil) {
		add(f.Path, f.Mode, f.Data, "")
	}
	for _, f := range dracut.Files(&dracut.Options{NoGRUB: true}) {
		add(f.Path, f.Mode, f.Data, f.Target)
	}
	afterburnFiles, err := systemd.Files(nil)
	if err != nil {
		return nil, err
	}
	for _, f := range afterburnFiles {
		add(f.Path, f.Mode, f.Data, "")
	}
	for _, f := range zincatisystemd.Files() {
		add(f.Path, f.Mode, f.Data, "")
	}
	return s, nil
}

// idle are units that cost time in an emulator and serve nothing here.
var idle = strings.Fields(`
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target
	man-db.timer modprobe@.service proc-sys-fs-binfmt_misc.automount serial-getty@.service systemd-binfmt.service systemd-hwdb-update.service
	systemd-journal-catalog-update.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pstore.service
	systemd-random-seed.service systemd-tmpfiles-clean.timer systemd-update-utmp.service systemd-update-utmp-runlevel.service
`)

// configSpec is the package with what Debian's installer and maintainer scripts would have made, and what a
// distribution decides. Its version is that of the release.
func (o *options) configSpec(version string) *rpmtest.Spec {
	s := &rpmtest.Spec{Name: "machine-config", Version: version, Summary: "Configuration of the machine"}
	file := func(path, content string) {
		s.Files = append(s.Files, rpmtest.File{Path: path, Content: []byte(content)})
	}
	link := func(path, target string) {
		s.Files = append(s.Files, rpmtest.File{Path: path, LinkTo: target})
	}
	file("/usr/share/machine/release", version+"\n")
	file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
	file("/usr/lib/sysusers.d/machine.conf", "g input -\ng kvm -\ng render -\ng sgx -\n")
	file("/usr/lib/ostree/prepare-root.conf", o.prepareRootConf())
	file("/usr/lib/systemd/journald.conf.d/machine.conf", "[Journal]\nStorage=volatile\nForwardToConsole=yes\nMaxLevelConsole=info\n")
	// An emulator that shares its processors may be slow. The kernel argument for it is newer than systemd 252.
	file("/usr/lib/systemd/system.conf.d/machine.conf", "[Manager]\nDefaultDeviceTimeoutSec=1800\n")
	// What Ignition enables comes before, and all else is off.
	file("/usr/lib/systemd/system-preset/40-machine.preset", "enable systemd-networkd.service\nenable zincati.service\ndisable *\n")
	const units = "/usr/lib/systemd/system/"
	file(units+"zincati.service.d/10-gate.conf", gateDropIn)
	file(units+"rpm-ostree-gate.service", gateService)
	file(units+"rpm-ostree-gate.socket", gateSocket)
	link(units+"sockets.target.wants/rpm-ostree-gate.socket", "../rpm-ostree-gate.socket")
	file(units+"zincati.service.d/20-online.conf", "[Unit]\nWants=network-online.target\nAfter=network-online.target\n")
	link(units+"network-online.target.wants/systemd-networkd-wait-online.service", "../systemd-networkd-wait-online.service")
	if o.composefs {
		// The root is read-only, so /tmp has to be a file system.
		link(units+"tmp.mount", "/usr/share/systemd/tmp.mount")
		link(units+"local-fs.target.wants/tmp.mount", "../tmp.mount")
	}
	file(units+"machine-agent.service", "[Unit]\nDescription=Agent of the program boot\nAfter=multi-user.target\n\n"+
		"[Service]\nType=exec\nExecStart=/usr/lib/boottest/agent /dev/ttyS1\n")
	link(units+"multi-user.target.wants/machine-agent.service", "../machine-agent.service")
	for _, unit := range idle {
		link("/etc/systemd/system/"+unit, "/dev/null")
	}
	return s
}

// greeterSpecs are two packages for layering: one with a script, a user, configuration and a program, and one it needs.
func greeterSpecs() []*rpmtest.Spec {
	return []*rpmtest.Spec{
		{
			Name: "greeter", Version: "1.0", Requires: []string{"greeter-data >= 1.0", "jq"}, RequiresPre: []string{"passwd"},
			Files: []rpmtest.File{
				{Path: "/usr/bin/greet", Mode: 0o755, Content: []byte("#!/bin/sh\ncat /usr/share/greeter/text\n")},
				{Path: "/etc/greeter.conf", Content: []byte("language = en\n"), Flags: rpm.FileConfig | rpm.FileNoReplace},
				{Path: "/usr/lib/greeter", Mode: 0o40755},
				{Path: "/usr/lib/greeter/secret", Mode: 0o640, User: "greeter", Group: "greeter", Content: []byte("secret\n")},
			},
			Scripts: map[rpm.ScriptKind]rpm.Script{
				rpm.ScriptPre: {Body: "getent group greeter >/dev/null || groupadd -r greeter\n" +
					"getent passwd greeter >/dev/null || useradd -r -g greeter -d / -s /usr/sbin/nologin greeter\n"},
				rpm.ScriptPost: {Body: "set -e\necho \"post $1 with $(cat /usr/share/greeter/text)\" >/usr/lib/greeter/post\n"},
			},
		},
		{Name: "greeter-data", Version: "1.0", Files: []rpmtest.File{{Path: "/usr/share/greeter/text", Content: []byte("good morning\n")}}},
	}
}
