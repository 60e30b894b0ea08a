package ostree

import (
	"fmt"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/humansize"
)

// PullStats tells what a pull did.
type PullStats struct {
	Refs  []CollectionRef // that were pulled, sorted
	Local bool            // from a repository on this host, object by object

	MetadataFetched, ContentFetched   int // loose objects; the first includes detached metadata, superblocks and indexes
	MetadataImported, ContentImported int // taken from the local repository, or from a local cache
	DeltaParts                        int
	BytesTransferred                  int64 // bodies of objects and deltas, not the summary, refs and config; if local, detached metadata read anew
	ContentBytesWritten               int64 // payload bytes of new content objects
	Duration                          time.Duration

	// Delta tells what a dry run found.
	Delta DeltaTotals

	// What was verified, for logs: "summary+commit", "summary-only", "commit" or "disabled"; the same for
	// the sign API, "commit" or "disabled"; and how the transport was secured: "CA-pinned", "TLS",
	// "insecure", or "" without a network.
	GPG, Sign, Transport string

	dryRun bool
}

// DeltaTotals are the sizes of the deltas of a pull.
type DeltaTotals struct {
	Parts                 int   `json:"parts"`
	PartsFetched          int   `json:"parts_fetched"`
	Bytes                 int64 `json:"bytes"`              // of the part files
	BytesFetched          int64 `json:"bytes_fetched"`      // the same
	UncompressedObjects   int64 `json:"uncompressed_bytes"` // of all objects that the parts make
	FallbackObjects       int   `json:"fallback_objects"`   // objects that are fetched besides
	FallbackBytes         int64 `json:"fallback_bytes"`
	SuperblocksDownloaded int   `json:"superblocks_downloaded"`
}

// Status returns the line that tells the outcome, in the reference program's words:
//
//	3 metadata, 1 content objects fetched; 358 B transferred in 0 seconds; 6 bytes content written
func (s *PullStats) Status() string {
	if s.dryRun {
		return s.dryRunStatus()
	}
	var b strings.Builder
	switch {
	case s.Local:
		fmt.Fprintf(&b, "%d metadata, %d content objects imported", s.MetadataImported, s.ContentImported)
	case s.DeltaParts > 0:
		fmt.Fprintf(&b, "%d delta parts, %d loose fetched", s.DeltaParts, s.MetadataFetched+s.ContentFetched)
	default:
		fmt.Fprintf(&b, "%d metadata, %d content objects fetched", s.MetadataFetched, s.ContentFetched)
	}
	if !s.Local && s.MetadataImported+s.ContentImported > 0 {
		fmt.Fprintf(&b, " (%d meta, %d content local)", s.MetadataImported, s.ContentImported)
	}
	if n := s.BytesTransferred; n > 0 {
		unit := "B"
		if n >= 1024 {
			n, unit = n/1024, "KiB"
		}
		fmt.Fprintf(&b, "; %d %s transferred in %d seconds", n, unit, int(s.Duration.Seconds()))
	}
	fmt.Fprintf(&b, "; %s content written", humansize.Format(uint64(s.ContentBytesWritten)))
	return b.String()
}

// Message returns what the reference program tells the system's journal of a finished pull: a line with the name of
// the remote and the ref, or how many refs there were, then lines about verification and the transfer.
func (s *PullStats) Message(remote string) string {
	what := fmt.Sprintf("%d refs", len(s.Refs))
	if len(s.Refs) == 1 {
		what = s.Refs[0].Ref
	}
	var b strings.Builder
	fmt.Fprintf(&b, "libostree pull from '%s' for %s complete\nsecurity: GPG: %s \nsecurity: SIGN: %s ", remote, what, s.GPG, s.Sign)
	if s.Transport != "" {
		fmt.Fprintf(&b, "http: %s", s.Transport)
	}
	if s.DeltaParts > 0 {
		fmt.Fprintf(&b, "\ndelta: parts: %d loose: %d", s.DeltaParts, s.MetadataFetched+s.ContentFetched)
	} else {
		fmt.Fprintf(&b, "\nnon-delta: meta: %d content: %d", s.MetadataFetched, s.ContentFetched)
	}
	fmt.Fprintf(&b, "\ntransfer: secs: %d size: %s", int(s.Duration.Seconds()), humansize.Format(uint64(s.BytesTransferred)))
	return b.String()
}

// dryRunStatus is what a dry run prints.
func (s *PullStats) dryRunStatus() string {
	d := &s.Delta
	return fmt.Sprintf("Delta update: %d/%d parts, %s/%s, %s total uncompressed", d.PartsFetched, d.Parts,
		humansize.Format(uint64(d.BytesFetched)), humansize.Format(uint64(d.Bytes)), humansize.Format(uint64(d.UncompressedObjects)))
}
