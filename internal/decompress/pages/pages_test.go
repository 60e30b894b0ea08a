package pages_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/decompress/pages"
)

func TestAlloc(t *testing.T) {
	for _, n := range []int{0, 1, 4096, 100_000, 9 << 20} {
		b, err := pages.Alloc(n)
		require.NoError(t, err)
		require.Len(t, b, n)
		require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(b)))%pages.Size)
		for i := range b {
			if b[i] != 0 {
				t.Fatalf("byte %d of %d is not zero", i, n)
			}
			b[i] = 1
		}
		pages.Free(b)
	}
}
