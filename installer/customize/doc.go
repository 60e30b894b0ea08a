// Package customize makes live media that install by themselves: it puts Ignition configs,
// network settings, scripts and options of the installer into a live ISO, or into a segment
// behind a live initramfs.
//
// [ISO] changes an image that package iso has opened, [PXE] copies an initramfs and appends to
// it; [Build] makes what both of them embed.
//
//	img, err := iso.Open("live.iso", nil)
//	err = customize.ISO(img, &customize.Options{
//		DestDevice:   "/dev/sda",
//		DestIgnition: []customize.File{{Path: "web.ign", Data: config}},
//	})
//	err = img.SaveAs(ctx, "web.iso")
//
// # What is embedded
//
// The live system is configured by one Ignition config of version 3.3.0, config.ign, which has
// all the rest inside:
//
//	ignition.config.merge         fragments for the live system
//	ignition.security.tls         certificate authorities
//	/usr/local/bin/pre-install-N  scripts, each with a unit that runs it before the installer
//	/usr/local/bin/post-install-N or after it
//	/etc/nestos/installer.d/      config files of the installer, numbered: those that were given,
//	                              then customize.yaml with the options
//	/etc/nestos/dest.ign          the config of the installed system
//
// Contents are compressed with gzip in data URLs. Keyfiles are members of the initrd of their
// own, below etc/nestos-firstboot-network, since the network must be up before Ignition reads
// its config. Without anything for it there is no config.ign at all: a config, even an empty
// one, changes how the live system treats its console.
//
// Fragments are embedded without the keys that their version does not know. The config of the
// installed system is the one fragment that was given or, with several or with certificate
// authorities, a config that merges them.
//
// # What is checked
//
// Fragments must be configs of the versions 3.0.0 to 3.6.0, and config files of the installer
// must have known keys with values of the right type. Keys of a fragment that Ignition does not
// know, and what it will not accept when it runs, are warnings.
//
// Scripts give their names to units. Names with other characters than letters, digits and
// ":-_." are refused: systemd takes no such units, or takes them for something else.
//
// # Order
//
// Options are looked at by kind, in the order of the fields of [Options], and each kind in the
// order given. The first error ends it, with the texts of coreos-installer 0.26. Notes are what
// that program prints on standard error.
package customize
