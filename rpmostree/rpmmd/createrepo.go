package rpmmd

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// CreateOptions adjusts [CreateRepo]. The zero value, like nil, gives what createrepo_c gives
// without options, save its sqlite files.
type CreateOptions struct {
	// OutputDir is where repodata/ is made; empty means the directory of the packages.
	OutputDir string

	// Checksum is the type of all checksums; empty means sha256.
	Checksum string

	// Compression is "gz" (also when empty), "zstd" or "none".
	Compression string

	// SimpleNames leaves the checksum out of the names of the documents. Readers may then
	// see documents that do not fit to repomd.xml while they are replaced.
	SimpleNames bool

	// Time is the time stamp of the documents, and the revision unless Revision is set. Zero
	// means now: the result then differs from run to run.
	Time time.Time

	// Revision is free text.
	Revision string

	// MaxFileTime bounds the modification times of packages; later ones become it. Zero
	// means no bound.
	MaxFileTime time.Time

	// Tags are put into repomd.xml.
	Tags RepoTags

	// Documents are further files to put into the repository.
	Documents []ExtraDocument

	// Exclude reports packages to leave out, by their path relative to the directory.
	Exclude func(path string) bool

	// Broken is asked about a file *.rpm that is no readable package. Nil, or an error that
	// it returns, ends the work; when it returns nil, the package is left out.
	Broken func(path string, err error) error

	// ChangelogLimit, NarrowPre: see [PackageInfo].
	ChangelogLimit int
	NarrowPre      bool

	// Concurrency is how many packages are read at a time; 0 means one for each processor.
	Concurrency int
}

// ExtraDocument is a file for a repository besides those that describe its packages.
type ExtraDocument struct {
	Type string // "group", "updateinfo", "modules", …
	Path string // file of the host; it is compressed unless it is compressed already
}

// CreateRepo writes a repodata directory for the packages (*.rpm, at any depth) in dir, and
// returns its repomd.xml. The same packages and options give the same bytes, provided that
// Time is set.
//
// The documents are written beside the old ones, repomd.xml is then replaced, and what only
// the old one referred to is removed: readers find a complete repository at all times.
func CreateRepo(ctx context.Context, dir string, opts *CreateOptions) (*Repomd, error) {
	c := &creator{dir: dir}
	if opts != nil {
		c.o = *opts
	}
	if err := c.defaults(); err != nil {
		return nil, err
	}
	packages, err := c.packages(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.repodata(), 0o755); err != nil {
		return nil, err
	}
	old := c.oldDocuments(ctx)
	docs, err := c.openDocuments(len(packages))
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, d := range docs {
			d.abort()
		}
	}()
	if err := c.write(ctx, packages, docs); err != nil {
		return nil, err
	}
	m := &Repomd{Revision: c.o.Revision, Tags: c.o.Tags}
	for _, d := range docs {
		data, err := d.finish()
		if err != nil {
			return nil, err
		}
		m.Data = append(m.Data, data)
	}
	for _, e := range c.o.Documents {
		data, err := c.extra(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
		m.Data = append(m.Data, data)
	}
	if err := atomicfile.WriteFile(filepath.Join(c.repodata(), "repomd.xml"), m.AppendXML(nil), 0o644, nil); err != nil {
		return nil, err
	}
	return m, c.removeOld(old, m)
}

type creator struct {
	dir string
	o   CreateOptions
}

func (c *creator) repodata() string { return filepath.Join(c.o.OutputDir, "repodata") }

func (c *creator) defaults() error {
	o := &c.o
	o.OutputDir = cmp.Or(o.OutputDir, c.dir)
	o.Checksum = cmp.Or(o.Checksum, "sha256")
	o.Compression = cmp.Or(o.Compression, "gz")
	if o.Time.IsZero() {
		o.Time = time.Now()
	}
	o.Revision = cmp.Or(o.Revision, strconv.FormatInt(o.Time.Unix(), 10))
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), runtime.GOMAXPROCS(0))
	if strength(o.Checksum) < 0 {
		return fmt.Errorf("checksum type %q: %w", o.Checksum, ErrNotSupported)
	}
	if !slices.Contains([]string{"gz", "zstd", "none"}, o.Compression) {
		return fmt.Errorf("compression %q: %w", o.Compression, ErrNotSupported)
	}
	return nil
}

// packages lists the packages in createrepo_c's order: by file name, then by directory.
func (c *creator) packages(ctx context.Context) ([]string, error) {
	var list []string
	err := filepath.WalkDir(c.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(c.dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir():
			if strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "repodata" {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(rel, ".rpm") || strings.HasPrefix(d.Name(), "."):
			return nil
		case c.o.Exclude != nil && c.o.Exclude(rel):
			return nil
		}
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return c.broken(rel, cmp.Or(err, error(errNotRegular)))
		}
		if c.o.Broken != nil {
			// The number of packages comes first in the documents.
			p, err := rpm.Open(name)
			if err != nil {
				return c.broken(rel, err)
			}
			p.Close()
		}
		list = append(list, rel)
		return nil
	})
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(path.Base(a), path.Base(b)), cmp.Compare(a, b))
	})
	return list, err
}

