package rdcore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// Rootmap returns the kernel arguments that lead to a root file system, and appends them
// to the newest entry of the boot file system if there is one.
func Rootmap(ctx context.Context, o *RootmapOptions) ([]string, error) {
	if o == nil {
		o = &RootmapOptions{}
	}
	args, err := o.rootmap(ctx, o.System.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("Configuring rootmap: %w", err)
	}
	return args, nil
}

func (o *RootmapOptions) rootmap(ctx context.Context, s *System) ([]string, error) {
	system, err := s.mountAt(o.Root)
	if err != nil {
		return nil, err
	}
	mount, err := s.mountAt(filepath.Join(o.Root, "sysroot"))
	if err != nil {
		return nil, err
	}
	dev, err := s.device(mount)
	if err != nil {
		return nil, err
	}
	args, err := deviceKargs(ctx, dev, system.Target)
	if err != nil {
		return nil, err
	}
	flags, err := s.Command(ctx, s.Flavour.RootflagsProgram, o.Root)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(string(flags)); text != "" {
		args = append(args, "rootflags="+text)
	}
	if !o.Boot.given() {
		return args, nil
	}
	if err := s.withBoot(ctx, o.Boot, appendAll(args)); err != nil {
		return nil, err
	}
	s.Message("Injected kernel arguments into BLS: " + strings.Join(args, " "))
	return args, nil
}

func appendAll(args []string) func(*os.Root) error {
	return func(boot *os.Root) error {
		if err := kargs.EditNewest(boot, (&kargs.Edit{Append: args}).Apply); err != nil {
			return fmt.Errorf("appending rootmap kargs: %w", err)
		}
		return nil
	}
}

// deviceKargs are the arguments for a device with a root file system and all below it, the
// lowest first. system is where the root with crypttab is mounted.
func deviceKargs(ctx context.Context, root *device, system string) ([]string, error) {
	var args []string
	err := root.all((*device).madeOf, func(d *device) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		a, err := d.kargs(ctx, system)
		args = append(args, a...)
		return err
	})
	if err != nil {
		return nil, err
	}
	uuid, err := root.filesystemUUID()
	if err != nil {
		return nil, err
	}
	if root.isMultipath() {
		return append(args, "root=/dev/disk/by-uuid/dm-mpath-"+uuid, "rw"), nil
	}
	return append(args, "root=UUID="+uuid, "rw"), nil
}

// isMultipath tells that a device is a partition of a disk with several paths. Its file system
// is found on each path too; the link with dm-mpath leads to the right device. For a whole disk
// rdcore 0.26 uses the plain link, which is kept.
func (d *device) isMultipath() bool {
	if d.kind() != kindPart {
		return false
	}
	lower, err := d.slaves()
	return err == nil && len(lower) == 1 && lower[0].kind() == kindMpath
}

// madeOf are the devices that must be set up before this one. A disk is always there, and
// so is what it makes of its partitions, unless it is itself made of something.
func (d *device) madeOf() ([]*device, error) {
	disk := d.disk()
	if disk == nil {
		return d.slaves()
	}
	slaves, err := disk.slaves()
	if err != nil || len(slaves) == 0 {
		return nil, err
	}
	return []*device{disk}, nil
}

func (d *device) kargs(ctx context.Context, system string) ([]string, error) {
	switch kind := d.kind(); {
	case strings.HasPrefix(string(kind), "raid"), kind == "linear":
		return d.raidKargs(ctx)
	case kind == kindCrypt:
		return d.luksKargs(system)
	case kind == kindMpath:
		return d.multipathKargs()
	case kind == kindDisk, kind == kindPart:
		return nil, nil
	default:
		return nil, fmt.Errorf("unknown block device type %s", kind)
	}
}

