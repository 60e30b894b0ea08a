package decompress_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// memory is a target that grows.
type memory struct{ data []byte }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.data = append(m.data[:off], p...)
	return len(p), nil
}

// TestCopyRaw: bytes that are not to be decoded, and the size of those that need not be.
func TestCopyRaw(t *testing.T) {
	packed := []byte("\x1f\x8b\x08 begins like gzip")
	var dst memory
	var sizes []int64
	opts := &decompress.CopyOptions{Raw: true, Length: int64(len(packed)), Size: func(n int64) error { sizes = append(sizes, n); return nil }}
	n, format, err := decompress.Copy(t.Context(), &dst, bytes.NewReader(packed), opts)
	if err != nil || format != decompress.Raw || n != int64(len(packed)) || !bytes.Equal(dst.data, packed) {
		t.Errorf("%d bytes %q, format %v, %v", n, dst.data, format, err)
	}
	if len(sizes) != 1 || sizes[0] != int64(len(packed)) {
		t.Errorf("sizes %v", sizes)
	}
	refused := errors.New("refused")
	opts = &decompress.CopyOptions{Length: 3, Size: func(int64) error { return refused }}
	dst = memory{}
	if _, _, err := decompress.Copy(t.Context(), &dst, strings.NewReader("raw"), opts); !errors.Is(err, refused) || len(dst.data) > 0 {
		t.Errorf("%q was written, %v", dst.data, err)
	}
}
