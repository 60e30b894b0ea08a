package ostree

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// CommitInfo is what people want to know of a commit.
type CommitInfo struct {
	Checksum        object.Checksum `json:"checksum"`
	Parent          object.Checksum `json:"parent,omitzero"`
	ContentChecksum object.Checksum `json:"content-checksum"` // the same for commits of the same tree
	Timestamp       uint64          `json:"timestamp"`        // seconds since the epoch
	Version         string          `json:"version,omitempty"`
	Subject         string          `json:"subject,omitempty"`
	Body            string          `json:"body,omitempty"`
	Partial         bool            `json:"partial,omitempty"` // objects may be missing
}

// CommitInfo returns the details of a commit.
func (r *Repo) CommitInfo(c object.Checksum) (*CommitInfo, error) {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return nil, err
	}
	state, err := r.anyState(c)
	if err != nil {
		return nil, err
	}
	info := &CommitInfo{Checksum: c, Parent: commit.Parent, ContentChecksum: commit.ContentChecksum(),
		Timestamp: commit.Timestamp, Subject: commit.Subject, Body: commit.Body, Partial: state.Partial()}
	if v, ok := commit.Metadata.LookupType(object.KeyVersion, "s"); ok {
		info.Version = v.Str()
	}
	return info, nil
}

// maxDate is the last second of the year 9999, the end of the dates that can be shown.
const maxDate = 253402300799

// Time returns the commit's time, in UTC.
func (i *CommitInfo) Time() time.Time { return time.Unix(int64(i.Timestamp), 0).UTC() }

// Text returns the paragraph that "ostree show" and "ostree log" print, with the empty line at its end.
func (i *CommitInfo) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "commit %s\n", i.Checksum)
	if !i.Parent.IsZero() {
		fmt.Fprintf(&b, "Parent:  %s\n", i.Parent)
	}
	fmt.Fprintf(&b, "ContentChecksum:  %s\n", i.ContentChecksum)
	if i.Timestamp <= maxDate {
		fmt.Fprintf(&b, "Date:  %s\n", i.Time().Format("2006-01-02 15:04:05 +0000"))
	} else {
		fmt.Fprintf(&b, "Failed to read commit: Invalid timestamp: %d\n", i.Timestamp)
	}
	if i.Version != "" {
		fmt.Fprintf(&b, "Version: %s\n", i.Version)
	}
	if i.Subject == "" {
		b.WriteString("(no subject)\n")
	} else {
		b.WriteByte('\n')
		indent(&b, i.Subject)
	}
	if i.Body != "" {
		b.WriteByte('\n')
		indent(&b, i.Body)
	}
	b.WriteByte('\n')
	return b.String()
}

