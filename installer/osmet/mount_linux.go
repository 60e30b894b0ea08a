package osmet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// part is a partition with a file system.
type part struct {
	number       int
	offset, size int64
	fstype       string
}

// findParts returns the partitions whose file systems have the labels.
func findParts(disk *blockdev.Device, device string, labels ...string) ([]part, error) {
	table, err := disk.GPT()
	if err == nil && len(table.Partitions) == 0 {
		err = blockdev.ErrNoTable
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't find any partitions on %s: %w", device, err)
	}
	found := make([][]part, len(labels))
	for _, t := range table.Partitions {
		p := part{number: t.Number, offset: t.Start * int64(table.SectorSize), size: t.Size * int64(table.SectorSize)}
		res, err := disk.ProbeAt(p.offset, p.size)
		if err != nil {
			return nil, fmt.Errorf("probing partition %d of %s: %w", t.Number, device, err)
		}
		i := slices.Index(labels, res.Label)
		if i < 0 || res.Usage != blockdev.Filesystem {
			continue
		}
		p.fstype = res.Type
		found[i] = append(found[i], p)
	}
	var parts []part
	for i, label := range labels {
		switch len(found[i]) {
		case 0:
			return nil, fmt.Errorf("couldn't find %s device for %s", label, device)
		case 1:
			parts = append(parts, found[i][0])
		default:
			return nil, fmt.Errorf("found multiple devices on %s with label %q", device, label)
		}
	}
	if parts[0].offset > parts[1].offset {
		return nil, fmt.Errorf("partition %s of %s is behind partition %s: not supported", labels[0], device, labels[1])
	}
	return parts, nil
}

// withMounts calls f with the two file systems, mounted read-only in a mount namespace of its own, on a new directory in
// parent. f must do its work with them on the goroutine that it is called on.
func withMounts(parent, device string, parts []part, f func(boot, root *os.Root) error) (err error) {
	dir, err := os.MkdirTemp(parent, ".nestos-osmet-")
	if err != nil {
		return err
	}
	// Only an empty directory: what is mounted must never be removed.
	defer func() {
		if e := os.Remove(dir); err == nil {
			err = e
		}
	}()
	return mountapi.InPrivate(func() error {
		// Here the directories for the file systems need not be removed.
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700"); err != nil {
			return fmt.Errorf("mounting tmpfs on %s: %w", dir, err)
		}
		defer func() { _ = mountapi.Detach(dir) }()
		var roots [2]*os.Root
		for i, p := range parts {
			target := filepath.Join(dir, fmt.Sprint(p.number))
			if err := os.Mkdir(target, 0o700); err != nil {
				return err
			}
			unmount, err := mountPart(device, &p, target)
			if err != nil {
				return err
			}
			defer unmount()
			if roots[i], err = os.OpenRoot(target); err != nil {
				return err
			}
			defer roots[i].Close()
		}
		return f(roots[0], roots[1])
	})
}

// mountPart mounts a partition by its node, or through a loop device where the kernel has made none.
func mountPart(device string, p *part, target string) (unmount func(), err error) {
	node := partitionNode(device, p)
	if node == "" {
		loop, err := attachLoop(device, p)
		if err != nil {
			return nil, err
		}
		// The device goes away with the mount.
		defer loop.Close()
		node = loop.Name()
	}
	if err := mountReadOnly(node, target, p.fstype); err != nil {
		return nil, fmt.Errorf("mounting device %s on %s: %w", node, target, err)
	}
	return func() { _ = mountapi.Detach(target) }, nil
}

// partitionNode returns the device of a partition if there is one and it is where the partition is.
func partitionNode(device string, p *part) string {
	disk, err := filepath.EvalSymlinks(device)
	if err != nil {
		return ""
	}
	m := blockdev.Machine{}
	node, err := filepath.EvalSymlinks(m.PartitionNode(disk, p.number))
	if err != nil {
		return ""
	}
	start, size, err := m.Extent(node)
	const unit = 512
	if err != nil || start*unit != p.offset || size*unit != p.size {
		return ""
	}
	return node
}

// mountOptions leave a journal alone: replaying it would write to the disk.
var mountOptions = map[string]string{
	"ext3":  "norecovery",
	"ext4":  "norecovery",
	"xfs":   "norecovery,nouuid", // the system that packs may have been installed from the same image
	"btrfs": "rescue=nologreplay",
}

func mountReadOnly(node, target, fstype string) error {
	const flags = unix.MS_RDONLY | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOSUID
	err := unix.Mount(node, target, fstype, flags, mountOptions[fstype])
	if errors.Is(err, unix.EINVAL) && strings.HasPrefix(fstype, "ext") {
		// A driver that does not know the option.
		err = unix.Mount(node, target, fstype, flags, "")
	}
	return err
}

// attachLoop makes a read-only device of a part of a disk or of a file.
func attachLoop(device string, p *part) (*os.File, error) {
	backing, err := os.Open(device)
	if err != nil {
		return nil, opening(device, err)
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening loop control: %w", err)
	}
	defer control.Close()
	const tries = 64
	for range tries {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("getting free loop device: %w", err)
		}
		loop, err := configureLoop(fmt.Sprintf("/dev/loop%d", n), backing, p)
		if errors.Is(err, unix.EBUSY) {
			continue // somebody else was faster
		}
		return loop, err
	}
	return nil, errors.New("getting free loop device: all are taken")
}

func configureLoop(path string, backing *os.File, p *part) (*os.File, error) {
	loop, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, opening(path, err)
	}
	config := unix.LoopConfig{Fd: uint32(backing.Fd())}
	config.Info.Offset, config.Info.Sizelimit = uint64(p.offset), uint64(p.size)
	config.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
	if err := unix.IoctlLoopConfigure(int(loop.Fd()), &config); err != nil {
		loop.Close()
		return nil, fmt.Errorf("configuring %s: %w", path, err)
	}
	return loop, nil
}
