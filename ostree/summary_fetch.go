package ostree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// FetchSummary downloads the summary of a remote and its signatures, which are verified if the remote's
// configuration demands it. sig is invalid (IsValid false) if there are none. A remote without a summary is
// [ErrNoSummary]. Of the options those about the network, the cache and verification count.
func (r *Repo) FetchSummary(ctx context.Context, remote string, opts *PullOptions) (s *Summary, sig object.Variant, err error) {
	o := PullOptions{}
	if opts != nil {
		o = *opts
	}
	o.Refs, o.CollectionRefs, o.Subpaths, o.Deltas, o.DryRun = nil, nil, nil, DeltasDisabled, false
	p, err := r.newPuller(remote, &o)
	if err != nil {
		return nil, sig, err
	}
	defer p.close()
	p.gzip = true
	if err := p.prepareVerification(ctx); err != nil {
		return nil, sig, err
	}
	if err := p.connect(ctx); err != nil {
		return nil, sig, err
	}
	data, sigData, err := p.obtainSummary(ctx)
	if err != nil {
		return nil, sig, err
	}
	if data == nil {
		return nil, sig, ErrNoSummary
	}
	if s, err = ParseSummary(data); err != nil {
		return nil, sig, err
	}
	if sigData != nil {
		sig = variantOf("a{sv}", sigData)
	}
	return s, sig, nil
}

// RemoteRefs lists the refs that a remote's summary names; see [Repo.FetchSummary].
func (r *Repo) RemoteRefs(ctx context.Context, remote string, opts *PullOptions) ([]SummaryRef, error) {
	s, _, err := r.FetchSummary(ctx, remote, opts)
	if err != nil {
		return nil, err
	}
	return s.Refs(), nil
}

// summaryFetcher gets a remote's summary and signatures with as few bytes as possible. The two are cached together,
// and only after they were verified, if there are signatures at all: these tell whether the cached
// summary is still right.
type summaryFetcher struct {
	repo     *Repo
	client   *fetch.Client
	mirrors  []string
	local    *Repo
	remote   string
	verify   *commitVerifier
	cacheDir string
	gzip     bool

	found []byte // the summary itself, if a metalink led to it
	cache *summaryCache
}

// cachedFile is a file with what makes a conditional request of it.
type cachedFile struct {
	data  []byte
	etag  string
	mtime time.Time
}

