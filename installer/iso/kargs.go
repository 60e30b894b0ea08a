package iso

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/installer/kargs"
)

// KargsSupported tells whether the image has areas for kernel arguments. It is false, too,
// if the image is damaged; other methods tell how.
func (i *Image) KargsSupported() bool {
	a, err := i.load()
	return err == nil && a.kargs != nil
}

// kargAreas returns the areas, or an error if there are none.
func (i *Image) kargAreas() (*kargAreas, error) {
	a, err := i.load()
	if err != nil {
		return nil, err
	}
	if a.kargs == nil {
		return nil, fmt.Errorf("No karg embed areas found; old or corrupted %s ISO image.", i.flavour.Product)
	}
	return a.kargs, nil
}

// Kargs returns the kernel arguments of the live system, with changes that were not saved.
// Areas that hold different ones are an error; [Image.ResetKargs] repairs them.
func (i *Image) Kargs() (string, error) {
	k, err := i.kargAreas()
	switch {
	case err != nil:
		return "", err
	case i.edits.kargs != nil:
		return *i.edits.kargs, nil
	}
	return k.text, k.err
}

// DefaultKargs returns the kernel arguments that the image was built with.
func (i *Image) DefaultKargs() (string, error) {
	k, err := i.kargAreas()
	if err != nil {
		return "", err
	}
	return k.def, nil
}

// KargAreas returns the areas for kernel arguments by their offset.
func (i *Image) KargAreas() ([]KargArea, error) {
	k, err := i.kargAreas()
	if err != nil {
		return nil, err
	}
	return slices.Clone(k.list), nil
}

// SetKargs changes the kernel arguments of the live system. A text that is too long for the
// areas, or one that the configuration of a boot loader could not hold, is an error and
// changes nothing.
func (i *Image) SetKargs(text string) error {
	k, err := i.kargAreas()
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if len(text) >= k.size {
		return fmt.Errorf("kargs too large for area: %d vs %d", len(text)+1, k.size)
	}
	if strings.ContainsAny(text, "\n\x00") {
		return errors.New("kargs contain a line break or NUL")
	}
	i.edits.kargs = &text
	return nil
}

// ModifyKargs edits the kernel arguments of the live system.
func (i *Image) ModifyKargs(edit *kargs.Edit) error {
	text, err := i.Kargs()
	if err != nil {
		return err
	}
	if text, err = edit.Apply(text); err != nil {
		return err
	}
	return i.SetKargs(text)
}

// ResetKargs sets the kernel arguments that the image was built with.
func (i *Image) ResetKargs() error {
	text, err := i.DefaultKargs()
	if err != nil {
		return err
	}
	return i.SetKargs(text)
}

// Reset removes all that was embedded, and sets the kernel arguments that the image was
// built with if it has areas for them. It also repairs an image whose change was
// interrupted.
func (i *Image) Reset() error {
	a, err := i.load()
	if err != nil {
		return err
	}
	if a.kargs != nil {
		if err := i.ResetKargs(); err != nil {
			return err
		}
	}
	i.clearInitrd(a)
	return nil
}
