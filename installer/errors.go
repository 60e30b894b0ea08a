package installer

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrNoDestination is what [Install] returns without a destination.
var ErrNoDestination = errors.New("destination device must be specified")

// ErrNotSupported is wrapped by errors about what this package leaves out.
var ErrNotSupported = errors.New("not supported")

// ErrTooLarge is wrapped by the error about an image that does not fit the destination.
var ErrTooLarge = errors.New("image is larger than the destination")

// ErrDigest is wrapped by errors about data that are not those which a digest names.
var ErrDigest = errors.New("digest mismatch")

// FailedError is what [Install] returns for failures after which the destination was put in
// order: it has a table with nothing but the partitions that were to be kept (with
// Config.PreserveOnError it is left as it is). [Options.Failed] has been told the cause already.
type FailedError struct{ Err error }

// Error is "install failed: " and the cause.
func (e *FailedError) Error() string { return "install failed: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FailedError) Unwrap() error { return e.Err }

// untouchedError marks an error of the copy that a check has found which the reference
// program does not have. If nothing has been written by then the destination stays as it
// is. Errors that both find in this phase reset the partition table, as users of the
// reference know it.
type untouchedError struct{ err error }

func (e *untouchedError) Error() string { return e.err.Error() }
func (e *untouchedError) Unwrap() error { return e.err }

// SectorSizeError reports an image made for disks with other sectors; sizes in bytes.
type SectorSizeError struct{ Image, Device int }

// Error is the reference program's text, with both sizes.
func (e *SectorSizeError) Error() string {
	return fmt.Sprintf("source has sector size %d but destination has sector size %d", e.Image, e.Device)
}

// ImageTypeError reports an image in a format that a machine cannot boot from a disk.
type ImageTypeError struct{ Kind string }

// Error names the format and the image to use instead.
func (e *ImageTypeError) Error() string {
	return fmt.Sprintf("image is in format %s, not a raw disk image; use the image for platform metal", e.Kind)
}

// foreignImage recognizes images that are no copy of a disk, by their beginning.
func foreignImage(first []byte) string {
	const isoDescriptor = 32769
	switch {
	case bytes.HasPrefix(first, []byte("QFI\xfb")):
		return "qcow2"
	case bytes.HasPrefix(first, []byte("KDMV")):
		return "VMDK"
	case bytes.HasPrefix(first, []byte("vhdxfile")):
		return "VHDX"
	case bytes.HasPrefix(first, []byte("conectix")):
		return "VHD"
	case bytes.HasPrefix(first, []byte("BZh")) && bytes.HasPrefix(first[4:], []byte("1AY&SY")):
		return "bzip2"
	case len(first) > isoDescriptor+5 && string(first[isoDescriptor:isoDescriptor+5]) == "CD001":
		return "ISO 9660"
	}
	return ""
}
