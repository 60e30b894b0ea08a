package iso9660

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// SectorSize is the unit of addresses.
const SectorSize = 2048

const (
	firstDescriptor = 16
	// maxDescriptors is far more than real images have, which is two or three.
	maxDescriptors = 128
)

// Kinds of volume descriptors.
const (
	typeBoot          = 0
	typePrimary       = 1
	typeSupplementary = 2
	typeTerminator    = 255
)

// FS is the file system of an image.
type FS struct {
	r           io.ReaderAt
	size        int64
	descriptors []Descriptor
	primary     *Descriptor
}

// Descriptor is a volume descriptor. Type is that of the format: 0 boot, 1 primary, 2
// supplementary; of other ones nothing else is known.
type Descriptor struct {
	Type uint8
	// BootSystemID and BootID are set in a boot descriptor.
	BootSystemID, BootID string
	// SystemID and VolumeID are set in a primary descriptor.
	SystemID, VolumeID string
	// Sectors is the size of the volume, in a primary descriptor.
	Sectors uint32
	// Root is the root directory, in a primary descriptor.
	Root Entry
}

// New opens the file system of an image of size bytes. An image that is shorter than its
// file system is [ErrIncomplete]; a longer one is in order.
func New(r io.ReaderAt, size int64) (*FS, error) {
	f := &FS{r: r, size: size}
	if err := f.readDescriptors(); err != nil {
		return nil, err
	}
	for i := range f.descriptors {
		if d := &f.descriptors[i]; d.Type == typePrimary {
			f.primary = d
			break
		}
	}
	if f.primary == nil {
		return nil, errors.New("no primary volume descriptor found in ISO")
	}
	if f.Size() > size {
		return nil, ErrIncomplete
	}
	return f, nil
}

// Descriptors returns all volume descriptors but the last, which is empty.
func (f *FS) Descriptors() []Descriptor { return f.descriptors }

// VolumeID returns the name of the volume.
func (f *FS) VolumeID() string { return f.primary.VolumeID }

// Size returns the size of the volume in bytes. The image may be longer.
func (f *FS) Size() int64 { return int64(f.primary.Sectors) * SectorSize }

// Root returns the root directory.
func (f *FS) Root() Entry { return f.primary.Root }

func (f *FS) readDescriptors() error {
	buf := make([]byte, SectorSize)
	for n := range maxDescriptors {
		d, err := f.readDescriptor(buf, int64(firstDescriptor+n)*SectorSize)
		if err != nil {
			return fmt.Errorf("getting volume descriptor #%d: %w", n+1, err)
		}
		if d.Type == typeTerminator {
			return nil
		}
		f.descriptors = append(f.descriptors, d)
	}
	return fmt.Errorf("more than %d volume descriptors", maxDescriptors)
}

func (f *FS) readDescriptor(buf []byte, offset int64) (Descriptor, error) {
	if err := readFull(f.r, buf, offset); err != nil {
		return Descriptor{}, fmt.Errorf("reading volume descriptor: %w", err)
	}
	d := Descriptor{Type: buf[0]}
	var err error
	switch d.Type {
	case typeBoot:
		err = d.parseBoot(buf)
	case typePrimary:
		err = d.parsePrimary(buf)
	}
	return d, err
}

func (d *Descriptor) parseBoot(buf []byte) (err error) {
	if err := checkHeader(buf); err != nil {
		return fmt.Errorf("parsing boot descriptor: %w", err)
	}
	if d.BootSystemID, err = parseString(buf[7:39]); err != nil {
		return fmt.Errorf("parsing boot system ID: %w", err)
	}
	if d.BootID, err = parseString(buf[39:71]); err != nil {
		return fmt.Errorf("parsing boot ID: %w", err)
	}
	return nil
}

func (d *Descriptor) parsePrimary(buf []byte) (err error) {
	if err := checkHeader(buf); err != nil {
		return fmt.Errorf("parsing primary descriptor: %w", err)
	}
	if d.SystemID, err = parseString(buf[8:40]); err != nil {
		return fmt.Errorf("parsing system id: %w", err)
	}
	if d.VolumeID, err = parseString(buf[40:72]); err != nil {
		return fmt.Errorf("parsing volume id: %w", err)
	}
	d.Sectors = binary.LittleEndian.Uint32(buf[80:])
	record := buf[156:190]
	if record[0] != 34 || record[25]&flagDirectory == 0 || record[32] != 1 || record[33] != 0 {
		return errors.New("failed to parse root directory record from primary descriptor")
	}
	d.Root = entryOf(record)
	d.Root.Name = "."
	return nil
}

// checkHeader checks what boot and primary descriptors begin with.
func checkHeader(buf []byte) error {
	if id := buf[1:6]; string(id) != "CD001" {
		return fmt.Errorf("unknown descriptor ID: %s", quoteBytes(id))
	}
	if buf[6] != 1 {
		return fmt.Errorf("unknown descriptor version: %d", buf[6])
	}
	return nil
}

// Image returns the whole image, with what may follow the file system.
func (f *FS) Image() *io.SectionReader { return io.NewSectionReader(f.r, 0, f.size) }
