// Package drive finds config drives, and reads files from them without mounting.
//
//	f := &drive.Finder{}
//	d, err := f.ByLabel(ctx, "config-2", "iso9660")
//	…
//	defer d.Close()
//	data, err := d.ReadFile("openstack/latest/meta_data.json", 1<<20)
//
// # How a drive is found
//
// [Finder.ByLabel] takes the link /dev/disk/by-label that udev makes. [Finder.Probe] needs
// no udev: it looks at what all block devices hold, as blkid -L does without its cache.
// [Finder.Open] opens a device that is known, [Mounted] what is mounted already.
//
// # How it is read
//
// ISO 9660 (with Rock Ridge or Joliet names) and FAT are read from the device, with the names that
// Linux shows when they are mounted. That needs neither root nor modules of the kernel, and
// leaves a hostile image outside of it. Images which that does not work for (UDF, compressed
// files) are mounted with mount(2): read-only, on a fresh directory that is removed
// when the drive is closed. [Finder.MountOnly] has all of them mounted.
//
// Links are followed and stay inside the drive; files that are no regular files are not
// opened.
//
// # How long it takes
//
// Opening is tried four times, with a wait for udev's queue ("udevadm settle") and 1, 2 and 4 s in between;
// so does Afterburn. [Finder.SettleOnce] shortens that for a drive that may well not be there:
// when udev has settled, a device that is absent is not waited for.
package drive
