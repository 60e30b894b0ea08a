package ostree

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"golang.org/x/sys/unix"
)

// SummaryOptions adjust [Repo.UpdateSummary].
type SummaryOptions struct {
	// Metadata is added to the summary's metadata.
	Metadata *object.Dict
	// GPGHome and GPGKeys sign the summary with OpenPGP keys of that home.
	GPGHome *sign.Home
	GPGKeys []string
	// Engine and SecretKeys sign it with an engine of the sign API.
	Engine     sign.Engine
	SecretKeys [][]byte
	// Time is the date of the summary; the zero time means now. Seconds count.
	Time time.Time
}

// UpdateSummary writes the summary file anew from the refs and the static deltas of the repository, and refreshes
// the delta indexes. In a repository with a collection id, a commit of an empty tree on the ref ostree-metadata
// comes first and carries the metadata too. An unsigned update removes the signatures of the old summary.
//
// Summary and signatures have equal modification times; each replaces the old file atomically, but a reader
// in between may see a pair that does not match, and has to try again.
func (r *Repo) UpdateSummary(ctx context.Context, opts *SummaryOptions) error {
	if opts == nil {
		opts = &SummaryOptions{}
	}
	if err := r.writeErr; err != nil {
		return err
	}
	unlock, err := r.LockShared(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	now := opts.Time
	if now.IsZero() {
		now = time.Now()
	}
	if r.CollectionID() != "" {
		if err := r.writeMetadataCommit(ctx, opts, now); err != nil {
			return err
		}
	}
	r.summaryMu.Lock()
	defer r.summaryMu.Unlock()
	if err := r.refreshDeltaIndexes(ctx); err != nil {
		return err
	}
	data, err := r.buildSummary(ctx, opts.Metadata, now)
	if err != nil {
		return err
	}
	sig, err := signSummary(ctx, data, object.Variant{}, opts)
	if err != nil {
		return err
	}
	return r.placeSummary(data, sig)
}

// MetadataRef is the ref whose commits carry a repository's metadata when it has a collection id.
const MetadataRef = "ostree-metadata"

// writeMetadataCommit adds a commit of an empty tree with the metadata of the summary.
func (r *Repo) writeMetadataCommit(ctx context.Context, opts *SummaryOptions, now time.Time) error {
	parent, _, err := r.readRef(refKey{ref: MetadataRef})
	if err != nil {
		return err
	}
	t, err := r.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Abort()
	dirmeta := object.DirMeta{Mode: object.ModeDir | 0o755}
	meta, err := t.WriteMeta(object.TypeDirMeta, nil, dirmeta.Marshal())
	if err != nil {
		return err
	}
	tree, err := t.WriteMeta(object.TypeDirTree, nil, (&object.DirTree{}).Marshal())
	if err != nil {
		return err
	}
	md := &object.Dict{}
	if opts.Metadata != nil {
		md = gvariant.DictFromValue(opts.Metadata.Value())
	}
	md.Set(object.KeyCollectionBinding, object.NewString(r.CollectionID()))
	md.Set(object.KeyRefBinding, object.NewStrings([]string{MetadataRef}))
	commit := &object.Commit{Metadata: md.HashOrdered(), Parent: parent, Timestamp: uint64(now.Unix()), Tree: tree, Meta: meta}
	c, err := t.WriteMeta(object.TypeCommit, nil, commit.Marshal())
	if err != nil {
		return err
	}
	if err := r.signWith(ctx, c, opts); err != nil {
		return err
	}
	if err := t.SetRef(MetadataRef, c); err != nil {
		return err
	}
	t.noSummary = true
	_, err = t.Commit(ctx)
	return err
}

// buildSummary serializes the summary.
func (r *Repo) buildSummary(ctx context.Context, extra *object.Dict, now time.Time) ([]byte, error) {
	main, others, err := r.summaryRefs(ctx)
	if err != nil {
		return nil, err
	}
	md := &object.Dict{}
	if extra != nil {
		md = gvariant.DictFromValue(extra.Value())
	}
	if err := r.addSummaryDeltas(ctx, md); err != nil {
		return nil, err
	}
	mode, err := r.Config().Value("core", "mode")
	if err != nil {
		mode = ModeBare.String()
	}
	// The order of these counts: it decides about the order in the dictionary.
	md.Set(SummaryKeyLastModified, gvariant.NewUint64BE(uint64(now.Unix())))
	md.Set(SummaryKeyMode, object.NewString(mode))
	md.Set(SummaryKeyTombstones, object.NewBool(r.Config().TombstoneCommits))
	md.Set(SummaryKeyIndexedDeltas, object.NewBool(true))
	if id := r.CollectionID(); id != "" {
		md.Set(SummaryKeyCollectionID, object.NewString(id))
		if others.Len() > 0 {
			md.Set(SummaryKeyCollectionMap, others)
		}
	}
	return gvariant.NewTuple(main, md.HashOrdered()).Bytes(), nil
}

// summaryRefs lists the refs as the summary has them: the main list, and the lists of other collections.
func (r *Repo) summaryRefs(ctx context.Context) (main, others gvariant.Value, err error) {
	own := r.CollectionID()
	byCollection := map[string][]Ref{}
	if own == "" {
		refs, err := r.localRefs()
		if err != nil {
			return main, others, err
		}
		byCollection[""] = refs
	} else {
		refs, err := r.CollectionRefs("")
		if err != nil {
			return main, others, err
		}
		for _, ref := range refs {
			byCollection[ref.Collection] = append(byCollection[ref.Collection], ref)
		}
	}
	var items []gvariant.Value
	ids := make([]string, 0, len(byCollection))
	for id := range byCollection {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		list, err := r.summaryList(ctx, byCollection[id])
		if err != nil {
			return main, others, err
		}
		if id == own {
			main = list
			continue
		}
		items = append(items, gvariant.NewDictEntry(gvariant.NewString(id), list))
	}
	if !main.IsValid() {
		main = gvariant.NewArray(summaryRefsType.Elem())
	}
	return main, gvariant.NewArray(summaryCollectionItemType, items...), nil
}

func (r *Repo) localRefs() ([]Ref, error) {
	refs, err := r.Refs("")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(refs, func(ref Ref) bool { return ref.Remote != "" }), nil
}

func (r *Repo) summaryList(ctx context.Context, refs []Ref) (gvariant.Value, error) {
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	items := make([]gvariant.Value, 0, len(refs))
	for _, ref := range refs {
		if err := ctx.Err(); err != nil {
			return gvariant.Value{}, err
		}
		item, err := r.summaryItem(ref)
		if err != nil {
			return gvariant.Value{}, err
		}
		items = append(items, item)
	}
	return gvariant.NewArray(summaryRefsType.Elem(), items...), nil
}

func (r *Repo) summaryItem(ref Ref) (gvariant.Value, error) {
	data, err := r.LoadMeta(object.Name{Checksum: ref.Checksum, Type: object.TypeCommit})
	if err != nil {
		return gvariant.Value{}, err
	}
	commit, err := object.ParseCommit(data)
	if err != nil {
		return gvariant.Value{}, fmt.Errorf("%s.commit: %w", ref.Checksum, err)
	}
	md := &object.Dict{}
	if v, ok := commit.Metadata.LookupType(object.KeyVersion, "s"); ok {
		md.Set(SummaryRefKeyVersion, v)
	}
	md.Set(SummaryRefKeyTimestamp, gvariant.NewUint64BE(commit.Timestamp))
	return gvariant.NewTuple(gvariant.NewString(ref.Name),
		gvariant.NewTuple(gvariant.NewUint64(uint64(len(data))), gvariant.NewByteArray(ref.Checksum[:]), md.HashOrdered())), nil
}

// placeSummary makes both files visible, with the same modification time. sig is nil for no signatures.
func (r *Repo) placeSummary(data, sig []byte) error {
	name, dir, err := r.newTmpDir()
	if err != nil {
		return err
	}
	defer removeTree(r.tmpFD, name)
	defer unix.Close(dir)
	files := []struct {
		name string
		data []byte
	}{{"summary", data}, {"summary.sig", sig}}
	now := time.Now()
	times := []unix.Timespec{unix.NsecToTimespec(now.UnixNano()), unix.NsecToTimespec(now.UnixNano())}
	for _, f := range files {
		if f.data == nil {
			continue
		}
		if err := replaceFileAt(dir, f.name, f.data, 0o644, r.Config().Fsync); err != nil {
			return err
		}
		if err := unix.UtimesNanoAt(dir, f.name, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return errno.New("utimensat", f.name, err)
		}
	}
	for _, f := range files {
		if f.data == nil {
			if err := unix.Unlinkat(r.dirFD, f.name, 0); err != nil && err != unix.ENOENT {
				return errno.New("unlinkat", f.name, err)
			}
			continue
		}
		if err := unix.Renameat(dir, f.name, r.dirFD, f.name); err != nil {
			return errno.New("renameat", f.name, err)
		}
	}
	if r.Config().Fsync {
		return errno.Wrap("fsync", unix.Fsync(r.dirFD))
	}
	return nil
}
