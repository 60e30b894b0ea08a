package pkgcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// ImportOptions say how a package is unpacked and where it came from.
type ImportOptions struct {
	// Policy labels the files, nil for no labels; PolicyChecksum identifies it in the metadata.
	Policy         *ostree.SELinuxPolicy
	PolicyChecksum string
	// RepoID and RepoTime are the rpm-md repository and its time, in seconds since 1970; a RepoID of ""
	// stands for a package file of the user's.
	RepoID   string
	RepoTime uint64
	// Repodata is the checksum that the repository gives, as "sha256:" and 64 hex digits.
	Repodata string
	// NoDocs leaves out documentation, but not licenses.
	NoDocs bool
	// IMA keeps the IMA signatures of files.
	IMA bool
	// ReadOnlyExecutables takes the write permission from programs.
	ReadOnlyExecutables bool
	// IgnoreDevices leaves out device nodes, which otherwise are an error.
	IgnoreDevices bool
	// Payload adjusts the decoding.
	Payload rpm.PayloadOptions
}

// Imported is what Import made.
type Imported struct {
	Commit object.Checksum // not yet in the repository before the transaction is committed
	Ref    string          // that the commit is to have, see [Ref]
	// HeaderSHA256 identifies the package in origin files: hex, over all that comes before the payload.
	HeaderSHA256 string
}

// Import unpacks a package whose payload was not read yet into a commit. The ref is left to the caller,
// who may verify more before the package becomes visible.
func Import(ctx context.Context, txn *ostree.Txn, repo *ostree.Repo, p *rpm.Package, opts *ImportOptions) (*Imported, error) {
	im := importer{pkg: p, tree: rootfs.New(repo), name: p.Header.String(rpm.TagName), first: map[int]string{}}
	if opts != nil {
		im.opts = *opts
	}
	im.tree.Policy = im.opts.Policy
	im.tree.Begin(txn)
	nevra := p.NEVRA()
	if im.name == "" || strings.Contains(im.name, "/") {
		return nil, fmt.Errorf("Importing package '%s': invalid name %q", nevra, im.name)
	}
	if p.IsSource() {
		return nil, fmt.Errorf("Importing package '%s': source packages cannot be installed", nevra)
	}
	commit, err := im.run(ctx, txn)
	if err != nil {
		return nil, fmt.Errorf("Importing package '%s': %w", nevra, err)
	}
	return &Imported{Commit: commit, Ref: Ref(nevra), HeaderSHA256: headerSum(p)}, nil
}

// headerSum is the SHA-256 of what comes before the payload.
func headerSum(p *rpm.Package) string {
	sum := sha256.Sum256(p.HeaderBytes())
	return hex.EncodeToString(sum[:])
}

// HeaderSHA256 returns the identity of a package in origin files: the SHA-256, hex, of lead, signature,
// padding and main header.
func HeaderSHA256(p *rpm.Package) string { return headerSum(p) }

type importer struct {
	pkg  *rpm.Package
	opts ImportOptions
	tree *rootfs.Tree
	name string
	tmp  tmpfiles
	// first is where the content of a set of hard links is, by the index of the file that it came with.
	first map[int]string
}

// directory is the mode of directories that the payload does not have.
const directory = 0o755

func (im *importer) run(ctx context.Context, txn *ostree.Txn) (c object.Checksum, err error) {
	payload, err := im.pkg.Payload(&im.opts.Payload)
	if err != nil {
		return c, err
	}
	defer payload.Close()
	if err := im.tree.Relabel(ctx, ""); err != nil { // the root directory, all that there is yet
		return c, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, err
		}
		if err := im.entry(ctx, e, payload); err != nil {
			return c, err
		}
	}
	if err := im.writeTmpfiles(ctx); err != nil {
		return c, err
	}
	tree, meta, err := im.tree.Store()
	if err != nil {
		return c, err
	}
	return txn.WriteCommit(ctx, tree, meta, &ostree.CommitOptions{
		Time: time.Unix(int64(im.pkg.Header.Uint32(rpm.TagBuildTime)), 0), Metadata: im.metadata(), NoBindings: true,
	})
}

func (im *importer) entry(ctx context.Context, e *rpm.Entry, content io.Reader) error {
	f := e.File
	at, where, err := im.translate(f)
	if err != nil {
		return err
	}
	if err := im.tmp.see(f, where); err != nil {
		return err
	}
	switch {
	case f.IsRegular() && e.HardlinkTo != nil:
		return im.link(ctx, e, at, where)
	case f.IsRegular():
		return im.regular(ctx, e, content)
	case where != Kept:
		return nil
	case f.IsDir():
		return im.directory(ctx, at, f)
	case f.IsSymlink():
		if err := im.parents(at); err != nil {
			return err
		}
		return im.tree.Symlink(ctx, at, fixTarget(f.LinkTo), rootfs.Attr{})
	case im.opts.IgnoreDevices:
		return nil
	}
	return fmt.Errorf("%s: device nodes, FIFOs and sockets are not supported in images", f.Path)
}

