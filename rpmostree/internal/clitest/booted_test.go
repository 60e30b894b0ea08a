//go:build linux

package clitest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// bootScript makes the deployment the root of the running system, as the initramfs and systemd do, in namespaces of
// its own. The packages of the repository stay within reach: they are in memory, below /dev.
const bootScript = `set -e
cd %[1]s
mount -t tmpfs tmpfs /run
mkdir /run/bin
cp tools/* /run/bin/
PATH=$PATH:/run/bin
mount --bind sysroot sysroot
ostree-prepare-root sysroot "$(sed -n 's/^options //p' sysroot/boot/loader/entries/ostree-1*.conf) rw" >/dev/null
mount --bind sysroot/sysroot/ostree/deploy/demo/var sysroot/var
mount -t proc proc sysroot/proc
mount --rbind /dev sysroot/dev
mount --move /run sysroot/run
mount --bind sysroot/sysroot/boot sysroot/boot
cd sysroot
PATH=/run/bin:$PATH
pivot_root . .
PATH=/run/bin:/usr/bin
systemctl start-system
set +e
export OSTREE_SYSROOT_DEBUG=mutable-deployments LANG=C.UTF-8 SOURCE_DATE_EPOCH=1700000000 HOME=/run
ro() { echo "$ $*"; rpm-ostree "$@" 2>&1 || echo "status $?"; }
%[2]s`

// machine is a system that is booted in namespaces.
type machine struct {
	*testing.T
	*systemtest.World
	first string
}

func newMachine(t *testing.T, packages ...*rpmtest.Spec) *machine {
	t.Helper()
	skipUnlessAMD64(t)
	testutil.Root(t)
	testutil.Namespaces(t, "--mount", "--pid")
	w := systemtest.New(t, ostree.ModeBare, packages...)
	if !strings.HasPrefix(w.Dir, "/dev/") {
		t.Skip("needs its directory below /dev, which the booted system sees")
	}
	m := &machine{T: t, World: w}
	tools := filepath.Join(w.Dir, "tools")
	testutil.Run(t, &testutil.RunOptions{Must: true, Env: append(os.Environ(), "CGO_ENABLED=0")}, "go", "build", "-o", tools+"/",
		"../../../examples/ostree-prepare-root", "../../../examples/ostree/testdata/systemctl")
	testutil.Run(t, &testutil.RunOptions{Must: true}, "cp", program, tools+"/rpm-ostree")
	m.first = (&host{T: t, World: w}).checksums()[0]
	return m
}

// tool adds a program, a script, to the system.
func (m *machine) tool(name, script string) {
	m.Helper()
	require.NoError(m, os.WriteFile(filepath.Join(m.Dir, "tools", name), []byte("#!/usr/bin/sh\n"+script), 0o755))
}

