// Package bls reads and writes Boot Loader Specification entries, the small text
// files in boot/loader/entries that tell a boot loader what can be booted and
// OSTree which deployments there are.
//
// [ReadDir] reads all entries of a directory in boot order, [Parse] one of them,
// [Entry.Marshal] gives the bytes to write. The package opens files for reading
// only; making them appear safely is the caller's.
//
// # The format
//
//	title DemoOS 1.0 (ostree:0)
//	version 2
//	options root=LABEL=root rw ostree=/ostree/boot.1/demo/cf7c…/0
//	linux /ostree/demo-cf7c…/vmlinuz-6.1.0
//	initrd /ostree/demo-cf7c…/initramfs-6.1.0.img
//	initrd /ostree/initramfs-overlays/9e10….img
//	x-options-source-tuned nohz=full
//
// A line whose first byte is an ASCII letter and that has a blank or tab is a
// key and, after the first blank or tab, a value that is kept as it stands. All
// other lines are ignored, and not written again; so are comments. A second
// and later "initrd" is an overlay that the loader puts after the first. Of
// another key that is repeated the last value counts. Everything else a file
// may hold, keys of other programs above all, survives being read and written.
//
// [Entry.Marshal] writes title, version, options, devicetree, linux and the
// initrds in this order, then the other keys in the order in which they were
// first set or read. That is what OSTree writes, so that an entry of its own
// comes back byte for byte. (It puts several other keys in the order of a hash
// table; ours is one of those it may choose.)
//
// # Names and order
//
// The file ostree-2.conf, or ostree-2-demo.conf before release 2024.5, holds
// the entry with the version 2. The deployment that boots by default has the
// highest number, the last one has 1. With boot counting the name carries
// counters, ostree-2+3.conf or ostree-2+2-1.conf; see [Name] and [Tries].
//
// The order of the list is by "version", compared like the C library's
// strverscmp ([CompareVersions]), highest first. Names do not matter to it,
// but decide between entries of equal versions, so that the order is the same
// on every run.
//
// # Limits and errors
//
// An entry holds at most [MaxSize] bytes, a directory [MaxEntries] entries;
// a text must be UTF-8 without NUL. What [Parse] accepts [Entry.Marshal] can
// write, and the other way round: a key or value that would become a
// different file, such as kernel arguments with a line feed in them, is
// refused with a [*FieldError].
//
// An [Entry] is changed by one goroutine at a time. The text of the specification is at
// https://uapi-group.org/specifications/specs/boot_loader_specification/.
package bls
