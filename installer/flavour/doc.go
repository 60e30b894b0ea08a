// Package flavour knows the names and abilities of the two families of images that the
// installer works with: those of NestOS and those of Fedora CoreOS and its kin.
//
// The formats are the same; directories, kernel arguments and texts differ:
//
//	                     nestos                        coreos
//	program              nestos-installer              coreos-installer
//	metadata on an ISO   NESTOS/                       COREOS/
//	stamp in an initrd   etc/nestos-live-initramfs     etc/coreos-live-initramfs
//	installer configs    /etc/nestos/installer.d       /etc/coreos/installer.d
//	kernel arguments     nestos.inst.*                 coreos.inst.*
//
// What an image belongs to is found by looking at it; [Default] is for what has no marks.
// [Features] is what an image says that it can do.
package flavour