// boot runs a script on the booted system; it returns what it printed, with checksums and sizes replaced.
func (m *machine) boot(script string) string {
	m.Helper()
	r := testutil.Run(m.T, nil, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-c", fmt.Sprintf(bootScript, m.Dir, script))
	require.Zero(m, r.Exit, r.Stdout+r.Stderr)
	require.Empty(m, strings.TrimSpace(r.Stderr), r.Stdout)
	return freed.ReplaceAllString(sha.ReplaceAllString(strings.ReplaceAll(r.Stdout, m.first, "FIRST"), "SUM"), "")
}

var freed = regexp.MustCompile(`(?m)^Freed: .*\n`)

func TestBootedChanges(t *testing.T) {
	m := newMachine(t)
	m.Publish(spec("foo", "1"))
	m.Base("2.0", spec("tool", "1"))
	out := m.boot(`
ro status
ro cancel
ro install foo -q
ro status -b
ro status --pending-exit-77
ro rollback
ro upgrade --lock-finalization -q
ro finalize-deployment
ro finalize-deployment x
ro finalize-deployment --allow-missing-checksum
ro finalize-deployment --allow-missing-checksum
ro db diff --format=diff
ro cleanup -p
ro db diff
ro kargs --append=x --reboot -q
while read -r line; do echo "$line"; done </run/systemctl.log
ls /var/lib/rpm-ostree/history | wc -l
ls /run/rpm-ostree | grep transaction || echo nothing is left
`)
	require.Equal(t, `$ status
State: idle
Deployments:
● demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
                   Commit: FIRST
$ cancel
No active transaction.
$ install foo -q
Added:
  foo-1-1.noarch
Changes queued for next boot. Run "systemctl reboot" to start a reboot
$ status -b
State: idle
BootedDeployment:
● demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
                   Commit: FIRST
$ status --pending-exit-77
State: idle
Deployments:
  demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
               BaseCommit: FIRST
                     Diff: 1 added
          LayeredPackages: foo

● demo/1/x86_64/stable
                  Version: 1.0 (2023-11-15T00:13:20Z)
                   Commit: FIRST
status 77
$ rollback
error: Staged deployment (remove with cleanup -p)
status 1
`, out[:strings.Index(out, "$ upgrade")])
	out = out[strings.Index(out, "$ upgrade"):]
	require.Contains(t, out, "error: CHECKSUM must be provided or --allow-missing-checksum specified\n")
	require.Contains(t, out, "error: Expected staged base checksum x, but found SUM\nstatus 1\n")
	require.Contains(t, out, "$ finalize-deployment --allow-missing-checksum\n$ finalize-deployment --allow-missing-checksum\nerror: Staged deployment already unlocked\n")
	require.Contains(t, out, "ostree diff commit from: booted deployment (FIRST)\nostree diff commit to:   pending deployment (SUM)\n!demo-release-1.0-1.noarch\n")
	require.Contains(t, out, "error: No pending or rollback deployment to diff against\n")
	require.Contains(t, out, "\nreboot\n")
	require.True(t, strings.HasSuffix(out, "nothing is left\n"), out)
}

func TestBootedDriver(t *testing.T) {
	m := newMachine(t)
	m.Base("2.0")
	require.NoError(t, os.Rename(filepath.Join(m.Dir, "tools/systemctl"), filepath.Join(m.Dir, "tools/systemctl.real")))
	m.tool("systemctl", `case $1 in
start-system) exec systemctl.real start-system;;
show) cat /run/driver;;
esac
`)
	m.tool("journalctl", "cat /run/journal\n")
	m.tool("busctl", `echo '{"type":"a(ssssuu)","data":[[["shutdown","backup","is running","block",0,1]]]}'`)
	var driver gvariant.Dict
	driver.Set("driver-name", gvariant.NewString("Zincati"))
	driver.Set("driver-sd-unit", gvariant.NewString("zincati.service"))
	require.NoError(t, os.WriteFile(filepath.Join(m.Dir, "tools/driver.gv"), driver.Value().Bytes(), 0o644))
	out := m.boot(`
mkdir -p /run/rpm-ostree
cp /run/bin/driver.gv /run/rpm-ostree/update-driver.gv
: >/run/journal
printf 'ActiveState=active\nStatusText=polling\n' >/run/driver
ro status
ro status -J '$["update-driver"]'
ro upgrade
ro rebase -b x
ro deploy 1.0
ro upgrade --bypass-driver -r -q
printf 'ActiveState=inactive\n' >/run/driver
ro deploy 2.0 -q
ro ex history
echo "{\"MESSAGE_ID\":\"7170336a73ba4601bad31af888aa0df7\",\"__REALTIME_TIMESTAMP\":\"1700000000000000\",\"DEPLOYMENT_PATH\":\"/x\",\"DEPLOYMENT_DEVICE\":\"1\",\"DEPLOYMENT_INODE\":\"2\"}" >/run/journal
echo "{\"MESSAGE_ID\":\"9bddbda177cd44d891b1b561a8a0ce9e\",\"DEPLOYMENT_TIMESTAMP\":\"1600000000\",\"COMMAND_LINE\":\"upgrade\",\"DEPLOYMENT_PATH\":\"/x\",\"DEPLOYMENT_DEVICE\":\"1\",\"DEPLOYMENT_INODE\":\"2\"}" >>/run/journal
ro ex history
ro ex history --json
ro ex history -n 0
`)
	const refused = "error: Updates and deployments are driven by Zincati (zincati.service)\nSee Zincati's documentation for details.\n" +
		"Use --bypass-driver to bypass Zincati and perform the operation.\nstatus 1\n"
	require.Contains(t, out, "State: idle\nAutomaticUpdatesDriver: Zincati\n  DriverState: active; polling\nDeployments:\n")
	require.Contains(t, out, "[\n  {\n    \"driver-name\" : \"Zincati\",\n    \"driver-sd-unit\" : \"zincati.service\"\n  }\n]\n")
	require.Contains(t, out, "$ upgrade\n"+refused+"$ rebase -b x\n"+refused+"$ deploy 1.0\n"+refused)
	require.Contains(t, out, "$ upgrade --bypass-driver -r -q\nerror: Reboot blocked by a systemd inhibitor lock in `block` mode\nHeld by: backup\nReason: is running\nstatus 1\n")
	require.Contains(t, out, "$ deploy 2.0 -q\nUpgraded:\n")
	require.Contains(t, out, "$ ex history\n<< No entries found >>\n")
	require.Regexp(t, `\$ ex history\nBootTimestamp: 2023-11-14T22:13:20Z \(.* ago\)\nCreateTimestamp: 2020-09-13T12:26:40Z \(.* ago\)\nCreateCommand: upgrade\n  << Missing history information >>\n`, out)
	require.Contains(t, out, `"deployment-create-command-line" : "upgrade",`)
	require.Contains(t, out, "error: Limit must be positive integer\n")
}

// TestBootedCancel interrupts a command from another one, and by a signal.
func TestBootedCancel(t *testing.T) {
	m := newMachine(t)
	m.Publish(&rpmtest.Spec{Name: "slow", Scripts: map[rpm.ScriptKind]rpm.Script{rpm.ScriptPost: {HasBody: true, Body: "echo sleeping\nsleep 60"}}})
	out := m.boot(`
ro install slow >/run/out &
while ! grep -q sleeping /run/out; do sleep 0.1; done
ro status
ro upgrade
ro cancel
wait
grep -v '^Enabled\|^rpm-md' /run/out
echo by a signal
ro install slow >/run/out2 &
while ! grep -q sleeping /run/out2; do sleep 0.1; done
kill -TERM "$(sed 's/.*"pid":\([0-9]*\).*/\1/' /run/rpm-ostree/transaction.json)"
wait
grep -v '^Enabled\|^rpm-md' /run/out2
ro status
`)
	require.Regexp(t, `State: busy\nTransaction: install slow\n  Initiator: client\(id:cli (unit:\S+ )?uid:0\)\n`, out)
	require.Contains(t, out, "$ upgrade\nerror: Transaction in progress: install slow\n You can cancel the current transaction with `rpm-ostree cancel`\nstatus 1\n")
	require.Contains(t, out, "$ cancel\nCancelling transaction: install slow\nCancelled.\n")
	first, second, _ := strings.Cut(out, "by a signal\n")
	require.Contains(t, first, "error: Operation was cancelled\nstatus 1\n")
	require.NotContains(t, first, "SIGINT")
	require.Contains(t, second, "Caught SIGINT, cancelling transaction\n")
	require.Contains(t, second, "error: Operation was cancelled\nstatus 1\n")
	require.True(t, strings.HasSuffix(out, "$ status\nState: idle\nDeployments:\n● demo/1/x86_64/stable\n                  Version: 1.0 (2023-11-15T00:13:20Z)\n                   Commit: FIRST\n"), out)
}
