package origin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

const (
	groupOrigin    = "origin"
	groupPackages  = "packages"
	groupOverrides = "overrides"
	groupOwn       = "rpmostree"
	groupTransient = "libostree-transient"
)

// maxSize limits origin files, in bytes.
const maxSize = 1 << 20

// Parse reads an origin file.
func Parse(text []byte) (*Origin, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("origin has %d bytes, more than %d", len(text), maxSize)
	}
	f, err := keyfile.Parse(text)
	if err != nil {
		return nil, err
	}
	o, err := read(f)
	if err != nil {
		return nil, err
	}
	o.file = f
	return checked(o)
}

// reader reads values and keeps the first error.
type reader struct {
	file *keyfile.File
	err  error
}

func (r *reader) has(group, key string) bool { return r.err == nil && r.file.HasKey(group, key) }

func (r *reader) text(group, key string) (s string) {
	if r.has(group, key) {
		s, r.err = r.file.String(group, key)
	}
	return s
}

func (r *reader) list(group, key string) (l []string) {
	if r.has(group, key) {
		l, r.err = r.file.Strings(group, key)
	}
	return slices.DeleteFunc(l, func(s string) bool { return s == "" })
}

func (r *reader) set(group, key string) treefile.Set {
	l := r.list(group, key)
	if len(l) == 0 {
		return nil
	}
	return treefile.NewSet(l...)
}

func (r *reader) locals(group, key string) Locals {
	var out Locals
	for _, s := range r.list(group, key) {
		l, err := ParseLocal(s)
		if err != nil {
			r.err = fmt.Errorf("%s.%s: %w", group, key, err)
			return nil
		}
		out = append(out, l)
	}
	return newLocals(out)
}

func (r *reader) replacements() []RepoReplace {
	var out []RepoReplace
	for _, s := range r.list(groupOverrides, "replace") {
		source, packages, _ := strings.Cut(s, ",")
		repo, ok := strings.CutPrefix(source, "repo=")
		if !ok || repo == "" {
			r.err = fmt.Errorf("Invalid override source: %s", source)
			return nil
		}
		// An entry without packages does nothing.
		if set := treefile.NewSet(strings.Split(packages, ",")...).Without(""); len(set) > 0 {
			out = append(out, RepoReplace{repo, set})
		}
	}
	return out
}

func (r *reader) flag(group, key string) (b bool) {
	if r.has(group, key) {
		b, r.err = r.file.Bool(group, key)
	}
	return b
}

func read(f *keyfile.File) (*Origin, error) {
	r := &reader{file: f}
	o := &Origin{
		Refspec:              r.text(groupOrigin, "refspec"),
		Container:            r.text(groupOrigin, "container-image-reference"),
		OverrideCommit:       r.text(groupOrigin, "override-commit"),
		UnconfiguredState:    r.text(groupOrigin, "unconfigured-state"),
		CustomURL:            r.text(groupOrigin, "custom-url"),
		Packages:             r.set(groupPackages, "requested"),
		Local:                r.locals(groupPackages, "requested-local"),
		LocalFileOverride:    r.locals(groupPackages, "requested-local-fileoverride"),
		OverrideRemove:       r.set(groupOverrides, "remove"),
		OverrideReplaceLocal: r.locals(groupOverrides, "replace-local"),
		OverrideReplace:      r.replacements(),
		InitramfsArgs:        r.list(groupOwn, "initramfs-args"),
		InitramfsEtc:         r.set(groupOwn, "initramfs-etc"),
		Cliwrap:              r.flag(groupOwn, "ex-cliwrap"),
	}
	// What is not a boolean counts as false here, unlike for others.
	o.RegenerateInitramfs, _ = f.Bool(groupOwn, "regenerate-initramfs")
	if o.Refspec == "" {
		o.Refspec = r.text(groupOrigin, "baserefspec")
	}
	if o.CustomURL != "" {
		o.CustomDescription = r.text(groupOrigin, "custom-description")
	}
	return o, r.err
}

// writer changes a key file only where it says something else than the origin. What a person wrote, in
// whatever order, stays.
type writer struct {
	file     *keyfile.File
	old, now *Origin
	err      error
}

