package bls_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

// system is a sysroot without boot loader that the real tool works on.
type system struct {
	t      *testing.T
	ostree string
	root   string
}

// newSystem makes a sysroot with a stateroot "os" and a commit on the branch
// "os/main", on a memory file system where that is possible: the tool freezes
// and flushes the one that it works on.
func newSystem(t *testing.T) *system {
	s := &system{t: t, ostree: testutil.Tool(t, "ostree")}
	if os.Geteuid() == 0 {
		s.root = testutil.Tmpfs(t, "mode=0755")
	} else {
		s.root = t.TempDir()
	}
	tree := filepath.Join(t.TempDir(), "tree")
	for name, content := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz":       "KERNEL",
		"usr/lib/modules/6.1.0/initramfs.img": "INITRD",
		"usr/lib/modules/6.1.0/dtb/a.dtb":     "DTB",
		"usr/etc/os-release":                  "NAME=DemoOS\nPRETTY_NAME=\"DemoOS 42\"\n",
		"usr/bin/sh":                          "#!/bin/sh\n",
	} {
		path := filepath.Join(tree, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	s.run("admin", "init-fs", s.root)
	s.run("admin", "os-init", "os")
	s.run("commit", "--repo="+s.root+"/ostree/repo", "-b", "os/main", "--no-xattrs", // nothing only root may write
		fmt.Sprint("--owner-uid=", os.Getuid()), fmt.Sprint("--owner-gid=", os.Getgid()), "--add-metadata-string=version=1.0.9", "--tree=dir="+tree)
	return s
}

func (s *system) run(args ...string) {
	s.t.Helper()
	env := []string{"OSTREE_SYSROOT=" + s.root, "OSTREE_SYSROOT_DEBUG=mutable-deployments", "OSTREE_SYSROOT_OPTS=skip-sync"}
	testutil.Run(s.t, &testutil.RunOptions{Env: env, Must: true}, s.ostree, args...)
}

// entries reads the live entries and checks that they would be written with
// the bytes and names they have.
func (s *system) entries() []bls.File {
	s.t.Helper()
	dir := filepath.Join(s.root, "boot/loader/entries")
	files, err := bls.ReadDir(os.DirFS(s.root), "boot/loader/entries")
	require.NoError(s.t, err)
	for i, f := range files {
		onDisk, err := os.ReadFile(filepath.Join(dir, f.Name))
		require.NoError(s.t, err)
		ours, err := f.Entry.Marshal()
		require.NoError(s.t, err)
		require.Equal(s.t, string(onDisk), string(ours))
		name, err := bls.ParseName(f.Name)
		require.NoError(s.t, err)
		require.EqualValues(s.t, len(files)-i, name.Number)
		require.Equal(s.t, f.Name, name.String())
	}
	return files
}

func options(f bls.File) *kargs.Args { return kargs.Parse(f.Entry.Value(bls.KeyOptions)) }

// What the real tool makes of kernel arguments is what package kargs makes of
// the same arguments, down to the bytes of the entry.
func TestAdminWritesWhatWePredict(t *testing.T) {
	s := newSystem(t)
	deploy := func(args ...string) []string {
		return append([]string{"admin", "deploy", "--os=os"}, append(args, "os/main")...)
	}
	set := func(args ...string) []string { return append([]string{"admin", "instutil", "set-kargs"}, args...) }
	require.Empty(t, s.entries())
	s.run(deploy("--karg=root=LABEL=MOO", "--karg=rw")...)

	steps := []struct {
		command []string
		edit    func(a *kargs.Args)
	}{
		{deploy("--karg=quiet", "--karg=root=UUID=1"), func(a *kargs.Args) { a.Set("quiet"); a.Set("root=UUID=1") }},
		{deploy("--karg-append=console=tty0", "--karg-append=console=ttyS0", "--karg-append=quiet"), func(a *kargs.Args) {
			a.Append("console=tty0 console=ttyS0 quiet")
		}},
		{deploy("--karg=console=hvc0"), func(a *kargs.Args) { a.Set("console=hvc0") }},
		{deploy(), func(*kargs.Args) {}},
		{deploy("--karg-delete=rw"), func(a *kargs.Args) { require.NoError(t, a.DeleteIfPresent("rw")) }},
		{deploy("--karg-delete=console=hvc0"), func(a *kargs.Args) { require.NoError(t, a.Delete("console=hvc0")) }},
		{set("--merge", "--append=a=1", "--replace=root=/dev/vda", "EMPTY=", "a=2"), func(a *kargs.Args) {
			a.Set("root=/dev/vda")
			a.Append("a=1 EMPTY= a=2")
		}},
		{[]string{"admin", "kargs", "edit-in-place", "--append-if-missing=a=3", "--append-if-missing=z=1"}, func(a *kargs.Args) {
			a.AppendIfMissing("a=3")
			a.AppendIfMissing("z=1")
		}},
		{deploy("--karg-none", "--karg=only"), func(a *kargs.Args) { *a = *kargs.Parse("only") }},
		{set(), func(a *kargs.Args) { *a = kargs.Args{} }},
	}
	for _, step := range steps {
		want := options(s.entries()[0])
		s.run(step.command...)
		files := s.entries()
		target, ok := kargs.BootTarget(files[0].Entry.Value(bls.KeyOptions))
		require.True(t, ok)
		step.edit(want)
		want.Set("ostree=" + target)
		require.Equalf(t, want.String(), options(files[0]).String(), "%q", step.command)
	}
}

func TestAdminTitlesAndKeys(t *testing.T) {
	s := newSystem(t)
	s.run("admin", "deploy", "--os=os", "os/main")
	s.run("admin", "deploy", "--os=os", "os/main")
	files := s.entries()
	require.Len(t, files, 2)
	for i, f := range files {
		require.Equal(t, bls.Title("DemoOS 42", "1.0.9", "", i), f.Entry.Value(bls.KeyTitle))
		require.Equal(t, strings.Replace(f.Entry.Value(bls.KeyLinux), "vmlinuz-6.1.0", "initramfs-6.1.0.img", 1), f.Entry.Value(bls.KeyInitrd))
		require.Equal(t, filepath.Dir(f.Entry.Value(bls.KeyLinux))+"/dtb", f.Entry.Value(bls.KeyFdtdir))
		require.Empty(t, f.Entry.Overlays())
	}
	s.run("admin", "os-init", "other")
	s.run("admin", "deploy", "--os=other", "os/main")
	files = s.entries()
	require.Len(t, files, 3)
	require.Equal(t, bls.Title("DemoOS 42", "1.0.9", "other", 0), files[0].Entry.Value(bls.KeyTitle))
	require.Equal(t, bls.Title("DemoOS 42", "1.0.9", "os", 2), files[2].Entry.Value(bls.KeyTitle))
}

// The real tool takes entries that we wrote, with keys of others in them, and
// keeps these.
func TestAdminReadsOurEntries(t *testing.T) {
	s := newSystem(t)
	s.run("admin", "deploy", "--os=os", "--karg=rw", "os/main")
	f := s.entries()[0]
	a := options(f)
	a.Append(`dyndbg="file a.c +p" b=2`)
	f.Entry.Set(bls.KeyOptions, a.String())
	f.Entry.Set("x-options-source-tuned", "b=2")
	data, err := f.Entry.Marshal()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.root, "boot/loader/entries", f.Name), data, 0o644))

	s.run("admin", "deploy", "--os=os", "--karg-append=c=3", "--no-prune", "os/main")
	files := s.entries()
	require.Len(t, files, 2)
	target, _ := kargs.BootTarget(files[0].Entry.Value(bls.KeyOptions))
	a.Append("c=3")
	a.Set("ostree=" + target)
	require.Equal(t, a.String(), files[0].Entry.Value(bls.KeyOptions))
	require.Equal(t, "b=2", files[1].Entry.Value("x-options-source-tuned"))
}
