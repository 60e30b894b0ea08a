//go:build unix

package etcmerge

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const bufferSize = 64 << 10

// same compares what makes an entry a modified one. Device numbers are not part of it, as in libostree.
func (c *comparer) same(o, m *os.File, name string, oStat, mStat *unix.Stat_t) (bool, error) {
	switch {
	case oStat.Mode != mStat.Mode || oStat.Uid != mStat.Uid || oStat.Gid != mStat.Gid:
		return false, nil
	case oStat.Dev == mStat.Dev && oStat.Ino == mStat.Ino:
		return true, nil
	case kind(oStat) == unix.S_IFLNK:
		oTarget, err := readlinkAt(o, name)
		if err != nil {
			return false, err
		}
		mTarget, err := readlinkAt(m, name)
		return oTarget == mTarget, err
	case kind(oStat) == unix.S_IFREG:
		if oStat.Size != mStat.Size {
			return false, nil
		}
		return c.sameContent(o, m, name)
	}
	return true, nil
}

func (c *comparer) sameContent(o, m *os.File, name string) (bool, error) {
	a, err := openFileAt(o, name)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := openFileAt(m, name)
	if err != nil {
		return false, err
	}
	defer b.Close()
	if c.bufs[0] == nil {
		c.bufs = [2][]byte{make([]byte, bufferSize), make([]byte, bufferSize)}
	}
	for {
		if err := c.ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(a, c.bufs[0])
		k, errB := io.ReadFull(b, c.bufs[1])
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if !bytes.Equal(c.bufs[0][:n], c.bufs[1][:k]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return true, nil // equal up to here, and one has ended: then both have
		}
	}
}
