package disk

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

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// block is the kernel's folder of a block device.
func (h *host) block(rdev uint64) string {
	return filepath.Join(h.sys, "dev/block", fmt.Sprintf("%d:%d", unix.Major(rdev), unix.Minor(rdev)))
}

func (h *host) isMapper(rdev uint64) bool {
	_, err := os.Stat(filepath.Join(h.block(rdev), "dm"))
	return err == nil
}

// attribute is empty if there is none.
func attribute(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func number(dir, name string) int64 {
	n, err := strconv.ParseInt(attribute(dir, name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// parseDev reads "major:minor".
func parseDev(s string) (uint64, bool) {
	major, minor, ok := strings.Cut(s, ":")
	a, err1 := strconv.ParseUint(major, 10, 32)
	b, err2 := strconv.ParseUint(minor, 10, 32)
	return unix.Mkdev(uint32(a), uint32(b)), ok && err1 == nil && err2 == nil
}

// kernelPartition is a partition that the kernel, or device-mapper, knows.
type kernelPartition struct {
	number int
	path   string // of the node, which need not exist
	dir    string // in /sys
	rdev   uint64
}

// partitions are those of the disk whose number is rdev, by number.
func (h *host) partitions(rdev uint64) ([]kernelPartition, error) {
	dir := h.block(rdev)
	find := h.kernelPartition
	if h.isMapper(rdev) {
		dir, find = filepath.Join(dir, "holders"), h.mappedPartition
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var out []kernelPartition
	for _, e := range entries {
		p := kernelPartition{dir: filepath.Join(dir, e.Name())}
		var ok bool
		if p.rdev, ok = parseDev(attribute(p.dir, "dev")); ok && find(&p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b kernelPartition) int { return cmp.Compare(a.number, b.number) })
	return out, nil
}

func (h *host) kernelPartition(p *kernelPartition) bool {
	p.number = int(number(p.dir, "partition"))
	p.path = h.node(filepath.Base(p.dir))
	return p.number > 0
}

// mappedPartition knows kpartx's and multipath's devices by their identifier,
// "part3-mpath-…".
func (h *host) mappedPartition(p *kernelPartition) bool {
	id, ok := strings.CutPrefix(attribute(p.dir, "dm/uuid"), "part")
	digits, _, cut := strings.Cut(id, "-")
	n, err := strconv.Atoi(digits)
	if !ok || !cut || err != nil {
		return false
	}
	p.number, p.path = n, h.mapperNode(p.dir)
	return true
}

// node is the path of a device, in whose kernel name "!" stands for "/".
func (h *host) node(name string) string {
	return filepath.Join(h.dev, strings.ReplaceAll(name, "!", "/"))
}

func (h *host) mapperNode(dir string) string {
	if name := attribute(dir, "dm/name"); name != "" {
		return filepath.Join(h.dev, "mapper", name)
	}
	return h.node(filepath.Base(dir))
}

// holders are the devices that are made of one.
func (h *host) holders(dir string) []string {
	entries, err := os.ReadDir(filepath.Join(dir, "holders"))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, h.node(e.Name()))
	}
	return out
}

// loops are the loop devices whose backing file is one of some devices. The kernel does
// not count them as holders.
func (h *host) loops(devices map[uint64]bool) []string {
	files, err := filepath.Glob(filepath.Join(h.sys, "block/loop*/loop/backing_file"))
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range files {
		dir := filepath.Dir(f)
		var st unix.Stat_t
		if unix.Stat(attribute(dir, "backing_file"), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFBLK && devices[st.Rdev] {
			out = append(out, h.node(filepath.Base(filepath.Dir(dir))))
		}
	}
	return out
}

// mounts are the places where a device is mounted, in order.
func (h *host) mounts(rdev uint64) ([]string, error) {
	f, err := os.Open(filepath.Join(h.proc, "thread-self/mountinfo"))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(filepath.Join(h.proc, "self/mountinfo"))
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	table, err := mountapi.ReadTable(f)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range table {
		// Btrfs shows another number, and a path of the device.
		if n, ok := parseDev(m.Device); ok && n == rdev || strings.HasPrefix(m.Source, "/") && isDevice(m.Source, rdev) {
			out = append(out, m.Target)
		}
	}
	return out, nil
}

func isDevice(path string, rdev uint64) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFBLK && uint64(st.Rdev) == rdev
}

// isSwap tells whether a device is in use as swap.
func (h *host) isSwap(rdev uint64) (bool, error) {
	f, err := os.Open(filepath.Join(h.proc, "swaps"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && isDevice(blockdev.Unescape(fields[0]), rdev) {
			return true, nil
		}
	}
	return false, nil
}
