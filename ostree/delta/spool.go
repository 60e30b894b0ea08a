package delta

import (
	"bytes"
	"io"
	"os"
)

// spool keeps small data in memory and moves to a file that has no name when they grow.
type spool struct {
	dir   string
	limit int // of what stays in memory, in bytes
	mem   []byte
	file  *os.File
}

func (s *spool) Write(b []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(b)
	}
	if len(s.mem)+len(b) <= s.limit {
		s.mem = append(s.mem, b...)
		return len(b), nil
	}
	f, err := os.CreateTemp(s.dir, "delta-part-")
	if err != nil {
		return 0, err
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return 0, err
	}
	if _, err := f.Write(s.mem); err != nil {
		return 0, err
	}
	s.mem = nil
	return f.Write(b)
}

func (s *spool) readerAt() io.ReaderAt {
	if s.file != nil {
		return s.file
	}
	return bytes.NewReader(s.mem)
}

// Close releases the data, in memory or on disk.
func (s *spool) Close() {
	s.mem = nil
	if s.file != nil {
		s.file.Close()
	}
}
