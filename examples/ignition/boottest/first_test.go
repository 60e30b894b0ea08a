package boottest_test

import (
	"encoding/json"
	"io/fs"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
)

var fullTable = []partition{
	{1, 1, 128, "plain"}, {2, 129, 64, "fat"}, {3, 193, 64, "swap"}, {4, 257, 64, "mirror-a"}, {5, 321, 64, "mirror-b"},
	{6, 385, 64, "luks-keyed"}, {7, 449, 64, "luks-random"}, {8, 513, 64, "luks-tang"},
	{9, 577, dataSize>>20 - 578, "large"},
}

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDmJvZJxDO0Yx8m0xgX7Yt0l0TgVxk3zV2r2k9Qh0y6b ada@example\n"

// firstBoot checks everything that full.ign describes.
func firstBoot(m *machine) {
	m.settled()
	m.wantContains("/proc/cmdline", m.must(boottest.Request{Read: "/proc/cmdline"}), " ignition.firstboot ip=")
	m.storage()
	m.tang()
	m.files()
	m.accounts()
	m.units()
	m.bootID = m.result("")

	log := m.journal()
	for _, stage := range []string{"fetch-offline", "kargs", "disks", "mount", "files", "umount"} {
		m.wantContains("journal", log, stage+": "+stage+" passed\n")
	}
	if strings.Contains(log, "fetch: fetch passed") {
		m.t.Error("the fetch stage ran, but the config was there without network")
	}
	m.wantRequests(1)
	for what, secret := range map[string]string{"the key": contents["/key"], "the generated key": m.must(boottest.Request{Read: "/etc/luks/random"})} {
		if all := m.run("journalctl", "--no-pager", "--output=cat"); strings.Contains(all, secret) {
			m.t.Errorf("%s is in the journal", what)
		}
	}

	if state := m.unitState("ignition-firstboot-complete.service"); state != "active" {
		m.t.Errorf("ignition-firstboot-complete.service is %s", state)
	}
	m.wantNoFile("/boot/ignition.firstboot")
	// The unit had made /boot writable, but for itself only.
	if reply := m.call(boottest.Request{CanMake: "/boot"}); reply.Error == "" {
		m.t.Error("/boot stayed writable")
	}

	m.must(boottest.Request{Write: "/etc/inline", Data: "the administrator's\n"})
	m.forget("tang") // nothing in this system asks the server for its key
	m.must(boottest.Request{Remove: "/var/lib/hello"})
	m.must(boottest.Request{Write: "/var/keyed/kept", Data: "kept\n"})
	m.must(boottest.Request{Write: "/var/plain/kept", Data: "kept\n"})
	m.must(boottest.Request{Write: "/var/fat/kept", Data: "kept\n"})
	m.must(boottest.Request{Write: "/var/large/kept", Data: "kept\n"})
}

