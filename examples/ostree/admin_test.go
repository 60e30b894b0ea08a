//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// adminFixture is a sysroot with the stateroot "demo" and a remote "origin" that has three commits.
type adminFixture struct {
	t       *testing.T
	dir     string // the sysroot
	src     string // the remote repository
	env     map[string]string
	commits []string
	boot    map[string]string // boot checksums by letter
}

// The commits and boot checksums that libostree computes for the same trees.
var (
	demoCommits = []string{
		"e7b24cdbab624c88b1bcb1f4c2d8732f6216520d33efc5c44de670051a77c06b",
		"ab27866de8837ea28447573dc2bd10da88e3057d5b05fac6f19a26ad4b448c14",
		"26be895b6de50752699b4d4e9c4e2c8931ca0c52eb2a2726f4f4bcc783c001a4",
	}
	demoBoot = map[string]string{
		"A": "cf7cc34756a8d6674f19f6ab04f0ecbec93a667f8327f37cbe8b17e12c867fe4",
		"B": "01af410089fdf82739434ed7c8310d160ac358576dab2775f95c221976271e1f",
	}
)

func newAdminFixture(t *testing.T) *adminFixture {
	testutil.Root(t)
	old := syscall.Umask(0o22)
	t.Cleanup(func() { syscall.Umask(old) })
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	f := &adminFixture{t: t, dir: filepath.Join(dir, "root"), src: filepath.Join(dir, "src"), commits: demoCommits, boot: demoBoot}
	f.env = map[string]string{"OSTREE_SYSROOT": f.dir, "OSTREE_SYSROOT_DEBUG": "mutable-deployments"}
	f.must("--repo="+f.src, "init", "--mode=archive")
	for i, kernel := range []string{"A", "A", "B"} {
		tree := filepath.Join(dir, fmt.Sprint("tree", i))
		demoTree(t, tree, fmt.Sprintf("%d.0", i+1), kernel)
		got := f.must("--repo="+f.src, "commit", "-b", "demo/x86_64", "--tree=dir="+tree, fmt.Sprintf("--timestamp=@170000%d000", i), "--owner-uid=0", "--owner-gid=0",
			"--no-xattrs", fmt.Sprintf("--add-metadata-string=version=%d.0", i+1), "-s", fmt.Sprintf("v%d.0", i+1))
		require.Equal(t, f.commits[i]+"\n", got)
	}
	require.NoError(t, os.Mkdir(f.dir, 0o755))
	require.Empty(t, f.must("admin", "init-fs", "--modern", f.dir))
	require.Equal(t, "ostree/deploy/demo initialized as OSTree stateroot\n", f.must("admin", "os-init", "demo"))
	repo := "--repo=" + f.dir + "/ostree/repo"
	f.must(repo, "remote", "add", "--no-gpg-verify", "origin", "file://"+f.src, "demo/x86_64")
	f.must(repo, "config", "set", "sysroot.bootloader", "none")
	f.pull(0)
	return f
}

// demoTree makes one of the trees that the commits hold.
func demoTree(t *testing.T, dir, version, kernel string) {
	for _, d := range strings.Fields("usr/bin usr/etc/sub usr/lib/modules/6.1.0 boot dev proc run sys sysroot var tmp") {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "tmp"), 0o777|fs.ModeSticky))
	for link, target := range map[string]string{"bin": "usr/bin", "lib": "usr/lib", "ostree": "sysroot/ostree", "usr/etc/os-release": "../usr/lib/os-release"} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	for name, text := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz":       "KERNEL-" + kernel,
		"usr/lib/modules/6.1.0/initramfs.img": "INITRD-" + kernel,
		"usr/lib/os-release":                  fmt.Sprintf("NAME=DemoOS\nID=demo\nVERSION_ID=%[1]s\nPRETTY_NAME=\"DemoOS %[1]s\"\n", version),
		"usr/etc/a.conf":                      "default-" + version + "\n",
		"usr/etc/b.conf":                      "same\n",
		"usr/etc/sub/c.conf":                  "x\n",
		"usr/bin/sh":                          "#!/bin/sh\n",
	} {
		mode := fs.FileMode(0o644)
		if name == "usr/bin/sh" {
			mode = 0o755
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), mode))
	}
}

