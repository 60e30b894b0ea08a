package disk

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/xz"
)

// memory is a disk that never grows.
type memory []byte

func (m memory) ReadAt(b []byte, off int64) (int, error) { return bytes.NewReader(m).ReadAt(b, off) }

func (m memory) WriteAt(b []byte, off int64) (int, error) {
	if n := copy(m[min(off, int64(len(m))):], b); n < len(b) {
		return n, errors.New("beyond the end")
	}
	return len(b), nil
}

func (m memory) Sync() error { return nil }

// fixture unpacks a file of testdata.
func fixture(t testing.TB, name string) memory {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".img.xz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := xz.NewReader(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tableOf(t testing.TB, disk memory, sectorSize int) *gpt.Table {
	t.Helper()
	tab, err := gpt.Read(disk, int64(len(disk)), sectorSize)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func byName(prefix string) func(int, string) bool {
	return func(_ int, name string) bool { return strings.HasPrefix(name, prefix) }
}

func byNumber(numbers ...int) func(int, string) bool {
	return func(n int, _ string) bool {
		for _, want := range numbers {
			if n == want {
				return true
			}
		}
		return false
	}
}

// saved reads what is to be kept, which must succeed.
func saved(t testing.TB, disk memory, sectorSize int, filter func(int, string) bool) *Saved {
	t.Helper()
	s, err := readSaved(disk, int64(len(disk)), sectorSize, filter, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantError(t testing.TB, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Errorf("error is %v\n     want %s", err, text)
	}
}

func nothing(string) {}
