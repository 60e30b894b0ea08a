package ostree

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Entry is a file or directory on its way into a commit, as a [Modifier] sees and changes it.
type Entry struct {
	Path     string // absolute inside the tree; "/" is its root
	UID, GID uint32
	Mode     uint32 // with the type bits; those cannot be changed
}

// IsDir tells whether the entry is a directory.
func (e *Entry) IsDir() bool { return e.Mode&object.ModeTypeMask == object.ModeDir }

// Modifier changes what is committed. The zero value commits everything as it is. The steps per
// entry are: Filter, CanonicalPermissions, xattrs, SELinux label.
type Modifier struct {
	// Filter may change owner and permissions, or return false to leave the entry out, with all
	// that is below it. It is called from one goroutine, directories before their children.
	Filter func(e *Entry) bool
	// CanonicalPermissions makes everything 0:0, masks permissions with 0755 (so that 0664 becomes 0644,
	// but 0600 stays), and drops xattrs, except those that an archive holds. Repositories of mode
	// bare-user-only always do that, without exception.
	CanonicalPermissions bool
	// NoXattrs drops extended attributes.
	NoXattrs bool
	// Xattrs, if set, gives the attributes in place of those on the file system. It may be called
	// from several goroutines.
	Xattrs func(e *Entry) (object.Xattrs, error)
	// SELinux sets the attribute security.selinux to the label that the policy has for each path.
	SELinux *SELinuxPolicy
	// Consume removes the source once the transaction is committed; regular files are moved instead of
	// copied where their metadata allows it.
	Consume bool
	// Devino tells the checksum of files that are hard links to objects.
	Devino *DevinoCache
	// DevinoCanonical takes files found in Devino as they are, without looking at them at all.
	DevinoCanonical bool
}

// SELinuxPolicy labels files by the file_contexts of a policy.
type SELinuxPolicy struct {
	// Policy finds the label of a path; ok is false for <<none>>. It is used by several goroutines.
	Policy interface {
		Lookup(path string, mode uint32) (label string, ok bool, err error)
	}
	// Epoch 1 labels /usr/etc like /etc; epoch 0 leaves it to the policy.
	Epoch int
}

// Label returns the value of security.selinux (with its terminating NUL) for a path, nil for none.
func (p *SELinuxPolicy) Label(path string, mode uint32) ([]byte, error) {
	if p.Epoch >= 1 && (path == "/usr/etc" || strings.HasPrefix(path, "/usr/etc/")) {
		path = path[len("/usr"):]
	}
	label, ok, err := p.Policy.Lookup(path, mode)
	if !ok || err != nil {
		return nil, err
	}
	return append([]byte(label), 0), nil
}

const selinuxXattr = "security.selinux"

// applyStat runs the filter and the canonicalisation of owner and permissions.
func (m *Modifier) applyStat(r *Repo, e *Entry) (keep bool) {
	typ := e.Mode & object.ModeTypeMask
	if m != nil && m.Filter != nil {
		if !m.Filter(e) {
			return false
		}
		e.Mode = typ | e.Mode&object.ModePerm
	}
	if m.canonical(r) {
		e.UID, e.GID = 0, 0
		if typ != object.ModeSymlink {
			e.Mode &= typ | 0o755
		}
	}
	if typ == object.ModeSymlink {
		e.Mode = object.ModeSymlink | 0o777
	}
	return true
}

func (m *Modifier) canonical(r *Repo) bool {
	return r.Mode() == ModeBareUserOnly || m != nil && m.CanonicalPermissions
}

// finalXattrs gives the attributes to commit; read fetches those of the file system.
func (m *Modifier) finalXattrs(r *Repo, e *Entry, read func() (object.Xattrs, error)) (object.Xattrs, error) {
	var x object.Xattrs
	var err error
	switch {
	case r.Mode() == ModeBareUserOnly, r.Mode() == ModeBare && r.Config().DisableXattrs:
		return nil, nil // which cannot hold any
	case r.Config().DisableXattrs:
	case m != nil && m.Xattrs != nil:
		if x, err = m.Xattrs(e); err == nil {
			x.Sort()
		}
	case m != nil && (m.NoXattrs || m.CanonicalPermissions):
	default:
		x, err = read()
	}
	if err != nil || m == nil || m.SELinux == nil {
		return x, err
	}
	label, err := m.SELinux.Label(e.Path, e.Mode)
	if err != nil {
		return nil, fmt.Errorf("labelling %s: %w", e.Path, err)
	}
	if label == nil {
		return x.Without(selinuxXattr), nil
	}
	return x.With(selinuxXattr, label), nil
}

// DevinoCache maps files to the objects that they are hard links to.
type DevinoCache struct {
	mu sync.RWMutex
	m  map[devino]object.Checksum
}

type devino struct{ dev, ino uint64 }

// NewDevinoCache returns an empty cache; a checkout can fill it.
func NewDevinoCache() *DevinoCache { return &DevinoCache{m: map[devino]object.Checksum{}} }

// Add remembers that a file is an object.
func (d *DevinoCache) Add(dev, ino uint64, c object.Checksum) {
	d.mu.Lock()
	d.m[devino{dev, ino}] = c
	d.mu.Unlock()
}

func (d *DevinoCache) lookup(st *unix.Stat_t) (object.Checksum, bool) {
	if d == nil {
		return object.Checksum{}, false
	}
	d.mu.RLock()
	c, ok := d.m[devino{uint64(st.Dev), st.Ino}]
	d.mu.RUnlock()
	return c, ok
}

// ScanDevino adds all loose content objects of the repository and its parents, so that hard links
// to them are recognized.
func (r *Repo) ScanDevino(ctx context.Context, d *DevinoCache) error {
	for n, err := range r.Objects(ctx) {
		if err != nil {
			return err
		}
		if n.Type != object.TypeFile {
			continue
		}
		var st unix.Stat_t
		if found, err := r.statObject(n, &st); err != nil {
			return err
		} else if found {
			d.Add(uint64(st.Dev), st.Ino, n.Checksum)
		}
	}
	if r.parent != nil {
		return r.parent.ScanDevino(ctx, d)
	}
	return nil
}
