package httpserve

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A reason such as too many open files passes without a change of the file.
func TestAFailedReloadIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("1"), 0o600))
	var failure error
	loads := 0
	w, err := watch(func() (string, error) {
		loads++
		data, err := os.ReadFile(path)
		return string(data), errors.Join(err, failure)
	}, path)
	require.NoError(t, err)
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))

	require.NoError(t, os.WriteFile(path, []byte("22"), 0o600))
	failure = errors.New("too many open files")
	for range 3 {
		w.refresh(log)
		require.Equal(t, "1", w.get())
	}
	require.Equal(t, 1, strings.Count(b.String(), "not reloaded"), "the same failure is told once")
	failure = errors.New("no memory")
	w.refresh(log)
	require.Equal(t, 2, strings.Count(b.String(), "not reloaded"), "another one is told")
	failure = nil
	w.refresh(log)
	require.Equal(t, "22", w.get())
	before := loads
	w.refresh(log)
	require.Equal(t, before, loads, "what has not changed is not read")
}
