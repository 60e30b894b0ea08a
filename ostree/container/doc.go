// Package container moves OSTree commits into container images and out of them: the way in which
// operating systems travel through ordinary registries.
//
// It is for vendors who publish a system as an image, and for machines that update from one. [Encapsulate] wraps
// a commit into an image, [Pull] brings an image into a repository: the commit inside, and whatever was built on
// top of it with ordinary container tools. [ParseReference] reads the names of images, [CheckUpdate] asks whether
// there is a newer one, [Images] and [LoadImage] tell what a repository holds. [Prepare] is the first half of a
// pull, for who wants to know its size before.
//
//	ref, err := container.ParseReference("ostree-unverified-registry:quay.io/example/os:stable")
//	image, err := container.Pull(ctx, repo, ref, nil)
//	fmt.Println(image.Commit, image.Version())
//
// # Anatomy of an image
//
//	manifest   layers: the commit, chunks, then derived layers; annotations = labels
//	config     labels: ostree.commit, ostree.final-diffid, ostree.bootable, …; history
//	layer 0    tar: an OSTree repository of mode bare-split-xattrs in sysroot/ostree/repo
//	             objects/XX/YYYY.commit, .commitmeta, .dirtree, .dirmeta
//	             objects/XX/YYYY.file-xattrs       a list of xattrs
//	             objects/XX/YYYY.file-xattrs-link  hard link to it: those of the next file
//	             objects/XX/YYYY.file              content
//	           and the root file system: directories, and hard links to the files
//	chunks     tar: content objects and their hard links, grouped by package or the like
//	derived    tar: ordinary files, ".wh.NAME" whiteouts
//
// The label ostree.final-diffid is the uncompressed digest of the last layer of the commit; what follows
// is derived. An image without it has derived layers only. /etc of the image is /usr/etc of the commit.
//
// # Anatomy of what a pull leaves
//
//	ostree/container/blob/DIGEST     a commit for each layer, by which it is known not to need a download:
//	                                 the commit inside; objects named by their checksums; files
//	ostree/container/image/IMAGE     the merge commit: the tree of all layers, with the manifest and the
//	                                 configuration in its metadata
//	ostree/container/baseimage/…     commits of other tools that keep their layers
//
// Names are escaped, see [EscapeRef]. Files of derived layers outside of /usr, /etc and /var have no place
// in an OSTree system: they are left out and counted, unless the base mounts a transient root. What is below
// /run, /tmp, /proc, /sys and /dev is always left out. Layers are labelled by the SELinux policy of the base;
// if they bring another policy, everything is labelled anew. Directories that exist in the base keep their
// owner and mode, as in a union checkout, and empty /etc/hostname and /etc/resolv.conf, which builders leave
// behind, are removed.
//
// # What is guaranteed
//
// Compatibility: layers, labels, refs and metadata are those of ostree-ext, rpm-ostree and bootc.
//
// Determinism: the same commit and options give the same image, the same image gives the same merge
// commit, whatever the repository held before and in whichever order downloads finish.
//
// Atomicity: a pull is one transaction. Commits are written when all layers were read and everything
// they name is there, refs after that. After an error or a kill nothing can be seen of a pull.
//
// Hostile images: the digest and the size of each blob, the digest of each uncompressed layer and the
// checksum of each object are verified before anything becomes visible. Sizes, counts and depths are
// bounded; paths are never given to a file system.
//
// Memory and disk: layers are streamed into the repository while they are fetched; what is pushed is in
// [EncapsulateOptions].TempDir before, compressed.
//
// Concurrency: a handle has one transaction at a time, so pulls that run at the same time need a Repo each.
//
// Verification ([Verification]): "ostree-remote-image" demands that the commit inside is signed as an
// OSTree remote is configured, and refuses images with files that this signature does not cover, even if
// they were pulled before. "ostree-image-signed" demands a [Policy], and refuses one that accepts anything.
//
// # What is not done
//
// The transport containers-storage, requirements of policies other than those that [Policy] lists, and
// manifests of Docker's first schema are refused. Deploying an image is the business of a sysroot.
package container
