package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// What the agents of a guest say of deployments, see [life.deployments].
const (
	one    = versionOne + " release " + versionOne
	two    = versionTwo + " release " + versionTwo
	layers = " with greeter,jq"
)

// provisioned checks what Afterburn and Ignition have made of the machine.
func (l *life) provisioned() (string, error) {
	// The initramfs, in order.
	stage := func(name string) string {
		return "ignition --root=/sysroot --platform=" + platform + " --stage=" + name
	}
	passed := func(name string) string { return name + ": " + name + " passed" }
	if err := l.wantConsole("init: first boot", "init: /usr/bin/afterburn exp rd-network-kargs --cmdline",
		stage("fetch-offline"), passed("fetch-offline"), "init: network: ", address+"/24, gateway "+gateway, stage("fetch "), passed("fetch"),
		stage("disks"), passed("disks"), "afterburn --cmdline --hostname=/sysroot/etc/hostname", stage("files"), passed("files"),
		stage("umount"), "systemd[1]: "); err != nil {
		return "", err
	}
	if cmdline := l.read("/proc/cmdline"); !strings.Contains(cmdline, " ignition.firstboot") || strings.Contains(cmdline, " ip=") {
		l.problem("kernel command line: %s", cmdline)
	}
	if n := len(l.site.seen(0, "files", "/payload")); n != 1 {
		l.problem("the payload of the config was fetched %d times", n)
	}

	// Afterburn: hostname, network arguments, keys, attributes.
	l.wantFile("/etc/hostname", hostname+"\n")
	l.wantFile("/etc/systemd/network/10-initramfs.network", "# From the kernel arguments of the first boot.\n[Match]\nType=ether\n\n"+
		"[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nAddress="+address+"/24\nGateway="+gateway+"\nDNS=10.0.2.3\n")
	const keys = "/var/home/core/.ssh/authorized_keys.d/"
	l.wantPart("keys of the cloud", l.read(keys+"afterburn"), cloudKey)
	l.wantPart("attributes", l.read("/run/metadata/afterburn"), "AFTERBURN_PROXMOXVE_HOSTNAME="+hostname+"\n")
	l.wantFile("/run/cloud-report", instanceID+" "+address+"\n")

	// Ignition: users, files, units.
	l.wantPart("/etc/passwd", "\n"+l.read("/etc/passwd"), "\ncore:x:1000:1000:Administrator:/home/core:/bin/bash\n")
	l.wantPart("groups of core", " "+l.guest("id", "-nG", "core")+" ", " systemd-journal ")
	l.wantFile(keys+"ignition", configKey+"\n")
	l.wantOwner(keys+"ignition", "-rw------- 1000 1000")
	l.wantOwner("/var/home/core", "drwxr-xr-x 1000 1000")
	l.wantFile("/etc/motd", "Provisioned by Ignition.\n")
	l.wantOwner("/etc/motd", "-rw-r--r-- 0 0")
	l.wantFile("/var/lib/demo/payload", payload)
	l.wantOwner("/var/lib/demo/payload", "-rw-r----- 1000 1000")
	l.wantPart("repository", l.read("/etc/yum.repos.d/layers.repo"), "\nbaseurl="+l.site.layersURL+"\n")
	for unit, state := range map[string]string{
		"layers.service": "enabled", "cloud-report.service": "enabled", "afterburn-sshkeys@core.service": "enabled",
		"zincati.service": "enabled", "systemd-networkd.service": "enabled", "afterburn-checkin.service": "disabled",
	} {
		l.want(unit, l.guest("systemctl", "is-enabled", unit), state)
	}
	var result struct {
		BootID string `json:"provisioningBootID"`
		User   bool   `json:"userConfigProvided"`
	}
	if err := json.Unmarshal([]byte(l.read("/etc/.ignition-result.json")), &result); err != nil {
		l.problem("Ignition's result: %v", err)
	}
	l.want("boot that provisioned", result.BootID, strings.TrimSpace(l.read("/proc/sys/kernel/random/boot_id")))
	if !result.User {
		l.problem("Ignition found no config of the user")
	}
	l.want("ignition-firstboot-complete.service", l.guest("systemctl", "is-active", "ignition-firstboot-complete.service"), "active")
	l.wantAbsent("/boot/" + stamp)
	return "hostname, network, keys, users, files, units", nil
}

