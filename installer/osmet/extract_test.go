package osmet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// recorder is a disk of which only what was synced is durable.
type recorder struct {
	data, durable []byte
	firstWritten  bool // with other bytes than zeros
	durableBefore []byte
}

func (d *recorder) WriteAt(p []byte, off int64) (int, error) {
	if off == 0 && !bytes.Equal(p, make([]byte, len(p))) {
		d.firstWritten, d.durableBefore = true, d.durable
	}
	if int64(len(d.data)) < off+int64(len(p)) {
		d.data = append(d.data, make([]byte, off+int64(len(p))-int64(len(d.data)))...)
	}
	return copy(d.data[off:], p), nil
}

func (d *recorder) Sync() error {
	d.durable = bytes.Clone(d.data)
	return nil
}

func TestWriteImage(t *testing.T) {
	image := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16+1000)
	for name, r := range map[string]io.Reader{
		"large reads": bytes.NewReader(image),
		"small reads": iotest.HalfReader(bytes.NewReader(image)),
		"data at end": iotest.DataErrReader(bytes.NewReader(image)),
	} {
		t.Run(name, func(t *testing.T) {
			d := &recorder{}
			require.NoError(t, writeImage(t.Context(), d, r))
			require.True(t, bytes.Equal(image, d.data))
			want := append(make([]byte, heldBack), image[heldBack:]...)
			require.True(t, bytes.Equal(want, d.durableBefore), "all else is durable before the first MiB is written")
		})
	}
}

// A failure at the very end leaves zeros in the place of the first MiB.
func TestWriteImageFails(t *testing.T) {
	image := bytes.Repeat([]byte{1}, 2<<20)
	broken := errors.New("broken")
	d := &recorder{}
	require.ErrorIs(t, writeImage(t.Context(), d, io.MultiReader(bytes.NewReader(image), iotest.ErrReader(broken))), broken)
	require.False(t, d.firstWritten)
	require.Len(t, d.data, len(image))

	ctx, cancel := context.WithCancel(t.Context())
	d = &recorder{}
	end := readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF })
	require.ErrorIs(t, writeImage(ctx, d, io.MultiReader(bytes.NewReader(image[:heldBack+5]), end)), context.Canceled)
	require.False(t, d.firstWritten)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestExtractNeedsDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	err := Extract(t.Context(), "missing.osmet", nil, file)
	require.EqualError(t, err, `"`+file+`" is not a block device`)
	require.ErrorContains(t, Extract(t.Context(), "missing.osmet", nil, file+"2"), "no such file")
}
