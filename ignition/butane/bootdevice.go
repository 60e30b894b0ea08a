package butane

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Partition types of the images.
const (
	reservedGUID = "8DA63339-0007-60C0-C436-083AC8230908"
	biosGUID     = "21686148-6449-6E6F-744E-656564454649"
	prepGUID     = "9E1A2D38-C612-4316-AA26-8B49521E5A8B"
	espGUID      = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
)

// firmwarePartitions are the partitions of a disk before /boot, as labels without
// number, sizes in MiB, and types.
type firmwarePartition struct {
	label string
	size  int
	guid  string
}

var (
	reserved = firmwarePartition{"reserved", 1, reservedGUID}
	esp      = firmwarePartition{"esp", 127, espGUID}
)

func firmwarePartitions(layout string) []firmwarePartition {
	switch layout {
	case "aarch64":
		return []firmwarePartition{reserved, esp}
	case "ppc64le":
		return []firmwarePartition{{"prep", 4, prepGUID}, reserved}
	}
	return []firmwarePartition{{"bios", 1, biosGUID}, esp}
}

const bootSizeMiB = 384

// bootSugar makes the storage of boot_device.
type bootSugar struct {
	*translation
	sugar  types.Config
	from   *origins
	layout string
	mirror bool
	luks   bool
}

// bootDevice replaces the root file system, if it is to be mirrored or encrypted.
func (t *translation) bootDevice() {
	b := &t.src.BootDevice
	s := &bootSugar{
		translation: t,
		from:        newOrigins(nil),
		layout:      "x86_64",
		mirror:      len(b.Mirror.Devices) > 0,
		luks:        isTrue(b.Luks.Tpm2) || len(b.Luks.Tang) > 0 || isTrue(b.Luks.Cex.Enabled),
	}
	if !s.mirror && !s.luks {
		return
	}
	if b.Layout != nil {
		s.layout = *b.Layout
	}
	if s.mirror {
		s.disks()
		s.arrays()
	}
	if s.luks {
		s.encryption()
	}
	s.rootFilesystem()
	t.overlay(s.sugar, s.from)
}

func (s *bootSugar) addFilesystem(fs types.Filesystem, from report.Path) {
	list := &s.sugar.Storage.Filesystems
	s.from.setTree(report.Path{"storage", "filesystems", len(*list)}, from, fs)
	*list = append(*list, fs)
}

func newFilesystem(device, format, label string) types.Filesystem {
	return types.Filesystem{Device: device, Format: &format, Label: &label, WipeFilesystem: ptr(true)}
}

// disks partitions each disk alike.
func (s *bootSugar) disks() {
	devices := report.Path{"boot_device", "mirror", "devices"}
	disks := report.Path{"storage", "disks"}
	for i, device := range s.src.BootDevice.Mirror.Devices {
		numbered := func(label string) *string { return ptr(fmt.Sprintf("%s-%d", label, i+1)) }
		d := types.Disk{Device: device, WipeTable: ptr(true)}
		var hasESP bool
		for _, p := range firmwarePartitions(s.layout) {
			d.Partitions = append(d.Partitions, types.Partition{Label: numbered(p.label), SizeMiB: ptr(p.size), TypeGUID: ptr(p.guid)})
			hasESP = hasESP || p == esp
		}
		d.Partitions = append(d.Partitions,
			types.Partition{Label: numbered("boot"), SizeMiB: ptr(bootSizeMiB)},
			types.Partition{Label: numbered("root")})
		s.sugar.Storage.Disks = append(s.sugar.Storage.Disks, d)
		s.from.setTree(disks.Append(i), devices.Append(i), d)
		if hasESP {
			label := *numbered("esp")
			s.addFilesystem(newFilesystem("/dev/disk/by-partlabel/"+label, "vfat", label), devices.Append(i))
		}
	}
	s.from.set(disks, devices)
}

// arrays mirrors /boot and the root file system, and makes that of /boot.
func (s *bootSugar) arrays() {
	members := func(label string) (devices []types.Device) {
		for i := range s.sugar.Storage.Disks {
			devices = append(devices, types.Device(fmt.Sprintf("/dev/disk/by-partlabel/%s-%d", label, i+1)))
		}
		return devices
	}
	s.sugar.Storage.Raid = []types.Raid{
		// The superblock is at the end, so that the firmware's boot loader sees a plain file system.
		{Name: "md-boot", Level: ptr("raid1"), Devices: members("boot"), Options: []types.RaidOption{"--metadata=1.0"}},
		{Name: "md-root", Level: ptr("raid1"), Devices: members("root")},
	}
	mirror := report.Path{"boot_device", "mirror"}
	s.from.setTree(report.Path{"storage", "raid"}, mirror, s.sugar.Storage.Raid)
	s.addFilesystem(newFilesystem("/dev/md/md-boot", "ext4", "boot"), mirror)
}

