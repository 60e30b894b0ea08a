//go:build linux

package sysroot_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// twoDeployments makes a sysroot with a list of two, of different kernels.
func twoDeployments(t *testing.T) (d *demo, c1, c3 object.Checksum) {
	d = newLocal(t, "", &sysroot.Options{MutableDeployments: true})
	c1, c3 = d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "root=/dev/vda", "rw")
	d.mustAdd(c3)
	require.Len(t, d.s.Deployments(), 2)
	return d, c1, c3
}

// TestHalfWritten damages a sysroot in ways that programs and people do. Nothing that is asked of it then may
// change anything.
func TestHalfWritten(t *testing.T) {
	entry := "boot/loader.0/entries/ostree-2.conf"
	edit := func(d *demo, old, new string) {
		text := d.read(entry)
		require.Contains(d.t, text, old)
		d.put(entry, strings.Replace(text, old, new, 1))
	}
	remove := func(d *demo, name string) { require.NoError(d.t, os.RemoveAll(filepath.Join(d.dir, name))) }
	var target string
	cases := []struct {
		name   string
		damage func(d *demo)
		load   string // text of the error of Load; empty if it works
		clean  string // text of the error of Cleanup
	}{
		{"boot is missing", func(d *demo) { remove(d, "boot") }, "", "is /boot mounted?"},
		{"boot is empty", func(d *demo) { remove(d, "boot"); require.NoError(d.t, os.Mkdir(filepath.Join(d.dir, "boot"), 0o755)) }, "", "is /boot mounted?"},
		{"boot is a file", func(d *demo) { remove(d, "boot"); d.put("boot", "x") }, "loading sysroot: opendir(boot): Not a directory", "Not a directory"},
		{"boot is a circle", func(d *demo) { d.relink("boot", "boot") }, "loading sysroot: opendir(boot): Too many levels of symbolic links", "Too many levels"},
		{"loader without target", func(d *demo) { remove(d, "boot/loader.0") }, "", "boot/loader leads to a directory that does not exist"},
		{"loader is a file", func(d *demo) { remove(d, "boot/loader"); d.put("boot/loader", "") }, "loading sysroot: Not a symbolic link: boot/loader", "Not a symbolic link"},
		{"loader is a directory", func(d *demo) { remove(d, "boot/loader"); d.put("boot/loader/entries/x", "") }, "loading sysroot: Not a symbolic link: boot/loader", "Not a symbolic link"},
		{"loader leads elsewhere", func(d *demo) { d.relink("boot/loader", "loader.2") }, "loading sysroot: Invalid target 'loader.2' in boot/loader", "Invalid target"},
		{"loader leads to itself", func(d *demo) { d.relink("boot/loader", "loader") }, "loading sysroot: Invalid target 'loader' in boot/loader", "Invalid target"},
		{"loader is absolute", func(d *demo) { d.relink("boot/loader", "/boot/loader.0") }, "loading sysroot: Invalid target '/boot/loader.0' in boot/loader", "Invalid target"},
		{"boot.0 leads elsewhere", func(d *demo) { d.relink("ostree/boot.0", "boot.0.2") }, "loading sysroot: Invalid target 'boot.0.2' in ostree/boot.0", "Invalid target"},
		{"boot.0 is missing", func(d *demo) { remove(d, "ostree/boot.0") },
			"in stateroot 'demo': readlinkat(ostree/boot.0/demo/" + bootB + "/0): No such file or directory", "readlinkat"},
		{"boot.0 is a directory", func(d *demo) { remove(d, "ostree/boot.0"); d.put("ostree/boot.0/x", "") }, "loading sysroot: readlinkat(ostree/boot.0): Invalid argument", "Invalid argument"},
		{"an empty entry", func(d *demo) { d.put(entry, "") }, "loading sysroot: No ostree= kernel argument found", "No ostree="},
		{"half an entry", func(d *demo) { d.put(entry, d.read(entry)[:20]) }, "loading sysroot: No ostree= kernel argument found", "No ostree="},
		{"an entry without ostree=", func(d *demo) { edit(d, "ostree=/", "ostre=/") }, "loading sysroot: No ostree= kernel argument found", "No ostree="},
		{"a bad ostree=", func(d *demo) { edit(d, "ostree=/ostree/boot.0/", "ostree=/ostree/boot.2/") },
			"loading sysroot: Invalid ostree= argument '/ostree/boot.2/demo/" + bootB + "/0', expected ostree=/ostree/boot.BOOTVERSION/OSNAME/BOOTCSUM/TREESERIAL", "Invalid ostree="},
		{"an ostree= with dots", func(d *demo) { edit(d, "/boot.0/demo/", "/boot.0/../") }, "loading sysroot: Invalid ostree= argument", "Invalid ostree="},
		{"a huge serial", func(d *demo) { edit(d, bootB+"/0\n", bootB+"/99999999999999999999\n") }, "loading sysroot: Invalid ostree= argument", "Invalid ostree="},
		{"an ostree= to nothing", func(d *demo) { edit(d, bootB+"/0\n", bootB+"/7\n") },
			"loading sysroot: Parsing deployment /ostree/boot.0/demo/" + bootB + "/7 in stateroot 'demo': readlinkat", "Parsing deployment"},
		{"a link to nothing", func(d *demo) {
			remove(d, d.s.Deployments()[0].Dir())
		}, "in stateroot 'demo': opendir(ostree/boot.0/demo/" + bootB + "/0): No such file or directory", "No such file"},
		{"a badly named target", func(d *demo) { d.relink("ostree/boot.0.1/demo/"+bootB+"/0", "../../../deploy/demo/deploy/nonsense") },
			"in stateroot 'demo': Invalid deploy name 'nonsense', expected CHECKSUM.TREESERIAL", "Invalid deploy name"},
		{"a short name", func(d *demo) { d.relink("ostree/boot.0.1/demo/"+bootB+"/0", "../../../deploy/demo/deploy/abc.0") },
			"in stateroot 'demo': Invalid deploy name 'abc.0', expected CHECKSUM.TREESERIAL", "Invalid deploy name"},
		{"a link to itself", func(d *demo) { d.relink("ostree/boot.0.1/demo/"+bootB+"/0", "0") }, "in stateroot 'demo': Invalid deploy name '0'", "Invalid deploy name"},
		{"a link into another stateroot", func(d *demo) {
			require.NoError(d.t, os.Rename(filepath.Join(d.dir, "ostree/deploy/demo"), filepath.Join(d.dir, "ostree/deploy/other")))
			d.relink("ostree/boot.0.1/demo/"+bootB+"/0", "../../../deploy/other/deploy/"+filepath.Base(target))
		}, "in stateroot 'demo': Invalid target '../../../deploy/other/deploy/", "Invalid target"},
		{"a malformed overlay", func(d *demo) { edit(d, "initrd ", "initrd /first.img\ninitrd /short.img\ninitrd ") }, "Malformed overlay initrd filename: short.img", "Malformed overlay"},
		{"a broken origin", func(d *demo) { d.put(d.s.Deployments()[0].Dir()+".origin", "no key file\n") }, "not a key-value pair, group, or comment", "not a key-value pair"},
		{"an origin that is a directory", func(d *demo) {
			n := d.s.Deployments()[0].Dir() + ".origin"
			remove(d, n)
			d.put(n+"/x", "")
		}, ".origin", ".origin"},
		{"an origin of zeros", func(d *demo) { d.put(d.s.Deployments()[0].Dir()+".origin", strings.Repeat("\x00", 4096)) }, "loading sysroot", "loading sysroot"},
		{"an entry of zeros", func(d *demo) { d.put(entry, strings.Repeat("\x00", 512)) }, "loading sysroot", "loading sysroot"},
		{"no ostree/deploy", func(d *demo) {
			require.NoError(d.t, os.Rename(filepath.Join(d.dir, "ostree/deploy"), filepath.Join(d.dir, "ostree/gone")))
		},
			"loading sysroot: fstatat(ostree/deploy): No such file or directory", "No such file"},
		{"no repository", func(d *demo) {
			require.NoError(d.t, os.Rename(filepath.Join(d.dir, "ostree/repo"), filepath.Join(d.dir, "ostree/gone")))
		},
			"loading sysroot: opendir(ostree/repo): No such file or directory", "No such file"},
		{"a bad name in deploy", func(d *demo) { d.put("ostree/deploy/demo/deploy/nonsense/file", "precious") },
			"", "Cleaning deployments: Invalid deploy name 'nonsense', expected CHECKSUM.TREESERIAL"},
		{"a short name in deploy", func(d *demo) { d.put("ostree/deploy/demo/deploy/0123.1/file", "precious") },
			"", "Cleaning deployments: Invalid deploy name '0123.1', expected CHECKSUM.TREESERIAL"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, c1, _ := twoDeployments(t)
			target = d.s.Deployments()[0].Dir()
			require.Equal(t, 0, d.s.BootVersion())
			c.damage(d)
			before := d.snapshot()
			d = d.reopen(nil)
			err := d.s.Load(t.Context())
			if c.load == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.load)
			}
			require.ErrorContains(t, d.s.Cleanup(t.Context()), c.clean)
			require.ErrorContains(t, d.add("demo", c1, nil, 0), c.clean)
			require.Equal(t, before, d.snapshot())
		})
	}
}

