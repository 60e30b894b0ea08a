package goal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// RepoDir is the repository in a directory, with the usual priority and cost. The metadata are taken as they are: their
// checksums are for those who fetch them.
func RepoDir(ctx context.Context, id string, dir fs.FS) (*Repo, error) {
	f, err := dir.Open("repodata/repomd.xml")
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
		return func(context.Context) (io.ReadCloser, error) { return openDocument(dir, data.Href) }
	}
	r := &Repo{ID: id, Priority: DefaultPriority, Cost: DefaultCost, Primary: opener("primary"), Filelists: opener("filelists")}
	if r.Primary == nil {
		return nil, fmt.Errorf("repository %s: no primary metadata", id)
	}
	return r, nil
}

// document is a decompressed file.
type document struct {
	io.ReadCloser
	file io.Closer
}

func (d *document) Close() error { return errors.Join(d.ReadCloser.Close(), d.file.Close()) }

func openDocument(dir fs.FS, name string) (io.ReadCloser, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	rc, _, err := decompress.NewReader(f, nil)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &document{rc, f}, nil
}
