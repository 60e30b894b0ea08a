package iso

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/iso/miniso"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/iso9660"
)

const minisoFile = "MINISO.DAT"

// MinimalOptions adjust [Image.ExtractMinimal] and [Image.WriteMinimal].
type MinimalOptions struct {
	// RootfsURL is where the minimal system fetches its root file system; if empty that
	// must be told by a kernel argument added later.
	RootfsURL string
	// RootfsPath is a new file for the root file system; empty means none is written.
	RootfsPath string
	// TempDir is where WriteMinimal keeps the image meanwhile, which has the size of a
	// kernel and an initramfs; empty means /tmp.
	TempDir string
}

// ExtractMinimal writes the minimal ISO that belongs to the image to a new file, which
// appears complete. The image must not be customized.
func (i *Image) ExtractMinimal(ctx context.Context, path string, opts *MinimalOptions) error {
	x, err := i.newExtraction(opts)
	if err != nil {
		return err
	}
	out, err := newOutput(path, i.flavour)
	if err != nil {
		return err
	}
	defer out.abort()
	return x.run(ctx, out.File, func() error {
		if err := out.commit(); err != nil {
			return at(err, "persisting output file to %s", path)
		}
		return nil
	})
}

// WriteMinimal writes the minimal ISO that belongs to the image to w. Nothing is written
// before it is verified.
func (i *Image) WriteMinimal(ctx context.Context, w io.Writer, opts *MinimalOptions) error {
	x, err := i.newExtraction(opts)
	if err != nil {
		return err
	}
	dir := x.opts.TempDir
	if dir == "" {
		dir = "/tmp"
	}
	temp, err := os.CreateTemp(dir, i.flavour.TempPrefix+"*")
	if err != nil {
		return at(err, "creating temporary file")
	}
	defer temp.Close()
	defer os.Remove(temp.Name())
	return x.run(ctx, temp, func() error {
		if _, err := temp.Seek(0, io.SeekStart); err != nil {
			return at(err, "seeking back to start of miniso tempfile")
		}
		if _, err := io.Copy(w, temp); err != nil {
			return at(err, "writing output")
		}
		return nil
	})
}

// extraction makes a minimal ISO.
type extraction struct {
	image  *Image
	opts   MinimalOptions
	data   *miniso.Data
	rootfs *iso9660.Entry
}

// newExtraction does all that can be checked before anything is written.
func (i *Image) newExtraction(opts *MinimalOptions) (*extraction, error) {
	x := &extraction{image: i}
	if opts != nil {
		x.opts = *opts
	}
	customized, err := i.customized()
	if err != nil {
		return nil, err
	}
	if customized {
		return nil, fmt.Errorf("Cannot operate on ISO with embedded customizations.\n"+
			"Reset it with `%s iso reset` and try again.", i.flavour.Program)
	}
	if x.opts.RootfsPath != "" {
		entry, err := i.fsys.Lookup(rootfsFile)
		if err != nil {
			return nil, fmt.Errorf("looking up '%s': %w", rootfsFile, err)
		}
		x.rootfs = &entry
	}
	if x.data, err = i.minisoData(); err != nil {
		return nil, err
	}
	if url := x.opts.RootfsURL; len(strings.Fields(url)) > 1 {
		err := fmt.Errorf("forbidden whitespace found in '%s'", url)
		return nil, fmt.Errorf("modifying miniso kernel args: %w", err)
	}
	return x, nil
}

// customized tells whether anything was embedded.
func (i *Image) customized() (bool, error) {
	archive, err := i.Initrd()
	if err != nil || archive.Len() > 0 {
		return true, err
	}
	text, err := i.Kargs()
	if err != nil {
		return false, err
	}
	def, err := i.DefaultKargs()
	return text != def, err
}

func (i *Image) minisoData() (*miniso.Data, error) {
	path := i.flavour.ISODir + "/" + minisoFile
	entry, err := i.fsys.Lookup(path)
	switch {
	case isNotFound(err):
		return nil, errors.New("This ISO image does not support extracting a minimal ISO.")
	case err != nil:
		return nil, fmt.Errorf("looking up '%s': %w", path, err)
	}
	content, err := i.fsys.Open(entry)
	if err != nil {
		return nil, err
	}
	data, err := miniso.Read(content)
	if err != nil {
		return nil, fmt.Errorf("reading miniso data file: %w", err)
	}
	return data, nil
}

// run writes the root file system and the minimal ISO, and finishes with done. If anything
// fails no root file system is left.
func (x *extraction) run(ctx context.Context, temp *os.File, done func() error) (err error) {
	if x.rootfs != nil {
		if err := x.image.extract(ctx, *x.rootfs, x.opts.RootfsPath); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				os.Remove(x.opts.RootfsPath)
			}
		}()
	}
	if err := x.data.Unpack(ctx, x.image.fsys, temp); err != nil {
		return fmt.Errorf("unpacking miniso: %w", err)
	}
	if err := x.setKargs(temp); err != nil {
		return fmt.Errorf("modifying miniso kernel args: %w", err)
	}
	return done()
}