func (f *summaryFetcher) fetch(ctx context.Context) (data, sig []byte, err error) {
	if f.local != nil && f.found == nil {
		return f.fetchLocal()
	}
	f.cache = openSummaryCache(f.repo, f.cacheDir, f.remote)
	defer f.cache.close()
	old, oldSig := f.cache.load()
	newSig, err := f.get(ctx, "summary.sig", oldSig)
	if err != nil {
		return nil, nil, err
	}
	fresh, fromCache, err := f.getSummary(ctx, newSig, old, oldSig)
	if err != nil {
		return nil, nil, err
	}
	err = f.verify.summary(fresh.bytes(), newSig.bytes())
	if err != nil && fromCache {
		if f.repo.testErrors["invalid-cache"] {
			return nil, nil, fmt.Errorf("Remote %s cached summary invalid and OSTREE_REPO_TEST_ERROR_INVALID_CACHE specified", f.remote)
		}
		f.repo.log.Debug("cached summary is invalid", "remote", f.remote)
		fromCache = false
		if fresh, err = f.get(ctx, "summary", nil); err == nil {
			err = f.verify.summary(fresh.bytes(), newSig.bytes())
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if fresh != nil && newSig != nil && !(fromCache && newSig == oldSig) {
		f.cache.store(fresh, newSig)
	}
	return fresh.bytes(), newSig.bytes(), nil
}

func (c *cachedFile) bytes() []byte {
	if c == nil {
		return nil
	}
	return c.data
}

// getSummary gets the summary, from the cache if its signatures are those that are cached too.
func (f *summaryFetcher) getSummary(ctx context.Context, sig, old, oldSig *cachedFile) (c *cachedFile, fromCache bool, err error) {
	if f.found != nil {
		return &cachedFile{data: f.found}, false, nil
	}
	if sig == nil {
		old = nil
	} else if oldSig != nil && bytes.Equal(sig.data, oldSig.data) {
		if sig != oldSig {
			*sig = *oldSig
		}
		return old, true, nil
	}
	c, err = f.get(ctx, "summary", old)
	return c, c != nil && c == old, err
}

// get fetches one of the two files; nil if it does not exist, old if it has not changed.
func (f *summaryFetcher) get(ctx context.Context, name string, old *cachedFile) (*cachedFile, error) {
	req := fetch.Request{URL: name, Mirrors: f.mirrors, MaxSize: MaxSummarySize, AcceptGzip: f.gzip}
	if old != nil {
		req.IfNoneMatch, req.IfModifiedSince = old.etag, old.mtime
	}
	data, resp, err := f.client.GetBytes(ctx, req)
	if errors.Is(err, fetch.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if resp.NotModified && old != nil {
		return old, nil
	}
	return &cachedFile{data: append([]byte{}, data...), etag: resp.ETag, mtime: resp.LastModified}, nil
}

func (f *summaryFetcher) fetchLocal() (data, sig []byte, err error) {
	for _, file := range []struct {
		name string
		dst  *[]byte
	}{{"summary", &data}, {"summary.sig", &sig}} {
		*file.dst, err = readFileAt(f.local.dirFD, file.name, MaxSummarySize)
		if err != nil && !errMissing(err) {
			return nil, nil, err
		}
	}
	if err := f.verify.summary(data, sig); err != nil {
		return nil, nil, err
	}
	return data, sig, nil
}

// summaryCache is the directory of cached summaries, REMOTE and REMOTE.sig. Failures of the cache are none of
// the pull: a nil cache holds nothing and takes nothing.
type summaryCache struct {
	repo   *Repo
	fd     int
	remote string
}

const etagXattr = "user.etag"

func openSummaryCache(r *Repo, dir, remote string) *summaryCache {
	if !validFragment(remote) || dir == "" && (r.opts.NoCache || !r.writable) {
		return nil
	}
	base, path := r.tmpFD, "cache/summaries"
	if dir != "" {
		base, path = atCWD, filepath.Join(dir, "summaries")
	}
	if dir != "" {
		_ = unix.Mkdirat(atCWD, path, 0o775)
	} else if err := mkdirAllAt(base, path); err != nil {
		r.log.Debug("no summary cache", "error", err)
		return nil
	}
	fd, err := openat(base, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		r.log.Debug("no summary cache", "error", errno.New("openat", path, err))
		return nil
	}
	return &summaryCache{repo: r, fd: fd, remote: remote}
}

func (c *summaryCache) close() {
	if c != nil {
		unix.Close(c.fd)
	}
}

// load returns both files, or neither.
func (c *summaryCache) load() (summary, sig *cachedFile) {
	if c == nil {
		return nil, nil
	}
	summary, sig = c.read(c.remote), c.read(c.remote+".sig")
	if summary == nil || sig == nil {
		return nil, nil
	}
	return summary, sig
}

func (c *summaryCache) read(name string) *cachedFile {
	fd, err := openat(c.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return nil
	}
	data, err := readAllFD(fd, name, MaxSummarySize)
	if err != nil {
		return nil
	}
	f := &cachedFile{data: data}
	m := statMtime(&st)
	f.mtime = time.Unix(m.Unix())
	if etag, err := readXattr(etagXattr, func(n string, b []byte) (int, error) { return unix.Fgetxattr(fd, n, b) }); err == nil {
		f.etag = string(etag)
	}
	return f
}

func (c *summaryCache) store(summary, sig *cachedFile) {
	if c == nil {
		return
	}
	for _, f := range []struct {
		name string
		file *cachedFile
	}{{c.remote, summary}, {c.remote + ".sig", sig}} {
		if err := c.write(f.name, f.file); err != nil {
			c.repo.log.Debug("summary cache", "error", err)
			return
		}
	}
}

// write replaces a file of the cache. What makes its requests conditional is part of it.
func (c *summaryCache) write(name string, f *cachedFile) error {
	tmp, err := newNamedTmpFile(c.fd, 0o644)
	if err != nil {
		return err
	}
	defer tmp.close()
	if _, err := fdFile(tmp.fd).Write(f.data); err != nil {
		return err
	}
	if f.etag != "" {
		if err := unix.Fsetxattr(tmp.fd, etagXattr, []byte(f.etag), 0); err != nil {
			c.repo.log.Debug("summary cache", "error", errno.New("fsetxattr", etagXattr, err))
		}
	}
	if !f.mtime.IsZero() {
		ts := unix.NsecToTimespec(f.mtime.UnixNano())
		if err := unix.UtimesNanoAt(c.fd, tmp.name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return errno.New("utimensat", name, err)
		}
	}
	return errno.New("renameat", name, tmp.replace(c.fd, name))
}
