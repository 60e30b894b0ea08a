package boottest_test

import (
	"flag"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var accel = flag.String("accel", "tcg", "QEMU's accelerator")

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// TestBoot takes one disk through first boots: two that must fail, before anything is done and with the root mounted, and
// one on each of two clouds.
func TestBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("QEMU emulates x86_64 here")
	}
	testutil.Root(t)
	testutil.Loop(t)
	testutil.Namespaces(t, "--mount")
	testutil.Namespaces(t, "--net")
	for _, tool := range []string{"qemu-system-x86_64", "dpkg-query", "dracut", "genisoimage", "curl", "ip", "mkfs.ext4", "systemctl", "useradd"} {
		testutil.Tool(t, tool)
	}
	if _, err := os.Stat("/usr/lib/dracut/modules.d/40network"); err != nil {
		testutil.Missing(t, "needs the package dracut-network")
	}
	k := testutil.GuestKernel(t)

	m := newMachine(t)
	m.build(k)
	m.boot("no platform", "", "", nowhere)
	m.cloud.Fail(document, 2, http.StatusServiceUnavailable)
	m.cloud.Inject(document, 0, fakecloud.Truncated())
	m.boot("broken service", "scaleway", "", broken)
	m.wantUnprovisioned()
	m.cloud.ClearFaults()
	m.cloud.ClearRequests()
	m.boot("drive", "proxmoxve", m.drive(), fromDrive)
	m.boot("service", "scaleway", "", fromService)
}

// document is what Scaleway tells a machine about itself.
const document = "/conf?format=json"

// nowhere checks that a machine that does not know where it is does not even ask for a network.
func nowhere(m *machine) {
	m.stopped("afterburn-network-kargs.service")
	assert.Contains(m.t, m.journal("afterburn-network-kargs.service"), "Couldn't find flag 'ignition.platform.id' in cmdline file (/proc/cmdline)")
	m.wantNoFile(kargsFile)
	m.wantNoFile("/run/systemd/network")
	assert.Empty(m.t, m.cloud.Requests())
}

// broken checks that a machine does not come up under another name than the cloud's.
func broken(m *machine) {
	m.stopped("afterburn-hostname.service")
	assert.Contains(m.t, m.journal("afterburn-hostname.service"), "Fetching http://169.254.42.42"+document+": Attempt #3")
	var statuses []int
	for _, r := range m.cloud.Requests() {
		assert.Equal(m.t, "GET http://169.254.42.42"+document, r.String())
		statuses = append(statuses, r.Status)
	}
	assert.Equal(m.t, []int{503, 503, 200}, statuses)
}

// fromDrive checks what a machine learns from its config drive.
func fromDrive(m *machine) {
	m.settled()
	const args = "ip=192.0.2.40::192.0.2.1:255.255.255.0:::off nameserver=192.0.2.53"
	assert.NotContains(m.t, m.read("/proc/cmdline"), " ip=")
	assert.Equal(m.t, args+"\n", m.read(seen+"/kargs"))
	assert.Regexp(m.t, `Using kernel command line parameters:.* `+args, m.journal("dracut-cmdline.service"))
	assert.Regexp(m.t, `(?m)^\d+: \w+\s+inet 192\.0\.2\.40/24 brd 192\.0\.2\.255 `, m.read(seen+"/addresses"))
	assert.Regexp(m.t, `(?m)^default via 192\.0\.2\.1 dev \w+ `, m.read(seen+"/routes"))

	m.wantOrder("Finished afterburn-network-kargs.service", "Starting dracut-cmdline.service", "Started systemd-networkd.service",
		"Finished afterburn-hostname.service", "Starting ignition-files.service", "Starting initrd-switch-root.service",
		"Finished afterburn-sshkeys@core.service")
	m.wantHostname("pve1")
	m.wantKeys(proxmoxKey + "\n")
	m.wantEnvironment("AFTERBURN_PROXMOXVE_HOSTNAME=pve1", "AFTERBURN_PROXMOXVE_INSTANCE_ID=0a1b", "AFTERBURN_PROXMOXVE_IPV4=192.0.2.40")
	// This cloud does not want to hear of boots.
	m.wantState("afterburn-checkin.service", "inactive")
	assert.Equal(m.t, "no", m.run("systemctl", "show", "-P", "ConditionResult", "afterburn-checkin.service"))
	assert.Empty(m.t, m.cloud.Requests())
}

// fromService checks what a machine learns from a service, and what the service learns.
func fromService(m *machine) {
	m.settled()
	want, ok := fakecloud.Expected("scaleway")
	require.True(m.t, ok)
	assert.Equal(m.t, "ip=dhcp\n", m.read(seen+"/kargs"), "the distribution's default")
	assert.Regexp(m.t, `(?m)^\d+: \w+\s+inet 10\.0\.2\.15/24 `, m.read(seen+"/addresses"))
	assert.Regexp(m.t, `(?m)^default via 10\.0\.2\.2 dev \w+ `, m.read(seen+"/routes"))

	m.wantHostname(want.Hostname)
	m.wantKeys(want.KeyFile())
	m.wantEnvironment(strings.Split(strings.TrimSpace(want.AttributesFile()), "\n")...)

	m.wantState("afterburn-checkin.service", "active")
	m.wantOrder("Reached target multi-user.target", "Starting afterburn-checkin.service", "Finished afterburn-checkin.service")
	booted := m.microseconds("multi-user.target", "ActiveEnterTimestampMonotonic")
	reported := m.microseconds("afterburn-checkin.service", "ExecMainStartTimestampMonotonic")
	assert.Greater(m.t, reported, booted, "the check-in began before the machine was up")

	requests := m.cloud.Requests()
	// Hostname, attributes and keys are asked for by units of their own.
	require.Greater(m.t, len(requests), 3)
	last := len(requests) - 1
	for i, r := range requests {
		assert.Equal(m.t, 2, r.Status/100, "%s", r)
		if i < last {
			assert.Equal(m.t, "GET http://169.254.42.42"+document, r.String())
		}
	}
	assert.Equal(m.t, "PATCH http://169.254.42.42/state", requests[last].String())
	assert.Equal(m.t, string(want.CheckIn.Body), string(requests[last].Body))
	assert.Equal(m.t, want.CheckIn.Header.Get("Content-Type"), requests[last].Header.Get("Content-Type"))
}