// setKargs adapts the kernel arguments of the minimal ISO, which nobody knows of yet.
func (x *extraction) setKargs(temp *os.File) error {
	image, err := openFile(temp, &Options{Default: x.image.flavour})
	if err != nil {
		return err
	}
	text, err := image.Kargs()
	if err != nil {
		return err
	}
	live, ok := argument(text, image.flavour.LiveKarg)
	if !ok {
		return fmt.Errorf("minimal ISO does not have %s karg", image.flavour.LiveKarg)
	}
	def, err := (&kargs.Edit{Delete: []string{live}}).Apply(text)
	if err != nil {
		return err
	}
	text = def
	if x.opts.RootfsURL != "" {
		text, err = (&kargs.Edit{Append: []string{image.flavour.RootfsKarg + x.opts.RootfsURL}}).Apply(def)
		if err != nil {
			return err
		}
	}
	if err := image.SetKargs(text); err != nil {
		return err
	}
	list, err := image.regions()
	if err != nil {
		return err
	}
	info, err := image.kargInfoWith(def)
	if err != nil {
		return err
	}
	for _, r := range append(list, info) {
		if _, err := temp.WriteAt(r.data, r.offset); err != nil {
			return at(err, "writing %d bytes at %d", len(r.data), r.offset)
		}
	}
	return nil
}

// argument returns the first argument with a prefix.
func argument(text, prefix string) (string, bool) {
	for arg := range strings.FieldsSeq(text) {
		if strings.HasPrefix(arg, prefix) {
			return arg, true
		}
	}
	return "", false
}

// kargInfoWith returns kargs.json with another default.
func (i *Image) kargInfoWith(def string) (region, error) {
	k, err := i.kargAreas()
	if err != nil {
		return region{}, err
	}
	if k.info == nil {
		return region{}, errors.New("minimal ISO does not have kargs.json; please report this as a bug")
	}
	path := i.flavour.ISODir + "/" + kargsFile
	entry, err := i.fsys.Lookup(path)
	if err != nil {
		return region{}, err
	}
	info := *k.info
	info.Default = &def
	data, err := info.encode()
	if err != nil {
		return region{}, err
	}
	if len(data) > int(entry.Size) {
		return region{}, fmt.Errorf("New version of %s does not fit in space (%d vs %d)", path, len(data), entry.Size)
	}
	data = append(data, bytes.Repeat([]byte{' '}, int(entry.Size)-len(data))...)
	return region{offset: entry.Offset(), data: data}, nil
}

// PackOptions adjust [PackMinimal].
type PackOptions struct {
	// Default is the family of images without marks; nil means NestOS.
	Default *flavour.Flavour
	// Application is the version of the program, which is kept in the data for people.
	Application string
	// Consume removes the minimal ISO at the end.
	Consume bool
	// Message is called with messages about what is done; nil means silence.
	Message func(text string)
}

// PackMinimal changes a full ISO such that the minimal one can be extracted from it. It is
// for those who build images: the full ISO must have a file for the data.
func PackMinimal(ctx context.Context, fullPath, minimalPath string, opts *PackOptions) error {
	var o PackOptions
	if opts != nil {
		o = *opts
	}
	if o.Message == nil {
		o.Message = func(string) {}
	}
	full, err := Open(fullPath, &Options{Default: o.Default})
	if err != nil {
		return err
	}
	defer full.Close()
	minimal, err := Open(minimalPath, &Options{Default: o.Default, ReadOnly: true})
	if err != nil {
		return err
	}
	defer minimal.Close()
	if err := full.pack(ctx, minimal, &o); err != nil {
		return err
	}
	if o.Consume {
		if err := os.Remove(minimalPath); err != nil {
			return at(err, "consuming %s", minimalPath)
		}
	}
	o.Message("Packing successful!")
	return nil
}

func (i *Image) pack(ctx context.Context, minimal *Image, o *PackOptions) error {
	o.Message("Packing minimal ISO")
	data, stats, err := miniso.Pack(ctx, i.fsys, minimal.fsys, o.Application)
	if err != nil {
		return fmt.Errorf("packing miniso: %w", err)
	}
	o.Message(fmt.Sprintf("Matched %d files of %d", stats.Files, stats.Files))
	o.Message(fmt.Sprintf("Total bytes skipped: %d", stats.Skipped))
	o.Message(fmt.Sprintf("Total bytes written: %d", stats.Written))
	o.Message(fmt.Sprintf("Total bytes written (compressed): %d", stats.Compressed))
	o.Message("Verifying that packed image matches digest")
	if err := data.Unpack(ctx, i.fsys, io.Discard); err != nil {
		if path, diffErr := miniso.Difference(ctx, i.fsys, minimal.fsys); diffErr == nil && path != "" {
			err = fmt.Errorf("File %s has different content in full and minimal ISOs: %w", path, err)
		}
		return fmt.Errorf("unpacking miniso for verification: %w", err)
	}
	return i.storeMiniso(data)
}

func (i *Image) storeMiniso(data *miniso.Data) error {
	path := i.flavour.ISODir + "/" + minisoFile
	entry, err := i.fsys.Lookup(path)
	if err != nil {
		return fmt.Errorf("looking up '%s': %w", path, err)
	}
	if _, err := i.fsys.Open(entry); err != nil {
		return err
	}
	encoded, err := data.Encode()
	if err != nil {
		return fmt.Errorf("writing miniso data file: %w", err)
	}
	if len(encoded) > int(entry.Size) {
		return fmt.Errorf("writing miniso data file: %d bytes exceed the %d of %s", len(encoded), entry.Size, path)
	}
	content := make([]byte, entry.Size)
	copy(content, encoded)
	return change(i.file, []region{{offset: entry.Offset(), data: content, guard: true}})
}
