package rpmostree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/systemtest"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// dracut is a program that takes the place of the real one: its output tells how it was called.
func dracut() *rpmtest.Spec {
	const script = `#!/bin/sh
args="$*"
while [ "$1" != -f ]; do shift; done
{ echo "$args"; cat /etc/special 2>/dev/null; } > "$2"
`
	return &rpmtest.Spec{Name: "dracut", Files: []rpmtest.File{{Path: "/usr/bin/dracut", Mode: 0o755, Content: []byte(script)}}}
}

func TestInitramfs(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser, dracut())
	s := open(t, w)
	deployment := s.Sysroot().DeploymentPath(s.Sysroot().Deployments()[0])
	require.NoError(t, os.WriteFile(filepath.Join(deployment, "etc/special"), []byte("of this host\n"), 0o644))
	_, err := s.Apply(ctx, &rpmostree.Change{Initramfs: &rpmostree.Initramfs{Regenerate: true, Args: []string{"-I", "/etc/special"}}})
	require.NoError(t, err, s.out.String())
	got := text(t, s, "usr/lib/modules/6.1.0/initramfs.img")
	require.True(t, strings.HasPrefix(got, "--reproducible -v --add ostree --tmpdir=/tmp/dracut -f /usr/lib/modules/6.1.0/initramfs.img -I /etc/special --kver 6.1.0\nof this host\n"), got)
	require.Contains(t, got, "\x1f\x8b", "the devices are appended")
	_, err = s.Apply(ctx, &rpmostree.Change{Initramfs: &rpmostree.Initramfs{Regenerate: true}})
	require.ErrorContains(t, err, "initramfs regeneration state is already enabled")
	_, err = s.Apply(ctx, &rpmostree.Change{InitramfsEtc: &rpmostree.InitramfsEtc{Track: []string{"/etc/special"}}})
	require.ErrorContains(t, err, "initramfs regeneration and /etc overlay not compatible")
	_, err = s.Apply(ctx, &rpmostree.Change{ResetInitramfs: true})
	require.NoError(t, err)
	require.Equal(t, "initramfs of first", text(t, s, "usr/lib/modules/6.1.0/initramfs.img"))

	out, err := s.Apply(ctx, &rpmostree.Change{InitramfsEtc: &rpmostree.InitramfsEtc{Track: []string{"/etc/special"}}})
	require.NoError(t, err)
	require.Len(t, out.Deployment.OverlayInitrds, 1)
	images, err := filepath.Glob(filepath.Join(w.Sysroot, "boot/ostree/initramfs-overlays/*.img"))
	require.NoError(t, err)
	require.Len(t, images, 1)
	out, err = s.Apply(ctx, &rpmostree.Change{InitramfsEtc: &rpmostree.InitramfsEtc{Track: []string{"/etc/special"}}})
	require.NoError(t, err)
	require.False(t, out.Changed)
	_, err = s.Apply(ctx, &rpmostree.Change{InitramfsEtc: &rpmostree.InitramfsEtc{Track: []string{"/usr/x"}}})
	require.ErrorContains(t, err, "Path outside /etc forbidden: /usr/x")
}

func TestRebaseToContainer(t *testing.T) {
	ctx := t.Context()
	w := systemtest.New(t, ostree.ModeBareUser)
	w.Publish(&rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Content: []byte("x")}}})
	s := open(t, w)
	image := filepath.Join(w.Dir, "image")
	dest, err := container.ParseImageReference("oci:" + image)
	require.NoError(t, err)
	digest, err := container.Encapsulate(ctx, s.Repo(), w.Base("2.0").String(), dest, nil)
	require.NoError(t, err)
	_, err = s.Apply(ctx, &rpmostree.Change{Install: []string{"foo"}})
	require.NoError(t, err)
	out, err := s.Apply(ctx, &rpmostree.Change{Refspec: "ostree-unverified-image:oci:" + image, AllowDowngrade: true})
	require.NoError(t, err)
	require.True(t, out.Changed)
	list, err := s.Deployments(ctx)
	require.NoError(t, err)
	require.Equal(t, "ostree-unverified-image:oci:"+image, list[0].Text("container-image-reference"))
	require.Equal(t, digest.String(), list[0].Text("container-image-reference-digest"))
	require.Equal(t, []string{"foo"}, list[0].Texts("packages"))
	out, err = s.Apply(ctx, &rpmostree.Change{Upgrade: true})
	require.NoError(t, err)
	require.False(t, out.Changed)
	_, err = s.Apply(ctx, &rpmostree.Change{Revision: "other", AllowDowngrade: true})
	require.ErrorContains(t, err, "is not supported; rebase to other")
	fsck(t, s.Repo())
}
