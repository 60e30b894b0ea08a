package goal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// RepoDir is the repository in a directory, with the usual priority and cost. The metadata are verified against the sizes
// and checksums in its repomd.xml, whose own signature is for those who fetch repositories.
func RepoDir(ctx context.Context, id string, dir fs.FS) (*Repo, error) {
	f, err := openRegular(dir, "repodata/repomd.xml")
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", id, err)
	}
	md, err := rpmmd.ParseRepomd(ctx, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("repository %s: %w", id, err)
	}
	opener := func(typ string) func(context.Context) (io.ReadCloser, error) {
		data := md.Get(typ)
		if data == nil {
			return nil
		}
		return func(context.Context) (io.ReadCloser, error) { return openDocument(dir, data) }
	}
	r := &Repo{ID: id, Priority: DefaultPriority, Cost: DefaultCost, Primary: opener("primary"), Filelists: opener("filelists")}
	if r.Primary == nil {
		return nil, fmt.Errorf("repository %s: no primary metadata", id)
	}
	return r, nil
}

// openRegular opens a file that is one: opening a pipe would wait for a writer, and a device may never end.
func openRegular(dir fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return dir.Open(name)
}

// document is the content of a file.
type document struct {
	io.ReadCloser
	file io.Closer
}

func (d *document) Close() error { return errors.Join(d.ReadCloser.Close(), d.file.Close()) }

func openDocument(dir fs.FS, data *rpmmd.RepomdData) (io.ReadCloser, error) {
	f, err := openRegular(dir, data.Href)
	if err != nil {
		return nil, err
	}
	rc, err := rpmmd.NewDocumentReader(f, data)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &document{rc, f}, nil
}
