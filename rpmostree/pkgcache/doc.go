// Package pkgcache keeps RPM packages as commits in an OSTree repository: one commit for a package, named
// by a ref, with the package's files as they will be in an image and its headers in the metadata.
//
// It is for what assembles trees of packages many times: a package is unpacked once, and afterwards its files are
// objects that trees share. Packages rpmostree and compose keep their packages so.
//
// [Import] unpacks a package into a commit; [Load] finds it again as a [Cached], [Relabel] gives it other SELinux
// labels:
//
//	p, err := rpm.Open("htop-3.2-1.x86_64.rpm")
//	got, err := pkgcache.Import(ctx, txn, repo, p, &pkgcache.ImportOptions{Repodata: "sha256:6d0f…"})
//	err = txn.SetRef(got.Ref, got.Commit)
//
// Several packages can be imported at the same time by several goroutines into one transaction. The same
// package gives the same commit: its time is that of the build, it has no parent.
//
// # Where files go
//
// An image has no /etc, /boot, /opt or /var of its own (see [Translate]):
//
//	/etc/x                    usr/etc/x
//	/boot/x                   usr/lib/ostree-boot/x
//	/opt/x/…                  usr/lib/opt/x/…, and a link made at boot
//	/var/x, /run/x            directories and links are made at boot by systemd-tmpfiles; files are left out
//	/usr, /bin, /sbin, /lib   as they are
//
// What is made at boot is listed in usr/lib/rpm-ostree/tmpfiles.d/NAME.conf of the commit.
//
// All files belong to root: users are only known when a tree is assembled, after the scripts that create
// them have run. Ghosts are left out; so is documentation, if asked for.
//
// # Metadata
//
//	rpmostree.metadata            ay        lead, signature and main header, verbatim
//	rpmostree.metadata_sha256     s         the SHA-256 of that
//	rpmostree.nevra               (sstsss)  nevra, name, epoch, version, release, architecture
//	rpmostree.sepolicy            s         checksum of the policy of the labels; absent without labels
//	rpmostree.unpack_version      u         1
//	rpmostree.unpack_minor_version u        6
//	rpmostree.repo                a{sv}     id and timestamp of the rpm-md repository
//	rpmostree.repodata_checksum   s         the checksum there, as "sha256:…"
//	rpmostree.nodocs              b         whether documentation was left out
//
// These are the commits that rpm-ostree makes and reads.
//
// # Guarantees and limits
//
// The payload is verified by the digests of the package's header while it is unpacked; who made the package is for
// [rpm.Verify] to say, before. A package whose files are in places that images do not have is refused with an
// [*UnsupportedPathError]. Only a repository of mode bare needs root. Contents are streamed; the lists of files and the
// headers are in memory. Packages are never deleted here: a ref that goes, and a prune, do that.
package pkgcache