func (f *adminFixture) run(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	env := &cli.Env{Program: "ostree", Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(name string) string { return f.env[name] }}
	code = run(f.t.Context(), env, args)
	return out.String(), errs.String(), code
}

func (f *adminFixture) must(args ...string) string {
	f.t.Helper()
	stdout, stderr, code := f.run(args...)
	require.Zero(f.t, code, "%s: %s", args, stderr)
	require.Empty(f.t, stderr)
	return stdout
}

func (f *adminFixture) admin(args ...string) string {
	f.t.Helper()
	return f.must(append([]string{"admin"}, args...)...)
}

// fails runs an admin command that must end with an error of this text.
func (f *adminFixture) fails(want string, args ...string) {
	f.t.Helper()
	_, stderr, code := f.run(append([]string{"admin"}, args...)...)
	require.Equal(f.t, 1, code)
	require.Equal(f.t, "error: "+want+"\n", stderr)
}

// pull fetches one of the commits.
func (f *adminFixture) pull(i int) {
	f.t.Helper()
	f.must("--repo="+f.dir+"/ostree/repo", "pull", "origin", "demo/x86_64@"+f.commits[i])
}

// short puts C1, A … in the place of checksums.
func (f *adminFixture) short(text string) string {
	for i, c := range f.commits {
		text = strings.ReplaceAll(text, c, fmt.Sprint("C", i+1))
	}
	for letter, sum := range f.boot {
		text = strings.ReplaceAll(text, sum, letter)
	}
	return text
}

// read returns a file below the sysroot.
func (f *adminFixture) read(name string) string {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, name))
	require.NoError(f.t, err)
	return f.short(string(b))
}

// list shows what the sysroot holds, but for the repository and the insides of deployments: type, mode, number of
// links, path.
func (f *adminFixture) list() string {
	var b strings.Builder
	err := filepath.WalkDir(f.dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(f.t, err)
		rel, err := filepath.Rel(f.dir, path)
		require.NoError(f.t, err)
		info, err := e.Info()
		require.NoError(f.t, err)
		st := info.Sys().(*syscall.Stat_t)
		kind, extra := "f", ""
		switch st.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			kind = "d"
		case syscall.S_IFLNK:
			target, err := os.Readlink(path)
			require.NoError(f.t, err)
			kind, extra = "l", " -> "+target
		}
		if strings.HasPrefix(rel, "boot") || strings.HasPrefix(rel, "ostree") && rel != "ostree" && rel != "ostree/repo" {
			fmt.Fprintf(&b, "%s %o %d %s%s\n", kind, st.Mode&0o7777, st.Nlink, rel, extra)
		}
		if rel == "ostree/repo" || strings.HasPrefix(rel, "ostree/deploy/demo/deploy/") && e.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	require.NoError(f.t, err)
	return f.short(b.String())
}

func (f *adminFixture) refs() string {
	return strings.TrimSpace(f.must("--repo="+f.dir+"/ostree/repo", "refs", "ostree"))
}

func (f *adminFixture) target(link string) string {
	target, err := os.Readlink(filepath.Join(f.dir, link))
	require.NoError(f.t, err)
	return f.short(target)
}

