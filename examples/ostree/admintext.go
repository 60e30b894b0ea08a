//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/errno"
)

// printable returns a foreign text as one line that does nothing to a terminal: control characters, and bytes that are
// not UTF-8, are escaped.
func printable(s string) string { return escapeControls(s, "") }

// printableLines is printable for texts of several lines.
func printableLines(s string) string { return escapeControls(s, "\n") }

func escapeControls(s, except string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case strings.ContainsRune(except, r) && r != utf8.RuneError:
			b.WriteRune(r)
		case r == '\n':
			b.WriteString("\\n")
		case r == '\t':
			b.WriteString("\\t")
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "\\x%02x", s[i])
		case unicode.IsControl(r):
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// openRegular opens a file that the command line names, which must be a regular one: neither a FIFO nor a device may
// keep a command that holds the sysroot's lock.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, errno.New("openat", path, cause(err))
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = errno.New("read", path, syscall.EISDIR)
	} else if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// maxOriginFile bounds the size of an origin file.
const maxOriginFile = 1 << 20

// readOriginFile reads the file of --origin-file.
func readOriginFile(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxOriginFile+1))
	if err != nil {
		return nil, errno.New("read", path, cause(err))
	}
	if len(text) > maxOriginFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxOriginFile)
	}
	return text, nil
}
