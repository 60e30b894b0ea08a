// Package butane translates Butane configs, YAML written by people, into Ignition
// configs, or into MachineConfigs for OpenShift.
//
// [Translate] does it all; [FormatReport] shows what it found with the lines of the
// text. The output is byte for byte that of Butane 0.29, since people commit it.
//
// # A config
//
// A config names its variant, which is the operating system, and a version, which
// alone decides what Ignition version comes out ([Pairs] has them all):
//
//	variant: fcos
//	version: 1.6.0
//	storage:
//	  files:
//	    - path: /etc/motd
//	      mode: 0644
//	      contents: {inline: "hello\n"}
//
// Everything Ignition has is there under its name in snake case. Besides there is
// sugar:
//
//   - local and inline contents become data URLs: percent-encoded, base64 or gzip,
//     whichever is the shortest
//   - storage.trees copies a local directory
//   - with_mount_unit makes a mount or swap unit of a file system
//   - contents_local and ssh_authorized_keys_local read units and keys
//   - systemd.quadlets makes files for Podman's generator
//   - boot_device mirrors or encrypts the root file system
//   - grub.users protects boot entries
//
// What sugar makes is laid under the rest of the config, so that any of it can be
// overridden by an entry with the same key.
//
// # Reports
//
// Findings are not errors of Go but entries of [Result.Report], with the path and
// the position in the text; the error only says that the report is fatal. A config
// is checked as it is written, then its translation by the rules of its Ignition
// version. Findings in the translation are reported at what made the thing: those
// in a generated partition at boot_device. [Result.Source] and [Result.Position] do
// the same for editors. Unknown keys are warnings.
//
// # Variants of one's own
//
// [Default] returns a [Registry], to which translators of other variants may be
// added; nothing is global. Variant nestos is that of NestOS: Fedora CoreOS 1.4
// with grub.users.
//
// # Local files
//
// Without [Options].FilesDir or Files there are none. Paths that leave the directory
// by "..", or are absolute, are refused or taken as below it; symbolic links are
// followed wherever they lead unless [Options].ConfineLinks is set. Set it for
// configs by others.
//
// # Guarantees
//
// Configs may come from anybody: the YAML library bounds what aliases expand to, and
// sizes of files and mappings are bounded here. Translations share nothing and may
// run concurrently. Contents are encoded on all cores.
package butane