const firstListing = `d 755 4 boot
l 777 1 boot/boot -> .
l 777 1 boot/loader -> loader.1
d 755 3 boot/loader.1
d 755 2 boot/loader.1/entries
f 644 1 boot/loader.1/entries/ostree-1.conf
d 755 3 boot/ostree
d 755 2 boot/ostree/demo-A
f 644 3 boot/ostree/demo-A/initramfs-6.1.0.img
f 644 3 boot/ostree/demo-A/vmlinuz-6.1.0
l 777 1 ostree/boot.1 -> boot.1.1
d 755 3 ostree/boot.1.1
d 755 3 ostree/boot.1.1/demo
d 755 2 ostree/boot.1.1/demo/A
l 777 1 ostree/boot.1.1/demo/A/0 -> ../../../deploy/demo/deploy/C1.0
d 755 3 ostree/deploy
d 755 5 ostree/deploy/demo
d 700 3 ostree/deploy/demo/backing
d 700 3 ostree/deploy/demo/backing/C1.0
d 700 4 ostree/deploy/demo/backing/C1.0/root-transient
d 755 2 ostree/deploy/demo/backing/C1.0/root-transient/upper
d 700 2 ostree/deploy/demo/backing/C1.0/root-transient/work
d 755 3 ostree/deploy/demo/deploy
d 755 12 ostree/deploy/demo/deploy/C1.0
f 644 1 ostree/deploy/demo/deploy/C1.0.origin
d 755 5 ostree/deploy/demo/var
f 644 1 ostree/deploy/demo/var/.ostree-selabeled
d 755 2 ostree/deploy/demo/var/lib
l 777 1 ostree/deploy/demo/var/lock -> ../run/lock
d 755 2 ostree/deploy/demo/var/log
l 777 1 ostree/deploy/demo/var/run -> ../run
d 1777 2 ostree/deploy/demo/var/tmp
`

// TestAdminWorkedExample goes through the life of a system, with the outputs and trees that libostree 2026.4 makes.
func TestAdminWorkedExample(t *testing.T) {
	f := newAdminFixture(t)
	t.Log("first deployment")
	require.Equal(t, "Relabeling /var (no stamp file 'var/.ostree-selabeled' found)\n"+
		"Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: 1\n",
		f.admin("deploy", "--os=demo", "--karg=root=LABEL=root", "--karg=rw", "origin:demo/x86_64"))
	require.Equal(t, firstListing, f.list())
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n", f.read("ostree/deploy/demo/deploy/"+f.commits[0]+".0.origin"))
	require.Equal(t, "1/1/0", f.refs())
	require.Equal(t, "title DemoOS 1.0 (ostree:0)\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/demo/A/0\n"+
		"linux /ostree/demo-A/vmlinuz-6.1.0\ninitrd /ostree/demo-A/initramfs-6.1.0.img\n", f.read("boot/loader/entries/ostree-1.conf"))
	require.Equal(t, "  demo C1.0\n    Version: 1.0\n    origin refspec: origin:demo/x86_64\n", f.short(f.admin("status")))
	require.Equal(t, f.dir+"/ostree/deploy/demo/deploy/"+f.commits[0]+".0\n", f.admin("--print-current-dir"))
	f.afterUpgrade()
	f.afterNewKernel()
}

