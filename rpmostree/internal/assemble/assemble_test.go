package assemble_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestLayerWithScripts(t *testing.T) {
	testutil.Namespaces(t, "--user", "--mount", "--pid", "--fork")
	for _, mode := range modes() {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			w := newWorld(t, mode)
			base := w.base()
			daemon := w.add(&rpmtest.Spec{
				Name: "daemon", Version: "2", Arch: "x86_64",
				Files: []rpmtest.File{
					{Path: "/etc/daemon.conf", Content: []byte("a=1\n"), Flags: rpm.FileConfig},
					{Path: "/usr/bin/daemon", Mode: 0o4755, Content: []byte("x"), User: "svc", Group: "svc"},
					{Path: "/var/lib/daemon", Mode: 0o40750, User: "svc", Group: "svc"},
					{Path: "/opt/acme/bin/x", Mode: 0o755, Content: []byte("opt")},
				},
				Scripts: map[rpm.ScriptKind]rpm.Script{
					rpm.ScriptPre:       {HasBody: true, Body: "echo svc:x:77:77::/:/bin/sh >> /etc/passwd\necho svc:x:77: >> /etc/group\necho pre $1\n"},
					rpm.ScriptPost:      {HasBody: true, Body: "set -e\nsed -i s/a=1/a=2/ /etc/daemon.conf\nmkdir -p /usr/share/daemon\nstat -c %u /usr/bin/daemon > /usr/share/daemon/owner\nrm /usr/bin/ls\n"},
					rpm.ScriptPostTrans: {HasBody: true, Body: "echo hello > /etc/made\n"},
				},
			})
			c, err := w.run(base, func(x *assemble.Transaction) { x.Install = []*assemble.Package{daemon} })
			require.NoError(t, err, w.output.String())
			require.Equal(t, "a=2\n", w.text(c, "usr/etc/daemon.conf"))
			require.Equal(t, "hello\n", w.text(c, "usr/etc/made"))
			require.Contains(t, w.output.String(), "daemon.prein: pre 1\n")
			i, err := w.tree(c).Lstat("usr/bin/daemon")
			require.NoError(t, err)
			require.Equal(t, uint32(77), i.Header.UID)
			require.Equal(t, uint32(0o104755), i.Header.Mode)
			ok, err := w.tree(c).Exists("usr/bin/ls")
			require.NoError(t, err)
			require.False(t, ok)
			require.Contains(t, w.text(c, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "d /var/lib/daemon 0750 svc svc - -\n")
			require.Contains(t, w.text(c, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "L /opt/acme - - - - ../../usr/lib/opt/acme\n")
			list, err := pkglist.Load(t.Context(), w.repo, c)
			require.NoError(t, err)
			require.Len(t, list, 3)
			w.fsck()
			again, err := w.run(base, func(x *assemble.Transaction) { x.Install = []*assemble.Package{daemon} })
			require.NoError(t, err)
			require.Equal(t, c, again, "the same input gives the same commit")
		})
	}
}

func TestFailingScriptLeavesNothing(t *testing.T) {
	testutil.Namespaces(t, "--user", "--mount", "--pid", "--fork")
	for _, mode := range modes() {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			w := newWorld(t, mode)
			base := w.base()
			bad := w.add(&rpmtest.Spec{Name: "bad", Scripts: map[rpm.ScriptKind]rpm.Script{
				rpm.ScriptPost: {HasBody: true, Body: "echo broken > /usr/bin/busybox\nrm -rf /usr/bin\nexit 3\n"},
			}})
			_, err := w.run(base, func(x *assemble.Transaction) { x.Install = []*assemble.Package{bad} })
			require.ErrorContains(t, err, "Running %post for bad: bwrap(/bin/sh): Child process exited with code 3")
			w.fsck()
			killer := w.add(&rpmtest.Spec{Name: "killer", Scripts: map[rpm.ScriptKind]rpm.Script{
				rpm.ScriptPost: {HasBody: true, Body: "rm -rf /usr/bin /usr/lib /etc; exit 0\n"},
			}})
			_, err = w.run(base, func(x *assemble.Transaction) { x.Install = []*assemble.Package{killer} })
			require.ErrorContains(t, err, "Sanity-checking final rootfs")
			w.fsck()
		})
	}
}

