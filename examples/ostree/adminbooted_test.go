//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/stretchr/testify/require"
)

// bootScript makes the deployment the root of the running system, as the initramfs and systemd do, in namespaces of
// its own; from there on only what is in /run/bin can be run.
const bootScript = `set -e
cd %[1]s
mount -t tmpfs tmpfs /run
mkdir /run/bin
cp tools/* /run/bin/
PATH=$PATH:/run/bin
cp -a src root/src
mount --bind root root
ostree-prepare-root root "$(sed -n 's/^options //p' root/boot/loader/entries/ostree-1.conf) %[3]s" >/dev/null
mount --bind root/sysroot/ostree/deploy/demo/var root/var
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount --move /run root/run
mount --bind root/sysroot/boot root/boot
cd root
PATH=/run/bin:$PATH
pivot_root . .
PATH=/run/bin
systemctl start-system
set +e
export OSTREE_SYSROOT_DEBUG=mutable-deployments
admin() { echo "$ $*"; ostree admin "$@" 2>&1 || echo "status $?"; }
%[2]s`

// TestAdminBooted runs commands on a system that has been started from a deployment.
func TestAdminBooted(t *testing.T) {
	testutil.Namespaces(t, "--mount", "--pid")
	f := newAdminFixture(t)
	f.admin("deploy", "--os=demo", "--karg=rw", "origin:demo/x86_64")
	f.must("--repo="+f.dir+"/ostree/repo", "config", "set", `remote "origin".url`, "file:///sysroot/src")
	tools := filepath.Join(filepath.Dir(f.dir), "tools")
	testutil.Run(t, &testutil.RunOptions{Must: true, Env: append(os.Environ(), "CGO_ENABLED=0")}, "go", "build", "-o", tools+"/",
		".", "../ostree-prepare-root", "./testdata/systemctl")
	for _, tc := range []struct{ name, cmdline, script, want string }{
		{"staging", "", `
admin status -D
admin pin pending
echo changed >/etc/b.conf
admin config-diff
admin upgrade --stage
admin status
admin pin 0
admin undeploy 1
admin deploy --lock-finalization origin:demo/x86_64
admin finalize-staged
admin status
admin lock-finalization
admin lock-finalization -u
admin lock-finalization -u
admin finalize-staged
admin status
admin lock-finalization
admin boot-complete
admin set-default 1
admin status -D
admin undeploy 0
admin pin booted rollback
admin prepare-soft-reboot 0
admin prepare-soft-reboot 1
admin prepare-soft-reboot --reset
while read -r line; do echo "$line"; done </run/systemctl.log
`, `$ status -D
default
$ pin pending
error: Deployment type not found: pending
status 1
$ config-diff
M    b.conf
$ upgrade --stage
$ status
  demo C3.0 (staged)
    Version: 3.0
    origin refspec: origin:demo/x86_64
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
$ pin 0
error: Cannot pin staged deployment
status 1
$ undeploy 1
error: Cannot undeploy currently booted deployment 1
status 1
$ deploy --lock-finalization origin:demo/x86_64
$ finalize-staged
$ status
  demo C3.1 (finalization locked)
    Version: 3.0
    origin refspec: origin:demo/x86_64
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
$ lock-finalization
Staged deployment is already finalization locked
$ lock-finalization -u
Staged deployment is now queued to apply on shutdown
$ lock-finalization -u
Staged deployment is already prepared for finalization
$ finalize-staged
Copying /etc changes: 1 modified, 0 removed, 0 added
Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1
$ status
  demo C3.1 (pending)
    Version: 3.0
    origin refspec: origin:demo/x86_64
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
$ lock-finalization
error: No staged deployment
status 1
$ boot-complete
error: INVOCATION_ID is not set: this command is for systemd to run
status 1
$ set-default 1
Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: 0
$ status -D
default
$ undeploy 0
error: Cannot undeploy currently booted deployment 0
status 1
$ pin booted rollback
Deployment 0 is now pinned
Deployment 1 is now pinned
$ prepare-soft-reboot 0
error: Cannot prepare for soft-reboot currently booted deployment 0
status 1
$ prepare-soft-reboot 1
error: Preparing /run/nextroot for a soft-reboot: Cannot soft-reboot to deployment with different kernel state
status 1
$ prepare-soft-reboot --reset
start --quiet ostree-finalize-staged.service
start --quiet ostree-finalize-staged.service
`},
		{"discarding", "", `
ostree admin upgrade --stage
admin pin 1 0
admin set-default 1
admin status
ostree admin upgrade --stage
admin deploy origin:demo/x86_64
ostree admin upgrade --stage
ostree admin upgrade --stage
admin upgrade
`, `$ pin 1 0
error: Cannot pin staged deployment
status 1
$ set-default 1
Staged deployment C3.0 was discarded
$ status
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
$ deploy origin:demo/x86_64
Copying /etc changes: 0 modified, 0 removed, 0 added
Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1
Staged deployment C3.0 was discarded
$ upgrade
Copying /etc changes: 0 modified, 0 removed, 0 added
Transaction complete; bootconfig swap: no; bootversion: boot.0.0, deployment count change: 0
Staged deployment C3.3 was discarded
`},
		{"failed finalization", "", `
ostree admin upgrade --stage
echo text >/boot/ostree/finalize-failure.stamp
admin status
export INVOCATION_ID=1
admin boot-complete
admin boot-complete
admin finalize-staged
admin upgrade --reboot
while read -r line; do echo "$line"; done </run/systemctl.log
`, `$ status
  demo C3.0 (staged)
    Version: 3.0
    origin refspec: origin:demo/x86_64
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
Warning: finalization failed on previous shutdown: text
$ boot-complete
error: ostree-finalize-staged.service failed on previous boot: text
status 1
$ boot-complete
$ finalize-staged
Copying /etc changes: 0 modified, 0 removed, 0 added
Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1
$ upgrade --reboot
Copying /etc changes: 0 modified, 0 removed, 0 added
Transaction complete; bootconfig swap: no; bootversion: boot.0.0, deployment count change: 0
start --quiet ostree-finalize-staged.service
reboot
`},
		{"development", "", `
admin unlock --hotfix --transient
admin unlock
echo x >/usr/x && echo written
admin unlock --hotfix
admin status
`, `$ unlock --hotfix --transient
error: Cannot specify both --hotfix and --transient
status 1
$ unlock
Development mode enabled.  A writable overlayfs is now mounted on /usr.
All changes there will be discarded on reboot.
written
$ unlock --hotfix
error: Deployment is already in unlocked state: development
status 1
$ status
* demo C1.0
    Version: 1.0
    Unlocked: development
    origin refspec: origin:demo/x86_64
`},
		{"hotfix", "", `
admin unlock --hotfix
echo x >/usr/x && echo written
admin status
`, `$ unlock --hotfix
Copying /etc changes: 0 modified, 0 removed, 0 added
Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1
Hotfix mode enabled.  A writable overlayfs is now mounted on /usr
for this booted deployment.  A non-hotfixed clone has been created
as the non-default rollback target.
written
$ status
* demo C1.0
    Version: 1.0
    Unlocked: hotfix
    origin refspec: origin:demo/x86_64
  demo C1.1 (rollback)
    Version: 1.0
    origin refspec: origin:demo/x86_64
`},
		{"transient", "", `
admin unlock --transient
(echo x >/usr/x) 2>/dev/null || echo read-only
admin state-overlay modules /usr/lib/modules
echo more >/usr/lib/modules/more && echo written
admin state-overlay ../x /tmp
`, `$ unlock --transient
A writable overlayfs is prepared for /usr, but is mounted read-only by default.
All changes there will be discarded on reboot.
read-only
$ state-overlay modules /usr/lib/modules
written
$ state-overlay ../x /tmp
error: invalid name of a state overlay: "../x"
status 1
`},
		{"composefs", "ostree.prepare-root.composefs=1", `
(echo x >/sysroot/x) 2>/dev/null || echo read-only
admin upgrade
admin status
admin unlock
echo x >/usr/x && echo written
(echo x >/sysroot/x) 2>/dev/null || echo read-only
`, `read-only
$ upgrade
Copying /etc changes: 0 modified, 0 removed, 0 added
Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1
$ status
  demo C3.0 (pending)
    Version: 3.0
    origin refspec: origin:demo/x86_64
* demo C1.0
    Version: 1.0
    origin refspec: origin:demo/x86_64
$ unlock
Development mode enabled.  A writable overlayfs is now mounted on /usr.
All changes there will be discarded on reboot.
written
read-only
`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.cmdline != "" {
				requireErofs(t)
			}
			dir := filepath.Dir(f.dir)
			work := t.TempDir()
			testutil.Run(t, &testutil.RunOptions{Must: true}, "cp", "-a", dir+"/root", dir+"/src", dir+"/tools", work)
			script := fmt.Sprintf(bootScript, work, tc.script, tc.cmdline)
			r := testutil.Run(t, nil, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-c", script)
			require.Zero(t, r.Exit, r.Stderr)
			require.Equal(t, tc.want, regexp.MustCompile(`(?m)^(Freed objects: .*|)\n`).ReplaceAllString(f.short(r.Stdout), ""), r.Stderr)
			require.Empty(t, strings.TrimSpace(r.Stderr))
		})
	}
}

// requireErofs requires what composefs consists of.
func requireErofs(t *testing.T) {
	testutil.Loop(t)
	b, err := os.ReadFile("/proc/filesystems")
	require.NoError(t, err)
	if !strings.Contains(string(b), "\terofs\n") {
		testutil.Missing(t, "the kernel lacks EROFS")
	}
}
