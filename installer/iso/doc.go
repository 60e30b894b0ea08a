// Package iso changes live ISO images of NestOS and Fedora CoreOS without building them
// anew: it puts Ignition configs, network settings and kernel arguments into the places
// that the builders of the images have reserved, and takes files out.
//
// [Open] opens an image, methods such as [Image.EmbedIgnition] and [Image.ModifyKargs]
// change it in memory, and one of [Image.Save], [Image.SaveAs] and [Image.WriteTo] writes
// it in place, to a new file, or to a stream, with the same bytes:
//
//	image, err := iso.Open("live.iso", nil)
//	if err != nil {
//		return err
//	}
//	defer image.Close()
//	if err := image.EmbedIgnition(config, false); err != nil {
//		return err
//	}
//	return image.Save()
//
// [Image.Reset] makes the image again what it was, bit by bit. [Image.Inspect] tells
// everything that is embedded.
//
// # The reserved areas
//
// A live system is booted with two initrds: its own, and an area of 256 KiB of zeros that
// can hold another. The area is what igninfo.json in the directory of metadata (NESTOS or
// COREOS) names, or images/ignition.img. The kernel arguments are part of the
// configuration of each boot loader, with room behind them; kargs.json tells where, and how
// the room is filled:
//
//	linux /images/pxeboot/vmlinuz mitigations=auto,nosmt nestos.liveiso=nestos-22.03⏎
//	################################################## NESTOS_KARG_EMBED_AREA
//
// An image that can be changed is thus made by any ISO 9660 builder (genisoimage -R -V nestos-22.03 -o live.iso TREE, …) from
// a tree that has, beside what boots, images/ignition.img of 262144 zero bytes, the areas in the boot loaders'
// configurations, and in the directory NESTOS or COREOS, in any case:
//
//	igninfo.json   {"file": "images/ignition.img"}, with "offset" and "length" if the area is a part of the file
//	kargs.json     {"default": "mitigations=auto,nosmt …", "size": 1137, "files": [
//	                {"path": "EFI/openEuler/grub.cfg", "offset": 1422, "pad": "#", "end": "\n"}, …]}
//	features.json  {"installer-config": true, "live-initrd-network": true,
//	                "installer-config-directives": {"dest-device": true, …}}, for package customize
//	miniso.dat     16384 zero bytes, for [PackMinimal]
//
// All these areas hold the same text; it is an error if they do not. Images of 2021 have
// the places in the system area instead, older ones have none for kernel arguments.
//
// # What is guaranteed
//
// Everything is validated before anything is written. Changes of one kind leave the others
// alone. SaveAs makes a file that appears complete, and never replaces one; only the
// changed areas are written where the file system can share the rest.
//
// In place several areas cannot change at once, and the format has no journal. While the
// area for the initrd changes its first sector is invalid; kernel arguments alone change
// one area after the other. Whenever a kill or a power failure interrupts, an image is
// either as before, or as it should become, or every later use of the areas, by coreos-installer as
// well, reports it as damaged. Reset, or [Image.ResetKargs] if only kernel arguments
// differ, repairs it; what was embedded before is lost then. The one exception are images
// with a single area for kernel arguments (those for s390x) on a disk that loses power
// within the write of its 896 bytes. When writing fails with an error, what was there is
// written back.
//
// # Minimal images
//
// A minimal ISO has all but the root file system, which it fetches over the network.
// [Image.ExtractMinimal] makes it from data in the full image, which [PackMinimal] puts
// there; package miniso has the format.
//
// Images are untrusted: what they say of places and sizes is checked, and memory is
// bounded. Secrets in a config make the written image secret, which is why it has mode 0600.
package iso
