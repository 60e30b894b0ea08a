package ostree

import (
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// CommitState tells whether all objects of a commit are expected to be present.
type CommitState uint8

// The states of a commit. A commit object alone says nothing about completeness.
const (
	CommitComplete    CommitState = iota
	CommitPartial                 // a pull was interrupted or restricted
	CommitPartialFsck             // fsck found objects missing or damaged
)

// Partial tells whether objects may be missing.
func (s CommitState) Partial() bool { return s != CommitComplete }

func partialPath(c object.Checksum) string { return "state/" + c.String() + ".commitpartial" }

// CommitState reads the mark of a commit, whether or not the commit itself is present.
func (r *Repo) CommitState(c object.Checksum) (CommitState, error) {
	fd, err := openat(r.dirFD, partialPath(c), unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err == unix.ENOENT {
		return CommitComplete, nil
	}
	if err != nil {
		return CommitPartial, errno.New("openat", partialPath(c), err)
	}
	defer unix.Close(fd)
	var b [1]byte
	if n, _ := fdFile(fd).Read(b[:]); n == 1 && b[0] == 'f' {
		return CommitPartialFsck, nil
	}
	return CommitPartial, nil
}

// SetCommitState marks or unmarks a commit as partial.
func (r *Repo) SetCommitState(c object.Checksum, s CommitState) error {
	if s == CommitComplete {
		if err := unix.Unlinkat(r.dirFD, partialPath(c), 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", partialPath(c), err)
		}
		return nil
	}
	var data []byte
	if s == CommitPartialFsck {
		data = []byte{'f'}
	}
	if err := mkdirAllAt(r.dirFD, "state"); err != nil {
		return err
	}
	return r.replaceFile(partialPath(c), data, 0o644, r.Config().Fsync)
}

// dropTombstone removes the mark of a deleted commit that came back.
func (r *Repo) dropTombstone(c object.Checksum) {
	n := object.Name{Checksum: c, Type: object.TypeTombstoneCommit}
	unix.Unlinkat(r.objectsFD, n.LoosePath(false), 0)
}