// text sets a value, or removes the key if the value is empty.
func (w *writer) text(group, key, value string) {
	switch {
	case w.err != nil:
	case value == "":
		w.file.Remove(group, key) // it may be missing
	default:
		if old, err := w.file.String(group, key); err != nil || old != value {
			w.err = w.file.SetString(group, key, value)
		}
	}
}

// list sets a list, unless the file has an equivalent one.
func (w *writer) list(group, key string, value, old []string) {
	switch {
	case w.err != nil || slices.Equal(value, old) && (len(value) > 0 || !w.file.HasKey(group, key)):
	case len(value) == 0:
		w.file.Remove(group, key)
	default:
		w.err = w.file.SetStrings(group, key, value)
	}
}

func (w *writer) flag(group, key string, value bool) {
	switch old, err := w.file.Bool(group, key); {
	case w.err != nil || err == nil && old == value && value:
	case value:
		w.err = w.file.SetBool(group, key, true)
	default:
		w.file.Remove(group, key)
	}
}

func (o *Origin) replaceStrings() []string {
	var out []string
	for _, r := range o.OverrideReplace {
		if len(r.Packages) > 0 {
			out = append(out, "repo="+r.Repo+","+strings.Join(r.Packages, ","))
		}
	}
	return out
}

// Bytes returns the text of the origin file. What the origin was read from stays as it was where it says
// the same; groups and keys of others stay. The group of libostree about a single deployment is left out.
func (o *Origin) Bytes() ([]byte, error) {
	f, err := o.keyfile()
	if err != nil {
		return nil, err
	}
	return f.Bytes(), nil
}

func (o *Origin) keyfile() (*keyfile.File, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	w := &writer{file: keyfile.New(), old: &Origin{}, now: o}
	if o.file != nil {
		w.file = o.file.Clone()
		old, err := read(o.file)
		if err != nil {
			return nil, err
		}
		w.old = old
	}
	w.file.RemoveGroup(groupTransient) // it may be missing
	w.origin()
	w.packages()
	w.initramfs()
	w.empty()
	return w.file, w.err
}

func (w *writer) origin() {
	key, other := "refspec", "baserefspec"
	if w.now.MayRequireLocalAssembly() {
		key, other = other, key
	}
	// The new key first, so that the group never vanishes between.
	w.text(groupOrigin, key, w.now.Refspec)
	w.text(groupOrigin, other, "")
	w.text(groupOrigin, "container-image-reference", w.now.Container)
	w.text(groupOrigin, "override-commit", w.now.OverrideCommit)
	w.text(groupOrigin, "unconfigured-state", w.now.UnconfiguredState)
	w.text(groupOrigin, "custom-url", w.now.CustomURL)
	if w.now.CustomURL != "" || w.old.CustomURL != "" {
		w.text(groupOrigin, "custom-description", w.now.CustomDescription)
	}
}

func (w *writer) packages() {
	a, b := w.now, w.old
	w.list(groupPackages, "requested", a.Packages, b.Packages)
	w.list(groupPackages, "requested-local", a.Local.strings(), b.Local.strings())
	w.list(groupPackages, "requested-local-fileoverride", a.LocalFileOverride.strings(), b.LocalFileOverride.strings())
	w.list(groupOverrides, "remove", a.OverrideRemove, b.OverrideRemove)
	w.list(groupOverrides, "replace-local", a.OverrideReplaceLocal.strings(), b.OverrideReplaceLocal.strings())
	w.list(groupOverrides, "replace", a.replaceStrings(), b.replaceStrings())
}

func (w *writer) initramfs() {
	w.flag(groupOwn, "regenerate-initramfs", w.now.RegenerateInitramfs)
	w.list(groupOwn, "initramfs-etc", w.now.InitramfsEtc, w.old.InitramfsEtc)
	w.list(groupOwn, "initramfs-args", w.now.InitramfsArgs, w.old.InitramfsArgs)
	w.flag(groupOwn, "ex-cliwrap", w.now.Cliwrap)
}

// empty drops our groups that have become empty.
func (w *writer) empty() {
	for _, group := range []string{groupPackages, groupOverrides, groupOwn} {
		if keys, err := w.file.Keys(group); err == nil && len(keys) == 0 {
			w.file.RemoveGroup(group)
		}
	}
}