// TestBadKernels deploys trees that cannot boot.
func TestBadKernels(t *testing.T) {
	modules := "usr/lib/modules/6.1.0"
	cases := []struct {
		name string
		edit func(t *testing.T, dir string)
		want string
	}{
		{"no kernel", func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, modules, "vmlinuz"))) },
			"Deploying tree: Initializing deployment: Failed to find kernel in /usr/lib/modules, /usr/lib/ostree-boot or /boot"},
		{"kernel without target", func(t *testing.T, dir string) { link(t, dir, modules+"/vmlinuz", "nothing") }, "Failed to find kernel"},
		{"kernel is a circle", func(t *testing.T, dir string) { link(t, dir, modules+"/vmlinuz", "vmlinuz") }, "Initializing deployment: "},
		{"usr is a circle", func(t *testing.T, dir string) { link(t, dir, "usr", "usr") }, "Deploying tree: Initializing deployment: "},
		{"usr leads out", func(t *testing.T, dir string) { link(t, dir, "usr", "/usr") }, "Deploying tree: Initializing deployment: "},
		{"usr leads up", func(t *testing.T, dir string) { link(t, dir, "usr", "../../../../../../../../usr") }, "Deploying tree: Initializing deployment: "},
		{"no os-release", func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "usr/lib/os-release")))
		}, "Installing kernel: Reading /etc/os-release: "},
		{"a nameless os-release", func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/os-release"), []byte("VERSION=1\n"), 0o644))
		}, "Installing kernel: No PRETTY_NAME or ID in /etc/os-release"},
		{"both etc", func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "etc/x"), nil, 0o644))
		}, "Deploying tree: Initializing deployment: Preparing /etc: Tree contains both /etc and /usr/etc"},
		{"only etc", func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(filepath.Join(dir, "usr/etc"), filepath.Join(dir, "etc")))
		}, "Deploying tree: Initializing deployment: Preparing /etc: No such file or directory: /usr/etc"},
		{"no etc", func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, "usr/etc"))) },
			"Deploying tree: Finalizing deployment: During /etc merge: opendir("},
		{"a bad prepare-root.conf", func(t *testing.T, dir string) { conf(t, dir, "nonsense\n") },
			"Deploying tree: Initializing deployment: Checking out deployment tree: Parsing prepare-root config: Key file contains line “nonsense” which is not a key-value pair, group, or comment"},
		{"a bad value in it", func(t *testing.T, dir string) { conf(t, dir, "[composefs]\nenabled=perhaps\n") },
			"Deploying tree: Initializing deployment: Checking out deployment tree: Reading rootfs config: Parsing rootfs config: Invalid tri-state value: perhaps"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, _, _ := twoDeployments(t)
			before, titles := d.snapshot(), d.bootable()
			bad := d.tree("bad", 2, func(dir string) { c.edit(t, dir) })
			require.ErrorContains(t, d.add("demo", bad, nil, 0), c.want)
			require.Equal(t, titles, d.bootable())
			require.NoError(t, d.reopen(nil).s.Cleanup(t.Context()))
			require.Equal(t, before, d.snapshot())
		})
	}
}

