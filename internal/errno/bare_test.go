//go:build !plan9

package errno_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/errno"
)

func TestBare(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, opened := os.Open(missing)
	for _, err := range []error{opened, fmt.Errorf("context: %w", opened), os.Rename(missing, missing+"2"), os.NewSyscallError("open", syscall.ENOENT)} {
		require.Equal(t, syscall.ENOENT, errno.Bare(err))
	}
	require.Equal(t, os.ErrClosed, errno.Bare(&fs.PathError{Op: "read", Path: "x", Err: os.ErrClosed}))
	other := errors.New("other")
	require.Equal(t, other, errno.Bare(other))
	require.NoError(t, errno.Bare(nil))
}
