//go:build linux

package sysroot

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

// staged is the content of /run/ostree/staged-deployment: what the finalization at shutdown needs to know.
type staged struct {
	target, merge  *deploymentID // merge may be nil
	locked         bool
	kargs          []string // nil: those of the merge deployment
	overlayInitrds []string
	extra          [][2]string // keys of the boot entry that are not OSTree's
}

// deploymentID names a deployment in the file.
type deploymentID struct{ name, stateroot, bootChecksum string }

func (i *deploymentID) is(d *Deployment) bool {
	return i != nil && d != nil && i.name == d.Name() && i.stateroot == d.Stateroot
}

func idOfDeployment(d *Deployment) *deploymentID {
	if d == nil {
		return nil
	}
	return &deploymentID{d.Name(), d.Stateroot, d.BootChecksum}
}

func (i *deploymentID) variant() gvariant.Value {
	var d gvariant.Dict
	d.Add("name", gvariant.NewString(i.name))
	d.Add("osname", gvariant.NewString(i.stateroot))
	d.Add("bootcsum", gvariant.NewString(i.bootChecksum))
	return d.Value()
}

const (
	stagedName       = "ostree/staged-deployment"
	stagedLockedName = "ostree/staged-deployment-locked"
	stagedInitrds    = "ostree/staged-initrds"
	maxStagedFile    = 1 << 20
)

// marshal returns the bytes of the file: an a{sv} in little-endian normal form.
func (t *staged) marshal() []byte {
	var d gvariant.Dict
	d.Add("target", t.target.variant())
	if t.locked {
		d.Add("locked", gvariant.NewBool(true))
	}
	if t.merge != nil {
		d.Add("merge-deployment", t.merge.variant())
	}
	if t.kargs != nil {
		d.Add("kargs", gvariant.NewStrings(t.kargs))
	}
	if len(t.overlayInitrds) > 0 {
		d.Add("overlay-initrds", gvariant.NewStrings(t.overlayInitrds))
	}
	if len(t.extra) > 0 {
		var list []gvariant.Value
		for _, kv := range t.extra {
			list = append(list, gvariant.NewDictEntry(gvariant.NewString(kv[0]), gvariant.NewString(kv[1])))
		}
		d.Add("bootconfig-extra", gvariant.NewArray("{ss}", list...))
	}
	return d.Value().Bytes()
}

// parseStaged reads the bytes of the file.
func parseStaged(b []byte) (*staged, error) {
	d, err := parseDict(b)
	if err != nil {
		return nil, err
	}
	t := &staged{}
	if t.target, err = deploymentOf(d, "target"); err != nil {
		return nil, err
	}
	if t.target == nil {
		return nil, errors.New("Missing key: target")
	}
	if t.merge, err = deploymentOf(d, "merge-deployment"); err != nil {
		return nil, err
	}
	if v, ok := d.Get("locked"); ok && v.Type() == "b" {
		t.locked = v.Bool()
	}
	if v, ok := d.Get("kargs"); ok && v.Type() == "as" {
		t.kargs = append([]string{}, v.Strings()...)
	}
	if v, ok := d.Get("overlay-initrds"); ok && v.Type() == "as" {
		t.overlayInitrds = v.Strings()
	}
	if v, ok := d.Get("bootconfig-extra"); ok && v.Type() == "a{ss}" {
		for kv := range v.Children() {
			t.extra = append(t.extra, [2]string{kv.Child(0).Str(), kv.Child(1).Str()})
		}
	}
	return t, nil
}

func parseDict(b []byte) (*gvariant.Dict, error) {
	v := gvariant.FromBytes("a{sv}", b)
	if !v.IsNormal() {
		return nil, errors.New("not an a{sv} in normal form")
	}
	return gvariant.DictFromValue(v), nil
}

func deploymentOf(d *gvariant.Dict, key string) (*deploymentID, error) {
	v, ok := d.Get(key)
	if !ok {
		return nil, nil
	}
	if v.Type() != "a{sv}" {
		return nil, fmt.Errorf("%s is not an a{sv}", key)
	}
	inner, id := gvariant.DictFromValue(v), &deploymentID{}
	for _, f := range []struct {
		key string
		to  *string
	}{{"name", &id.name}, {"osname", &id.stateroot}, {"bootcsum", &id.bootChecksum}} {
		v, ok := inner.Get(f.key)
		if !ok || v.Type() != "s" {
			return nil, fmt.Errorf("Missing key: %s", f.key)
		}
		*f.to = v.Str()
	}
	return id, nil
}

// readStaged returns the staged deployment, nil if there is none.
func (s *Sysroot) readStaged() (*Deployment, error) {
	b, err := readHostFile(s.runPath(stagedName), maxStagedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := parseStaged(b)
	if err != nil {
		return nil, fmt.Errorf("Parsing %s: %w", s.runPath(stagedName), err)
	}
	d := &Deployment{Stateroot: t.target.stateroot, BootChecksum: t.target.bootChecksum, Staged: true, stage: t,
		OverlayInitrds: t.overlayInitrds, Entry: t.entry()}
	if err := validStateroot(d.Stateroot); err != nil {
		return nil, err
	}
	if d.Commit, d.Serial, err = parseDeployName(t.target.name); err != nil {
		return nil, err
	}
	if st, err := s.root.Stat(d.Dir() + "/"); err == nil {
		d.id = idOf(st)
	}
	if d.Origin, err = s.loadOrigin(d); err != nil {
		return nil, err
	}
	d.FinalizationLocked = t.locked
	if _, err := os.Lstat(s.runPath(stagedLockedName)); err == nil {
		d.FinalizationLocked = true
	}
	return d, nil
}

// entry is the boot entry as far as it is known before the finalization.
func (t *staged) entry() *bls.Entry {
	e := &bls.Entry{}
	if t.kargs != nil {
		e.Set(bls.KeyOptions, kargs.Of(t.kargs...).String())
	}
	for _, kv := range t.extra {
		e.Set(kv[0], kv[1])
	}
	return e
}

// writeStaged replaces the state file. It lies in memory: nothing needs to be forced to a disk.
func (s *Sysroot) writeStaged(t *staged) error {
	name := s.runPath(stagedName)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return errno.New("mkdirat", filepath.Dir(name), err)
	}
	if err := atomicfile.WriteFile(name, t.marshal(), 0o644, &atomicfile.Options{Sync: atomicfile.SyncNone}); err != nil {
		return errno.New("renameat", name, err)
	}
	return nil
}

// removeRun removes a file of the running system's state.
func (s *Sysroot) removeRun(name string) error {
	if err := os.Remove(s.runPath(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("unlinkat", s.runPath(name), err)
	}
	return nil
}

// extraKeys are the keys of a boot entry that belong to others.
func extraKeys(e *bls.Entry) [][2]string {
	if e == nil {
		return nil
	}
	m := maps.Collect(e.Extra())
	var out [][2]string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, [2]string{k, m[k]})
	}
	return out
}