// storage checks what is mounted, and what lies beneath.
func (m *machine) storage() {
	m.t.Helper()
	m.wantPartitions(fullTable...)
	const label = "/dev/disk/by-partlabel/"
	m.wantMount("/var/plain", "ext4", label+"plain")
	m.wantMount("/var/fat", "vfat", "/dev/disk/by-uuid/1A2B-3C4D")
	m.wantMount("/var/mirror", "ext4", "/dev/md/mirror")
	m.wantMount("/var/keyed", "ext4", "/dev/mapper/keyed")
	m.wantMount("/var/random", "ext4", "/dev/mapper/random")
	m.wantMount("/var/large", "xfs", label+"large")
	for path, device := range map[string]string{"PLAIN": "plain", "FAT": "fat", "SWAP": "swap", "LARGE": "large", "KEYED": "luks-keyed"} {
		if a, b := m.must(boottest.Request{Resolve: "/dev/disk/by-label/" + path}), m.must(boottest.Request{Resolve: label + device}); a != b {
			m.t.Errorf("label %s is on %s, not on %s", path, a, b)
		}
	}
	m.wantContains("/proc/swaps", m.must(boottest.Request{Read: "/proc/swaps"}), m.must(boottest.Request{Resolve: label + "swap"})+" ")
	mdstat := m.must(boottest.Request{Read: "/proc/mdstat"})
	m.wantContains("/proc/mdstat", mdstat, "active raid1 ", "[2/2] [UU]")

	crypttab := m.must(boottest.Request{Read: "/etc/crypttab"})
	m.wantContains("/etc/crypttab", crypttab, "keyed UUID=0c7b4ad5-3c0c-4e1a-9a3b-6d35f3c2b7a1 /etc/luks/keyed luks,x-initrd.attach\n",
		"random UUID=", " /etc/luks/random luks,x-initrd.attach\n")
	m.wantOwner("/etc/crypttab", 0o600, 0, 0)
	m.wantOwner("/etc/luks", fs.ModeDir|0o700, 0, 0)
	m.wantOwner("/etc/luks/keyed", 0o600, 0, 0)
	m.wantOwner("/etc/luks/random", 0o600, 0, 0)
	m.wantFile("/etc/luks/keyed", contents["/key"])
	if key := m.must(boottest.Request{Read: "/etc/luks/random"}); len(key) != 8192 || strings.Trim(key, "0123456789abcdef") != "" {
		m.t.Errorf("generated key of %d bytes", len(key))
	}
}

// tang checks the volume whose key is with a server. To format it, Ignition has
// unlocked it with the server's help.
func (m *machine) tang() {
	m.t.Helper()
	m.wantContains("/etc/crypttab", m.must(boottest.Request{Read: "/etc/crypttab"}), "\ntang UUID=", " none luks,_netdev,x-initrd.attach\n")
	m.wantNoFile("/etc/luks/tang")
	// Nothing in the booted system mounts it.
	m.run("mount", "/dev/mapper/tang", "/var/tang")
	m.wantFile("/var/tang/on-luks", "tang\n")
	m.run("umount", "/var/tang")
	if m.tangServer.recoveries.Load() == 0 {
		m.t.Error("the tang server was not asked for a key")
	}
}

// forget removes a volume from crypttab.
func (m *machine) forget(volume string) {
	m.t.Helper()
	var kept strings.Builder
	for line := range strings.Lines(m.must(boottest.Request{Read: "/etc/crypttab"})) {
		if !strings.HasPrefix(line, volume+" ") {
			kept.WriteString(line)
		}
	}
	m.must(boottest.Request{Write: "/etc/crypttab", Data: kept.String()})
}

func (m *machine) files() {
	m.t.Helper()
	m.wantFile("/var/large/payload", contents["/payload"])
	m.wantOwner("/var/large/payload", 0o640, 1234, 1500)
	m.wantFile("/etc/inline", "from the config\nappended\n")
	m.wantOwner("/etc/inline", 0o644, 0, 0)
	m.wantFile("/var/fat/on-vfat", "vfat\n")
	m.wantFile("/var/mirror/on-raid", "raid\n")
	m.wantFile("/var/keyed/on-luks", "luks\n")
	m.wantFile("/var/random/on-luks", "random\n")
	m.wantOwner("/var/plain/dir/deep", fs.ModeDir|0o700, 0, 0)
	m.wantOwner("/var/plain/dir", fs.ModeDir|0o755, 0, 0)
	m.wantFile("/etc/inline-link", "from the config\nappended\n")
	m.wantFile("/etc/inline-hard", "from the config\nappended\n")
}

func (m *machine) accounts() {
	m.t.Helper()
	m.wantContains("/etc/passwd", m.must(boottest.Request{Read: "/etc/passwd"}), "\nada:x:1234:1500:Ada Lovelace:/var/home/ada:/usr/sbin/nologin\n")
	m.wantContains("/etc/group", m.must(boottest.Request{Read: "/etc/group"}), "\ncrew:x:1500:\n", "\nadm:x:4:ada\n")
	m.wantContains("/etc/shadow", m.must(boottest.Request{Read: "/etc/shadow"}), "\nada:$6$saltsalt$")
	m.wantFile("/var/home/ada/.ssh/authorized_keys.d/ignition", sshKey)
	m.wantOwner("/var/home/ada/.ssh/authorized_keys.d/ignition", 0o600, 1234, 1500)
	m.wantOwner("/var/home/ada/.ssh", fs.ModeDir|0o700, 1234, 1500)
	m.wantContains("journal", m.run("journalctl", "--no-pager", "--output=cat", "MESSAGE_ID=225067b87bbd4a0cb6ab151f82fa364b"),
		"wrote ssh authorized keys file for user: ada")
}

