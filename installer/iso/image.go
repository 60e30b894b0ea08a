package iso

import (
	"fmt"
	"io"
	"iter"
	"os"
	"sync"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/internal/iso9660"
)

const (
	pxeDir     = "IMAGES/PXEBOOT"
	rootfsFile = "IMAGES/PXEBOOT/ROOTFS.IMG"

	// maxMetadata bounds the files that describe an image; real ones have a few hundred bytes.
	maxMetadata = 1 << 20
)

// FS is the file system of an image; see [Image.FS]. Paths are in upper case, as ISO 9660 has
// them: "IMAGES/PXEBOOT/VMLINUZ". Its methods are
//
//	Lookup(path string) (Entry, error)                     finds a file or directory
//	ReadFile(path string, limit int) ([]byte, error)       content of a file of up to limit bytes
//	Open(file Entry) (*io.SectionReader, error)            the same as a reader
//	Root() Entry
//	List(dir Entry) iter.Seq2[Entry, error]                content of a directory, in the order of the image
//	Walk() iter.Seq2[Entry, error]                         everything, directories before what is in them
//	VolumeID() string
//	Size() int64                                           bytes of the volume; the image may be longer
//	Image() *io.SectionReader                              the whole image
//	Descriptors()                                          its volume descriptors
type FS = iso9660.FS

// Entry is a file or a directory of an image. Its fields are Path (from the root, "" for the
// root itself), Name, Sector (of 2048 bytes), Size (bytes) and Dir (whether it is a
// directory); the method Offset returns where its content begins, in bytes.
type Entry = iso9660.Entry

// Image is a live ISO. Changes are kept in memory until [Image.Save], [Image.SaveAs] or
// [Image.WriteTo]. It may be used by one goroutine at a time.
type Image struct {
	file     *os.File // nil if made by New
	path     string
	writable bool
	r        io.ReaderAt
	size     int64
	fsys     *iso9660.FS
	flavour  *flavour.Flavour

	load  func() (*areas, error)
	edits edits
}

// edits are the changes that were not written yet.
type edits struct {
	archive *initrd.Archive // new content of the initrd area; nil: no change
	area    []byte          // the same as bytes of the area
	kargs   *string         // new kernel arguments; nil: no change
}

// Options adjust [Open] and [New]. The zero value, like nil, is right for changing images.
type Options struct {
	// Default is the family of images without marks; nil means NestOS.
	Default *flavour.Flavour
	// ReadOnly opens the file for reading only: everything but [Image.Save] works.
	ReadOnly bool
}

// Open opens a live ISO, which can be a file or a device.
func Open(path string, opts *Options) (*Image, error) {
	if opts == nil {
		opts = &Options{}
	}
	mode := os.O_RDWR
	if opts.ReadOnly {
		mode = os.O_RDONLY
	}
	file, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return nil, at(err, "opening %s", path)
	}
	i, err := openFile(file, opts)
	if err != nil {
		file.Close()
		return nil, err
	}
	i.path = path
	i.writable = !opts.ReadOnly
	return i, nil
}

func openFile(file *os.File, opts *Options) (*Image, error) {
	size, err := sizeOf(file)
	if err != nil {
		return nil, at(err, "finding size of %s", file.Name())
	}
	i, err := New(file, size, opts)
	if err != nil {
		return nil, err
	}
	i.file = file
	return i, nil
}

// sizeOf also works for devices.
func sizeOf(file *os.File) (int64, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return 0, err
	case info.Mode().IsRegular():
		return info.Size(), nil
	case info.IsDir():
		return 0, nil
	}
	return file.Seek(0, io.SeekEnd)
}

// New opens a live ISO of size bytes that is not a file. It can be changed and written to
// a new place, but not in place.
func New(r io.ReaderAt, size int64, opts *Options) (*Image, error) {
	if opts == nil {
		opts = &Options{}
	}
	fsys, err := iso9660.New(r, size)
	if err != nil {
		return nil, &FormatError{err}
	}
	i := &Image{r: r, size: size, fsys: fsys}
	i.flavour = flavour.Detect(func(f *flavour.Flavour) bool {
		entry, err := fsys.Lookup(f.ISODir)
		return err == nil && entry.Dir
	}, opts.Default)
	i.load = sync.OnceValues(i.findAreas)
	return i, nil
}

// Close closes the file. Changes that were not saved are lost.
func (i *Image) Close() error {
	if i.file == nil {
		return nil
	}
	return i.file.Close()
}

// Flavour returns the family that the image belongs to.
func (i *Image) Flavour() *flavour.Flavour { return i.flavour }

// FS returns the file system of the image, without changes that were not saved.
func (i *Image) FS() *FS { return i.fsys }

// Files returns all files and directories, those of a directory after itself.
func (i *Image) Files() iter.Seq2[Entry, error] { return i.fsys.Walk() }

// Open returns the content of a file by its path in upper case, without changes that were
// not saved.
func (i *Image) Open(path string) (*io.SectionReader, error) {
	entry, err := i.fsys.Lookup(path)
	if err != nil {
		return nil, err
	}
	return i.fsys.Open(entry)
}

// Features returns what the software in the image can do.
func (i *Image) Features() (flavour.Features, error) {
	data, err := i.metadata("FEATURES.JSO")
	if data == nil || err != nil {
		return flavour.Features{}, err
	}
	return flavour.ParseFeatures(data)
}

// metadata returns a file of the directory for metadata, nil if there is none.
func (i *Image) metadata(name string) ([]byte, error) {
	path := i.flavour.ISODir + "/" + name
	data, err := i.fsys.ReadFile(path, maxMetadata)
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return data, nil
}