// afterUpgrade continues with edited configuration, the same kernel and another version.
func (f *adminFixture) afterUpgrade() {
	t := f.t
	etc := filepath.Join(f.dir, "ostree/deploy/demo/deploy", f.commits[0]+".0", "etc")
	require.NoError(t, os.WriteFile(etc+"/b.conf", []byte("changed\n"), 0o644))
	require.NoError(t, os.WriteFile(etc+"/local.conf", nil, 0o644))
	require.NoError(t, os.Remove(etc+"/sub/c.conf"))
	require.Equal(t, "M    b.conf\nD    sub/c.conf\nA    local.conf\n", f.admin("config-diff", "--os=demo"))
	f.pull(1)
	require.Equal(t, "Copying /etc changes: 1 modified, 1 removed, 1 added\n"+
		"Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 1\n",
		f.admin("upgrade", "--os=demo", "--override-commit="+f.commits[1]))
	require.Equal(t, "loader.0", f.target("boot/loader"))
	require.Equal(t, "boot.0.1", f.target("ostree/boot.0"))
	require.Equal(t, "../../../deploy/demo/deploy/C2.0", f.target("ostree/boot.0.1/demo/"+f.boot["A"]+"/0"))
	require.Equal(t, "../../../deploy/demo/deploy/C1.0", f.target("ostree/boot.0.1/demo/"+f.boot["A"]+"/1"))
	second, first := f.read("boot/loader/entries/ostree-2.conf"), f.read("boot/loader/entries/ostree-1.conf")
	require.Contains(t, second, "title DemoOS 2.0 (ostree:0)\nversion 2\noptions root=LABEL=root rw ostree=/ostree/boot.0/demo/A/0\n")
	require.Contains(t, first, "title DemoOS 1.0 (ostree:1)\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.0/demo/A/1\n")
	list := f.list()
	for _, gone := range []string{"loader.1", "boot.1", "boot.1.1"} {
		require.NotContains(t, list, gone)
	}
	require.Contains(t, list, "f 644 4 boot/ostree/demo-A/vmlinuz-6.1.0\n")
	require.Equal(t, "0/1/0\n0/1/1", f.refs())
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\noverride-commit=C2\n", f.read("ostree/deploy/demo/deploy/"+f.commits[1]+".0.origin"))
	newEtc := "ostree/deploy/demo/deploy/" + f.commits[1] + ".0/etc/"
	require.Equal(t, "default-2.0\n", f.read(newEtc+"a.conf"))
	require.Equal(t, "changed\n", f.read(newEtc+"b.conf"))
	require.Empty(t, f.read(newEtc+"local.conf"))
	entries, err := os.ReadDir(filepath.Join(f.dir, newEtc, "sub"))
	require.NoError(t, err)
	require.Empty(t, entries)
}

// afterNewKernel continues with a new kernel, redeployments, rollback and removal.
func (f *adminFixture) afterNewKernel() {
	t := f.t
	require.Equal(t, "Copying /etc changes: 1 modified, 1 removed, 1 added\n"+
		"Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: 0\nFreed objects: 1.5\u00a0kB\n", f.admin("upgrade", "--os=demo"))
	require.Contains(t, f.read("boot/loader/entries/ostree-2.conf"), "ostree=/ostree/boot.1/demo/B/0\n")
	require.Contains(t, f.read("boot/loader/entries/ostree-1.conf"), "ostree=/ostree/boot.1/demo/A/0\n")
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n", f.read("ostree/deploy/demo/deploy/"+f.commits[2]+".0.origin"))
	require.Equal(t, "No update available.\n", f.admin("upgrade", "--os=demo"))
	require.NotContains(t, f.list(), "C1")

	require.Contains(t, f.admin("deploy", "--os=demo", "origin:demo/x86_64"), "Bootloader updated; bootconfig swap: yes; bootversion: boot.0.1, deployment count change: 0\n")
	before := f.read("boot/loader/entries/ostree-2.conf")
	require.Contains(t, f.admin("deploy", "--os=demo", "origin:demo/x86_64"), "Transaction complete; bootconfig swap: no; bootversion: boot.0.0, deployment count change: 0\n")
	require.Equal(t, before, f.read("boot/loader/entries/ostree-2.conf"))
	require.Equal(t, "0/0/0\n0/0/1", f.refs())

	require.Equal(t, "Transaction complete; bootconfig swap: no; bootversion: boot.0.1, deployment count change: 0\n", f.admin("set-default", "1"))
	require.Equal(t, before, f.read("boot/loader/entries/ostree-2.conf"))
	require.Equal(t, "  demo C3.1\n    Version: 3.0\n    origin refspec: origin:demo/x86_64\n  demo C3.2\n    Version: 3.0\n    origin refspec: origin:demo/x86_64\n",
		f.short(f.admin("status")))
	require.Equal(t, "Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: -1\nDeleted deployment C3.1\n", f.short(f.admin("undeploy", "0")))
	require.Contains(t, f.read("boot/loader/entries/ostree-1.conf"), "version 1\n")

	require.Equal(t, "Deployment 0 is now pinned\n", f.admin("pin", "0"))
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n\n[libostree-transient]\npinned=true\n", f.read("ostree/deploy/demo/deploy/"+f.commits[2]+".2.origin"))
	require.Equal(t, "Deployment 0 is already pinned\n", f.admin("pin", "0"))
	require.Contains(t, f.admin("status"), "\n    Pinned: yes\n")
	require.Equal(t, "Deployment 0 is now unpinned\n", f.admin("pin", "-u", "0"))
	require.Equal(t, "[origin]\nrefspec=origin:demo/x86_64\n\n[libostree-transient]\n", f.read("ostree/deploy/demo/deploy/"+f.commits[2]+".2.origin"))
	require.Equal(t, "Deployment 0 is already unpinned\n", f.admin("pin", "-u", "0"))
}