func (m *machine) units() {
	m.t.Helper()
	if state := m.unitState("hello.service"); state != "active" {
		m.t.Errorf("hello.service is %s", state)
	}
	lines := strings.Fields(m.must(boottest.Request{Read: "/var/lib/hello"}))
	if id := strings.TrimSpace(m.must(boottest.Request{Read: "/etc/machine-id"})); len(lines) != 2 || lines[1] != id || len(lines[0]) != 32 {
		m.t.Errorf("hello.service wrote %q, machine id %s", lines, id)
	}
	m.wantNoFile("/var/lib/quiet")
	for unit, want := range map[string]string{
		"hello.service": "enabled", "quiet.service": "disabled", "systemd-timesyncd.service": "masked",
	} {
		if got, _ := m.try("systemctl", "is-enabled", unit); got != want {
			m.t.Errorf("%s is %s, want %s", unit, got, want)
		}
	}
}

// result checks the result file; previous is the boot id of an earlier run.
func (m *machine) result(previous string) string {
	m.t.Helper()
	const path = "/etc/.ignition-result.json"
	m.wantOwner(path, 0o600, 0, 0)
	var result struct {
		BootID   string `json:"provisioningBootID"`
		Date     string `json:"provisioningDate"`
		User     bool   `json:"userConfigProvided"`
		Previous *struct {
			BootID string `json:"provisioningBootID"`
		} `json:"previousReport"`
	}
	text := m.must(boottest.Request{Read: path})
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		m.t.Fatalf("%s: %v", path, err)
	}
	bootID := strings.TrimSpace(m.must(boottest.Request{Read: "/proc/sys/kernel/random/boot_id"}))
	if result.BootID != bootID || !result.User || result.Date == "" {
		m.t.Errorf("%s is %s, boot id %s", path, text, bootID)
	}
	var got string
	if result.Previous != nil {
		got = result.Previous.BootID
	}
	if got != previous {
		m.t.Errorf("previous report of boot %q, want %q", got, previous)
	}
	return bootID
}

// laterBoot has the same config at hand and must leave everything alone.
func laterBoot(m *machine) {
	m.settled()
	if cmdline := m.must(boottest.Request{Read: "/proc/cmdline"}); strings.Contains(cmdline, "ignition.firstboot") {
		m.t.Errorf("/proc/cmdline is %s", cmdline)
	}
	if log, _ := m.try("journalctl", "--no-pager", "--output=cat", "--identifier=ignition"); log != "" && log != "-- No entries --" {
		m.t.Errorf("Ignition ran:\n%s", log)
	}
	m.wantRequests(0)
	m.wantFile("/run/ignition.env", "PLATFORM_ID="+platform+"\n")
	m.wantContains("journal", m.run("journalctl", "--no-pager", "--output=cat", "_PID=1"), "Ignition (later boot from a disk)", "Ignition (later boot)")

	// Volumes and arrays are found by what the first boot left in /etc and on them.
	m.storage()
	m.wantFile("/etc/inline", "the administrator's\n")
	for _, dir := range []string{"keyed", "plain", "fat", "large"} {
		m.wantFile("/var/"+dir+"/kept", "kept\n")
	}
	m.units()
	if state := m.unitState("ignition-firstboot-complete.service"); state != "inactive" {
		m.t.Errorf("ignition-firstboot-complete.service is %s", state)
	}
	// A key file that is there would be an error in the first boot that follows.
	m.forget("keyed")
	m.must(boottest.Request{Remove: "/etc/luks/keyed"})
}