func (c *creator) broken(name string, err error) error {
	if c.o.Broken != nil {
		return c.o.Broken(name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// elements is a package's part of each document.
type elements [3][]byte

// write reads the packages in parallel and writes their parts in order.
func (c *creator) write(ctx context.Context, packages []string, docs []*document) error {
	type result struct {
		parts elements
		err   error
	}
	g, ctx := errgroup.WithContext(ctx)
	ahead := 4 * c.o.Concurrency
	results := make(chan chan result, ahead)
	jobs := make(chan func(), ahead)
	g.Go(func() error {
		defer close(results)
		defer close(jobs)
		for _, name := range packages {
			ch := make(chan result, 1)
			job := func() {
				parts, err := c.describe(name)
				ch <- result{parts, err}
			}
			select {
			case results <- ch:
				jobs <- job
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range c.o.Concurrency {
		g.Go(func() error {
			for job := range jobs {
				job()
			}
			return nil
		})
	}
	g.Go(func() error {
		for ch := range results {
			r := <-ch
			if r.err != nil {
				return r.err
			}
			for i, d := range docs {
				if _, err := d.w.Write(r.parts[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

// describe reads one package.
func (c *creator) describe(name string) (parts elements, err error) {
	f, err := os.Open(filepath.Join(c.dir, filepath.FromSlash(name)))
	if err != nil {
		return parts, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return parts, err
	}
	h := checksumTypes[strength(c.o.Checksum)].new()
	tee := bufio.NewReaderSize(io.TeeReader(f, h), 128<<10)
	p, err := rpm.Read(tee)
	if err != nil {
		return parts, fmt.Errorf("%s: %w", name, err)
	}
	size := info.Size()
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return parts, fmt.Errorf("%s: %w", name, err)
	}
	pi := &PackageInfo{
		Checksum: Checksum{c.o.Checksum, hex.EncodeToString(h.Sum(nil))},
		Size:     size, FileTime: c.fileTime(info.ModTime()), Href: name,
		ChangelogLimit: c.o.ChangelogLimit, NarrowPre: c.o.NarrowPre,
	}
	r, err := newRecord(p, pi)
	if err != nil {
		return parts, fmt.Errorf("%s: %w", name, err)
	}
	return elements{r.appendPrimary(nil), r.appendFilelist(nil), r.appendOther(nil)}, nil
}

func (c *creator) fileTime(t time.Time) int64 {
	if bound := c.o.MaxFileTime; !bound.IsZero() && t.After(bound) {
		t = bound
	}
	return t.Unix()
}

func (c *creator) openDocuments(n int) ([]*document, error) {
	var docs []*document
	for _, d := range []struct{ typ, root, end string }{
		{"primary", `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"`, "</metadata>"},
		{"filelists", `<filelists xmlns="http://linux.duke.edu/metadata/filelists"`, "</filelists>"},
		{"other", `<otherdata xmlns="http://linux.duke.edu/metadata/other"`, "</otherdata>"},
	} {
		doc, err := c.newDocument(d.typ, d.typ+".xml"+c.suffix())
		if err != nil {
			for _, d := range docs {
				d.abort()
			}
			return nil, err
		}
		fmt.Fprintf(doc.w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s packages=\"%d\">\n", d.root, n)
		doc.end = d.end
		docs = append(docs, doc)
	}
	return docs, nil
}

func (c *creator) suffix() string {
	switch c.o.Compression {
	case "gz":
		return ".gz"
	case "zstd":
		return ".zst"
	}
	return ""
}

// oldDocuments lists the files that the present repomd.xml refers to.
func (c *creator) oldDocuments(ctx context.Context) []string {
	f, err := os.Open(filepath.Join(c.repodata(), "repomd.xml"))
	if err != nil {
		return nil
	}
	defer f.Close()
	m, err := ParseRepomd(ctx, f)
	if err != nil {
		return nil
	}
	var list []string
	for _, d := range m.Data {
		if name, ok := strings.CutPrefix(d.Href, "repodata/"); ok && name == path.Base(name) && name != ".." && d.XMLBase == "" {
			list = append(list, name)
		}
	}
	return list
}

// removeOld removes the documents that are not referred to any more.
func (c *creator) removeOld(old []string, m *Repomd) error {
	for _, name := range old {
		used := slices.ContainsFunc(m.Data, func(d RepomdData) bool { return d.Href == "repodata/"+name })
		if used || name == "repomd.xml" {
			continue
		}
		if err := os.Remove(filepath.Join(c.repodata(), name)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
