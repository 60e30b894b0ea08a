package ostree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/ostree/object"
)

// objectPath is where a remote repository, which is always in archive mode, keeps an object.
func objectPath(n object.Name) string {
	var buf [128]byte
	return string(n.AppendLoosePath(append(buf[:0], "objects/"...), true))
}

// fetchMeta downloads a metadata object. The bytes are not verified.
func (p *puller) fetchMeta(ctx context.Context, n object.Name) ([]byte, error) {
	limit := int64(MaxMetadataSize)
	if n.Type == object.TypeCommit {
		if size, ok := p.sizes[n.Checksum]; ok && size > 0 {
			limit = min(limit, size)
		}
	}
	data, _, err := p.client.GetBytes(ctx, fetch.Request{URL: objectPath(n), Mirrors: p.content, MaxSize: limit})
	if err != nil {
		return nil, err
	}
	p.stats.metaFetched.Add(1)
	p.task.Add(int64(len(data)), 0)
	return data, nil
}

// smallBody is the largest content object that is received whole before it is inflated and written: its
// connection is free for the next request meanwhile.
const smallBody = 128 << 10

var bodyBuffers = sync.Pool{New: func() any { b := make([]byte, smallBody); return &b }}

// fetchFile downloads a content object and stores it.
func (p *puller) fetchFile(ctx context.Context, c object.Checksum) error {
	buf := bodyBuffers.Get().(*[]byte)
	defer bodyBuffers.Put(buf)
	var whole []byte
	req := fetch.Request{URL: objectPath(object.Name{Checksum: c, Type: object.TypeFile}), Mirrors: p.content}
	err := p.client.Fetch(ctx, req, func(resp *fetch.Response) error {
		whole = nil
		if resp.Size < 0 || resp.Size > smallBody {
			return p.storeArchived(ctx, c, p.task.Reader(resp.Body))
		}
		whole = (*buf)[:resp.Size]
		if _, err := io.ReadFull(resp.Body, whole); err != nil {
			return err
		}
		return readToEnd(resp.Body)
	})
	if err != nil {
		return err
	}
	p.stats.contentFetched.Add(1)
	if whole == nil {
		return nil
	}
	p.task.Add(int64(len(whole)), 0)
	return p.storeArchived(ctx, c, bytes.NewReader(whole))
}

// readToEnd sees that a body of known length ends there, upon which its connection can be used again.
func readToEnd(r io.Reader) error {
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		switch {
		case err == io.EOF && n == 0:
			return nil
		case err != nil && err != io.EOF:
			return err
		case n > 0:
			return errLongSource
		}
	}
}

// storeArchived writes a content object from its .filez form, verified unless the remote is trusted. Errors that are
// not about the transfer name the object.
func (p *puller) storeArchived(ctx context.Context, c object.Checksum, body io.Reader) error {
	err := p.writeArchived(ctx, c, body)
	if err == nil || ctx.Err() != nil || strings.Contains(err.Error(), c.String()) {
		return err
	}
	if _, ok := errors.AsType[*fetch.Error](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", object.Name{Checksum: c, Type: object.TypeFile}, err)
}

func (p *puller) writeArchived(ctx context.Context, c object.Checksum, body io.Reader) error {
	if p.opts.BareUserOnlyFiles {
		var head bytes.Buffer
		h, _, err := readArchiveHeader(io.TeeReader(body, &head), 0)
		if err != nil {
			return err
		}
		if !h.IsSymlink() {
			if err := checkCanonicalBits(c, h); err != nil {
				return err
			}
		}
		body = io.MultiReader(&head, body)
	}
	if p.opts.TrustedHTTP && p.opts.Mirror && p.repo.Mode() == ModeArchive && !p.opts.BareUserOnlyFiles {
		return p.txn.WriteArchivedTrusted(c, body)
	}
	return p.txn.WriteArchived(ctx, c, body)
}
