// Package fwcfg reads the blobs that QEMU gives to its guest by -fw_cfg, as the
// kernel's module qemu_fw_cfg shows them: a folder with the files size and raw.
//
// The interface to QEMU knows no seeking: for each read(2) the module reads the
// blob from its beginning. So a blob takes time that is quadratic in the number
// of reads, and the reads must be few and large.
package fwcfg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrMissingEOF reports a blob longer than its size says.
var ErrMissingEOF = errors.New("missing EOF")

// ErrTooLarge reports a blob larger than the limit.
var ErrTooLarge = errors.New("blob is too large")

// Size returns the size of the blob in a folder. The error wraps
// fs.ErrNotExist if there is none.
func Size(folder string) (int, error) {
	text, err := os.ReadFile(filepath.Join(folder, "size"))
	if err != nil {
		return 0, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && size < 0 {
		err = fmt.Errorf("size %d is negative", size)
	}
	return size, err
}

// Progress is told how many of the bytes have been read: for reads that take
// longer than ten seconds, then every five seconds and at the end. It is told
// first that it is slow, once.
type Progress func(slow bool, done, total int)

const (
	slowAfter   = 10 * time.Second
	reportEvery = 5 * time.Second
)

// Read reads a blob of a known size from r, with a buffer of one byte more, by
// which a size that is too small is noticed without a read at the end, the
// most expensive of all. The byte stays unused if the blob ends at the end of
// one of r's pages; then the size is trusted.
func Read(ctx context.Context, r io.Reader, size int, progress Progress) ([]byte, error) {
	buf := make([]byte, size+1)
	done := 0
	last := time.Now()
	slow := false
	for done < size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := r.Read(buf[done:])
		done += n
		if err == io.EOF && done < size {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil && err != io.EOF {
			return nil, err
		}
		since := time.Since(last)
		if !slow && since >= slowAfter {
			slow = true
			progress(true, done, size)
		}
		if slow && (since >= reportEvery || done >= size) {
			progress(false, done, size)
			last = time.Now()
		}
	}
	if done > size {
		return nil, ErrMissingEOF
	}
	return buf[:size], nil
}
