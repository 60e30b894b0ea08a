//go:build unix

package fetch_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// Opening a pipe must not wait for somebody who writes to it.
func TestFileURLOfPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	_, err := getBytes(t, newClient(t, nil), "file://"+path)
	require.Equal(t, fetch.CurlFile, curlCode(t, err))
}