func (s *bootSugar) encryption() {
	src := &s.src.BootDevice.Luks
	l := types.Luks{
		Device:     ptr(s.luksDevice()),
		Discard:    src.Discard,
		Label:      ptr("luks-root"),
		Name:       "root",
		WipeVolume: ptr(true),
	}
	from := report.Path{"boot_device", "luks"}
	to := report.Path{"storage", "luks", 0}
	if isTrue(src.Cex.Enabled) {
		l.Cex = types.Cex(src.Cex)
		s.from.set(to.Append("cex"), from)
		s.from.set(to.Append("cex", "enabled"), from.Append("enabled"))
	} else {
		l.Clevis = types.Clevis{Tang: tangs(src.Tang), Threshold: src.Threshold, Tpm2: src.Tpm2}
		s.from.set(to.Append("clevis"), from)
		s.clevisOrigins(&l.Clevis, from, to.Append("clevis"))
	}
	s.from.set(to.Append("discard"), from.Append("discard"))
	for _, f := range []string{"device", "label", "name", "wipeVolume"} {
		s.from.set(to.Append(f), from)
	}
	s.from.set(to, from)
	s.from.set(to[:2], from)
	s.sugar.Storage.Luks = []types.Luks{l}
}

// clevisOrigins maps the parts of clevis, which are in luks itself in the source.
func (s *bootSugar) clevisOrigins(c *types.Clevis, from, to report.Path) {
	if c.Threshold != nil {
		s.from.set(to.Append("threshold"), from.Append("threshold"))
	}
	if c.Tpm2 != nil {
		s.from.set(to.Append("tpm2"), from.Append("tpm2"))
	}
	if c.Tang == nil {
		return
	}
	s.from.set(to.Append("tang"), from.Append("tang"))
	for i, t := range c.Tang {
		from, to := from.Append("tang", i), to.Append("tang", i)
		s.from.set(to.Append("url"), from.Append("url"))
		if t.Thumbprint != nil {
			s.from.set(to.Append("thumbprint"), from.Append("thumbprint"))
		}
		if t.Advertisement != nil {
			s.from.set(to.Append("advertisement"), from.Append("advertisement"))
		}
		if t != (types.Tang{}) {
			s.from.set(to, from)
		}
	}
}

// luksDevice is what is encrypted. Disks of s390x are no GPT disks: their partitions
// have no labels.
func (s *bootSugar) luksDevice() string {
	switch {
	case s.layout == "s390x-eckd":
		return *s.src.BootDevice.Luks.Device + "2"
	case s.layout == "s390x-zfcp":
		return *s.src.BootDevice.Luks.Device + "4"
	case s.mirror:
		return "/dev/md/md-root"
	}
	return "/dev/disk/by-partlabel/root"
}

func (s *bootSugar) rootFilesystem() {
	device := "/dev/md/md-root"
	if s.luks {
		device = "/dev/mapper/root"
	}
	from := report.Path{"boot_device"}
	s.addFilesystem(newFilesystem(device, "xfs", "root"), from)
	s.from.set(report.Path{"storage", "filesystems"}, from)
	s.from.set(report.Path{"storage"}, from)
}

// rootMinMiB is what the root file system needs for updates.
const rootMinMiB = 8192

// partitionNumbers are the numbers of the partitions that images have.
var partitionNumbers = map[string]int{"BIOS-BOOT": 1, "PowerPC-PReP-boot": 1, "EFI-SYSTEM": 2, "boot": 3, "root": 4}

// imagePartitions warns of partitions that will not be those of the image.
func (t *translation) imagePartitions() (found findings) {
	for i, d := range t.cfg.Storage.Disks {
		for j, p := range d.Partitions {
			if p.Label == nil {
				continue
			}
			at := report.Path{"storage", "disks", i, "partitions", j}
			if *p.Label == "root" && t.os >= 3 {
				rootPartition(&found, d, j, at)
			}
			number, isReserved := partitionNumbers[*p.Label]
			if isReserved && p.Number != number && !isTrue(d.WipeTable) {
				found.warn(at.Append("label"), "incorrect partition number; a new partition will be created using reserved label")
			}
		}
	}
	return found
}

func rootPartition(found *findings, d types.Disk, index int, at report.Path) {
	size := d.Partitions[index].SizeMiB
	if size != nil && *size != 0 {
		if *size < rootMinMiB {
			found.warn(at.Append("size_mib"), "root should have 8GiB of space assigned")
		}
		return
	}
	for i, other := range d.Partitions {
		if i != index && (other.StartMiB == nil || *other.StartMiB == 0) {
			found.warn(at.Append("label"), "root partition cannot expand; it is set to fill available space but is followed by an auto-positioned partition")
			return
		}
	}
}