// TestAdminStatusJSON compares the layout with that of libostree 2026.4.
func TestAdminStatusJSON(t *testing.T) {
	f := newAdminFixture(t)
	require.Equal(t, "{\n   \"deployments\": [\n   ]\n}\n", f.admin("status", "--json"))
	require.Equal(t, "No deployments.\n", f.admin("status"))
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	f.pull(2)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	f.admin("pin", "1")
	object := func(commit, pinned, index, version string) string {
		return `         "checksum": "` + commit + `",
         "stateroot": "demo",
         "refspec": "origin:demo/x86_64",
         "serial": 0,
         "index": ` + index + `,
         "booted": false,
         "pending": false,
         "rollback": false,
         "finalization-locked": false,
         "soft-reboot-target": false,
         "staged": false,
         "pinned": ` + pinned + `,
         "unlocked": "none",
         "version": "` + version + `"
`
	}
	require.Equal(t, "{\n   \"deployments\": [\n      {\n"+object("C3", "false", "0", "3.0")+"      },{\n"+object("C1", "true", "1", "1.0")+"      }\n   ]\n}\n",
		f.short(f.admin("status", "-J")))
	require.Equal(t, "not-default\n", f.admin("status", "-D"))
	f.fails("Cannot verify deployment without remote", "status", "--verify", "--sysroot="+f.withOrigin("[origin]\nrefspec=demo/x86_64\n"))
	f.fails("No origin/refspec, cannot verify", "status", "--verify", "--sysroot="+f.withOrigin("[origin]\nother=1\n"))
	require.Contains(t, f.admin("status"), "    origin: <unknown origin type>\n")
	require.Contains(t, f.admin("status", "-J"), "\"refspec\": null,\n")
	require.NoError(t, os.Remove(filepath.Join(f.dir, "ostree/deploy/demo/deploy", f.commits[2]+".0.origin")))
	require.Contains(t, f.admin("status"), "    origin: none\n")

	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "boot/ostree/finalize-failure.stamp"), []byte("it \"broke\"\n"), 0o644))
	require.True(t, strings.HasSuffix(f.admin("status"), "\nWarning: finalization failed on previous shutdown: it \"broke\"\n"))
	require.True(t, strings.HasSuffix(f.admin("status", "-J"), "   ],\n   \"finalize-failure\": \"it \\\"broke\\\"\"\n}\n"))
}

// withOrigin replaces the origin of the default deployment, and returns the sysroot.
func (f *adminFixture) withOrigin(text string) string {
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, "ostree/deploy/demo/deploy", f.commits[2]+".0.origin"), []byte(text), 0o644))
	return f.dir
}

