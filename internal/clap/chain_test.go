package clap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/clap"
)

// hidden wraps an error without mentioning it.
type hidden struct{ err error }

func (h hidden) Error() string { return "something went wrong" }
func (h hidden) Unwrap() error { return h.err }

func TestWriteError(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "x"))
	_, usage := parse(demo(), "install")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"one":   {errors.New("No embedded Ignition config."), "Error: No embedded Ignition config.\n"},
		"errno": {missing, "Error: No such file or directory (os error 2)\n"},
		"cause": {fmt.Errorf("opening x: %w", missing), "Error: opening x\n\nCaused by:\n    No such file or directory (os error 2)\n"},
		"two": {fmt.Errorf("a: %w", fmt.Errorf("b: %w", syscall.ENOSPC)),
			"Error: a\n\nCaused by:\n    0: b\n    1: No space left on device (os error 28)\n"},
		"lines": {fmt.Errorf("a\nb: %w", errors.New("c\nd")), "Error: a\nb\n\nCaused by:\n    c\n    d\n"},
		"numbered lines": {fmt.Errorf("a: %w", fmt.Errorf("b\nc: %w", io.ErrUnexpectedEOF)),
			"Error: a\n\nCaused by:\n    0: b\n       c\n    1: unexpected end of file\n"},
		"hidden":    {hidden{fs.ErrExist}, "Error: something went wrong\n\nCaused by:\n    File exists (os error 17)\n"},
		"inside":    {fmt.Errorf("a (%w) b", errors.New("c")), "Error: a (c) b\n"},
		"no text":   {fmt.Errorf("%w", errors.New("c")), "Error: c\n"},
		"several":   {fmt.Errorf("a: %w", errors.Join(errors.New("b"), errors.New("c"))), "Error: a\n\nCaused by:\n    b\n    c\n"},
		"in a row":  {fmt.Errorf("a: %w: %w", errors.New("b"), fmt.Errorf("c: %w", io.EOF)), "Error: a\n\nCaused by:\n    0: b\n    1: c\n    2: EOF\n"},
		"joined":    {errors.Join(errors.New("b"), errors.New("c")), "Error: b\nc\n"},
		"link":      {&os.LinkError{Op: "rename", Err: syscall.EXDEV}, "Error: Invalid cross-device link (os error 18)\n"},
		"not exist": {fmt.Errorf("x: %w", fs.ErrNotExist), "Error: x\n\nCaused by:\n    No such file or directory (os error 2)\n"},
		"usage": {fmt.Errorf("reprocessing command-line arguments: %w", usage), `Error: reprocessing command-line arguments

Caused by:
    error: the following required arguments were not provided:
      <DEVICE>
    
    Usage: demo install <DEVICE>
    
    For more information, try '--help'.
    
`},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, 1, clap.Exit(&stdout, &stderr, c.err))
			require.Empty(t, stdout.String())
			require.Equal(t, c.want, stderr.String())
		})
	}
	require.Zero(t, clap.Exit(nil, nil, nil))
}

func TestManyCauses(t *testing.T) {
	err := errors.New("end")
	for i := 10; i >= 0; i-- {
		err = fmt.Errorf("level %d: %w", i, err)
	}
	text := clap.Chain(err)
	require.Contains(t, text, "\n    9: level 10\n   10: end")
}
