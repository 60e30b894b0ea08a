package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

func runLog(ctx context.Context, env *cli.Env, args []string) error {
	c := &showRun{}
	c.command = newCommand(ctx, env, "REV", "Show log starting at commit or ref",
		cli.Option{Long: "raw", Help: "Show raw variant data", Value: cli.Bool(&c.raw)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	if len(rest) == 0 {
		return c.usage("A rev argument is required")
	}
	sum, err := r.ResolveRev(rest[0])
	if err != nil {
		return err
	}
	if c.json {
		return c.logJSON(sum)
	}
	return c.history(sum, func(info *ostree.CommitInfo) error {
		switch {
		case info == nil:
			c.printf("%s\n", ostree.HistoryNotFetched)
		case c.raw:
			return c.dump(object.Name{Checksum: info.Checksum, Type: object.TypeCommit})
		default:
			c.printf("%s", info.Text())
		}
		return nil
	})
}

// history calls fn for a commit and its parents. At the end of an incomplete history fn gets nil.
func (c *showRun) history(sum object.Checksum, fn func(*ostree.CommitInfo) error) error {
	first := true
	for info, err := range c.repo.Log(c.ctx, sum) {
		if err != nil && (first || !errors.Is(err, ostree.ErrNotFound)) {
			return err
		}
		if err := fn(info); err != nil {
			return err
		}
		first = false
	}
	return nil
}

func (c *showRun) logJSON(sum object.Checksum) error {
	a := newJSONArray(c.env.Stdout)
	err := c.history(sum, func(info *ostree.CommitInfo) error {
		if info == nil {
			return nil // the last element has a parent that is not there
		}
		j, err := c.describe(info)
		if err != nil {
			return err
		}
		return a.add(j)
	})
	return errors.Join(err, a.close())
}

// commitJSON describes a commit: what show and log print with --json.
type commitJSON struct {
	Checksum        object.Checksum   `json:"checksum"`
	Type            string            `json:"type"` // "commit"
	Parent          object.Checksum   `json:"parent,omitzero"`
	ContentChecksum object.Checksum   `json:"content_checksum"`
	Timestamp       uint64            `json:"timestamp"` // seconds since 1970
	Version         string            `json:"version,omitempty"`
	Subject         string            `json:"subject"`
	Body            string            `json:"body"`
	Tree            object.Checksum   `json:"tree"`
	Meta            object.Checksum   `json:"meta"`
	Metadata        map[string]string `json:"metadata"`                    // values as GVariant text
	Detached        map[string]string `json:"detached_metadata,omitempty"` // the same
	Signatures      []signatureJSON   `json:"signatures,omitempty"`        // OpenPGP signatures; not in logs
	Partial         bool              `json:"partial,omitempty"`           // objects may be missing
}

func (c *showRun) describe(info *ostree.CommitInfo) (*commitJSON, error) {
	commit, err := c.repo.LoadCommit(info.Checksum)
	if err != nil {
		return nil, err
	}
	md, err := c.repo.LoadCommitMeta(info.Checksum)
	if err != nil {
		return nil, err
	}
	j := &commitJSON{Checksum: info.Checksum, Type: "commit", Parent: info.Parent, ContentChecksum: info.ContentChecksum, Timestamp: info.Timestamp,
		Version: info.Version, Subject: info.Subject, Body: info.Body, Tree: commit.Tree, Meta: commit.Meta, Metadata: variantTexts(commit.Metadata), Partial: info.Partial}
	if md.IsValid() {
		j.Detached = variantTexts(md)
	}
	return j, nil
}