func link(t *testing.T, dir, name, target string) {
	p := filepath.Join(dir, name)
	require.NoError(t, os.RemoveAll(p))
	require.NoError(t, os.Symlink(target, p))
}

func conf(t *testing.T, dir, text string) {
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr/lib/ostree"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/ostree/prepare-root.conf"), []byte(text), 0o644))
}

// TestTwoKernels boots the higher version of a tree with two.
func TestTwoKernels(t *testing.T) {
	d := newLocal(t, "", nil)
	c := d.tree("two", 1, func(dir string) {
		for _, v := range []string{"6.9.0", "6.10.0"} {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "usr/lib/modules", v), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/modules", v, "vmlinuz"), []byte("KERNEL "+v), 0o644))
		}
	})
	d.mustAdd(c, "rw")
	require.Contains(t, d.read("boot/loader/entries/ostree-1.conf"), "/vmlinuz-6.10.0\n")
	d.bootable()
}

// TestEtcConflict leaves everything as it was when a change of the administrator does not fit.
func TestEtcConflict(t *testing.T) {
	d, _, _ := twoDeployments(t)
	etc := filepath.Join(d.dir, d.s.Deployments()[0].Dir(), "etc")
	require.NoError(t, os.RemoveAll(filepath.Join(etc, "sub")))
	require.NoError(t, os.WriteFile(filepath.Join(etc, "sub"), []byte("a file now"), 0o644))
	before := d.snapshot()
	c2 := d.tree("two", 2, nil)
	err := d.add("demo", c2, nil, 0)
	require.ErrorContains(t, err, "Deploying tree: Finalizing deployment: During /etc merge: Modified config file newly defaults to directory 'sub', cannot merge")
	require.Equal(t, before, d.snapshot())
	require.Len(t, d.bootable(), 2)
}

