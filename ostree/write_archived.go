package ostree

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/ostree/object"
)

// WriteArchived stores a content object from the form that archive repositories serve (.filez). The
// payload is inflated and must give want. In an archive repository the compressed bytes are kept as
// they came.
func (t *Txn) WriteArchived(ctx context.Context, want object.Checksum, src io.Reader) error {
	if t.repo.Mode() == ModeArchive {
		return t.writeArchivedAsIs(ctx, want, src)
	}
	z := newInflater(src)
	defer z.release()
	h, size, err := readArchiveHeader(z.br, 0)
	if err != nil {
		return err
	}
	if h.IsSymlink() {
		size = 0
	}
	payload := io.Reader(z.fl)
	if h.IsSymlink() {
		payload = nil
	}
	_, err = t.writeFile(ctx, &want, h, int64(size), payload)
	switch err {
	case errShortSource, io.ErrUnexpectedEOF:
		return fmt.Errorf("Corrupted archive file %s.filez; content is smaller than the size %d in its header", want, size)
	case errLongSource:
		return fmt.Errorf("Corrupted archive file %s.filez; content is larger than the size %d in its header", want, size)
	}
	return err
}

func (t *Txn) writeArchivedAsIs(ctx context.Context, want object.Checksum, src io.Reader) (err error) {
	defer func() { t.noteSpace(err) }()
	f, err := t.newTmp(0o644)
	if err != nil {
		return err
	}
	defer f.close()
	t.stats.contentTotal.Add(1)
	w := &reservingWriter{t: t, fd: f.fd}
	size, err := verifyArchived(ctx, want, io.TeeReader(src, w))
	if err != nil {
		return err
	}
	n := object.Name{Checksum: want, Type: object.TypeFile}
	if err := t.place(f, n, false); err != nil {
		return err
	}
	t.countContent(size)
	return nil
}

// reservingWriter takes the blocks of an object whose length is unknown out of the free-space budget, as its data
// come in.
type reservingWriter struct {
	t       *Txn
	fd      int
	blocks  int64 // reserved
	written int64
}

func (w *reservingWriter) Write(p []byte) (int, error) {
	w.written += int64(len(p))
	if w.t.spaceLimited {
		if need := w.written/int64(w.t.blockSize) + 1; need > w.blocks {
			if err := w.t.reserveBlocks(need-w.blocks, w.written); err != nil {
				return 0, err
			}
			w.blocks = need
		}
	}
	return fdFile(w.fd).Write(p)
}

// verifyArchived reads a .filez to its end and checks that it is exactly the object want.
func verifyArchived(ctx context.Context, want object.Checksum, src io.Reader) (int64, error) {
	z := newInflater(src)
	defer z.release()
	h, size, err := readArchiveHeader(z.br, 0)
	if err != nil {
		return 0, err
	}
	s := contentHash(h)
	if !h.IsSymlink() {
		switch err := copyContext(ctx, s, z.fl, int64(size)); err {
		case nil:
		case errShortSource:
			return 0, fmt.Errorf("Corrupted archive file %s.filez; content is smaller than the size %d in its header", want, size)
		case errLongSource:
			return 0, fmt.Errorf("Corrupted archive file %s.filez; content is larger than the size %d in its header", want, size)
		default:
			return 0, err
		}
	}
	// What the inflater did not need would be kept too: nothing may follow the stream.
	if _, err := z.br.ReadByte(); err != io.EOF {
		if err == nil {
			err = errors.New("data after the end of the content")
		}
		return 0, fmt.Errorf("Corrupted archive file %s.filez; %w", want, err)
	}
	if c := finishHash(s); c != want {
		return 0, &ChecksumError{object.Name{Checksum: want, Type: object.TypeFile}, c}
	}
	return int64(size), nil
}

// WriteArchivedTrusted stores a .filez in an archive repository without looking at it.
func (t *Txn) WriteArchivedTrusted(want object.Checksum, src io.Reader) (err error) {
	defer func() { t.noteSpace(err) }()
	if t.repo.Mode() != ModeArchive {
		return fmt.Errorf("%s: objects can only be stored as received in an archive repository", want)
	}
	f, err := t.newTmp(0o644)
	if err != nil {
		return err
	}
	defer f.close()
	n, err := io.Copy(&reservingWriter{t: t, fd: f.fd}, struct{ io.Reader }{src})
	if err != nil {
		return err
	}
	t.stats.contentTotal.Add(1)
	if err := t.place(f, object.Name{Checksum: want, Type: object.TypeFile}, false); err != nil {
		return err
	}
	t.countContent(n)
	return nil
}
