package main

import (
	"context"
	"errors"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

func runRemoteRefs(ctx context.Context, env *cli.Env, args []string) error {
	var revisions, json bool
	o := &ostree.PullOptions{}
	c := newCommand(ctx, env, "NAME", "List remote refs",
		cli.Option{Long: "revision", Short: 'r', Help: "Show revisions in listing", Value: cli.Bool(&revisions)},
		cli.Option{Long: "cache-dir", Help: "Use custom cache dir", Value: cli.Filename(&o.CacheDir)},
		jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("NAME must be specified")
	}
	c.network(o)
	summary, _, err := r.FetchSummary(ctx, rest[0], o)
	if errors.Is(err, ostree.ErrNoSummary) {
		return errors.New("Remote refs not available; server has no summary file")
	}
	if err != nil {
		return err
	}
	refs := summary.Refs()
	if json {
		list := []summaryRefJSON{}
		for i := range refs {
			list = append(list, describeSummaryRef(&refs[i]))
		}
		return jsonSlice(c, list)
	}
	for _, ref := range refs {
		if ref.Collection != summary.CollectionID() {
			continue // has no name without its collection
		}
		if revisions {
			c.printf("%s:%s\t%s\n", rest[0], ref.Ref, ref.Checksum)
		} else {
			c.printf("%s:%s\n", rest[0], ref.Ref)
		}
	}
	return nil
}

// summaryRefJSON is a ref in a summary.
type summaryRefJSON struct {
	Ref        string            `json:"ref"`
	Collection string            `json:"collection_id,omitempty"`
	Checksum   object.Checksum   `json:"checksum"`
	CommitSize uint64            `json:"commit_size"`        // bytes of the commit object
	Timestamp  time.Time         `json:"timestamp,omitzero"` // of the commit
	Version    string            `json:"version,omitempty"`  // of the commit
	Metadata   map[string]string `json:"metadata,omitempty"` // whatever else there is, as GVariant text
}

func describeSummaryRef(ref *ostree.SummaryRef) summaryRefJSON {
	j := summaryRefJSON{Ref: ref.Ref, Collection: ref.Collection, Checksum: ref.Checksum, CommitSize: ref.CommitSize,
		Timestamp: utc(ref.Timestamp()), Version: ref.Version(), Metadata: variantTexts(ref.Metadata)}
	delete(j.Metadata, ostree.SummaryRefKeyTimestamp)
	delete(j.Metadata, ostree.SummaryRefKeyVersion)
	return j
}

func runRemoteSummary(ctx context.Context, env *cli.Env, args []string) error {
	o := &ostree.PullOptions{}
	v := &summaryView{}
	v.command = newCommand(ctx, env, "NAME", "Show remote summary",
		cli.Option{Long: "list-metadata-keys", Help: "List the available metadata keys", Value: cli.Bool(&v.listKeys)},
		cli.Option{Long: "print-metadata-key", Arg: "KEY", Help: "Print string value of metadata key", Value: cli.String(&v.key)},
		cli.Option{Long: "cache-dir", Help: "Use custom cache dir", Value: cli.Filename(&o.CacheDir)},
		cli.Option{Long: "raw", Help: "Show raw variant data", Value: cli.Bool(&v.raw)},
		jsonOption(&v.json))
	r, rest, err := v.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return v.usage("NAME must be specified")
	}
	v.network(o)
	summary, sigs, err := r.FetchSummary(ctx, rest[0], o)
	if err != nil {
		return err
	}
	// Only what was verified is worth showing.
	if verified, err := verifiesSummary(r, rest[0]); err != nil {
		return err
	} else if verified && sigs.IsValid() {
		if v.result, err = r.VerifySummaryGPG(rest[0], summary.Bytes(), sigs); err != nil {
			return err
		}
	}
	if err := v.print(summary); err != nil {
		return err
	}
	if v.result != nil && v.plain() {
		v.printf("\n%s", verificationText(v.result))
	}
	return nil
}

func verifiesSummary(r *ostree.Repo, name string) (bool, error) {
	remote, err := r.Remote(name)
	if err != nil {
		return false, err
	}
	return remote.Bool("gpg-verify-summary", false)
}