// TestForeignFiles keeps what others have in the directories of the boot loader.
func TestForeignFiles(t *testing.T) {
	d, _, _ := twoDeployments(t)
	foreign := []string{"boot/loader.0/entries/windows.conf", "boot/loader.0/entries/ostree-2.conf.bak", "boot/loader.0/random-seed",
		"boot/ostree/readme", "boot/ostree/demo-abc/file", "boot/ostree/" + bootA + "/file", "boot/grub/grubenv", "boot/efi/EFI/x",
		"ostree/deploy/note", "ostree/deploy/demo/deploy/note", "ostree/deploy/demo/backing/note", "ostree/other"}
	for _, f := range foreign {
		d.put(f, "mine")
	}
	d = d.reopen(nil)
	require.Len(t, d.s.Deployments(), 2)
	require.NoError(t, d.s.Cleanup(t.Context()))
	for _, f := range foreign {
		require.Equal(t, "mine", d.read(f), f)
	}
}

// TestForeignKeys rewrites an entry with all that others wrote into it, wherever its deployment moves.
func TestForeignKeys(t *testing.T) {
	d, _, _ := twoDeployments(t)
	name := "boot/loader.0/entries/ostree-1.conf"
	d.put(name, d.read(name)+"x-mine some  text\ngrub_users $grub_users\n# a comment\n")
	d = d.reopen(nil)
	d.mustAdd(d.tree("two", 2, nil))
	require.NotContains(t, d.read("boot/loader/entries/ostree-2.conf"), "x-mine") // it was dropped by the policy
	name = "boot/loader/entries/ostree-1.conf"
	d.put(name, d.read(name)+"x-mine some  text\ngrub_users $grub_users\n# a comment\n")
	d = d.reopen(nil)
	require.NoError(t, d.add("demo", d.tree("one", 1, nil), nil, sysroot.RetainAll))
	text := d.read("boot/loader/entries/ostree-1.conf")
	require.Contains(t, text, "\nx-mine some  text\ngrub_users $grub_users\n")
	require.NotContains(t, text, "comment")
	require.NotContains(t, d.read("boot/loader/entries/ostree-2.conf"), "x-mine")
	require.Len(t, d.bootable(), 3)
}

