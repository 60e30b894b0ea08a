//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/keyfile"
)

const (
	originGroup    = "origin"
	transientGroup = "libostree-transient"
)

// Origin is the key file beside a deployment that says where it came from. Programs on top of OSTree
// keep groups and keys of their own in it; all of them survive.
type Origin struct{ file *keyfile.File }

// NewOrigin makes the origin of a deployment that follows a refspec.
func NewOrigin(refspec string) *Origin {
	o := &Origin{keyfile.New()}
	if err := o.file.SetString(originGroup, "refspec", refspec); err != nil {
		o.file = keyfile.New() // no text that a refspec can be
	}
	return o
}

// ParseOrigin reads an origin file.
func ParseOrigin(text []byte) (*Origin, error) {
	f, err := keyfile.Parse(text)
	if err != nil {
		return nil, err
	}
	return &Origin{f}, nil
}

// Refspec returns what upgrades follow, REMOTE:REF or REF; empty if the origin is not one of OSTree's own.
func (o *Origin) Refspec() string {
	v, _ := o.Value(originGroup, "refspec")
	return v
}

// Value returns the value of a key.
func (o *Origin) Value(group, key string) (value string, ok bool) {
	v, err := o.file.String(group, key)
	return v, err == nil
}

// Set gives a key its value.
func (o *Origin) Set(group, key, value string) error { return o.file.SetString(group, key, value) }

// Remove removes a key if it is there.
func (o *Origin) Remove(group, key string) { o.file.Remove(group, key) }

// RemoveTransient removes what is about the deployment rather than its source: pins, an overridden
// commit, a hotfix.
func (o *Origin) RemoveTransient() {
	o.file.RemoveGroup(transientGroup)
	o.file.Remove(originGroup, "override-commit")
	o.file.Remove(originGroup, "unlocked")
}

// Clone returns an independent copy.
func (o *Origin) Clone() *Origin { return &Origin{o.file.Clone()} }

// Bytes returns the text of the file.
func (o *Origin) Bytes() []byte { return o.file.Bytes() }

const maxOrigin = 1 << 20

// loadOrigin reads an origin file; a missing one is nil.
func (s *Sysroot) loadOrigin(d *Deployment) (*Origin, error) {
	name := d.originFile()
	b, err := s.readSmall(name, maxOrigin)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o, err := ParseOrigin(b)
	if err != nil {
		return nil, fmt.Errorf("Parsing %s: %w", name, err)
	}
	return o, nil
}

// writeOrigin replaces an origin file. A nil origin removes it.
func (s *Sysroot) writeOrigin(d *Deployment, sync atomicfile.Sync) error {
	name := d.originFile()
	if d.Origin == nil {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errno.New("unlinkat", name, err)
		}
		return nil
	}
	return s.replaceFile(name, d.Origin.Bytes(), 0o644, sync)
}

// SetOrigin replaces the origin file of a deployment, durably. A nil origin removes it.
func (s *Sysroot) SetOrigin(d *Deployment, o *Origin) error {
	if err := s.ensureWritable(); err != nil {
		return err
	}
	old := d.Origin
	d.Origin = o
	if err := s.writeOrigin(d, atomicfile.SyncData); err != nil {
		d.Origin = old
		return err
	}
	return s.touchDeploy()
}

// SetPinned pins a deployment, so that no automatic policy drops it, or unpins it.
func (s *Sysroot) SetPinned(d *Deployment, pinned bool) error {
	if d.Staged {
		return errors.New("Cannot pin staged deployment")
	}
	if d.Pinned() == pinned {
		return nil
	}
	o := &Origin{keyfile.New()}
	if d.Origin != nil {
		o = d.Origin.Clone()
	}
	if pinned {
		if err := o.Set(transientGroup, "pinned", "true"); err != nil {
			return err
		}
	} else {
		o.Remove(transientGroup, "pinned")
	}
	return s.SetOrigin(d, o)
}

// touchDeploy tells others, by the time of ostree/deploy, that something changed.
func (s *Sysroot) touchDeploy() error {
	now := time.Now()
	if err := s.root.Chtimes("ostree/deploy", now, now); err != nil {
		return errno.New("utimensat", "ostree/deploy", err)
	}
	return nil
}

// replaceFile replaces a file of the sysroot in one step.
func (s *Sysroot) replaceFile(name string, data []byte, mode fs.FileMode, sync atomicfile.Sync) error {
	f, err := s.root.CreateAtomic(name, mode, &atomicfile.Options{Sync: sync})
	if err != nil {
		return errno.New("openat", path.Dir(name), err)
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return errno.New("write", name, err)
	}
	if err := f.Commit(); err != nil {
		return errno.New("renameat", name, err)
	}
	return nil
}

// readSmall reads a file that cannot be large.
func (s *Sysroot) readSmall(name string, limit int64) ([]byte, error) {
	st, err := s.root.Stat(name)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	if st.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", name, st.Size(), limit)
	}
	b, err := s.root.ReadFile(name)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	return b, nil
}

// alive tells whether work should go on.
func alive(ctx context.Context) error { return context.Cause(ctx) }
