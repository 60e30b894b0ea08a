package blockdev

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is where a kernel shows its block devices. The zero value is this machine;
// tests have other folders.
type Machine struct {
	Sys  string // /sys
	Proc string // /proc
	Dev  string // /dev
}

func (m Machine) class(dev string) string {
	return filepath.Join(cmp.Or(m.Sys, "/sys"), "class/block", filepath.Base(dev))
}

func (m Machine) dev() string { return cmp.Or(m.Dev, "/dev") }

// MapperName is the name of a device-mapper device, empty for other devices. dev is
// a device node, not a link, here and in the other methods.
func (m Machine) MapperName(dev string) string {
	b, err := os.ReadFile(filepath.Join(m.class(dev), "dm/name"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Holders are the names of the devices that are made of this one.
func (m Machine) Holders(dev string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(m.class(dev), "holders"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// Partitions are the nodes of a disk's partitions, sorted by number. Those of a
// device-mapper device are devices of their own, found by their names.
func (m Machine) Partitions(dev string) ([]string, error) {
	if name := m.MapperName(dev); name != "" {
		return m.mapperPartitions(name)
	}
	entries, err := os.ReadDir(m.class(dev))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(dev)
	var nodes []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base) {
			nodes = append(nodes, filepath.Join(filepath.Dir(dev), e.Name()))
		}
	}
	slices.SortFunc(nodes, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return nodes, nil
}

func (m Machine) mapperPartitions(name string) ([]string, error) {
	dir := filepath.Join(m.dev(), "disk/by-id")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var nodes []string
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), "dm-name-"+name+"p")
		if !ok || number == "" || number[0] < '0' || number[0] > '9' {
			continue
		}
		node, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// PartitionNode is the path that a partition of a disk has, or will have.
func (m Machine) PartitionNode(dev string, number int) string {
	if name := m.MapperName(dev); name != "" {
		return filepath.Join(m.dev(), "disk/by-id", fmt.Sprintf("dm-name-%sp%d", name, number))
	}
	return PartitionPath(dev, number)
}

// PartitionPath is a partition's name by the kernel's rule: a disk whose name ends
// with a digit gets a "p" before the number.
func PartitionPath(dev string, number int) string {
	if dev != "" && dev[len(dev)-1] >= '0' && dev[len(dev)-1] <= '9' {
		dev += "p"
	}
	return dev + strconv.Itoa(number)
}

// Extent returns the start of a partition and its size, in units of 512 bytes
// whatever the sectors of the disk are.
func (m Machine) Extent(partition string) (start, size int64, err error) {
	if start, err = m.number(partition, "start"); err == nil {
		size, err = m.number(partition, "size")
	}
	return start, size, err
}

func (m Machine) number(dev, attribute string) (int64, error) {
	b, err := os.ReadFile(filepath.Join(m.class(dev), attribute))
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}

// Mounted tells whether a device is mounted: by the source of a mount, after links are
// resolved, or by the number that the kernel shows for one.
func (m Machine) Mounted(dev string) (bool, error) {
	mounts, err := readMounts(filepath.Join(cmp.Or(m.Proc, "/proc"), "mounts"), 0)
	if err != nil {
		return false, err
	}
	for _, source := range mounts {
		if !strings.HasPrefix(source, "/") {
			continue
		}
		// A source that is no file here (a share, /dev/root) is found by its number.
		if target, err := filepath.EvalSymlinks(source); err == nil && target == dev {
			return true, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, fs.ErrPermission) {
			return false, fmt.Errorf("failed to resolve %q: %w", source, err)
		}
	}
	number, ok := deviceNumber(dev)
	if !ok {
		return false, nil
	}
	numbers, err := readMounts(filepath.Join(cmp.Or(m.Proc, "/proc"), "self/mountinfo"), 2)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.Contains(numbers, number), err
}

// ID is equal for two paths of one device: its number for a block device, otherwise
// the path after links are resolved.
func ID(path string) (string, error) {
	if number, ok := deviceNumber(path); ok {
		return number, nil
	}
	return filepath.EvalSymlinks(path)
}

func deviceNumber(dev string) (string, bool) {
	var st unix.Stat_t
	if unix.Stat(dev, &st) != nil || uint32(st.Mode)&unix.S_IFMT != unix.S_IFBLK {
		return "", false
	}
	return fmt.Sprintf("%d:%d", unix.Major(uint64(st.Rdev)), unix.Minor(uint64(st.Rdev))), true
}

// readMounts returns one column of a list of mounts, unescaped.
func readMounts(path string, column int) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > column {
			out = append(out, Unescape(fields[column]))
		}
	}
	return out, lines.Err()
}

// Unescape decodes the octal escapes (\040 is a space) of /proc/mounts.
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
