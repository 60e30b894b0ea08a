package rpmmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/progress"
)

// RemotePackage is a package to download, with what primary.xml tells about it.
type RemotePackage struct {
	Meta     *Metadata // of the repository it belongs to
	Href     string
	XMLBase  string
	Checksum Checksum
	Size     int64 // bytes; 0 when unknown
}

// Download fetches packages to a directory, or to packages/ in the cache of their repositories
// when dir is empty, several at a time, and returns their files in the same order. Size and
// checksum are verified before a file gets its name. Files that are there already, and are
// right, are not fetched again; what an interrupted run left is completed. Packages of
// repositories on the host's disk (file://) are verified and stay where they are.
//
// Signatures of packages are not looked at.
func (c *Client) Download(ctx context.Context, dir string, packages []RemotePackage) ([]string, error) {
	var total int64
	for i := range packages {
		total += packages[i].Size
	}
	task := progress.Start(c.o.Progress, progress.Event{
		Task: "packages", Text: downloadText(packages),
		Bytes: progress.Count{Total: total}, Items: progress.Count{Total: int64(len(packages))},
	})
	files, err := c.downloadAll(ctx, dir, packages, task)
	task.End(err)
	return files, err
}

// downloadText names the repository if there is one only.
func downloadText(packages []RemotePackage) string {
	for i := range packages {
		if packages[i].Meta != packages[0].Meta {
			return "Downloading packages"
		}
	}
	if len(packages) == 0 {
		return "Downloading packages"
	}
	return "Downloading from '" + packages[0].Meta.Repo.ID + "'"
}

