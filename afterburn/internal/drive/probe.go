package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/confine"
)

// classBlock is where the kernel lists its block devices.
const classBlock = "sys/class/block"

// maxDevices bounds the devices that are looked at.
const maxDevices = 4096

// Probe looks for the first of the labels that a block device has, and returns it with the path of
// the device, such as "/dev/sr0". It looks at what is on the devices, not at udev's links,
// as "blkid -L" does; devices with several signatures that do not belong together
// count as unlabelled, as they do there. Of several devices with the label the one that comes first
// by name is taken. Devices that cannot be read are left out. If no device has any of the labels the
// error is [ErrNoDrive].
func (f *Finder) Probe(ctx context.Context, labels ...string) (device, label string, err error) {
	root, err := confine.OpenRoot(or(f.Root, "/"))
	if err != nil {
		return "", "", err
	}
	defer root.Close()
	names, err := blockDevices(root)
	if err != nil {
		return "", "", err
	}
	best := len(labels)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return "", "", fmt.Errorf("looking for drives: %w", err)
		}
		path := "/dev/" + strings.ReplaceAll(name, "!", "/") // as the kernel writes c0d0 in a folder cciss
		found, err := labelOf(root, path)
		if err != nil {
			f.log().Debug("cannot look at device", "device", name, "error", err)
			continue
		}
		if i := slices.Index(labels[:best], found); i >= 0 && found != "" {
			device, best = path, i
		}
		if best == 0 {
			break
		}
	}
	if device == "" {
		return "", "", fmt.Errorf("%w with label %s", ErrNoDrive, strings.Join(labels, ", "))
	}
	return device, labels[best], nil
}

// blockDevices lists the devices that may hold a drive, by name: sda before sda1, sr2
// before sr10.
func blockDevices(root *confine.Root) ([]string, error) {
	entries, err := root.ReadDir(classBlock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("listing block devices: %w", err)
	}
	var names []string
	for _, e := range entries[:min(len(entries), maxDevices)] {
		if worthProbing(root, e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.TrimRight(a, digits), strings.TrimRight(b, digits)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return names, nil
}

const digits = "0123456789"

// worthProbing tells whether a device has content that can be looked at. A floppy drive
// without a disk takes seconds to say so, and a suspended mapping never answers.
func worthProbing(root *confine.Root, name string) bool {
	kind := strings.TrimRight(name, digits)
	if kind == "ram" || kind == "zram" || kind == "fd" {
		return false
	}
	dir := classBlock + "/" + name
	if size, err := strconv.ParseInt(attribute(root, dir+"/size"), 10, 64); err == nil && size == 0 {
		return false
	}
	return attribute(root, dir+"/dm/suspended") != "1"
}

// attribute returns a value of sysfs; "" if it is not there.
func attribute(root *confine.Root, name string) string {
	f, err := root.OpenFile(name, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, 64)
	n, _ := io.ReadFull(f, b)
	return strings.TrimSpace(string(b[:n]))
}

// labelOf returns the label of what is on a device.
func labelOf(root *confine.Root, name string) (string, error) {
	dev, err := openDevice(root, name)
	if err != nil {
		return "", err
	}
	defer dev.Close()
	res, err := blockdev.Probe(&lenient{r: dev}, dev.size, 512)
	if err != nil {
		return "", err
	}
	signature, err := res.Safe()
	return signature.Label, err
}

// lenient takes blocks that cannot be read for empty ones, a few times: the last ones of optical discs are often
// unreadable, and signatures are looked for there.
type lenient struct {
	r      io.ReaderAt
	errors int
}

const tolerated = 16

func (l *lenient) ReadAt(b []byte, off int64) (int, error) {
	n, err := l.r.ReadAt(b, off)
	if err == nil || errors.Is(err, io.EOF) || !errors.Is(err, unix.EIO) || l.errors >= tolerated {
		return n, err
	}
	l.errors++
	clear(b[n:])
	return len(b), nil
}
