package iso

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

const (
	// sectorSize is what disks write as a whole.
	sectorSize = 512
	// changeMark is at the start of the initrd area while an image is changed in place. It
	// is no archive, so that other programs refuse the image, too.
	changeMark = "\x01The change of this live ISO is not finished.\n"
)

// Save writes the changes into the file that was opened. Areas that hold already what they
// should are left alone. If it fails what was there is written back.
//
// The file keeps its owner and mode, 0644 mostly. An Ignition config often has secrets: who may
// read the image can read them. [Image.SaveAs] makes a file with mode 0600.
//
// Several areas cannot change at once. When a kill or a power failure interrupts, the image
// is as it was, or it is recognized as damaged: [ErrInterrupted] or kernel arguments that
// differ; [Image.Reset] repairs both.
func (i *Image) Save() error {
	list, err := i.regions()
	if err != nil {
		return err
	}
	if !i.writable {
		return errReadOnly
	}
	if err := change(i.file, list); err != nil {
		return err
	}
	return i.saved()
}

// saved makes what was written the state of the image.
func (i *Image) saved() error {
	a, err := i.load()
	if err != nil {
		return err
	}
	if i.edits.area != nil {
		a.archive, a.initrdErr = i.edits.archive, nil
		a.used = usedBytes(i.edits.area)
	}
	if i.edits.kargs != nil {
		a.kargs.text, a.kargs.err = *i.edits.kargs, nil
	}
	i.edits = edits{}
	return nil
}

// patch is a region and what it replaces.
type patch struct {
	region
	old []byte
}

// target is a file that is changed in place.
type target interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// change writes regions in place.
func change(file target, list []region) error {
	var patches []patch
	for _, r := range list {
		old, err := readArea(file, r.offset, len(r.data))
		if err != nil {
			return err
		}
		if !bytes.Equal(old, r.data) {
			patches = append(patches, patch{r, old})
		}
	}
	w := patcher{file: file}
	if err := w.apply(patches); err != nil {
		if damage := w.restore(patches); damage != nil {
			return fmt.Errorf("the image is damaged, reset it: %w", err)
		}
		return err
	}
	return nil
}

// patcher remembers the first error and does nothing after it.
type patcher struct {
	file target
	err  error
}

// apply writes in an order in which every intermediate state is recognized.
//
// With a guard: its first sector is invalid before anything else changes, and is the last
// thing to be written; disks write a sector as a whole. Without it there are only kernel
// arguments, which differ from each other until the last area is written; the first of them
// is on disk before the next is touched.
func (w *patcher) apply(patches []patch) error {
	n := slices.IndexFunc(patches, func(p patch) bool { return p.guard && len(p.data) > sectorSize })
	if n < 0 {
		for _, p := range patches {
			w.write(p.data, p.offset)
			w.sync()
		}
		return w.err
	}
	guard := patches[n]
	mark := make([]byte, sectorSize)
	copy(mark, changeMark)
	w.write(mark, guard.offset)
	w.sync()
	for k, p := range patches {
		if k != n {
			w.write(p.data, p.offset)
		}
	}
	w.write(guard.data[sectorSize:], guard.offset+sectorSize)
	w.sync()
	w.write(guard.data[:sectorSize], guard.offset)
	w.sync()
	return w.err
}

// restore writes back what was there before, in the opposite order, as far as it goes.
func (w *patcher) restore(patches []patch) error {
	w.err = nil
	for _, p := range slices.Backward(patches) {
		if !p.guard {
			w.write(p.old, p.offset)
		}
	}
	w.sync()
	for _, p := range patches {
		if p.guard {
			w.write(p.old, p.offset)
		}
	}
	w.sync()
	return w.err
}

func (w *patcher) write(data []byte, offset int64) {
	if w.err != nil {
		return
	}
	if _, err := w.file.WriteAt(data, offset); err != nil {
		w.err = at(err, "writing %d bytes at %d", len(data), offset)
	}
}

func (w *patcher) sync() {
	if w.err != nil {
		return
	}
	if err := w.file.Sync(); err != nil {
		w.err = at(err, "flushing image")
	}
}
