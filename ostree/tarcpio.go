package ostree

import (
	"archive/tar"
	"bufio"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/ostree/object"
)

// archiveReader goes through the members of an archive, whose content it reads.
type archiveReader interface {
	Next() (*tar.Header, error)
	io.Reader
}

// newArchiveReader recognizes the format of an uncompressed archive.
func newArchiveReader(r io.Reader) archiveReader {
	b := bufio.NewReaderSize(r, 64<<10)
	if head, err := b.Peek(cpio.MagicSize); err == nil && cpio.Detect(head) {
		return &cpioArchive{Reader: cpio.NewReader(b), groups: map[fileID]*linkGroup{}}
	}
	return tar.NewReader(b)
}

// cpioArchive shows a cpio archive as a tar archive. The two differ in hard links: in cpio every name of a file is
// a member of its own, and the content may come with the last of them. Names without content are held back until
// then, and become links to the one that has it.
type cpioArchive struct {
	*cpio.Reader
	groups map[fileID]*linkGroup
	order  []*linkGroup  // as they began
	ready  []*tar.Header // to be handed out before the next member
	ended  bool
}

type fileID struct{ dev, inode uint64 }

// linkGroup is a file with several names.
type linkGroup struct {
	target  string        // name of the member with the content, "" before that was seen
	waiting []*tar.Header // members without content
}

// Next returns the header of the next member.
func (a *cpioArchive) Next() (*tar.Header, error) {
	for {
		if len(a.ready) > 0 {
			h := a.ready[0]
			a.ready = a.ready[1:]
			return h, nil
		}
		if a.ended {
			return nil, io.EOF
		}
		m, err := a.Reader.Next()
		if err == io.EOF {
			a.ended = true
			a.flush()
			continue
		}
		if err != nil {
			return nil, err
		}
		h, err := a.convert(m)
		if h != nil || err != nil {
			return h, err
		}
	}
}

// flush hands out the files whose content never came: they are empty.
func (a *cpioArchive) flush() {
	for _, g := range a.order {
		if g.target == "" && len(g.waiting) > 0 {
			first := g.waiting[0]
			a.ready = append(a.ready, first)
			g.waiting = g.waiting[1:]
			a.link(g, first.Name)
		}
	}
}

// link makes all names of a group that wait links to one that is there.
func (a *cpioArchive) link(g *linkGroup, target string) {
	g.target = target
	for _, h := range g.waiting {
		h.Typeflag, h.Linkname = tar.TypeLink, target
		a.ready = append(a.ready, h)
	}
	g.waiting = nil
}

// maxSymlink bounds the target of a symbolic link, in bytes.
const maxSymlink = 4096

// convert returns the header in the form of tar; nil if the member is held back.
func (a *cpioArchive) convert(m *cpio.Header) (*tar.Header, error) {
	h := &tar.Header{Name: m.Name, Mode: int64(m.Mode & object.ModePerm), Uid: int(m.UID), Gid: int(m.GID), Size: m.Size}
	switch m.Mode & object.ModeTypeMask {
	case object.ModeRegular:
		h.Typeflag = tar.TypeReg
		return a.file(m, h), nil
	case object.ModeDir:
		h.Typeflag = tar.TypeDir
	case object.ModeSymlink:
		h.Typeflag = tar.TypeSymlink
		if m.Size > maxSymlink {
			return nil, fmt.Errorf("%s: target of %d bytes", m.Name, m.Size)
		}
		target, err := io.ReadAll(a.Reader)
		if err != nil {
			return nil, err
		}
		h.Linkname, h.Size = string(target), 0
	default:
		h.Typeflag = tar.TypeChar // or whatever else cannot be imported
	}
	return h, nil
}

// file settles the role of a name of a regular file.
func (a *cpioArchive) file(m *cpio.Header, h *tar.Header) *tar.Header {
	if m.Links < 2 {
		return h
	}
	id := fileID{m.Dev, m.Inode}
	g := a.groups[id]
	if g == nil {
		g = &linkGroup{}
		a.groups[id] = g
		a.order = append(a.order, g)
	}
	switch {
	case m.Size > 0 && g.target == "":
		a.link(g, h.Name)
	case m.Size > 0: // the content once more
	case g.target != "":
		h.Typeflag, h.Linkname = tar.TypeLink, g.target
	default:
		g.waiting = append(g.waiting, h)
		return nil
	}
	return h
}
