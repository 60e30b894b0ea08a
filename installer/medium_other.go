//go:build !linux

package installer

import "os"

// fileMedium writes to an empty file.
type fileMedium struct {
	f *os.File
}

func newFileMedium(f *os.File) *fileMedium { return &fileMedium{f: f} }

// WriteAt implements medium. It is called by one goroutine at a time or for ranges that
// are already below the highest one.
func (m *fileMedium) WriteAt(p []byte, off int64) (int, error) { return m.f.WriteAt(p, off) }

// Zero implements medium: an empty file reads as zeros, but it must become long enough.
func (m *fileMedium) Zero(off, length int64) error {
	_, err := m.f.WriteAt([]byte{0}, off+length-1)
	return err
}

func (m *fileMedium) finish() error { return m.f.Sync() }