// layering checks what the unit has done that layers packages, and that the agent is up.
func (l *life) layering() (string, error) {
	l.want("layers.service", l.guest("systemctl", "is-active", "layers.service"), "active")
	l.log("%s", l.guest("journalctl", "-o", "cat", "-u", "layers.service"))
	l.wantOwner("/var/lib/layers.stamp", "-rw-r--r-- 0 0")
	if err := l.atRest(l.releases[0]); err != nil {
		return "", err
	}
	l.wantDeployments(one + " staged" + layers + "; " + one + " booted")
	l.wantAbsent("/usr/bin/greet")
	var fetched []string
	for _, c := range l.site.seen(0, "files", "/layers/") {
		if name, ok := strings.CutSuffix(c.path, ".rpm"); ok {
			fetched = append(fetched, regexp.MustCompile(`^/layers/(.*?)-[0-9]`).FindStringSubmatch(name)[1])
		}
	}
	slices.Sort(fetched)
	l.want("packages that were fetched", strings.Join(fetched, " "), "greeter greeter-data jq libjq1 libonig5")
	return "staged: " + strings.Join(fetched, ", "), nil
}

// atRest waits until the agent, in this boot, has given back its slot and then asked for updates of the release that
// runs.
func (l *life) atRest(r release) error {
	n := l.before
	var graph []call
	if err := l.eventually("the agent asks for updates", func() bool {
		graph = l.site.seen(n, "graph", "/v1/graph")
		return len(graph) > 0
	}); err != nil {
		return err
	}
	l.want("zincati.service", l.guest("systemctl", "is-active", "zincati.service"), "active")
	l.want("user of zincati.service", l.guest("ps", "-o", "user=", "-p", l.guest("systemctl", "show", "-P", "MainPID", "zincati.service")), "zincati")
	q := graph[0].query
	for name, want := range map[string]string{
		"basearch": basearch, "stream": stream, "group": group, "platform": platform, "os_version": r.version, "os_checksum": r.checksum,
	} {
		l.want("the agent's "+name, q.Get(name), want)
	}
	steady := l.site.seen(n, "lock", "/v1/steady-state")
	if len(steady) == 0 || steady[len(steady)-1].status != 200 {
		l.problem("the agent has not reported a steady state: %+v", steady)
	}
	l.wantHolders(0)
	return nil
}

func (l *life) wantHolders(n int) {
	holders, err := l.site.holders(l.ctx)
	if err != nil || len(holders) != n {
		l.problem("%d hold a slot instead of %d: %q %v", len(holders), n, holders, err)
	}
}

// haveLayers checks that the layered packages are there and work.
func (l *life) haveLayers() {
	l.want("layered program", l.guest("greet"), "good morning")
	l.want("layered Debian program", l.guest("jq", "-n", "1+1"), "2")
	l.wantFile("/usr/lib/greeter/post", "post 1 with good morning\n")
	l.want("owner of a layered file", l.guest("stat", "-c", "%U:%G %a", "/usr/lib/greeter/secret"), "greeter:greeter 640")
	l.want("rpm -q", l.guest("rpm", "-q", "greeter", "greeter-data"), "greeter-1.0-1.noarch\ngreeter-data-1.0-1.noarch")
	l.want("rpm -V", l.guest("rpm", "-V", "--nomtime", "greeter", "greeter-data", "jq", "libjq1", "libonig5"), "")
}

// layered is the second boot.
func (l *life) layered() (string, error) {
	if err := l.wantConsole("init: later boot", "systemd[1]: "); err != nil {
		return "", err
	}
	if strings.Contains(l.consoleText(), "/usr/bin/ignition --root") || len(l.site.seen(0, "files", "/payload")) != 1 {
		l.problem("Ignition ran again")
	}
	l.wantDeployments(one + " booted" + layers + "; " + one)
	l.haveLayers()
	l.want("condition of the unit that layers", l.guest("systemctl", "show", "-P", "ConditionResult", "layers.service"), "no")
	l.wantFile("/etc/motd", "Provisioned by Ignition.\n")
	l.call(boottest.Request{Write: "/etc/kept", Data: "an administrator's\n"})
	l.wantFile("/usr/share/machine/release", versionOne+"\n")
	return "greeter and jq run", nil
}