// TestAdminKargs replays changes of kernel arguments with the results of libostree 2026.4.
func TestAdminKargs(t *testing.T) {
	f := newAdminFixture(t)
	deploy := func(args ...string) []string {
		return append(append([]string{"admin", "deploy", "--os=demo"}, args...), "origin:demo/x86_64")
	}
	base := deploy("--karg-none", "--karg-append=a=1", "--karg-append=b", "--karg-append=a=2", `--karg-append=c="x y"`, "--karg-append=ostree=/old")
	setKargs := []string{"admin", "instutil", "set-kargs"}
	edit := []string{"admin", "kargs", "edit-in-place"}
	for _, tc := range []struct {
		args      []string
		want, err string
	}{
		{deploy(), `a=1 b a=2 c="x y" OSTREE`, ""},
		{deploy("--karg=a=9"), `a=9 b c="x y" OSTREE`, ""},
		{deploy("--karg-append=a=3"), `a=1 b a=2 c="x y" OSTREE a=3`, ""},
		{deploy("--karg-delete=b"), `a=1 a=2 c="x y" OSTREE`, ""},
		{deploy("--karg-delete=a"), "", "Multiple values for key 'a' found"},
		{deploy("--karg-delete=a=1"), `b a=2 c="x y" OSTREE`, ""},
		{deploy("--karg-delete=a=7"), "", "No karg 'a=7' found"},
		{deploy("--karg-delete=zz"), `a=1 b a=2 c="x y" OSTREE`, ""},
		{deploy("--no-merge", "--karg=q"), "q OSTREE", ""},
		{append(setKargs, "q=1"), "q=1 OSTREE", ""},
		{append(setKargs, "--merge", "--append=a=1", "--replace=b=2"), `a=1 b=2 a=2 c="x y" OSTREE a=1`, ""},
		{append(edit, "--append-if-missing=a=7"), `a=1 b a=2 c="x y" OSTREE`, ""},
		{append(edit, "--append-if-missing=z=7"), `a=1 b a=2 c="x y" OSTREE z=7`, ""},
	} {
		t.Run(strings.Join(tc.args[1:], " "), func(t *testing.T) {
			f.t = t
			f.must(base...)
			version := f.target("boot/loader")
			_, stderr, code := f.run(tc.args...)
			if tc.err != "" {
				require.Equal(t, "error: "+tc.err+"\n", stderr)
				return
			}
			require.Zero(t, code, stderr)
			require.Equal(t, tc.want, f.options())
			if tc.args[1] == "kargs" {
				require.Equal(t, version, f.target("boot/loader"))
			}
		})
	}
}

// TestAdminLock sees that a command waits for the lock and says so, and that status needs none.
func TestAdminLock(t *testing.T) {
	f := newAdminFixture(t)
	held, err := sysroot.Open(f.dir, nil)
	require.NoError(t, err)
	defer held.Close()
	require.NoError(t, held.Lock(t.Context()))
	require.Equal(t, "No deployments.\n", f.admin("status"))
	require.NoError(t, held.Unlock())
	for pause := 100 * time.Millisecond; ; pause *= 8 { // the program has to come to the lock meanwhile
		require.Less(t, pause, time.Minute, "it does not wait")
		require.NoError(t, held.Lock(t.Context()))
		unlocked := make(chan error)
		go func() {
			time.Sleep(pause)
			unlocked <- held.Unlock()
		}()
		out := f.admin("cleanup")
		require.NoError(t, <-unlocked)
		if out != "" {
			require.Equal(t, "Waiting for sysroot lock...\n", out)
			break
		}
	}
	require.NoFileExists(t, f.dir+"/ostree/lock")
}

