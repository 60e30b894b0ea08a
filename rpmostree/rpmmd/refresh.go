package rpmmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/internal/progress"
)

// RefreshOptions says what [Client.Refresh] is to provide. The zero value, like nil, means
// primary, and updateinfo and modules where there are such.
type RefreshOptions struct {
	// Kinds are the types of documents that are needed: "primary", "filelists", "group", …
	// A repository need not have them, save primary.
	Kinds []string
	// Force asks the mirrors even when the cache is fresh.
	Force bool
	// AllowOlder accepts a repomd.xml that is older than the one in the cache.
	AllowOlder bool
}

// OlderError reports a repomd.xml from before the one in the cache, for which no metalink
// vouches: that of a mirror which lags behind, or of somebody who plays back old metadata.
type OlderError struct {
	Have, Got time.Time
}

// Error returns a text with both times.
func (e *OlderError) Error() string {
	return fmt.Sprintf("repomd.xml of %s is older than the one in the cache, of %s", e.Got.UTC().Format(time.RFC3339), e.Have.UTC().Format(time.RFC3339))
}

// Refresh provides the metadata of a repository: from the cache as long as they have not
// expired, else from the first mirror that has them. Errors begin with
// "cannot update repo 'ID': ".
//
// repomd.xml is accepted when a metalink vouches for it or, without metalink, when it is not
// older than what the cache has; with repo_gpgcheck=1 its signature is verified, too. Of the
// documents in it those are fetched that the cache lacks. The old state stays in place until
// everything is there. An unchanged repomd.xml only makes the cache fresh again.
func (c *Client) Refresh(ctx context.Context, repo *RepoConfig, opts *RefreshOptions) (*Metadata, error) {
	o := RefreshOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Kinds == nil {
		o.Kinds = []string{"updateinfo", "modules"}
	}
	if !slices.Contains(o.Kinds, "primary") {
		o.Kinds = append([]string{"primary"}, o.Kinds...)
	}
	task := progress.Start(c.o.Progress, progress.Event{Task: "repo", ID: repo.ID, Text: "Updating metadata for '" + repo.ID + "'"})
	m, err := c.refresh(ctx, repo, &o, task)
	task.End(err)
	if err != nil {
		return nil, fmt.Errorf("cannot update repo '%s': %w", repo.ID, err)
	}
	return m, nil
}

// RefreshAll refreshes several repositories at a time, and returns their metadata in the same
// order. Those with skip_if_unavailable=1 that cannot be had are nil, and their errors are
// logged. The first error otherwise ends the work.
func (c *Client) RefreshAll(ctx context.Context, repos []*RepoConfig, opts *RefreshOptions) ([]*Metadata, error) {
	all := make([]*Metadata, len(repos))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, repo := range repos {
		g.Go(func() error {
			m, err := c.Refresh(ctx, repo, opts)
			if err != nil && repo.SkipIfUnavailable && ctx.Err() == nil {
				c.log.LogAttrs(ctx, slog.LevelWarn, "repository is left out", slog.String("repo", repo.ID), slog.Any("error", err))
				return nil
			}
			all[i] = m
			return err
		})
	}
	return all, g.Wait()
}

