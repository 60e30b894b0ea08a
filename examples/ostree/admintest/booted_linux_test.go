package admintest_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// booted is a sysroot whose first deployment is the root of a chroot, as if it had been booted.
type booted struct {
	l    *lab
	root string
}

func (l *lab) boot() *booted {
	l.t.Helper()
	deployment := l.root + "/ostree/deploy/demo/deploy/" + l.src.commitOf("C1") + ".0"
	b := &booted{l, l.dir + "/booted"}
	require.NoError(l.t, os.MkdirAll(b.root, 0o755))
	systemctl := l.dir + "/systemctl"
	require.NoError(l.t, os.WriteFile(systemctl, []byte("#!/bin/sh\nexit 0\n"), 0o755))
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
	}{
		{deployment, "", "", unix.MS_BIND},
		{l.root, "/sysroot", "", unix.MS_BIND},
		{l.root + "/boot", "/boot", "", unix.MS_BIND},
		{l.root + "/ostree/deploy/demo/var", "/var", "", unix.MS_BIND},
		{"/usr", "/usr", "", unix.MS_BIND}, // the programs that are called, and the libraries of the reference program
		{systemctl, "/usr/bin/systemctl", "", unix.MS_BIND},
		{"/dev", "/dev", "", unix.MS_BIND},
		{"proc", "/proc", "proc", 0},
		{"/proc/self", "/proc/1", "", unix.MS_BIND}, // in a container the real one may not be readable
		{"tmpfs", "/run", "tmpfs", 0},
		{"tmpfs", "/tmp", "tmpfs", 0},
	} {
		require.NoError(l.t, unix.Mount(m.source, b.root+m.target, m.kind, m.flags, ""), m.target)
	}
	require.NoError(l.t, os.WriteFile(b.root+"/run/ostree-booted", nil, 0o644))
	data, err := os.ReadFile(l.p.path)
	require.NoError(l.t, err)
	require.NoError(l.t, os.WriteFile(b.root+"/run/program", data, 0o755))
	return b
}

func (b *booted) admin(n int, args ...string) *testutil.Trace {
	b.l.t.Helper()
	opts := &testutil.TraceOptions{KillAt: n, Path: "/run/program", Chroot: b.root, CleanEnv: true, RunOptions: testutil.RunOptions{
		Env: []string{"PATH=/usr/bin:/usr/sbin", "LC_ALL=C.UTF-8", "TZ=UTC", "OSTREE_SYSROOT_OPTS=bootloader-naming-1"}}}
	return testutil.TraceChanges(b.l.t, opts, "ostree", append([]string{"admin"}, b.l.expand(args)...)...)
}

// stop is the end of the boot: /run is gone.
func (b *booted) stop() {
	_, _ = thaw(b.l.root) // the next boot has not been frozen; writable() looks at kills without a boot
	for range 20 {
		if err := unix.Unmount(b.root, unix.MNT_DETACH); err != nil {
			return
		}
	}
}

// bootedScripts are commands on a running system; each script begins with a fresh boot.
var bootedScripts = map[string][]string{
	"stage":           {"status", "deploy --stage --os=demo $C3", "status", "finalize-staged", "status"},
	"stage twice":     {"deploy --stage $C3", "deploy --stage $C2", "status", "finalize-staged", "status"},
	"stage and drop":  {"deploy --stage $C3", "undeploy 0", "status", "finalize-staged", "status"},
	"stage, then not": {"deploy --stage $C3", "deploy $C2", "status", "finalize-staged"},
	"refusals":        {"deploy --stage $C3", "pin 0", "undeploy 1", "deploy --stage --retain $C2", "deploy --stage --not-as-default $C2", "finalize-staged", "undeploy 1"},
	"deploy":          {"deploy $C3", "status", "deploy $C2", "status", "undeploy 0", "cleanup", "config-diff"},
	"keep":            {"deploy --not-as-default $C3", "deploy --retain-pending $C2", "deploy --retain-rollback $C4", "status"},
	"kargs":           {"deploy --stage --karg-append=new=1 $C3", "finalize-staged", "status"},
	"nothing staged":  {"finalize-staged", "status"},
}

// TestSameWhenBooted compares the programs on a running system.
func TestSameWhenBooted(t *testing.T) {
	reference, subject := theirs(t), ours(t)
	for name, script := range bootedScripts {
		t.Run(name, func(t *testing.T) {
			want := runBooted(newLab(t, reference, killCase{prepare: prologue}), script)
			got := runBooted(newLab(t, subject, killCase{prepare: prologue}), script)
			for i, w := range want.steps {
				if g := got.steps[i]; g != w {
					t.Errorf("$ ostree admin %s\nwant %s\ngot  %s", script[i], w, g)
				}
			}
			if diff := got.tree.diff(want.tree); len(diff) > 0 {
				t.Errorf("trees differ at %d paths:\n%s", len(diff), strings.Join(diff[:min(len(diff), 20)], "\n"))
			}
		})
	}
}

// bootedResult is what is compared: each command's status, output and staged file, and the disk in the end.
type bootedResult struct {
	steps []string
	tree  snapshot
}

func runBooted(l *lab, script []string) *bootedResult {
	l.t.Helper()
	defer l.copy()()
	b := l.boot()
	defer b.stop()
	r := &bootedResult{}
	for _, line := range script {
		k := b.admin(0, strings.Fields(line)...)
		staged, _ := os.ReadFile(b.root + "/run/ostree/staged-deployment") // often absent
		output := slices.DeleteFunc(strings.SplitAfter(k.Stdout, "\n"), func(l string) bool { return strings.HasPrefix(l, "Freed objects") })
		text := strings.Join(output, "")
		for _, d := range deliberate {
			if d.text != nil {
				text = d.text.ReplaceAllString(text, d.with)
			}
		}
		r.steps = append(r.steps, fmt.Sprintf("%d\n%s%s", k.Exit, text, hex.Dump(staged)))
	}
	tree, err := takeNormal(l.root, func(path string) bool { return path == "lost+found" || skipped(path) })
	require.NoError(l.t, err)
	r.tree = tree
	return r
}
