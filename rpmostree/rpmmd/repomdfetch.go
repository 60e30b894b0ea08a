package rpmmd

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// repomdFetch fetches a repomd.xml that is acceptable.
type repomdFetch struct {
	s          *session
	have       *Metadata
	old        []byte
	allowOlder bool

	base            string
	data, signature []byte
	md              *Repomd
}

func (r *repomdFetch) from(ctx context.Context, base string) error {
	address := r.s.withUser(base + "repodata/repomd.xml")
	data, _, err := r.s.http.GetBytes(ctx, fetch.Request{URL: address, MaxSize: maxRepomd, NoRetry: true, AcceptGzip: true})
	if err != nil {
		return err
	}
	name := fetch.RedactURL(address)
	if r.s.meta != nil && !r.s.meta.Vouches(data) {
		return fmt.Errorf("%s: checksum doesn't match the metalink", name)
	}
	md, err := ParseRepomd(ctx, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	// Of the states that a metalink accepts only the present one may be a step back.
	if r.have != nil && !r.s.meta.current(data) && !r.allowOlder && olderThan(md, r.have.Repomd) {
		return &OlderError{Have: time.Unix(r.have.Repomd.Time(), 0), Got: time.Unix(md.Time(), 0)}
	}
	var signature []byte
	if r.s.repo.RepoGPGCheck && !bytes.Equal(data, r.old) {
		if signature, err = r.s.verifySignature(ctx, base, data); err != nil {
			return err
		}
	}
	r.base, r.data, r.md, r.signature = base, data, md, signature
	return nil
}

// olderThan reports whether a is from before b: one of time and revision is less, the other
// one not greater. Revisions that are not numbers do not count.
func olderThan(a, b *Repomd) bool {
	times := compareKnown(a.Time(), b.Time())
	revisions := compareKnown(revisionNumber(a), revisionNumber(b))
	return min(times, revisions) < 0 && max(times, revisions) <= 0
}

func revisionNumber(m *Repomd) int64 {
	n, err := strconv.ParseInt(m.Revision, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func compareKnown(a, b int64) int {
	switch {
	case a == 0 || b == 0 || a == b:
		return 0
	case a < b:
		return -1
	}
	return 1
}
