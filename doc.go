// Package nestos is the image-based operating system stack as one Go module. This package holds
// documentation only; import one of the packages below it.
//
// The module speaks the formats and protocols of the programs that image-based systems use today,
// byte for byte, as importable packages and as thin drop-in programs under examples/.
//
// # Where to start
//
//   - package ostree: repositories of file system trees: commit, check out, pull, verify, prune.
//     Start with ostree.Init, ostree.Repo.Begin and ostree.Repo.Checkout.
//
//   - package ostree/object: the object model and its bytes, without I/O.
//
//   - package ostree/delta: static deltas between commits.
//
//   - package ostree/sign: OpenPGP, ed25519 and SubjectPublicKeyInfo signatures.
//
//   - package ostree/composefs: EROFS images and fs-verity digests of trees.
//
//   - package ostree/container: commits in container images.
//
//   - package ostree/kargs, package ostree/bls: kernel arguments and boot entries.
//
//   - package ostree/sysroot: deployments: upgrade, roll back, stage, clean up.
//
//   - package ignition/config: configs of a first boot: parse, validate, with merge and schema below it.
//
//   - package ignition/butane: the YAML that people write such configs in.
//
//   - package ignition/provision: the stages that make a machine what its config says; plans without doing.
//
//   - package ignition/platform, package ignition/resource: where configs and contents come from.
//
//   - package ignition/dracut: what starts the stages at boot.
//
//   - package rpmostree: layering of RPM packages as transactions on a sysroot; with origin, pkgcache and pkglist.
//
//   - package rpmostree/compose, package rpmostree/treefile: trees from packages, for image builders.
//
//   - package rpmostree/rpm, package rpmostree/rpmdb, package rpmostree/rpmmd: package files, the database of
//     installed ones, repositories.
//
//   - package rpmostree/solver, package rpmostree/goal: dependencies, as libsolv and libdnf solve them.
//
//   - package installer: disk images onto disks, verified; with config, source, signature, osmet and live.
//
//   - package installer/iso, package installer/initrd, package installer/customize: live media, changed in place.
//
//   - package installer/stream: metadata of images.
//
//   - package zincati: the update agent; with service, strategy, driver, identity and config.
//
//   - package zincati/cincinnati: update graphs and rollouts; with source, server, view and simulate.
//
//   - package zincati/fleetlock: reboot locks; with server, lockstore, filestore and etcdstore.
//
//   - package afterburn: metadata of 24 clouds; with sshkeys and netconf for what is written, and fakecloud for tests.
//
// go run ./examples/quickstart shows them at work together, without privileges.
//
// # What holds everywhere
//
// A change is prepared aside and becomes visible in one atomic step. Untrusted bytes are verified
// before anything of them is visible, and parsed with bounded memory. Options structs may be nil and
// their zero value is right. Libraries neither print nor read environment variables. Errors carry
// what and where; where scripts look for a text, it is the reference program's.
package nestos
