// Package compose makes OSTree commits of an operating system out of RPM packages, as described by a treefile:
// what "rpm-ostree compose" does, on the side of the vendor.
//
// [Tree] does all of it; [Install], [Postprocess] and [Commit] do it in steps between which other programs may
// change the files, [Rootfs] ends with a directory, [Image] with a container image. [Extensions] collects packages
// that may be layered on the result.
//
//	tf, err := treefile.LoadCompose(os.DirFS("config"), "os.yaml", &treefile.Options{Arch: compose.Machine()})
//	res, err := compose.Tree(ctx, tf, &compose.TreeOptions{
//		Options: compose.Options{Files: os.DirFS("config"), CacheDir: "cache"},
//		Repo:    repo,
//	})
//	fmt.Println(res.Ref, res.Commit)
//
// Programs must call [Main] first thing: scripts run in a process that is the program itself. It is [ErrNoMain] otherwise,
// before anything is downloaded.
//
// # What happens
//
//	resolve      the packages of the treefile, on nothing, from the repositories in the .repo files beside it
//	compare      the hash of all input with that of the previous commit: nothing new, nothing to do
//	import       packages as commits of the repository in the cache
//	install      their files, users, scripts, package database
//	treefile     units, files, os-release, scripts of the treefile
//	root         the toplevel directories; /home, /opt and the like become links into /var
//	finish       users to /usr/lib, /var to lines for systemd-tmpfiles, kernel and initramfs, finalize.d
//	commit       labels of the tree's own SELinux policy, metadata, ref
//
// All but the running of programs happens in memory and in the object store of the cache; nothing is unpacked to a
// directory, and nothing has to be root.
//
// # What a tree needs
//
// A kernel in usr/lib/modules/VERSION/vmlinuz; either initramfs.img beside it, or depmod and dracut in the tree, which
// make one. A policy of SELinux, or "selinux: false" in the treefile. Where packages have scripts, /bin/sh; where
// packages will be layered with scripts, /usr/bin/true, too, by which that step checks its result. The smallest
// treefile is therefore
//
//	ref: demo/${basearch}/stable
//	repos: [demo]                   # demo.repo beside it
//	packages: [kernel, demo-release]
//	selinux: false
//	boot-location: modules
//
// with a package kernel of two files. Package rpmtest makes such packages without rpmbuild, see the example of this package.
//
// # Scripts
//
// Scripts of packages, postprocess scripts and finalize.d run in a sandbox without network, which sees the tree and
// can change its /usr and /etc. The working directory of finalize.d is the root of the tree; RPMOSTREE_WORKDIR is an
// empty scratch directory.
//
// # Users
//
// Users other than root move to /usr/lib/passwd if the tree can find them there: if it has the altfiles module of the
// name service switch, or names it in nsswitch.conf. Otherwise (Debian, minimal openEuler) they stay in /usr/etc. Users
// of the previous commit keep their numbers unless the treefile says preserve-passwd: false.
//
// # Guarantees
//
// The same input and the same [Options.Epoch] give the same commit, whatever the cache holds, and whoever runs it. (An
// initramfs is as reproducible as the tree's dracut makes it.) Nothing becomes visible in the repository before it is
// complete. Packages are verified: by the checksums of the metadata, and by signature if the repository has gpgcheck=1.
//
// Compositions may run at the same time, in one process or several, but wait for each other if they have the same
// [Options.CacheDir]. Scripts need Linux with user namespaces, or root; a tree without scripts is composed anywhere.
// The steps, the options and the texts are those of rpm-ostree 2026.2.
//
// # What is not done
//
// Keys that [treefile.Treefile.Unsupported] names are errors, as are locks of source packages in lockfiles. Package
// databases are written in the sqlite form. The attribute user.component groups files, but does not force a layer of
// its own.
package compose
