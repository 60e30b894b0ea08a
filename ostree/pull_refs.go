package ostree

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/ostree/object"
)

// mirrorsAll tells whether the pull is of everything that the remote has.
func (p *puller) mirrorsAll() bool {
	o := p.opts
	return o.Mirror && len(o.Refs) == 0 && len(o.CollectionRefs) == 0 && !p.hasBranches()
}

func (p *puller) hasBranches() bool {
	if p.remote == nil {
		return false
	}
	list, err := p.remote.List("branches")
	return err == nil && len(list) > 0
}

// chooseRefs settles the commits to pull.
func (p *puller) chooseRefs(ctx context.Context) error {
	if err := p.namedRefs(); err != nil {
		return err
	}
	need, err := p.needSummary(ctx)
	if err != nil {
		return err
	}
	if need {
		if err := p.loadSummary(ctx); err != nil {
			return err
		}
	}
	if p.mirrorsAll() {
		if p.summary == nil {
			return errors.New("Fetching all refs was requested in mirror mode, but remote repository does not have a summary")
		}
		p.refs = p.summary.allRefs()
	}
	for _, ref := range p.refs {
		if err := p.resolve(ctx, ref); err != nil {
			return err
		}
		p.repo.log.Debug("resolved", "ref", ref.CollectionRef, "commit", ref.got)
	}
	return nil
}

// namedRefs collects the refs that the caller or the remote's configuration names.
func (p *puller) namedRefs() error {
	o := p.opts
	switch {
	case len(o.CollectionRefs) > 0:
		for _, c := range o.CollectionRefs {
			if err := ValidateRefName(c.Ref); err != nil {
				return err
			}
			if c.Collection != "" {
				if err := ValidateCollectionID(c.Collection); err != nil {
					return err
				}
			}
			p.refs = addPullRef(p.refs, &pullRef{CollectionRef: c.CollectionRef, want: c.Checksum})
		}
		return nil
	case p.mirrorsAll():
		return nil
	}
	names := o.Refs
	if len(names) == 0 {
		if p.remote != nil {
			var err error
			if names, err = p.remote.List("branches"); err != nil {
				return err
			}
		}
		if len(names) == 0 {
			return fmt.Errorf("No configured branches for remote %s", p.sourceName())
		}
	}
	var err error
	p.refs, p.commits, err = parseRefs(names)
	return err
}

func (p *puller) sourceName() string {
	if p.remote != nil {
		return p.remote.Name
	}
	if len(p.meta) > 0 {
		return fetch.RedactURL(p.meta[0])
	}
	return p.local.path
}

// needSummary tells whether the remote's summary has to be fetched. With an explicit commit for every ref,
// it matters for deltas only, and not even for them if the remote has indexes; its configuration tells.
func (p *puller) needSummary(ctx context.Context) (bool, error) {
	if p.mirrorsAll() || p.verify.summaryRequired() || p.opts.Summary != nil {
		return true, nil
	}
	for _, ref := range p.refs {
		if ref.want.IsZero() {
			return true, nil
		}
	}
	if p.deltas == nil {
		return false, nil
	}
	if err := p.loadServerConfig(ctx); err != nil {
		return false, err
	}
	return !p.server.indexedDeltas, nil
}

// loadSummary gets and verifies the remote's summary, which may not exist unless its signature is required.
func (p *puller) loadSummary(ctx context.Context) error {
	data, sig, err := p.obtainSummary(ctx)
	if err != nil {
		return err
	}
	if data == nil {
		return nil
	}
	s, err := ParseSummary(data)
	if err != nil {
		return err
	}
	p.summary, p.summarySig = s, sig
	if err := p.loadServerConfig(ctx); err != nil {
		return err
	}
	if s.IndexedDeltas() {
		p.server.indexedDeltas = true
	}
	return nil
}

// obtainSummary gets the summary and its signatures from where the objects come from.
func (p *puller) obtainSummary(ctx context.Context) (data, sig []byte, err error) {
	if o := p.opts; o.Summary != nil {
		return o.Summary, o.SummarySig, p.verify.summary(o.Summary, o.SummarySig)
	}
	f := &summaryFetcher{repo: p.repo, client: p.client, mirrors: p.meta, local: p.local, remote: p.sourceName(),
		verify: &p.verify, cacheDir: p.opts.CacheDir, gzip: p.gzip, found: p.metalinkSummary}
	return f.fetch(ctx)
}

// resolve finds the commit of a ref and, for a mirror, its collection.
func (p *puller) resolve(ctx context.Context, ref *pullRef) error {
	if !ref.want.IsZero() {
		ref.got = ref.want
		return nil
	}
	if p.summary != nil {
		found, ok := p.summary.Lookup(ref.CollectionRef)
		if !ok {
			name := ref.Ref
			if ref.Collection != "" {
				name = ref.CollectionRef.String()
			}
			return fmt.Errorf("No such branch '%s' in repository summary", name)
		}
		ref.got, ref.Collection = found.Checksum, found.Collection
		p.sizes[ref.got] = int64(min(found.CommitSize, MaxMetadataSize))
		return nil
	}
	var err error
	if p.local != nil {
		ref.got, err = p.resolveLocal(ref)
		return err
	}
	ref.got, err = p.fetchRef(ctx, ref)
	return err
}

func (p *puller) resolveLocal(ref *pullRef) (object.Checksum, error) {
	if ref.Collection != "" {
		c, found, err := p.local.ReadCollectionRef(ref.CollectionRef)
		if err == nil && !found {
			err = fmt.Errorf("Collection–ref %s not found", ref.CollectionRef)
		}
		return c, err
	}
	return p.local.ResolveRef("", ref.Ref)
}

// flatten turns what would break a line, or the terminal, into a space.
func flatten(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// maxRefSize bounds the file of a ref, in bytes: a checksum, and white space.
const maxRefSize = 64 << 10

// fetchRef reads the file of a ref from a remote without a summary.
func (p *puller) fetchRef(ctx context.Context, ref *pullRef) (c object.Checksum, err error) {
	path := "refs/heads/" + ref.Ref
	if ref.Collection != "" {
		path = "refs/mirrors/" + ref.Collection + "/" + ref.Ref
	}
	data, _, err := p.client.GetBytes(ctx, fetch.Request{URL: path, Mirrors: p.meta, MaxSize: maxRefSize})
	if err != nil {
		return c, err
	}
	if c, err = parseFetchedRef(strings.TrimRight(string(data), " \t\r\n")); err != nil {
		return c, fmt.Errorf("Fetching checksum for ref %s: %w", ref.CollectionRef, err)
	}
	return c, nil
}

// parseFetchedRef reads what a server has in place of a ref: it may be a page of HTML, of which the message shows
// the beginning on one line.
func parseFetchedRef(text string) (object.Checksum, error) {
	if len(text) == 2*object.ChecksumSize {
		return object.ParseChecksum(text)
	}
	n := min(len(text), 2*object.ChecksumSize)
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return object.Checksum{}, fmt.Errorf("Invalid rev %s", strings.Map(flatten, text[:n]))
}
