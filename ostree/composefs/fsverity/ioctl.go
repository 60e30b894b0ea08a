package fsverity

import "errors"

var (
	// ErrNotSupported is returned by [Enable] and [Measure] where the kernel,
	// the file system or the operating system has no fs-verity.
	ErrNotSupported = errors.New("fs-verity not supported")

	// ErrNotEnabled is returned by [Measure] for a file that has no fs-verity
	// although its file system could.
	ErrNotEnabled = errors.New("fs-verity not enabled")

	// ErrEnabled is returned by [Enable] for a file that has fs-verity already.
	ErrEnabled = errors.New("fs-verity already enabled")
)
