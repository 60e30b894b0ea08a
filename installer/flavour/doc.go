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
// A [Flavour], made by [NestOS] or [CoreOS], is one such column. The other packages below
// installer take one in their options, in which nil is that of NestOS. Who looks at an image or a system
// tells which one it has by its marks:
//
//	f := flavour.Detect(func(f *flavour.Flavour) bool {
//		_, err := fs.Stat(initramfs, f.LiveStamp)
//		return err == nil
//	}, nil)
//
// [Default] is for what has no marks: the name of the program decides. [Features], which
// [ParseFeatures] reads, is what an image says that it can do; an image without it can do none of it.
//
// The names are those of nestos-installer 0.20 and coreos-installer 0.26. Each call returns a
// Flavour of its own; nothing here is locked, as nothing is meant to be changed. Further
// families are not supported: a Flavour with other names can be filled in and used, but is not
// found by Detect.
package flavour
