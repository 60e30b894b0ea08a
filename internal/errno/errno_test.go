//go:build linux

package errno_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/errno"
)

func TestText(t *testing.T) {
	_, missing := os.Open("/nonexistent/file")
	cases := map[string]struct {
		err  error
		want string
	}{
		"nil":                 {nil, "Success"},
		"bare errno":          {syscall.EPERM, "Operation not permitted"},
		"path error":          {missing, "No such file or directory"},
		"joined":              {errors.Join(io.EOF, syscall.EXDEV), "Invalid cross-device link"},
		"no errno":            {io.EOF, "EOF"},
		"unknown errno":       {syscall.Errno(4095), "Unknown error 4095"},
		"zero errno":          {syscall.Errno(0), "Success"},
		"worded keeps op":     {errno.Wrap("fsync", syscall.EIO), "fsync: Input/output error"},
		"worded keeps prefix": {fmt.Errorf("ref x: %w", errno.New("openat", "x", syscall.ENOTDIR)), "ref x: openat(x): Not a directory"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := errno.Text(c.err); got != c.want {
				t.Errorf("Text(%v) = %q, want %q", c.err, got, c.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	err := errno.Wrap("outer", errno.New("opendir", "/nope", &fs.PathError{Op: "open", Path: "/nope", Err: syscall.ENOENT}))
	if got, want := err.Error(), "outer: opendir(/nope): No such file or directory"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Error("the errno is lost")
	}
	var pathErr *fs.PathError
	if !errors.As(err, &pathErr) {
		t.Error("the path error is lost")
	}
	if errno.Wrap("x", nil) != nil || errno.New("x", "y", nil) != nil {
		t.Error("nil must stay nil")
	}
}

// TestAgainstLibrary compares every number with the C library's own table,
// which Perl prints.
func TestAgainstLibrary(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip("no perl to ask the C library")
	}
	cmd := exec.CommandContext(t.Context(), perl, "-e", `for (1..200) { $! = $_; print "$!\n" }`)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 200 {
		t.Fatalf("%d lines", len(lines))
	}
	if lines[0] != "Operation not permitted" || lines[4] != "Input/output error" {
		t.Skip("the C library is not glibc")
	}
	for i, want := range lines {
		if got := errno.Text(syscall.Errno(i + 1)); got != want {
			t.Errorf("%d: %q, want %q", i+1, got, want)
		}
	}
}