// raidKargs reads the array's UUID from a member, as that is the one place where
// all kernels show it right.
func (d *device) raidKargs(ctx context.Context) ([]string, error) {
	members, err := d.slaves()
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		sig, err := probe(m.node())
		if err == nil && sig.Type == "linux_raid_member" && sig.UUID != "" {
			return []string{"rd.md.uuid=" + raidUUID(sig.UUID)}, nil
		}
	}
	out, err := d.sys.Command(ctx, "mdadm", "--detail", "--export", d.path())
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		if uuid, ok := strings.CutPrefix(line, "MD_UUID="); ok && strings.TrimSpace(uuid) != "" {
			return []string{"rd.md.uuid=" + strings.TrimSpace(uuid)}, nil
		}
	}
	return nil, fmt.Errorf("missing MD_UUID for %s", d.path())
}

// raidUUID writes a UUID as mdadm does: four groups of eight digits.
func raidUUID(uuid string) string {
	digits := strings.ReplaceAll(uuid, "-", "")
	if len(digits) != 32 {
		return uuid
	}
	return strings.Join([]string{digits[:8], digits[8:16], digits[16:24], digits[24:]}, ":")
}

func (d *device) luksKargs(system string) ([]string, error) {
	if d.isIntegrity() {
		return nil, nil
	}
	name := d.attribute("dm/name")
	uuid, err := d.luksUUID()
	if err != nil {
		return nil, err
	}
	netdev, err := volumeNeedsNetwork(system, name)
	if err != nil {
		return nil, err
	}
	args := []string{"rd.luks.name=" + uuid + "=" + name}
	if netdev {
		args = append(args, "rd.neednet=1", "rd.luks.options=_netdev")
	}
	return args, nil
}

// isIntegrity tells that a device is the layer below an encrypted volume that finds changes of
// its data. cryptsetup sets it up together with the volume; 2.8 has another name for it.
func (d *device) isIntegrity() bool {
	uuid := d.attribute("dm/uuid")
	return strings.HasPrefix(uuid, "CRYPT-INTEGRITY-") || strings.HasPrefix(uuid, "CRYPT-SUBDEV-")
}

// luksUUID is in the header on the device below, or below its integrity layer.
func (d *device) luksUUID() (string, error) {
	for range maxLayers {
		lower, err := d.slaves()
		switch {
		case err != nil:
			return "", err
		case len(lower) == 0:
			return "", fmt.Errorf("missing parent device for %s", d.path())
		case len(lower) > 1:
			return "", fmt.Errorf("found multiple parent devices for crypt device %s", d.path())
		}
		if d = lower[0]; !d.isIntegrity() {
			break
		}
	}
	dev, err := blockdev.Open(d.node())
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", d.path(), errno.Bare(err))
	}
	defer dev.Close()
	header, err := dev.LUKSAt(0, dev.Size)
	if err != nil {
		return "", fmt.Errorf("reading LUKS header of %s: %w", d.path(), errno.Bare(err))
	}
	return header.UUID, nil
}

// volumeNeedsNetwork looks into the system's crypttab.
func volumeNeedsNetwork(system, volume string) (bool, error) {
	const name = "etc/crypttab"
	path := filepath.Join(system, name)
	root, err := confine.OpenRoot(system)
	if err != nil {
		return false, fmt.Errorf("opening %s: %w", system, errno.Bare(err))
	}
	defer root.Close()
	table, err := bootfile.Read(root, name)
	if err == nil && !utf8.Valid(table) {
		err = errNotUTF8
	}
	if err != nil {
		return false, fmt.Errorf("opening %s: %w", path, err)
	}
	return needsNetwork(string(table), volume, path)
}

// multipathKargs have the identifier by which the initramfs knows that the disk has several
// paths.
func (d *device) multipathKargs() ([]string, error) {
	_, wwid, ok := strings.Cut(d.attribute("dm/uuid"), "-")
	if !ok || wwid == "" {
		return nil, fmt.Errorf("missing WWID for %s", d.path())
	}
	return []string{"mpath.wwid=" + wwid}, nil
}