// update rolls the second release out. Nobody tells the machine but the graph.
func (l *life) update() (string, error) {
	if err := l.atRest(l.releases[0]); err != nil {
		return "", err
	}
	n := l.site.count()
	// When the agent asks for the slot, and waits for the answer, the update must be staged and locked.
	var atLock []string
	l.site.onLock(func() { atLock = append(atLock, l.deployments()) })
	err := l.site.publish(l.ctx, l.releases, true)
	if err == nil {
		_, err = l.ended()
	}
	l.site.onLock(nil)
	if err != nil {
		return "", err
	}
	l.want("deployments when the agent asked for the slot", strings.Join(atLock, " | "),
		two+" staged locked"+layers+"; "+one+" booted"+layers+"; "+one)
	if granted := l.site.seen(n, "lock", "/v1/pre-reboot"); len(granted) != 1 || granted[0].status != 200 {
		l.problem("requests for the slot: %+v", granted)
	}
	l.wantHolders(1)
	if len(l.site.seen(n, "files", "/os/objects/")) == 0 {
		l.problem("nothing was pulled from the repository")
	}
	return "staged and locked, slot, finalized", l.wantConsole("target release '"+versionTwo+"' selected", "update staged: "+versionTwo,
		"staged deployment '"+versionTwo+"' available, proceeding to finalize it", "ostree-finalize-staged.service: Deactivated successfully")
}

// updated is the boot after that.
func (l *life) updated() (string, error) {
	if err := l.atRest(l.releases[len(l.releases)-1]); err != nil {
		return "", err
	}
	l.wantDeployments(two + " booted" + layers + "; " + one + layers)
	l.wantFile("/usr/share/machine/release", versionTwo+"\n")
	l.want("package of the release", l.guest("rpm", "-q", "machine-config"), "machine-config-"+versionTwo+"-1.noarch")
	l.haveLayers()
	l.wantFile("/etc/kept", "an administrator's\n")
	l.wantFile("/etc/motd", "Provisioned by Ignition.\n")
	return "layers and /etc survive", nil
}

func (l *life) rollback() (string, error) {
	if err := l.slow("machine-rollback", "rpm-ostree", "rollback"); err != nil {
		return "", err
	}
	l.wantDeployments(one + layers + "; " + two + " booted" + layers)
	return versionOne + " is the next", nil
}

// rolledBack is the last boot. The agent must not take the release again that was left.
func (l *life) rolledBack() (string, error) {
	asked := l.site.count()
	const deployments = one + " booted" + layers + "; " + two + layers
	l.wantDeployments(deployments)
	l.wantFile("/usr/share/machine/release", versionOne+"\n")
	l.haveLayers()
	if err := l.eventually("the agent asks for updates twice more", func() bool {
		return len(l.site.seen(asked, "graph", "/v1/graph")) >= 2
	}); err != nil {
		return "", err
	}
	if err := l.atRest(l.releases[0]); err != nil {
		return "", err
	}
	l.wantPart("journal of the agent", l.agentLog(), "will be excluded from being a future update target")
	l.wantDeployments(deployments)
	if n := len(l.site.seen(0, "lock", "/v1/pre-reboot")); n != 1 {
		l.problem("the slot was asked for %d times", n)
	}
	return "the agent keeps away from " + versionTwo, nil
}

// atEnd checks what is left: repositories and locks, on both sides.
func (l *life) atEnd() (string, error) {
	l.wantHolders(0)
	l.fsck(l.path("repo"))
	err := l.disk.Mounted(l.ctx, func(root string) error {
		l.fsck(root + "/ostree/repo")
		return nil
	})
	for _, c := range l.site.seen(0, "files", "/") {
		if c.method != "GET" && c.method != "HEAD" {
			l.problem("request to the repositories: %+v", c)
		}
	}
	for _, r := range l.releases {
		if _, err := l.command(l.programs["ostree"], "show", "--repo="+l.path("repo"), r.checksum); err != nil {
			l.problem("%v", err)
		}
	}
	return fmt.Sprintf("fsck, no slot held, %d requests served", l.site.count()), err
}