func indent(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString("    " + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// HistoryNotFetched is the line that stands for a parent that is not in the repository.
const HistoryNotFetched = "<< History beyond this commit not fetched >>"

// Log iterates over a commit and its ancestors, newest first. Where the parent is not in the repository
// it ends with an error that matches [ErrNotFound], see [HistoryNotFetched].
func (r *Repo) Log(ctx context.Context, from object.Checksum) iter.Seq2[*CommitInfo, error] {
	return func(yield func(*CommitInfo, error) bool) {
		for c := from; !c.IsZero(); {
			err := ctx.Err()
			var info *CommitInfo
			if err == nil {
				info, err = r.CommitInfo(c)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(info, nil) {
				return
			}
			c = info.Parent
		}
	}
}

// FindObject tells what kind of object a checksum names: the first of commit, dirmeta, dirtree and file
// that is there. If none is, the error is that of a missing file object.
func (r *Repo) FindObject(c object.Checksum) (object.Name, error) {
	for _, t := range []object.Type{object.TypeCommit, object.TypeDirMeta, object.TypeDirTree, object.TypeFile} {
		n := object.Name{Checksum: c, Type: t}
		found, err := r.HasObject(n)
		if found || err != nil {
			return n, err
		}
	}
	return object.Name{}, &NotFoundError{object.Name{Checksum: c, Type: object.TypeFile}}
}

var metaTypes = map[object.Type]gvariant.Type{
	object.TypeCommit:          object.CommitType,
	object.TypeDirTree:         "(a(say)a(sayay))",
	object.TypeDirMeta:         "(uuua(ayay))",
	object.TypeCommitMeta:      "a{sv}",
	object.TypeTombstoneCommit: "a{sv}",
}

// LoadVariant returns a metadata object as the GVariant that it is, for printing. It is not validated.
func (r *Repo) LoadVariant(n object.Name) (object.Variant, error) {
	b, err := r.LoadMeta(n)
	if err != nil {
		return object.Variant{}, err
	}
	return gvariant.FromBytes(metaTypes[n.Type], b), nil
}

// VariantText prints a value in GVariant text format. Objects hold big-endian numbers: swap turns
// those around, and with them the ones in commit metadata, which are in host order.
func VariantText(v object.Variant, swap bool) string {
	if swap {
		v = v.Byteswap()
	}
	return v.Text(true)
}

// XattrsText prints extended attributes in GVariant text format: "{ [(b'user.k', [byte 0x76, 0x31])] }",
// "{ @a(ayay) [] }" if there are none.
func XattrsText(x object.Xattrs) string {
	return "{ " + gvariant.FromBytes("a(ayay)", x.Append(nil)).Text(true) + " }"
}

// FileText returns the lines that "ostree show" prints for a content object.
func (r *Repo) FileText(c object.Checksum) (string, error) {
	h, size, err := r.StatFile(c)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Object: %s\nType: file\n", c)
	if h.IsSymlink() {
		fmt.Fprintf(&b, "File Type: symlink\nTarget: %s\n", h.Symlink)
	} else {
		fmt.Fprintf(&b, "File Type: regular\nSize: %d\n", size)
	}
	fmt.Fprintf(&b, "Mode: 0%04o\nUid: %d\nGid: %d\n", h.Mode, h.UID, h.GID)
	fmt.Fprintf(&b, "Extended Attributes: %s\n", XattrsText(h.Xattrs))
	return b.String(), nil
}

// DetachedMetadata returns the detached metadata of a commit, an a{sv}. That there is none is an error.
func (r *Repo) DetachedMetadata(c object.Checksum) (object.Variant, error) {
	md, err := r.LoadCommitMeta(c)
	if err == nil && !md.IsValid() {
		err = &noDetachedError{c}
	}
	return md, err
}

type noDetachedError struct{ commit object.Checksum }

func (e *noDetachedError) Error() string {
	return fmt.Sprintf("No detached metadata for commit %s", e.commit)
}

func (e *noDetachedError) Is(target error) bool { return target == ErrNotFound }

// MetadataKeys lists the keys of an a{sv}, sorted.
func MetadataKeys(md object.Variant) []string {
	var keys []string
	for kv := range md.Children() {
		keys = append(keys, kv.Child(0).Str())
	}
	slices.Sort(keys)
	return keys
}

// MetadataValue returns the value of a key of an a{sv}; that it is not there is an error.
func MetadataValue(md object.Variant, key string) (object.Variant, error) {
	v, ok := md.Lookup(key)
	if !ok {
		return v, fmt.Errorf("No such metadata key '%s'", key)
	}
	return v, nil
}

// SizeTotals sums up what ostree.sizes says of a commit's objects.
type SizeTotals struct {
	Objects  int    `json:"objects"`
	Archived uint64 `json:"archived"` // bytes as stored in an archive repository
	Unpacked uint64 `json:"unpacked"` // bytes of the payloads
}

func (t *SizeTotals) add(s ObjectSize) {
	t.Objects++
	t.Archived += uint64(s.Archived)
	t.Unpacked += uint64(s.Unpacked)
}

// CommitSizeTotals sums the sizes of a commit's objects up: of those that are not in the repository yet,
// and of all. Without recorded sizes the error is [ErrNoSizes].
func (r *Repo) CommitSizeTotals(c *object.Commit) (needed, total SizeTotals, err error) {
	sizes, err := CommitSizes(c)
	if err != nil {
		return needed, total, err
	}
	for _, s := range sizes {
		total.add(s)
		found, err := r.HasObject(s.Name)
		if err != nil {
			return needed, total, err
		}
		if !found {
			needed.add(s)
		}
	}
	return needed, total, nil
}

// ResetRef makes an existing ref ("REF" or "REMOTE:REF") point to another commit that is in the
// repository. Whether the commit has anything to do with the ref is not looked at.
func (r *Repo) ResetRef(ctx context.Context, refspec, rev string) error {
	remote, ref, err := ParseRefspec(refspec)
	if err != nil {
		return err
	}
	_, found, err := r.readRef(refKey{remote: remote, ref: ref})
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("Invalid ref '%s'", refspec)
	}
	c, err := r.ResolveRev(rev)
	if err != nil {
		return err
	}
	if _, err := r.LoadCommit(c); err != nil {
		return err
	}
	t, err := r.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Abort()
	if err := t.SetRef(refspec, c); err != nil {
		return err
	}
	_, err = t.Commit(ctx)
	return err
}

// SplitConfigKey splits "group.key", the form in which command lines name a setting.
func SplitConfigKey(s string) (group, key string, err error) {
	group, key, ok := strings.Cut(s, ".")
	if !ok {
		return "", "", errors.New(`Key must be of the form "sectionname.keyname"`)
	}
	return group, key, nil
}