// TestLinksOut has links in the place of directories that lead out of the sysroot, to a directory in which everything
// that could be mistaken for something of the sysroot must stay.
func TestLinksOut(t *testing.T) {
	cases := []string{"ostree/deploy/demo/var", "ostree/deploy/demo/deploy", "ostree/deploy/demo/backing", "ostree/deploy/demo", "ostree/deploy",
		"boot", "boot/ostree", "boot/loader.0", "boot/loader.1", "boot/loader.0/entries", "boot/loader.1/entries", "boot/ostree/initramfs-overlays",
		"ostree/boot.0.0", "ostree/boot.0.1", "ostree/boot.1.0", "ostree/boot.1.1", "ostree/boot.1", "ostree/lock", "ostree", "ostree/repo",
		"boot/loader.tmp", "boot/boot", "boot/ostree/demo-" + bootA, "boot/ostree/demo-" + bootB, "ostree/deploy/other"}
	for _, name := range cases {
		for _, how := range []string{"absolute", "upward"} {
			t.Run(name+" "+how, func(t *testing.T) {
				d, c1, _ := twoDeployments(t)
				require.NoError(t, d.s.Close())
				outside := filepath.Join(t.TempDir(), "outside")
				p := filepath.Join(d.dir, name)
				if _, err := os.Lstat(p); err == nil {
					require.NoError(t, os.Rename(p, outside))
				} else {
					require.NoError(t, os.Mkdir(outside, 0o755))
				}
				if st, err := os.Stat(outside); err == nil && st.IsDir() {
					for _, f := range []string{".tmp-nestos.x", "tmp.abcdef", "loader.1/x", "entries/x", strings.Repeat("a", 64) + ".0/x", "demo-" + strings.Repeat("b", 64) + "/x", strings.Repeat("c", 64) + ".img", ".updated"} {
						require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(outside, f)), 0o755))
						require.NoError(t, os.WriteFile(filepath.Join(outside, f), []byte("x"), 0o644))
					}
				}
				target := outside
				if how == "upward" {
					target = filepath.Join(strings.Repeat("../", 20), outside)
				}
				require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
				require.NoError(t, os.Symlink(target, p))
				before := described(t, outside)
				s, err := sysroot.Open(d.dir, nil)
				require.NoError(t, err)
				defer s.Close()
				ctx := t.Context()
				// Whether these work does not matter here.
				_ = s.Lock(ctx)
				_ = s.InitStateroot(ctx, "other")
				_ = s.Load(ctx)
				d.s = s
				_ = s.PrepareCleanup(ctx)
				merge := s.MergeDeployment("demo")
				if dep, err := s.DeployTree(ctx, "demo", c1, sysroot.NewOrigin("x"), merge, &sysroot.DeployOptions{Kargs: kargs.Of("a")}); err == nil {
					_ = s.SimpleWriteDeployment(ctx, "demo", dep, merge, 0)
				}
				_ = s.Cleanup(ctx)
				if list := s.Deployments(); len(list) > 0 {
					_ = s.SetPinned(list[0], true)
					_ = s.SetKargsInPlace(ctx, list[0], kargs.Of("b"))
					_, _ = s.Undeploy(ctx, len(list)-1)
				}
				_ = s.Unlock()
				require.Equal(t, before, described(t, outside))
			})
		}
	}
}

// described lists all that can be seen of a directory.
func described(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		line := p + " " + info.Mode().String() + " " + info.ModTime().String()
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %x", sha256.Sum256(b))
		}
		out = append(out, line)
		return nil
	})
	require.NoError(t, err)
	return out
}

// TestAliases has the directory of one stateroot appear as that of another.
func TestAliases(t *testing.T) {
	cases := map[string]func(t *testing.T, d *demo){
		"deploy of another stateroot": func(t *testing.T, d *demo) {
			d.put("ostree/deploy/alias/x", "")
			d.relink("ostree/deploy/alias/deploy", "../demo/deploy")
		},
		"stateroot that leads up":         func(t *testing.T, d *demo) { d.relink("ostree/deploy/alias", "..") },
		"stateroot that leads to another": func(t *testing.T, d *demo) { d.relink("ostree/deploy/alias", "demo") },
		"deploy that leads to deploy": func(t *testing.T, d *demo) {
			d.put("ostree/deploy/alias/x", "")
			d.relink("ostree/deploy/alias/deploy", "..")
		},
		"deploy that leads to itself": func(t *testing.T, d *demo) {
			d.put("ostree/deploy/alias/x", "")
			d.relink("ostree/deploy/alias/deploy", "deploy")
		},
	}
	for name, edit := range cases {
		t.Run(name, func(t *testing.T) {
			d, _, _ := twoDeployments(t)
			edit(t, d)
			before := d.snapshot()
			d = d.reopen(nil)
			if err := d.s.Cleanup(t.Context()); err != nil {
				require.Contains(t, err.Error(), "Cleaning deployments: ")
			}
			require.Equal(t, before, d.snapshot())
			require.Len(t, d.bootable(), 2)
		})
	}
}