// translate is Translate with what the options leave out.
func (im *importer) translate(f *rpm.File) (string, Where, error) {
	at, where, err := Translate(im.name, f.Path)
	if where == Kept && im.opts.NoDocs && f.Flags&rpm.FileDoc != 0 && f.Flags&rpm.FileLicense == 0 {
		where = Dropped
	}
	return at, where, err
}

// parents makes the directories that lead to a file. Links of the package itself do not lead anywhere: behind them may
// be a place that files of a package must not get to.
func (im *importer) parents(at string) error {
	if err := im.tree.MkdirAll(path.Dir(at), rootfs.Attr{Mode: directory}); err != nil {
		return err
	}
	name, err := im.tree.Resolve(at)
	if err == nil && name != at {
		err = fmt.Errorf("%s: leads to %s in the package", at, name)
	}
	return err
}

func (im *importer) directory(ctx context.Context, at string, f *rpm.File) error {
	if err := im.parents(at); err != nil {
		return err
	}
	if i, err := im.tree.Lstat(at); err == nil && !i.IsDir() {
		return fmt.Errorf("%s: the package has both a file and a directory there", f.Path)
	}
	if err := im.tree.MkdirAll(at, rootfs.Attr{Mode: directory}); err != nil {
		return err
	}
	return im.tree.Modify(ctx, at, func(a *rootfs.Attr) { a.Mode = f.Mode&0o7777 | 0o200 })
}

// fixTarget repairs the links of an old packaging bug.
func fixTarget(target string) string {
	const doubled = "//sbin/chkconfig"
	if n := len(target) - len(doubled); n >= 0 && target[n:] == doubled {
		return target[:n] + doubled[1:]
	}
	return target
}

// regular writes content. If its file is left out it goes to the first other member of its set of hard links
// that is not.
func (im *importer) regular(ctx context.Context, e *rpm.Entry, content io.Reader) error {
	for _, f := range append([]*rpm.File{e.File}, e.Links...) {
		at, where, err := im.translate(f)
		if err != nil {
			return err
		}
		if where != Kept {
			continue
		}
		im.first[e.File.Index] = at
		return im.create(ctx, at, f, content)
	}
	return nil
}

func (im *importer) create(ctx context.Context, at string, f *rpm.File, content io.Reader) error {
	if err := im.parents(at); err != nil {
		return err
	}
	a := rootfs.Attr{Mode: f.Mode & 0o7777}
	if im.opts.ReadOnlyExecutables && a.Mode&0o111 != 0 {
		a.Mode &^= 0o222
	}
	var err error
	if a.Xattrs, err = im.xattrs(f); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return im.tree.Create(ctx, at, a, int64(f.Size), content)
}

// link gives content that was written another name, with the label of that.
func (im *importer) link(ctx context.Context, e *rpm.Entry, at string, where Where) error {
	first := im.first[e.HardlinkTo.Index]
	if where != Kept || first == at {
		return nil
	}
	if err := im.parents(at); err != nil {
		return err
	}
	if err := im.tree.Link(first, at); err != nil {
		return err
	}
	return im.tree.Relabel(ctx, at)
}

func (im *importer) xattrs(f *rpm.File) (object.Xattrs, error) {
	var x object.Xattrs
	if f.Caps != "" {
		value, err := rpm.ParseCaps(f.Caps)
		if err != nil {
			return nil, err
		}
		if value != nil {
			x = x.With("security.capability", value)
		}
	}
	if im.opts.IMA {
		if sig := imaSignature(im.pkg.Header, f.Index); sig != nil {
			x = x.With("security.ima", sig)
		}
	}
	return x, nil
}

// imaSignature returns the IMA signature of a file; nine zero bytes stand for none.
func imaSignature(h *rpm.Header, index int) []byte {
	all := h.Strings(rpm.TagFileSignatures)
	if index >= len(all) || all[index] == "" {
		return nil
	}
	sig, err := hex.DecodeString(all[index])
	if err != nil || len(sig) == 9 && string(sig) == string(make([]byte, 9)) {
		return nil
	}
	return sig
}

func (im *importer) writeTmpfiles(ctx context.Context) error {
	text := im.tmp.text()
	if text == "" {
		return nil
	}
	if err := im.tree.MkdirAll(TmpfilesDir, rootfs.Attr{Mode: directory}); err != nil {
		return err
	}
	return im.tree.WriteFile(ctx, path.Join(TmpfilesDir, im.name+".conf"), rootfs.Attr{Mode: 0o644}, []byte(text))
}

// epochNumber is an epoch as metadata hold it; a package without one has 0.
func epochNumber(epoch string) uint64 {
	n, err := strconv.ParseUint(epoch, 10, 32)
	if err != nil {
		return 0
	}
	return n
}
