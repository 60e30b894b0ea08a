package fwcfg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// module reads pages as the kernel's module does, slower with each.
type module struct {
	blob  []byte
	at    int
	reads int
	page  int
	pause time.Duration
}

func (m *module) Read(p []byte) (int, error) {
	m.reads++
	time.Sleep(m.pause)
	if m.at == len(m.blob) {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), m.page)], m.blob[m.at:])
	m.at += n
	return n, nil
}

func quiet(bool, int, int) {}

func TestReadsFew(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 3*4096 - 1, 3 * 4096} {
		blob := bytes.Repeat([]byte("x"), size)
		m := &module{blob: blob, page: 4096}
		got, err := Read(t.Context(), m, size, quiet)
		require.NoError(t, err, size)
		require.Equal(t, blob, got)
		require.Equal(t, (size+4095)/4096, m.reads, size)
	}
}

func TestReadSizeIsWrong(t *testing.T) {
	m := &module{blob: []byte("12345"), page: 4096}
	_, err := Read(t.Context(), m, 4, quiet)
	require.ErrorIs(t, err, ErrMissingEOF)
	m = &module{blob: []byte("12345"), page: 4096}
	_, err = Read(t.Context(), m, 6, quiet)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = Read(t.Context(), iotest.ErrReader(errors.New("broken")), 6, quiet)
	require.EqualError(t, err, "broken")
	got, err := Read(t.Context(), iotest.DataErrReader(strings.NewReader("123456")), 6, quiet)
	require.NoError(t, err)
	require.Equal(t, "123456", string(got))
}

func TestReadReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &module{blob: make([]byte, 10*4096), page: 4096, pause: 2600 * time.Millisecond}
		var got []string
		_, err := Read(t.Context(), m, len(m.blob), func(slow bool, done, total int) {
			got = append(got, fmt.Sprint(slow, " ", done/1024, "/", total/1024))
		})
		require.NoError(t, err)
		require.Equal(t, []string{"true 16/40", "false 16/40", "false 24/40", "false 32/40", "false 40/40"}, got)
	})
}

func TestReadEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Read(ctx, &module{blob: []byte("x"), page: 1}, 1, quiet)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSize(t *testing.T) {
	dir := t.TempDir()
	_, err := Size(dir)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for text, want := range map[string]int{"17\n": 17, "0": 0, "-1": -1, "x": -1, "": -1} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "size"), []byte(text), 0o600))
		size, err := Size(dir)
		if want < 0 {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, size)
	}
}