func TestRemoveAndReplace(t *testing.T) {
	for _, mode := range modes() {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			w := newWorld(t, mode)
			base := w.base()
			one := w.add(&rpmtest.Spec{Name: "one", Files: []rpmtest.File{
				{Path: "/usr/share/one", Mode: 0o40755}, {Path: "/usr/share/one/a", Content: []byte("1")}, {Path: "/usr/share/shared", Content: []byte("s")},
			}})
			two := w.add(&rpmtest.Spec{Name: "two", Files: []rpmtest.File{{Path: "/usr/share/shared", Content: []byte("s")}}})
			c, err := w.run(base, func(x *assemble.Transaction) { x.Install = []*assemble.Package{one, two} })
			require.NoError(t, err)
			clash := w.add(&rpmtest.Spec{Name: "clash", Files: []rpmtest.File{{Path: "/usr/share/shared", Content: []byte("other")}}})
			_, err = w.run(c, func(x *assemble.Transaction) { x.Install = []*assemble.Package{clash} })
			require.ErrorContains(t, err, "Checkout clash-1-1.noarch: Hardlinking")
			require.ErrorContains(t, err, "usr/share/shared: File exists")

			next := w.add(&rpmtest.Spec{Name: "one", Version: "2", Files: []rpmtest.File{{Path: "/usr/share/b", Content: []byte("2")}}})
			next.Replaces = true
			c, err = w.run(c, func(x *assemble.Transaction) {
				x.Install = []*assemble.Package{next}
				x.Remove = x.Database.Set.Lookup("one")
			})
			require.NoError(t, err)
			for name, want := range map[string]bool{"usr/share/one": false, "usr/share/shared": true, "usr/share/b": true} {
				ok, err := w.tree(c).Exists(name)
				require.NoError(t, err)
				require.Equal(t, want, ok, name)
			}
			w.fsck()
		})
	}
}

func TestExcludeAndUnpacked(t *testing.T) {
	w := newWorld(t, modes()[len(modes())-1])
	base := w.base()
	one := w.add(&rpmtest.Spec{Name: "one", Files: []rpmtest.File{{Path: "/usr/share/a", Content: []byte("a")}, {Path: "/usr/share/shared", Content: []byte("s")}}})
	two := w.add(&rpmtest.Spec{Name: "two", Files: []rpmtest.File{{Path: "/usr/share/shared", Content: []byte("s")}}})
	c, err := w.run(base, func(x *assemble.Transaction) {
		x.Install = []*assemble.Package{one, two}
		x.Exclude = func(h *rpm.Header, f *rpm.File) bool { return h.String(rpm.TagName) == "one" }
		x.Unpacked = func(ctx context.Context) error {
			ok, err := x.Tree.Exists("usr/share/shared")
			require.True(t, ok, "all files are there")
			require.NoError(t, err)
			return x.Tree.WriteFile(ctx, "usr/share/hook", rootfs.Attr{Mode: 0o644}, nil)
		}
	})
	require.NoError(t, err)
	for name, want := range map[string]bool{"usr/share/a": false, "usr/share/shared": true, "usr/share/hook": true} {
		ok, err := w.tree(c).Exists(name)
		require.NoError(t, err)
		require.Equal(t, want, ok, name)
	}
	db, err := assemble.ReadDatabase(t.Context(), w.tree(c))
	require.NoError(t, err)
	states := db.Set.Lookup("one")[0].Header.Bytes(rpm.TagFileStates)
	require.Equal(t, []byte{byte(rpm.StateNotInstalled), byte(rpm.StateNotInstalled)}, states)
}
