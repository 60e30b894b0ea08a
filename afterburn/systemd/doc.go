// Package systemd holds the files that an installation of Afterburn needs besides the program: the units that run it
// in the real root, and a dracut module that runs it in the initramfs.
//
// [Files] lists them, [Write] puts them into the root directory of an installation:
//
//	/usr/lib/systemd/system/afterburn.service                    attributes, for units that require it
//	/usr/lib/systemd/system/afterburn-sshkeys@.service, .target  SSH keys of users
//	/usr/lib/systemd/system/afterburn-checkin.service            tells the cloud of every boot
//	/usr/lib/systemd/system/afterburn-firstboot-checkin.service  tells the cloud of the first boot
//	/usr/lib/dracut/modules.d/30afterburn/                       hostname, network arguments, Ignition configs
//
// The program itself belongs to /usr/bin/afterburn. Nothing is enabled by writing the files. Which unit runs on which
// cloud is the same as with the files of Afterburn 5.11.
//
// # Initramfs
//
// dracut leaves the module out unless it is asked for it, with "--add afterburn" or by another module. Its units are
// required by ignition-complete.target, hence they run on first boots only. Unless [Options] set it, the distribution
// has to set the variable AFTERBURN_NETWORK_KARGS_DEFAULT of afterburn-network-kargs.service in a drop-in.
package systemd
