//go:build linux

package sysroot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// The three commits of the worked example and the boot checksums of their kernels.
const (
	commit1 = "e7b24cdbab624c88b1bcb1f4c2d8732f6216520d33efc5c44de670051a77c06b"
	commit2 = "ab27866de8837ea28447573dc2bd10da88e3057d5b05fac6f19a26ad4b448c14"
	commit3 = "26be895b6de50752699b4d4e9c4e2c8931ca0c52eb2a2726f4f4bcc783c001a4"
	bootA   = "cf7cc34756a8d6674f19f6ab04f0ecbec93a667f8327f37cbe8b17e12c867fe4"
	bootB   = "01af410089fdf82739434ed7c8310d160ac358576dab2775f95c221976271e1f"
)

// demo is a sysroot to which the three commits can be pulled.
type demo struct {
	t    *testing.T
	dir  string
	src  *ostree.Repo
	s    *sysroot.Sysroot
	said []string
}

// demoTree makes the file tree of one version.
func demoTree(t *testing.T, dir string, version int) {
	k := "A"
	if version == 3 {
		k = "B"
	}
	for _, d := range strings.Fields("usr/bin usr/etc/sub usr/lib/modules/6.1.0 boot dev proc run sys sysroot var tmp") {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "tmp"), 0o777|os.ModeSticky))
	for name, target := range map[string]string{"bin": "usr/bin", "lib": "usr/lib", "ostree": "sysroot/ostree", "usr/etc/os-release": "../usr/lib/os-release"} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	write := func(name, text string, mode os.FileMode) {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, []byte(text), mode))
		require.NoError(t, os.Chmod(p, mode))
	}
	write("usr/lib/modules/6.1.0/vmlinuz", "KERNEL-"+k, 0o644)
	write("usr/lib/modules/6.1.0/initramfs.img", "INITRD-"+k, 0o644)
	v := fmt.Sprintf("%d.0", version)
	write("usr/lib/os-release", fmt.Sprintf("NAME=DemoOS\nID=demo\nVERSION_ID=%s\nPRETTY_NAME=\"DemoOS %s\"\n", v, v), 0o644)
	write("usr/etc/a.conf", "default-"+v+"\n", 0o644)
	write("usr/etc/b.conf", "same\n", 0o644)
	write("usr/etc/sub/c.conf", "x\n", 0o644)
	write("usr/bin/sh", "#!/bin/sh\n", 0o755)
}

// newDemo makes the source repository and an empty sysroot with the stateroot "demo".
func newDemo(t *testing.T) *demo {
	testutil.Root(t)
	d := &demo{t: t, dir: filepath.Join(t.TempDir(), "root")}
	ctx := t.Context()
	var err error
	d.src, err = ostree.Init(filepath.Join(t.TempDir(), "src"), &ostree.InitOptions{Mode: ostree.ModeArchive})
	require.NoError(t, err)
	t.Cleanup(func() { d.src.Close() })
	for i, want := range []string{commit1, commit2, commit3} {
		v := i + 1
		tree := filepath.Join(t.TempDir(), "tree")
		demoTree(t, tree, v)
		d.commit(tree, fmt.Sprintf("%d.0", v), time.Unix(int64(1700000000+1000*(v-1)), 0), want)
	}
	require.NoError(t, os.Mkdir(d.dir, 0o755))
	require.NoError(t, sysroot.InitFS(ctx, d.dir, 1))
	d.s, err = sysroot.Open(d.dir, &sysroot.Options{Message: func(text string) { d.said = append(d.said, text) }})
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, dep := range d.s.Deployments() {
			d.s.SetMutable(dep, true)
		}
		d.s.Close()
	})
	require.NoError(t, d.s.InitStateroot(ctx, "demo"))
	require.NoError(t, d.s.Load(ctx))
	require.NoError(t, d.s.Lock(ctx))
	config, err := d.s.Repo().EditConfig()
	require.NoError(t, err)
	require.NoError(t, config.Set("sysroot", "bootloader", "none"))
	require.NoError(t, d.s.Repo().SetConfig(config))
	require.NoError(t, d.s.Repo().AddRemote("origin", "file://"+d.src.Path(), &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify", "false"}}}))
	return d
}

// commit commits a tree to the branch, as "ostree commit -b" does.
func (d *demo) commit(dir, version string, at time.Time, want string) {
	t := d.t
	ctx := t.Context()
	txn, err := d.src.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(ctx, tree, dir, &ostree.Modifier{NoXattrs: true, Filter: func(e *ostree.Entry) bool {
		e.UID, e.GID = 0, 0
		return true
	}}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	parent, _, err := d.src.ResolveRevOptional("demo/x86_64")
	require.NoError(t, err)
	metadata := &object.Dict{}
	metadata.Set(object.KeyVersion, object.NewString(version))
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Parent: parent, Subject: "v" + version, Time: at,
		Metadata: metadata, Refs: []string{"demo/x86_64"}})
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("demo/x86_64", c))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	require.Equal(t, want, c.String())
}