func (c *Client) refresh(ctx context.Context, repo *RepoConfig, o *RefreshOptions, task *progress.Task) (*Metadata, error) {
	s, err := c.newSession(repo)
	if err != nil {
		return nil, err
	}
	unlock, err := c.lock(ctx, repo)
	if err != nil {
		return nil, err
	}
	defer unlock()
	dir := c.RepoDir(repo)
	have := s.loadCache(ctx, dir)
	if c.o.Offline || have != nil && !o.Force && c.fresh(have) {
		if have == nil {
			return nil, fmt.Errorf("Cache-only enabled but no cache for '%s'", repo.ID)
		}
		have.Cached = true
		return have, have.fetch(ctx, o.Kinds, task)
	}
	m, err := s.update(ctx, dir, have, o, task)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// lock keeps other processes from writing to the cache of the repository.
func (c *Client) lock(ctx context.Context, repo *RepoConfig) (unlock func(), err error) {
	dir := c.RepoDir(repo)
	if c.o.Offline {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return func() {}, nil
		}
	} else if err := os.MkdirAll(filepath.Join(dir, "repodata"), 0o755); err != nil {
		return nil, err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	l, err := filelock.Lock(ctx, d, ".lock", nil)
	if err != nil {
		if c.o.Offline && (errors.Is(err, fs.ErrPermission) || isReadOnly(err)) {
			return func() {}, nil // nothing is going to be written
		}
		return nil, err
	}
	return func() { l.Unlock() }, nil
}

// fresh reports whether the cache needs no look at the mirrors. A time in the future comes
// from a clock that was wrong, and means nothing.
func (c *Client) fresh(m *Metadata) bool {
	if m.Repo.MetadataExpire < 0 {
		return true
	}
	age := c.o.Now().Sub(m.Checked)
	return age >= 0 && age < m.Repo.MetadataExpire
}

// update asks the mirrors.
func (s *session) update(ctx context.Context, dir string, have *Metadata, o *RefreshOptions, task *progress.Task) (*Metadata, error) {
	var old []byte
	if have != nil {
		var err error
		if old, err = os.ReadFile(filepath.Join(have.Dir, "repomd.xml")); err != nil {
			return nil, err
		}
	}
	if err := s.resolve(ctx, nil); err != nil {
		return nil, err
	}
	// The newest state that the mirror manager knows is the one in the cache already.
	if have != nil && s.meta.current(old) {
		return s.revalidate(ctx, dir, have, o, task)
	}
	r := &repomdFetch{s: s, have: have, old: old, allowOlder: o.AllowOlder}
	err := s.each(ctx, "repodata/repomd.xml", func(base string) error { return r.from(ctx, base) })
	var older *OlderError
	switch {
	case err == nil && bytes.Equal(r.data, old):
		return s.revalidate(ctx, dir, have, o, task)
	case err == nil:
		return s.replace(ctx, dir, r, o, task)
	case have != nil && errors.As(err, &older):
		// Not touched: the next run asks again.
		s.c.log.LogAttrs(ctx, slog.LevelWarn, "older metadata refused", slog.String("repo", s.repo.ID), slog.Any("error", older))
		have.Refused = older
		return have, have.fetch(ctx, o.Kinds, task)
	}
	return nil, fmt.Errorf("Cannot download repomd.xml: %w", err)
}

// revalidate makes the cache fresh again.
func (s *session) revalidate(ctx context.Context, dir string, have *Metadata, o *RefreshOptions, task *progress.Task) (*Metadata, error) {
	if err := have.fetch(ctx, o.Kinds, task); err != nil {
		return nil, err
	}
	if err := s.saveMirrors(dir); err != nil {
		return nil, err
	}
	now := s.c.o.Now()
	have.Checked = now
	return have, os.Chtimes(filepath.Join(have.Dir, "repomd.xml"), now, now)
}

// replace fetches the documents of a new state, and then makes it the valid one.
func (s *session) replace(ctx context.Context, dir string, r *repomdFetch, o *RefreshOptions, task *progress.Task) (*Metadata, error) {
	m := &Metadata{Repo: s.repo, Repomd: r.md, Dir: filepath.Join(dir, "repodata"), Checked: s.c.o.Now(), s: s}
	// The mirror that has this repomd.xml has its documents.
	s.prefer(r.base)
	if err := m.fetch(ctx, o.Kinds, task); err != nil {
		return nil, err
	}
	if err := s.saveMirrors(dir); err != nil {
		return nil, err
	}
	return m, m.commit(dir, r)
}

// commit writes repomd.xml, and removes what the state before needed.
func (m *Metadata) commit(dir string, r *repomdFetch) error {
	name := filepath.Join(m.Dir, "repomd.xml")
	// A signature beside a repomd.xml says that it was verified: it must not stand beside
	// another one for a moment.
	if err := os.Remove(name + ".asc"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := atomicfile.WriteFile(filepath.Join(dir, sourceFile), []byte(m.Repo.source()), 0o644, nil); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(name, r.data, 0o644, &atomicfile.Options{ModTime: m.Checked}); err != nil {
		return err
	}
	if r.signature != nil {
		if err := atomicfile.WriteFile(name+".asc", r.signature, 0o644, nil); err != nil {
			return err
		}
	}
	keep := map[string]bool{"repomd.xml": true, "repomd.xml.asc": true}
	for i := range m.Repomd.Data {
		keep[cacheName(&m.Repomd.Data[i])] = true
	}
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !keep[e.Name()] && !e.IsDir() {
			if err := os.Remove(filepath.Join(m.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// mirrorsFile keeps the list of mirrors for downloads while the metadata are fresh.
const mirrorsFile = "mirrors"

func (s *session) saveMirrors(dir string) error {
	if s.list == nil {
		return nil
	}
	return atomicfile.WriteFile(filepath.Join(dir, mirrorsFile), s.list, 0o644, &atomicfile.Options{Sync: atomicfile.SyncNone})
}

// prefer moves a mirror to the front.
func (s *session) prefer(base string) {
	if i := slices.Index(s.bases, base); i > 0 {
		s.bases = append([]string{base}, slices.Delete(slices.Clone(s.bases), i, i+1)...)
	}
}

// Fetch adds documents that were not asked for in [Client.Refresh] to the cache. Types that
// the repository does not have are passed over.
func (m *Metadata) Fetch(ctx context.Context, kinds ...string) error {
	unlock, err := m.s.c.lock(ctx, m.Repo)
	if err != nil {
		return err
	}
	defer unlock()
	task := progress.Start(m.s.c.o.Progress, progress.Event{Task: "repo", ID: m.Repo.ID, Text: "Updating metadata for '" + m.Repo.ID + "'"})
	err = m.fetch(ctx, kinds, task)
	task.End(err)
	if err != nil {
		return fmt.Errorf("cannot update repo '%s': %w", m.Repo.ID, err)
	}
	return nil
}

// fetch fetches the documents that are not in the cache, some at a time.
func (m *Metadata) fetch(ctx context.Context, kinds []string, task *progress.Task) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(m.Repo.MaxParallelDownloads, 1))
	var missing []*RepomdData
	for _, kind := range kinds {
		d := m.Find(kind)
		if d == nil {
			if kind == "primary" {
				return fmt.Errorf("no primary in repomd.xml: %w", ErrNoDocument)
			}
			continue
		}
		switch {
		case slices.Contains(missing, d):
		case hasSize(m.path(d), d.Size):
			task.AddTotal(d.Size, 0)
			task.AddCached(d.Size, 0)
		default:
			task.AddTotal(d.Size, 0)
			missing = append(missing, d)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := m.s.resolve(ctx, m.cachedMirrors()); err != nil {
		return err
	}
	for _, d := range missing {
		g.Go(func() error { return m.fetchDocument(ctx, d, task) })
	}
	return g.Wait()
}

func (m *Metadata) cachedMirrors() []byte {
	f, err := os.Open(filepath.Join(filepath.Dir(m.Dir), mirrorsFile))
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRepomd))
	if err != nil {
		return nil
	}
	return data
}

func (m *Metadata) fetchDocument(ctx context.Context, d *RepomdData, task *progress.Task) error {
	return m.s.download(ctx, &transfer{
		href: d.Href, xmlBase: d.XMLBase, checksum: d.Checksum, size: d.Size,
		dest: m.path(d), task: task, limit: maxDocument,
	})
}

// maxDocument bounds documents of which repomd.xml tells no size.
const maxDocument = 4 << 30

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
