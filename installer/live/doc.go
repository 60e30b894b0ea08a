// Package live is the side of systemd of an unattended installation: the units of a live
// system that installs by itself, and what they run.
//
// [Files] returns the files that an image builder puts into a live system, [WriteFiles]
// writes them. The rest is for a program that is called by them: [Generate], [Service],
// [DisableDeviceAutoActivation].
//
// # How it goes
//
//	generator     install_dev on the kernel command line, or a config file: the default
//	              target becomes nestos-installer-post.target
//	-disable-device-auto-activation.service, before udev
//	              RAID arrays and volume groups on the disk are not started
//	-pre.target
//	              scripts of the user
//	.service      "nestos-installer install" with what config files and kernel arguments say
//	              scripts of the user
//	.target
//	-reboot.service, or -noreboot.service if nestos.inst.skip_reboot is set
//
// If anything fails the system ends in the emergency shell. Config files are removed after
// success, so that a system that is not read-only does not install itself again and again.
//
// # Kernel arguments
//
//	nestos.inst.install_dev=/dev/sda     the disk; the one argument that is needed
//	nestos.inst.ignition_url=URL         config for the installed system, http allowed
//	nestos.inst.image_url=URL            the image
//	nestos.inst.stream=NAME              the stream
//	nestos.inst.platform_id=ID           platform of Ignition
//	nestos.inst.save_partlabel=GLOB,…    partitions to keep
//	nestos.inst.save_partindex=RANGE,…
//	nestos.inst.insecure                 accept an image without signature
//	nestos.inst.secure_ipl               IBM Z
//	nestos.inst.skip_reboot              give a shell at the end
//
// The last of several counts. Arguments that configure the network of the live system (ip=,
// nameserver=, …) are handed on to the first boot of the installed one, those that make
// disks of IBM Z visible to every boot. Flavours other than NestOS have their own prefix.
//
// # Calls
//
// The units call the installer as "nestos-installer service", "nestos-installer
// disable-device-auto-activation" and, through a script of one line, "nestos-installer
// generator UNIT_DIR …". All names here are those of flavour NestOS.
package live