// pull pulls a commit of the branch into the sysroot.
func (d *demo) pull(commit string) {
	_, err := d.s.Repo().Pull(d.t.Context(), "origin", &ostree.PullOptions{Refs: []string{"demo/x86_64@" + commit}})
	require.NoError(d.t, err)
}

// messages returns what was said since the last call.
func (d *demo) messages() []string {
	m := d.said
	d.said = nil
	return m
}

// list returns the list of deployments as COMMIT-NUMBER.SERIAL.
func (d *demo) list() string {
	var out []string
	for _, dep := range d.s.Deployments() {
		name := dep.Name()
		for i, c := range []string{commit1, commit2, commit3} {
			name = strings.ReplaceAll(name, c, fmt.Sprintf("C%d", i+1))
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func (d *demo) read(name string) string {
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	require.NoError(d.t, err)
	return string(b)
}

func (d *demo) link(name string) string {
	target, err := os.Readlink(filepath.Join(d.dir, name))
	require.NoError(d.t, err)
	return target
}

func (d *demo) names(name string) string {
	entries, err := os.ReadDir(filepath.Join(d.dir, name))
	require.NoError(d.t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func (d *demo) refs() string {
	refs, err := d.s.Repo().Refs("")
	require.NoError(d.t, err)
	var out []string
	for _, r := range refs {
		out = append(out, r.Refspec())
	}
	return strings.Join(out, " ")
}

// deploy is "admin deploy --os=demo origin:demo/x86_64".
func (d *demo) deploy(k *kargs.Args) {
	t, ctx := d.t, d.t.Context()
	c, err := d.s.Repo().ResolveRev("origin:demo/x86_64")
	require.NoError(t, err)
	require.NoError(t, d.s.PrepareCleanup(ctx))
	merge := d.s.MergeDeployment("demo")
	dep, err := d.s.DeployTree(ctx, "demo", c, sysroot.NewOrigin("origin:demo/x86_64"), merge, &sysroot.DeployOptions{Kargs: k})
	require.NoError(t, err)
	require.NoError(t, d.s.SimpleWriteDeployment(ctx, "demo", dep, merge, 0))
}

// upgrade is "admin upgrade --os=demo".
func (d *demo) upgrade(override string) bool {
	t, ctx := d.t, d.t.Context()
	u, err := d.s.NewUpgrader("demo", nil)
	require.NoError(t, err)
	o := u.Origin()
	o.RemoveTransient()
	if override != "" {
		require.NoError(t, o.Set("origin", "override-commit", override))
	}
	require.NoError(t, u.SetOrigin(o))
	changed, err := u.Pull(ctx, nil)
	require.NoError(t, err)
	if changed {
		require.NoError(t, u.Deploy(ctx))
	}
	return changed
}

// TestWorkedExample goes through the life of a small system, whose every file is known.
func TestWorkedExample(t *testing.T) {
	d := newDemo(t)
	d.pull(commit1)
	d.deploy(kargs.Of("root=LABEL=root", "rw"))
	require.Equal(t, []string{"Relabeling /var (no stamp file 'var/.ostree-selabeled' found)",
		"Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: 1"}, d.messages())
	require.Equal(t, "loader.1", d.link("boot/loader"))
	require.Equal(t, ".", d.link("boot/boot"))
	require.Equal(t, "boot loader loader.1 ostree", d.names("boot"))
	require.Equal(t, "title DemoOS 1.0 (ostree:0)\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/demo/"+bootA+"/0\n"+
		"linux /ostree/demo-"+bootA+"/vmlinuz-6.1.0\ninitrd /ostree/demo-"+bootA+"/initramfs-6.1.0.img\n", d.read("boot/loader/entries/ostree-1.conf"))
	require.Equal(t, "boot.1.1", d.link("ostree/boot.1"))
	require.Equal(t, "../../../deploy/demo/deploy/"+commit1+".0", d.link("ostree/boot.1.1/demo/"+bootA+"/0"))
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n", d.read("ostree/deploy/demo/deploy/"+commit1+".0.origin"))
	require.Equal(t, ".ostree-selabeled lib lock log run tmp", d.names("ostree/deploy/demo/var"))
	require.Equal(t, "origin:demo/x86_64 ostree/1/1/0", d.refs())

	etc := filepath.Join(d.dir, "ostree/deploy/demo/deploy", commit1+".0", "etc")
	require.NoError(t, os.WriteFile(filepath.Join(etc, "b.conf"), []byte("changed\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(etc, "local.conf"), []byte("mine\n"), 0o644))
	require.NoError(t, os.Remove(filepath.Join(etc, "sub/c.conf")))
	changes, err := d.s.EtcDiff(t.Context(), d.s.Deployments()[0])
	require.NoError(t, err)
	require.Equal(t, []string{"b.conf"}, changes.Modified)
	require.Equal(t, []string{"sub/c.conf"}, changes.Removed)
	require.Equal(t, []string{"local.conf"}, changes.Added)

	d.pull(commit2)
	require.True(t, d.upgrade(commit2))
	require.Equal(t, []string{"Copying /etc changes: 1 modified, 1 removed, 1 added",
		"Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1"}, d.messages())
	require.Equal(t, "C2.0 C1.0", d.list())
	require.Equal(t, "boot loader loader.0 ostree", d.names("boot"))
	require.Equal(t, "boot.0 boot.0.1 deploy lock repo", d.names("ostree"))
	require.Equal(t, "origin:demo/x86_64 ostree/0/1/0 ostree/0/1/1", d.refs())
	require.Contains(t, d.read("boot/loader/entries/ostree-1.conf"), "title DemoOS 1.0 (ostree:1)\nversion 1\n")
	require.Contains(t, d.read("ostree/deploy/demo/deploy/"+commit2+".0.origin"), "override-commit="+commit2)
	require.Equal(t, "changed\n", d.read("ostree/deploy/demo/deploy/"+commit2+".0/etc/b.conf"))
	require.Equal(t, "default-2.0\n", d.read("ostree/deploy/demo/deploy/"+commit2+".0/etc/a.conf"))
	require.Empty(t, d.names("ostree/deploy/demo/deploy/"+commit2+".0/etc/sub"))

	require.True(t, d.upgrade(""))
	require.Equal(t, "C3.0 C2.0", d.list())
	require.Contains(t, d.read("boot/loader/entries/ostree-2.conf"), "ostree=/ostree/boot.1/demo/"+bootB+"/0")
	require.Contains(t, d.read("boot/loader/entries/ostree-1.conf"), "ostree=/ostree/boot.1/demo/"+bootA+"/0")
	require.False(t, d.upgrade(""))
	d.messages()

	d.deploy(nil)
	require.Equal(t, "C3.1 C3.0", d.list())
	require.Equal(t, "Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 0", d.messages()[1])
	d.deploy(nil)
	require.Equal(t, "C3.2 C3.1", d.list())
	require.Equal(t, "Transaction complete; bootconfig swap: no; bootversion: boot.0.0, deployment count change: 0", d.messages()[1])
	require.Equal(t, "origin:demo/x86_64 ostree/0/0/0 ostree/0/0/1", d.refs())
	require.NoError(t, d.s.SetDefault(t.Context(), 1))
	require.Equal(t, "C3.1 C3.2", d.list())
	require.Equal(t, []string{"Transaction complete; bootconfig swap: no; bootversion: boot.0.1, deployment count change: 0"}, d.messages())
	gone, err := d.s.Undeploy(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, commit3+".1", gone.Name())
	require.Equal(t, []string{"Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: -1"}, d.messages())
	require.NoError(t, d.s.SetPinned(d.s.Deployments()[0], true))
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n\n[libostree-transient]\npinned=true\n", d.read("ostree/deploy/demo/deploy/"+commit3+".2.origin"))
	require.NoError(t, d.s.Cleanup(t.Context()))
}
