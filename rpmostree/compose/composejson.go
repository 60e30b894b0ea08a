package compose

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// composeDescription is the document of --write-composejson-to.
type composeDescription struct {
	Ref             string       `json:"ref,omitempty"`
	MetadataTotal   int          `json:"ostree-n-metadata-total"`
	MetadataWritten int          `json:"ostree-n-metadata-written"`
	ContentTotal    int          `json:"ostree-n-content-total"`
	ContentWritten  int          `json:"ostree-n-content-written"`
	CacheHits       int          `json:"ostree-n-cache-hits"`
	BytesWritten    int64        `json:"ostree-content-bytes-written"`
	Commit          string       `json:"ostree-commit"`
	ContentChecksum string       `json:"ostree-content-checksum"`
	Version         string       `json:"ostree-version,omitempty"`
	Timestamp       string       `json:"ostree-timestamp"`
	ParentCommit    string       `json:"ostree-parent-commit,omitempty"`
	InputHash       string       `json:"rpm-ostree-inputhash"`
	PackageDiff     pkglist.Diff `json:"pkgdiff,omitempty"`
}

// composeJSON prints the counts of objects and writes the description of the commit, if it is wanted.
func (t *treeRun) composeJSON(ctx context.Context) error {
	s := &t.res.Stats
	t.message("Metadata Total: %d", s.MetadataTotal)
	t.message("Metadata Written: %d", s.MetadataWritten)
	t.message("Content Total: %d", s.ContentTotal)
	t.message("Content Written: %d", s.ContentWritten)
	t.message("Content Cache Hits: %d", s.CacheHits)
	t.message("Content Bytes Written: %d", s.ContentBytesWritten)
	if t.o.WriteComposeJSONTo == "" {
		return nil
	}
	commit, err := t.o.Repo.LoadCommit(t.res.Commit)
	if err != nil {
		return err
	}
	d := composeDescription{
		Ref: t.res.Ref, MetadataTotal: s.MetadataTotal, MetadataWritten: s.MetadataWritten, ContentTotal: s.ContentTotal,
		ContentWritten: s.ContentWritten, CacheHits: s.CacheHits, BytesWritten: s.ContentBytesWritten, Commit: t.res.Commit.String(),
		ContentChecksum: commit.ContentChecksum().String(), Version: t.res.Version,
		Timestamp: time.Unix(int64(commit.Timestamp), 0).UTC().Format(time.RFC3339), InputHash: t.res.InputHash,
	}
	if !commit.Parent.IsZero() {
		d.ParentCommit = commit.Parent.String()
		old, err := pkglist.Load(ctx, t.o.Repo, commit.Parent)
		if err != nil {
			return err
		}
		d.PackageDiff = pkglist.Compare(old, t.res.Packages)
	}
	text, err := json.MarshalIndent(&d, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(t.o.WriteComposeJSONTo, append(text, '\n'))
}
