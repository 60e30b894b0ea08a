package ostree

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sort"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// DiffSide is one of the two trees that are compared: a commit, or a directory on disk if Dir is set.
type DiffSide struct {
	Commit object.Checksum
	Dir    string // path on the file system
}

// DiffOptions say how files on disk are looked at; nil means as they are.
type DiffOptions struct {
	// NoXattrs leaves out the extended attributes of files on disk. That is always so if a
	// repository of mode bare-user-only, or one with core.disable-xattrs, is compared.
	NoXattrs bool
	// OwnerUID and OwnerGID replace the owner of files of the second side, if that is a directory
	// on disk.
	OwnerUID, OwnerGID *uint32
}

// Diff lists what differs between two trees. Paths of a commit begin with "/", those of a directory
// on disk are relative to it.
type Diff struct {
	// Modified are files with other content or metadata, directories with other metadata, and
	// entries that are of another kind (what was below them is not listed). The paths are those of
	// the first side.
	Modified []string
	// Removed is only in the first side; of a directory only the directory itself is listed.
	Removed []string
	// Added is only in the second side, with all that is below added directories.
	Added []string
}

// Lines returns the differences as the diff command prints them, such as "M    /usr/bin/ls".
func (d *Diff) Lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, part := range []struct {
			letter string
			paths  []string
		}{{"M", d.Modified}, {"D", d.Removed}, {"A", d.Added}} {
			for _, p := range part.paths {
				if !yield(part.letter + "    " + p) {
					return
				}
			}
		}
	}
}

// Diff compares two trees. Subtrees with equal checksums are not looked into; of files on disk only
// those are read whose other properties are equal. The order is that of the first tree: files before
// directories, each sorted by name.
func (r *Repo) Diff(ctx context.Context, a, b DiffSide, opts *DiffOptions) (*Diff, error) {
	d := &differ{repo: r, ctx: ctx}
	if opts != nil {
		d.opts = *opts
	}
	if (a.Dir == "" || b.Dir == "") && (r.Config().DisableXattrs || r.Mode() == ModeBareUserOnly) {
		d.opts.NoXattrs = true
	}
	d.jobs, d.jobCtx = errgroup.WithContext(ctx)
	d.jobs.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	err := d.trees(a, b)
	// What a comparison reports is what made the walk end, if both failed.
	if e := d.jobs.Wait(); e != nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	return d.result(), nil
}

type differ struct {
	repo *Repo
	ctx  context.Context
	opts DiffOptions

	jobs     *errgroup.Group // comparisons that read files
	jobCtx   context.Context
	modified []*maybeModified
	removed  []string
	added    []string
}

// maybeModified is a path whose comparison may still be running.
type maybeModified struct {
	path    string
	differs bool
}

func (d *differ) result() *Diff {
	out := &Diff{Removed: d.removed, Added: d.added}
	for _, m := range d.modified {
		if m.differs {
			out.Modified = append(out.Modified, m.path)
		}
	}
	return out
}

func (d *differ) trees(a, b DiffSide) error {
	na, err := d.open(a)
	if err != nil {
		return err
	}
	defer na.close()
	nb, err := d.open(b)
	if err != nil {
		return err
	}
	defer nb.close()
	return d.directories(na, nb, 0)
}