// TestAdminSwitch follows another remote by switch and by set-origin, then asks for what cannot be.
func TestAdminSwitch(t *testing.T) {
	f := newAdminFixture(t)
	repo := "--repo=" + f.dir + "/ostree/repo"
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	f.must(repo, "remote", "add", "--no-gpg-verify", "other", "file://"+f.src)
	f.fails("Old and new refs are equal: origin:demo/x86_64", "switch", "--os=demo", "demo/x86_64")
	f.fails("Remote \"none\" not found", "switch", "--os=demo", "none:")
	stdout := f.admin("switch", "--os=demo", "other:")
	require.True(t, strings.HasSuffix(stdout, "\nDeleting ref 'origin:demo/x86_64'\n"), stdout)
	require.Equal(t, "[origin]\nrefspec=other:demo/x86_64\n", f.read("ostree/deploy/demo/deploy/"+f.commits[2]+".0.origin"))
	require.Equal(t, "ostree/0/1/0\nostree/0/1/1\nother:demo/x86_64\n", f.must(repo, "refs"))

	require.Empty(t, f.admin("set-origin", "--index=0", "-s", "gpg-verify=false", "third", "http://tasty.com", "branch"))
	require.Equal(t, "[origin]\nrefspec=third:branch\n", f.read("ostree/deploy/demo/deploy/"+f.commits[2]+".0.origin"))
	require.Contains(t, f.read("ostree/repo/config"), "\n[remote \"third\"]\nurl=http://tasty.com\ngpg-verify=false\n")
	f.fails("Missing '=' in KEY=VALUE for --set", "set-origin", "--index=0", "-s", "x", "fourth", "http://tasty.com")

	f.fails("Staging deployment: Cannot stage deployment: Not currently booted into an OSTree system", "deploy", "--os=demo", "--lock-finalization", "other:demo/x86_64")
	f.fails("--stage cannot currently be combined with --retain arguments", "deploy", "--os=demo", "--stage", "--retain-pending", "other:demo/x86_64")
	f.fails("--stage cannot currently be combined with --not-as-default", "deploy", "--os=demo", "--stage", "--not-as-default", "other:demo/x86_64")
	f.fails("openat(/nonexistent): No such file or directory", "deploy", "--os=demo", "--overlay-initrd=/nonexistent", "other:demo/x86_64")
	f.fails("openat(/nonexistent): No such file or directory", "deploy", "--os=demo", "--origin-file=/nonexistent", "other:demo/x86_64")
}

// TestAdminInstutil runs what installers and grub-mkconfig call.
func TestAdminInstutil(t *testing.T) {
	f := newAdminFixture(t)
	f.admin("deploy", "--os=demo", "--karg=rw", "origin:demo/x86_64")
	deployment := f.dir + "/ostree/deploy/demo/deploy/" + f.commits[0] + ".0"
	none := "No SELinux policy found in deployment '" + deployment + "'\n"
	require.Equal(t, none, f.admin("instutil", "selinux-ensure-labeled"))
	require.Equal(t, none, f.admin("instutil", "selinux-ensure-labeled", deployment+"/usr", "usr"))
	f.fails("/usr is not in the sysroot "+f.dir+": not supported", "instutil", "selinux-ensure-labeled", "/usr", "usr")

	f.env["GRUB2_BOOT_DEVICE_ID"], f.env["GRUB2_PREPARE_ROOT_CACHE"] = "id", "search"
	menu := `menuentry 'DemoOS 1.0 (ostree:0)' --class gnu-linux --class gnu --class os --unrestricted 'ostree-0-id' {
load_video
set gfxpayload=keep
insmod gzio
search
linux /ostree/demo-A/vmlinuz-6.1.0 rw ostree=/ostree/boot.1/demo/A/0
initrd /ostree/demo-A/initramfs-6.1.0.img
}
`
	require.Equal(t, menu, f.short(f.admin("instutil", "grub2-generate")))
	require.Equal(t, menu, f.short(f.admin("instutil", "grub2-generate", "1")))
	require.Empty(t, f.admin("instutil", "grub2-generate", "0"))
	f.env["_OSTREE_GRUB2_BOOTVERSION"] = "0"
	require.Empty(t, f.admin("instutil", "grub2-generate"))
}

// options returns the kernel arguments of the default deployment, with OSTREE in the place of "ostree=…".
func (f *adminFixture) options() string {
	names, err := filepath.Glob(filepath.Join(f.dir, "boot/loader/entries/*.conf"))
	require.NoError(f.t, err)
	entry := f.read("boot/loader/entries/" + fmt.Sprintf("ostree-%d.conf", len(names)))
	for l := range strings.Lines(entry) {
		if options, ok := strings.CutPrefix(strings.TrimSpace(l), "options "); ok {
			words := strings.Split(options, " ")
			for i, w := range words {
				if strings.HasPrefix(w, "ostree=") {
					words[i] = "OSTREE"
				}
			}
			return strings.Join(words, " ")
		}
	}
	f.t.Fatalf("no options in %s", entry)
	return ""
}
