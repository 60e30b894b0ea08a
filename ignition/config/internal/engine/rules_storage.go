package engine

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func (c *checker) storage(p *place, s *types.Storage) {
	c.storageWhole(p, s)
	each(p, "directories", s.Directories, func(p *place, d *types.Directory) {
		c.fail(checkPath(d.Path), p, "path")
		c.mode(p, d.Mode)
		c.owner(p, &d.Node)
	})
	each(p, "disks", s.Disks, c.disk)
	each(p, "files", s.Files, c.file)
	each(p, "filesystems", s.Filesystems, c.filesystem)
	each(p, "links", s.Links, func(p *place, l *types.Link) {
		c.fail(checkPath(l.Path), p, "path")
		c.owner(p, &l.Node)
	})
	each(p, "luks", s.Luks, c.luks)
	each(p, "raid", s.Raid, c.raid)
}

func (c *checker) owner(p *place, n *types.Node) {
	const both = "cannot set both id and name"
	if n.Group.ID != nil && !empty(n.Group.Name) {
		c.fail(both, p, "group")
	}
	if n.User.ID != nil && !empty(n.User.Name) {
		c.fail(both, p, "user")
	}
}

func (c *checker) mode(p *place, mode *int) {
	if mode == nil {
		return
	}
	if *mode < 0 || *mode > 0o7777 {
		c.fail("illegal file mode", p, "mode")
	}
	if c.version < V3_6 && *mode&0o7000 != 0 {
		c.warn("setuid/setgid/sticky bits are not supported or functional in spec versions older than 3.6.0", p, "mode")
	}
}

func (c *checker) file(p *place, f *types.File) {
	c.fail(checkPath(f.Path), p, "path")
	c.mode(p, f.Mode)
	if isTrue(f.Overwrite) && f.Contents.Source == nil {
		c.fail("overwrite must be false if source is unspecified", p, "overwrite")
	}
	c.owner(p, &f.Node)
	each(p, "append", f.Append, c.resource)
	contents := at(p, "contents")
	c.resource(&contents, &f.Contents)
}

func (c *checker) filesystem(p *place, f *types.Filesystem) {
	if !empty(f.Path) {
		c.fail(checkPath(*f.Path), p, "path")
	}
	tag := c.version >= V3_7 && f.Format != nil && *f.Format == "virtiofs"
	c.fail(checkFilesystemDevice(f.Device, tag), p, "device")
	c.fail(c.checkFormat(f), p, "format")
	if !empty(f.Label) {
		c.fail(checkFilesystemLabel(*f.Label, f.Format, tag), p, "label")
	}
	if !tag {
		return
	}
	if !empty(f.UUID) {
		c.fail("filesystem uuid cannot be set for non-block-device filesystems", p, "uuid")
	}
	if isTrue(f.WipeFilesystem) {
		c.fail("wipeFilesystem cannot be set for non-block-device filesystems", p, "wipeFilesystem")
	}
	if len(f.Options) > 0 {
		c.fail("filesystem options (mkfs) cannot be set for non-block-device filesystems", p, "options")
	}
}

// checkFilesystemDevice checks a path, or a virtiofs tag, which the device of the
// host has 36 bytes for.
func checkFilesystemDevice(device string, tag bool) string {
	switch {
	case !tag:
		return checkPath(device)
	case device == "":
		return "device not specified"
	case len(device) > 36:
		return "virtiofs device tag cannot be longer than 36 bytes"
	}
	return ""
}

const badFormat = "invalid filesystem format"

func (c *checker) checkFormat(f *types.Filesystem) string {
	if empty(f.Format) {
		if !empty(f.Path) || !empty(f.Label) || !empty(f.UUID) || isTrue(f.WipeFilesystem) || len(f.MountOptions) > 0 || len(f.Options) > 0 {
			return "format cannot be empty when path, label, uuid, wipeFilesystem, options, or mountOptions is specified"
		}
		return ""
	}
	since := V3_0
	switch *f.Format {
	case "ext4", "btrfs", "xfs", "vfat", "swap":
	case "none":
		since = V3_3
	case "virtiofs":
		since = V3_7
	default:
		return badFormat
	}
	if c.version < since {
		return badFormat
	}
	return ""
}

// labelMax is how many bytes the label of a file system may have.
func labelMax(format string) int {
	switch format {
	case "ext4":
		return 16
	case "btrfs":
		return 256
	case "xfs":
		return 12
	case "swap":
		return 15
	case "vfat":
		return 11
	}
	return -1
}

func checkFilesystemLabel(label string, format *string, tag bool) string {
	switch {
	case empty(format):
		return "filesystem must specify format if label is specified"
	case tag:
		return "filesystem labels cannot be set when using virtiofs"
	}
	if n := labelMax(*format); n >= 0 && len(label) > n {
		return fmt.Sprintf("filesystem labels cannot be longer than %d characters when using %s", n, *format)
	}
	return ""
}

func (c *checker) raid(p *place, r *types.Raid) {
	c.fail(c.checkLevel(r), p, "level")
	if len(r.Devices) == 0 {
		c.fail("raid devices required", p, "devices")
	}
	each(p, "devices", r.Devices, func(p *place, d *types.Device) {
		c.fail(checkPath(string(*d)), p)
	})
}

func (c *checker) checkLevel(r *types.Raid) string {
	if empty(r.Level) && c.version >= V3_3 {
		return "raid level is required"
	}
	level := ""
	if r.Level != nil {
		level = *r.Level
	}
	switch level {
	case "linear", "raid0", "0", "stripe":
		if r.Spares != nil && *r.Spares != 0 {
			return "spares unsupported for linear and raid0 arrays"
		}
	case "raid1", "1", "mirror", "raid4", "4", "raid5", "5", "raid6", "6", "raid10", "10":
	default:
		return "unrecognized raid level"
	}
	return ""
}

// isJSON reports whether s can be decoded by encoding/json into whatever it is.
func isJSON(s string) bool {
	tree, err := jsontree.Parse([]byte(s))
	return err == nil && !tree.Overflows()
}