// directories compares what is in two directories.
func (d *differ) directories(a, b *diffDir, depth int) error {
	if err := d.jobCtx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	if !a.onDisk() && !b.onDisk() && a.node.sum == b.node.sum {
		return nil
	}
	inA, err := a.list(d)
	if err != nil {
		return err
	}
	inB, err := b.list(d)
	if err != nil {
		return err
	}
	for i := range inA {
		other := findDiffEntry(inB, inA[i].node.name)
		if other == nil {
			d.removed = append(d.removed, a.path(inA[i].node.name))
			continue
		}
		if err := d.entries(a, &inA[i], b, other, depth); err != nil {
			return err
		}
	}
	for i := range inB {
		if findDiffEntry(inA, inB[i].node.name) == nil {
			if err := d.add(b, &inB[i], depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// add lists an entry and all that is below it.
func (d *differ) add(dir *diffDir, e *diffEntry, depth int) error {
	d.added = append(d.added, dir.path(e.node.name))
	if !e.node.dir {
		return nil
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	sub, err := dir.enter(e)
	if err != nil {
		return err
	}
	defer sub.close()
	list, err := sub.list(d)
	if err != nil {
		return err
	}
	for i := range list {
		if err := d.add(sub, &list[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// entries compares two entries of the same name.
func (d *differ) entries(a *diffDir, ea *diffEntry, b *diffDir, eb *diffEntry, depth int) error {
	m := &maybeModified{path: a.path(ea.node.name)}
	d.modified = append(d.modified, m)
	if ea.node.dir != eb.node.dir {
		m.differs = true
		return nil
	}
	if !ea.node.dir {
		return d.files(m, a, ea, b, eb)
	}
	subA, err := a.enter(ea)
	if err != nil {
		return err
	}
	defer subA.close()
	subB, err := b.enter(eb)
	if err != nil {
		return err
	}
	defer subB.close()
	sumA, err := subA.metaSum(d, nil)
	if err != nil {
		return err
	}
	sumB, err := subB.metaSum(d, &d.opts)
	if err != nil {
		return err
	}
	m.differs = sumA != sumB
	return d.directories(subA, subB, depth+1)
}

// checksumOptions are those for files on disk; owner is nil for the first side.
func (d *differ) checksumOptions(owner *DiffOptions) *ChecksumOptions {
	o := &ChecksumOptions{NoXattrs: d.opts.NoXattrs}
	if owner != nil {
		o.UID, o.GID = owner.OwnerUID, owner.OwnerGID
	}
	return o
}

// files compares two files, in the background if one of them must be read.
func (d *differ) files(m *maybeModified, a *diffDir, ea *diffEntry, b *diffDir, eb *diffEntry) error {
	if !a.onDisk() && !b.onDisk() {
		m.differs = ea.node.sum != eb.node.sum
		return nil
	}
	same, err := d.sameHeader(a, ea, b, eb)
	if err != nil || !same {
		m.differs = true
		return err
	}
	a.retain()
	b.retain()
	d.jobs.Go(func() error {
		defer a.close()
		defer b.close()
		sumA, err := d.fileSum(a, ea, nil)
		if err != nil {
			return err
		}
		sumB, err := d.fileSum(b, eb, &d.opts)
		m.differs = sumA != sumB
		return err
	})
	return nil
}

// sameHeader compares what can be told without reading the content.
func (d *differ) sameHeader(a *diffDir, ea *diffEntry, b *diffDir, eb *diffEntry) (bool, error) {
	ha, sizeA, err := d.header(a, ea, nil)
	if err != nil {
		return false, err
	}
	hb, sizeB, err := d.header(b, eb, &d.opts)
	if err != nil {
		return false, err
	}
	return ha.Mode == hb.Mode && ha.UID == hb.UID && ha.GID == hb.GID && (sizeA == sizeB || ha.IsSymlink()), nil
}

func (d *differ) header(dir *diffDir, e *diffEntry, owner *DiffOptions) (*object.FileHeader, int64, error) {
	if !dir.onDisk() {
		return d.repo.StatFile(e.node.sum)
	}
	h := &object.FileHeader{UID: e.st.Uid, GID: e.st.Gid, Mode: statMode(&e.st)}
	d.checksumOptions(owner).applyTo(h, h.Mode&object.ModeTypeMask)
	return h, e.st.Size, nil
}

func (d *differ) fileSum(dir *diffDir, e *diffEntry, owner *DiffOptions) (object.Checksum, error) {
	if !dir.onDisk() {
		return e.node.sum, nil
	}
	h, _, err := d.header(dir, e, owner)
	if err != nil {
		return object.Checksum{}, err
	}
	switch h.Mode & object.ModeTypeMask {
	case object.ModeRegular, object.ModeSymlink:
		return checksumStat(d.jobCtx, dir.fd.fd, e.node.name, &e.st, d.checksumOptions(owner))
	}
	// Devices and the like have no content; two of them are equal if their metadata is.
	h.Symlink = ""
	return finishHash(contentHash(h)), nil
}

// findDiffEntry searches the two sorted runs of a directory's list: files, then directories.
func findDiffEntry(list []diffEntry, name string) *diffEntry {
	dirs := sort.Search(len(list), func(i int) bool { return list[i].node.dir })
	for _, run := range [][]diffEntry{list[:dirs], list[dirs:]} {
		i, ok := slices.BinarySearchFunc(run, name, func(e diffEntry, n string) int { return strings.Compare(e.node.name, n) })
		if ok {
			return &run[i]
		}
	}
	return nil
}
