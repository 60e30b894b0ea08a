package container

import (
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// rawWriter writes the commit of a derived layer as ordinary files.
type rawWriter struct {
	*layerWriter
	ctx   context.Context
	links map[object.Checksum]string // where a file's content is in the stream
}

// writeRawLayer writes a layer as the files that it adds, whiteouts included. Directories that exist in the
// tree below keep the owner and mode that they have there.
func writeRawLayer(ctx context.Context, r *ostree.Repo, layer, below *ostree.Tree, w io.Writer) error {
	x := &rawWriter{layerWriter: newLayerWriter(r, w), ctx: ctx, links: map[object.Checksum]string{}}
	if below.Meta().IsZero() {
		if err := x.directory("./", layer.Meta()); err != nil {
			return err
		}
	}
	if err := x.content(layer, below, "", 0); err != nil {
		return err
	}
	return x.tar.Close()
}

func (x *rawWriter) directory(path string, meta object.Checksum) error {
	m, err := x.repo.LoadDirMeta(meta)
	if err != nil {
		return err
	}
	if err := x.paxXattrs(m.Xattrs); err != nil {
		return err
	}
	return x.dir(path, m.UID, m.GID, m.Mode)
}

// content writes what is in a directory; below may be nil.
func (x *rawWriter) content(t, below *ostree.Tree, path string, depth int) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	files, dirs, err := t.Names()
	if err != nil {
		return err
	}
	for _, name := range files {
		sum, _, err := t.File(name)
		if err == nil {
			err = x.file(containerPath(join(path, name)), sum)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", join(path, name), err)
		}
	}
	for _, name := range dirs {
		if err := x.subdirectory(t, below, name, join(path, name), depth); err != nil {
			return err
		}
	}
	return nil
}

func (x *rawWriter) subdirectory(t, below *ostree.Tree, name, path string, depth int) error {
	d, err := t.Dir(name)
	if err != nil {
		return err
	}
	var lower *ostree.Tree
	if below != nil {
		if lower, err = below.Dir(name); err != nil {
			return err
		}
	}
	meta := d.Meta()
	_, opaque, err := d.File(whiteoutOpaque)
	if err != nil {
		return err
	}
	if lower != nil && !opaque {
		meta = lower.Meta()
	}
	if err := x.directory(containerPath(path), meta); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return x.content(d, lower, path, depth+1)
}

// file writes a file, or a hard link if its content is in the stream already.
func (x *rawWriter) file(path string, sum object.Checksum) error {
	f, err := x.repo.LoadFile(sum)
	if err != nil {
		return err
	}
	defer f.Close()
	h := tarEntry{name: path, typ: tarFile, mode: f.Header.Mode & object.ModePerm, uid: f.Header.UID, gid: f.Header.GID, size: f.Size}
	if f.Header.IsSymlink() {
		h.typ, h.link = tarSymlink, f.Header.Symlink
	} else if first, ok := x.links[sum]; ok {
		h.typ, h.link, h.size = tarHardLink, first, 0
		return x.tar.header(&h)
	} else if f.Size > 0 {
		x.links[sum] = path
	}
	if err := x.paxXattrs(f.Header.Xattrs); err != nil {
		return err
	}
	if err := x.tar.header(&h); err != nil {
		return err
	}
	buf := layerBuffers.Get().(*[]byte)
	defer layerBuffers.Put(buf)
	_, err = io.CopyBuffer(struct{ io.Writer }{x.tar}, struct{ io.Reader }{f}, *buf)
	return err
}
