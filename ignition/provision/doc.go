// Package provision makes a machine what its config says, or makes sure that it
// does not boot: the engine of Ignition.
//
// [New] and [Engine.Run] run one stage as the program ignition does in an
// initramfs, with the config of the platform or one that the caller has. [Apply] applies
// a config to a container's root while an image is built. [MakePlan] says what
// provisioning would do, [PlanApply] what Apply would do, and both touch nothing:
//
//	dry, err := provision.MakePlan(ctx, raw, &provision.PlanOptions{Root: "/mnt/root"})
//	err = dry.WriteText(os.Stdout)
//
// Stages, logs, files and messages are those of Ignition 2.26. Package ignition/dracut has the
// units that run the stages at boot.
//
// # Stages
//
//	fetch-offline ─▶ fetch ─▶ kargs ─▶ disks ─▶ mount ─▶ files ─▶ umount
//	      │            │        │        │        │        │
//	   no network   config   reboots  sgdisk,   mount   users, files,
//	   needed?      cache             mdadm,            units, keys,
//	                                  cryptsetup,       result file
//	                                  mkfs
//
// Each runs as a process of its own. The fetch stages take the user's config from
// the kernel command line, the files user.ign of the system, or the platform
// (package platform), merge in what it refers to, validate, and write the cache.
// The others read the cache. In every stage the distribution's fragments in base.d
// are merged under the user's config.
//
// # Plan, then apply
//
// A stage first looks and makes a [plan.Plan], then applies it. So a dry run is
// the same code, and a stage that cannot succeed for a reason that is there to
// see fails before it changes anything.
//
// # What is guaranteed
//
// A stage that fails returns an error, and its program's exit status keeps the
// machine from booting; no error is made a warning. The state file is written only
// after success, the config cache appears whole or not at all. Paths of the config
// are resolved inside the root, as after chroot(2), whatever links are planted
// there. Secrets (contents, keys, password hashes, header values) are neither
// logged nor shown by [Failure.Dump] and [Failure.Summary].
//
// # External programs
//
// Partitioning, making file systems and accounts is left to the programs that the
// distribution ships: sgdisk, mkfs.*, mkswap, wipefs, mdadm, cryptsetup, clevis,
// useradd and its kin, mount, partx, udevadm, systemctl, setfiles. Options.Runner
// records or replaces them.
//
// # What it needs
//
// The stages of a boot need root and Linux. Apply and the plans need the rights to what they
// write and look at; without root, an owner other than oneself is an error. An [Engine] is
// for one goroutine, and one stage at a time works on a root; the functions may be called
// at the same time for different roots.
//
// Configs are held in memory, contents of files are not: they stream into their files. What
// the stage files or Apply wrote is synchronized once, before it ends.
//
// # Limits
//
// A stage that was cut short is not continued: the next boot begins with the first stage, and
// the config decides what is kept or overwritten, as with Ignition. At most 4096 configs may
// refer to each other, 64 deep, which bounds circles. Of what is fetched, a config may have
// 96 MiB.
package provision