func (c *Client) downloadAll(ctx context.Context, dir string, packages []RemotePackage, task *progress.Task) ([]string, error) {
	files := make([]string, len(packages))
	for i, name := range packageNames(packages) {
		into := dir
		if into == "" {
			into = filepath.Join(c.RepoDir(packages[i].Meta.Repo), "packages")
		}
		files[i] = filepath.Join(into, name)
		if err := os.MkdirAll(into, 0o755); err != nil {
			return nil, err
		}
	}
	// The transfers of one repository are limited by its connections; all together by this.
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	slots := map[*RepoConfig]chan struct{}{}
	for i := range packages {
		p := &packages[i]
		if slots[p.Meta.Repo] == nil {
			slots[p.Meta.Repo] = make(chan struct{}, max(p.Meta.Repo.MaxParallelDownloads, 1))
			if err := p.Meta.s.resolve(ctx, p.Meta.cachedMirrors()); err != nil {
				return nil, err
			}
		}
	}
	for i := range packages {
		slot := slots[packages[i].Meta.Repo]
		g.Go(func() error {
			slot <- struct{}{}
			defer func() { <-slot }()
			if err := ctx.Err(); err != nil {
				return err
			}
			return packages[i].download(ctx, &files[i], task)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return files, nil
}

// packageNames are the names of the files: the last part of the location, with a piece of the
// checksum before it for a second package of the same name.
func packageNames(packages []RemotePackage) []string {
	names := make([]string, len(packages))
	taken := map[string]string{}
	for i := range packages {
		p := &packages[i]
		name := path.Base(p.Href)
		if plain, err := url.PathUnescape(name); err == nil && plain == path.Base("/"+plain) {
			name = plain
		}
		if name == "." || name == ".." || name == "/" || len(name) > 200 || strings.ContainsAny(name, "\x00") {
			name = "package.rpm"
		}
		if sum, ok := taken[name]; ok && sum != p.Checksum.Hex {
			name = p.Checksum.Hex[:min(16, len(p.Checksum.Hex))] + "-" + name
		}
		taken[name] = p.Checksum.Hex
		names[i] = name
	}
	return names
}

func (p *RemotePackage) download(ctx context.Context, file *string, task *progress.Task) error {
	s := p.Meta.s
	if _, err := p.Checksum.newHash(); err != nil {
		return fmt.Errorf("%s: %w", limited(p.Href), err)
	}
	if local, ok := s.localFile(p); ok {
		*file = local
		task.AddCached(p.Size, 1)
		return nil
	}
	if fileMatches(*file, p.Checksum, p.Size) {
		task.AddCached(p.Size, 1)
		return nil
	}
	err := s.download(ctx, &transfer{
		href: p.Href, xmlBase: p.XMLBase, checksum: p.Checksum, size: p.Size, dest: *file, task: task, limit: maxPackageFile,
	})
	if err == nil {
		task.Add(0, 1)
	}
	return err
}

// maxPackageFile bounds packages of which the metadata tell no size.
const maxPackageFile = 64 << 30

// localFile finds a package in a repository on disk.
func (s *session) localFile(p *RemotePackage) (string, bool) {
	for _, base := range s.bases {
		if !isFileURL(base) {
			continue
		}
		address, err := s.address(base, p.XMLBase, p.Href)
		if err != nil {
			continue
		}
		u, err := url.Parse(address)
		if err == nil && u.Scheme == "file" && fileMatches(u.Path, p.Checksum, p.Size) {
			return u.Path, true
		}
	}
	return "", false
}

// fileMatches reports whether a file has a size (if that is known) and a checksum.
func fileMatches(name string, want Checksum, size int64) bool {
	if !hasSize(name, size) {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return verifyFile(f, want) == nil
}

func verifyFile(f io.ReadSeeker, want Checksum) error {
	h, err := want.newHash()
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	return want.check("", h)
}

// transfer is one file that is fetched from the mirrors.
type transfer struct {
	href, xmlBase string
	checksum      Checksum
	size, limit   int64
	dest          string
	task          *progress.Task
}

// download fetches a file to its destination: to a partial file beside it first, which stays
// when the transfer breaks.
func (s *session) download(ctx context.Context, t *transfer) error {
	if _, err := t.checksum.newHash(); err != nil {
		return fmt.Errorf("%s: %w", limited(t.href), err)
	}
	name := t.partName()
	f, err := openLocked(ctx, name)
	if err != nil {
		return err
	}
	defer f.Close()
	if fileMatches(t.dest, t.checksum, t.size) { // somebody else was at it
		t.task.AddCached(t.size, 0)
		return os.Remove(name)
	}
	if t.size > 0 && fileMatches(name, t.checksum, t.size) { // all but this was done before
		t.task.AddCached(t.size, 0)
		return os.Rename(name, t.dest)
	}
	w := &partFile{f: f, task: t.task, rate: s.repo.rate()}
	prev := t.leftover(f)
	if prev != nil {
		w.counted = prev.Size
		t.task.AddCached(prev.Size, 0)
	}
	err = s.each(ctx, t.href, func(base string) error {
		address, err := s.address(base, t.xmlBase, t.href)
		if err != nil {
			return err
		}
		prev, err = s.fetchInto(ctx, w, t, address, prev)
		return err
	})
	if err != nil {
		if prev == nil || prev.Size == 0 {
			os.Remove(name)
		}
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(name, t.dest)
}

// partName is beside the destination; what it will be is part of the name.
func (t *transfer) partName() string {
	dir, base := filepath.Split(t.dest)
	return filepath.Join(dir, ".part-"+t.checksum.Hex[:32]+"-"+sha256Hex([]byte(base))[:8])
}

// openLocked opens a partial file for writing when nobody else, in this process or another
// one, writes to it.
func openLocked(ctx context.Context, name string) (*os.File, error) {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		if err := lockFile(ctx, f); err != nil {
			f.Close()
			return nil, err
		}
		// Whoever had the lock before has renamed or removed the file, unless he failed.
		locked, err1 := f.Stat()
		named, err2 := os.Stat(name)
		if err1 == nil && err2 == nil && os.SameFile(locked, named) {
			return f, nil
		}
		f.Close()
	}
}

// leftover is what an earlier run fetched already. Without a digest that a server's answer is
// verified against, pieces of two different files could end up in one.
func (t *transfer) leftover(f *os.File) *fetch.FileResult {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || t.digest() == "" || t.size > 0 && info.Size() >= t.size {
		return nil
	}
	return &fetch.FileResult{Size: info.Size()}
}

// digest is the checksum in the form that the HTTP client verifies; empty for old types.
func (t *transfer) digest() digest.Digest {
	switch typ := strings.ToLower(t.checksum.Type); typ {
	case "sha256", "sha384", "sha512":
		return digest.Digest(typ + ":" + strings.ToLower(t.checksum.Hex))
	}
	return ""
}

// fetchInto makes one attempt; the result is for the next one to go on from.
func (s *session) fetchInto(ctx context.Context, w *partFile, t *transfer, address string, prev *fetch.FileResult) (*fetch.FileResult, error) {
	req := fetch.Request{URL: address, MaxSize: t.limit, ExpectedSize: t.size, Digest: t.digest(), NoRetry: true}
	if t.size > 0 {
		req.MaxSize = t.size
	}
	res, err := s.http.GetToFile(ctx, req, w, prev)
	if err == nil && req.Digest == "" {
		err = verifyFile(w.f, t.checksum)
	}
	var bad *fetch.DigestError
	var sum *ChecksumError
	switch {
	case errors.As(err, &bad):
		return nil, &ChecksumError{Name: fetch.RedactURL(address), Want: t.checksum.String(), Got: bad.Got}
	case errors.As(err, &sum):
		sum.Name = fetch.RedactURL(address)
		return nil, sum
	case errors.Is(err, fetch.ErrTooLarge):
		return nil, err
	}
	return res, err
}

// rate is the limit of one transfer in bytes per second; 0 is none.
func (r *RepoConfig) rate() float64 {
	if r.Throttle > 0 && r.Throttle <= 1 {
		return r.Throttle * float64(r.Bandwidth)
	}
	if r.Throttle == 0 && r.Bandwidth > 0 {
		return float64(r.Bandwidth)
	}
	return r.Throttle
}

// partFile counts what is written for progress, and holds writing up when it is too fast. It
// does not embed the file, whose ReadFrom would get past it.
type partFile struct {
	f       *os.File
	task    *progress.Task
	counted int64 // bytes that progress was told of
	pos     int64

	rate  float64
	start time.Time
	sent  int64
}

// Read implements io.Reader.
func (p *partFile) Read(b []byte) (int, error) { return p.f.Read(b) }

// Truncate changes the size.
func (p *partFile) Truncate(size int64) error { return p.f.Truncate(size) }

// Seek implements io.Seeker.
func (p *partFile) Seek(offset int64, whence int) (int64, error) {
	pos, err := p.f.Seek(offset, whence)
	if err == nil {
		p.pos = pos
	}
	return pos, err
}

// Write implements io.Writer.
func (p *partFile) Write(b []byte) (int, error) {
	if p.start.IsZero() {
		p.start = time.Now()
	}
	n, err := p.f.Write(b)
	p.pos += int64(n)
	if p.pos > p.counted {
		p.task.Add(p.pos-p.counted, 0)
		p.counted = p.pos
	}
	if p.sent += int64(n); p.rate > 0 {
		due := p.start.Add(time.Duration(float64(p.sent) / p.rate * float64(time.Second)))
		time.Sleep(time.Until(due))
	}
	return n, err
}
