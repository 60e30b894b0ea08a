package origin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// Origin says where a deployment came from and what is to be done with its base at each operation. The
// zero value has no base; give it one, or begin with [Parse] or [New].
//
// The exported fields may be changed directly. Methods that change an origin do so completely or, with
// an error, not at all.
type Origin struct {
	// Refspec is the base of libostree: "REMOTE:REF", "REF" or a checksum. It is exclusive with Container.
	Refspec string
	// Container is the base as a container image, in the form of an ostree container reference.
	Container string

	OverrideCommit    string // checksum that the base is pinned to; empty for the newest
	UnconfiguredState string // why upgrades are refused; empty if they are not
	CustomURL         string // of who manages the origin
	CustomDescription string

	Packages             treefile.Set // requests: names, NEVRAs, capabilities, paths
	Local                Locals       // packages given as files
	LocalFileOverride    Locals       // the same, replacing files of other packages
	OverrideRemove       treefile.Set // names of packages removed from the base
	OverrideReplaceLocal Locals       // files that replace packages of the base
	OverrideReplace      []RepoReplace

	RegenerateInitramfs bool
	InitramfsArgs       []string
	InitramfsEtc        treefile.Set // files below /etc
	Cliwrap             bool

	file *keyfile.File // what the origin was read from
}

// RepoReplace replaces packages of the base by those of a repository.
type RepoReplace struct {
	Repo     string       // id of the rpm-md repository
	Packages treefile.Set // names
}

// Errors of origins without exactly one base.
var (
	ErrTwoBases = errors.New("Found both refspec/baserefspec and container-image-reference")
	ErrNoBase   = errors.New("Failed to find refspec/baserefspec/container-image-reference in origin")
)

// New makes an origin that follows a base.
func New(refspec string) (*Origin, error) {
	o := &Origin{}
	o.setBase(refspec)
	return checked(o)
}

// checked returns the origin if it has a base.
func checked(o *Origin) (*Origin, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	return o, nil
}

// setBase makes a refspec of any kind the base.
func (o *Origin) setBase(refspec string) {
	kind, text := Classify(refspec)
	o.Refspec, o.Container = text, ""
	if kind == KindContainer {
		o.Refspec, o.Container = "", text
	}
}

// Base returns the refspec or the container reference.
func (o *Origin) Base() string {
	if o.Container != "" {
		return o.Container
	}
	return o.Refspec
}

// Kind tells what the base is.
func (o *Origin) Kind() Kind {
	if o.Container != "" {
		return KindContainer
	}
	kind, _ := Classify(o.Refspec)
	if kind == KindContainer { // a ref that looks like one
		return KindOstree
	}
	return kind
}

func (o *Origin) validate() error {
	switch {
	case o.Refspec != "" && o.Container != "":
		return ErrTwoBases
	case o.Refspec == "" && o.Container == "":
		return ErrNoBase
	}
	return nil
}

// Clone returns an independent copy.
func (o *Origin) Clone() *Origin {
	c := *o
	c.Packages, c.OverrideRemove, c.InitramfsEtc = slices.Clone(o.Packages), slices.Clone(o.OverrideRemove), slices.Clone(o.InitramfsEtc)
	c.Local, c.LocalFileOverride = slices.Clone(o.Local), slices.Clone(o.LocalFileOverride)
	c.OverrideReplaceLocal, c.InitramfsArgs = slices.Clone(o.OverrideReplaceLocal), slices.Clone(o.InitramfsArgs)
	c.OverrideReplace = slices.Clone(o.OverrideReplace)
	for i := range c.OverrideReplace {
		c.OverrideReplace[i].Packages = slices.Clone(c.OverrideReplace[i].Packages)
	}
	if o.file != nil {
		c.file = o.file.Clone()
	}
	return &c
}

// HasPackages tells whether packages are layered on the base or overridden in it.
func (o *Origin) HasPackages() bool {
	replaced := slices.ContainsFunc(o.OverrideReplace, func(r RepoReplace) bool { return len(r.Packages) > 0 })
	return len(o.Packages)+len(o.Local)+len(o.LocalFileOverride)+len(o.OverrideRemove)+len(o.OverrideReplaceLocal) > 0 || replaced
}

// MayRequireLocalAssembly tells whether the base may not be what is deployed. If it is true, assembly
// can still turn out to be unnecessary: requested packages can be in the base.
func (o *Origin) MayRequireLocalAssembly() bool {
	return o.Cliwrap || o.RegenerateInitramfs || len(o.InitramfsEtc) > 0 || o.HasPackages()
}

// CheckConfigured refuses what a plain upgrade refuses: an origin that says that it is not ready.
func (o *Origin) CheckConfigured() error {
	if o.UnconfiguredState == "" {
		return nil
	}
	return fmt.Errorf("origin unconfigured-state: %s", o.UnconfiguredState)
}

// Local is a package that was given as a file.
type Local struct {
	SHA256 string // in hex, of everything before the payload
	NEVRA  string
}

// ParseLocal reads "SHA256:NEVRA".
func ParseLocal(s string) (Local, error) {
	sum, nevra, ok := strings.Cut(s, ":")
	if !ok {
		return Local{}, fmt.Errorf("Missing : in %s", s)
	}
	if !isChecksum(sum) {
		return Local{}, fmt.Errorf("Invalid SHA-256 in %s", s)
	}
	if _, ok := nameOf(nevra); !ok {
		return Local{}, fmt.Errorf("Invalid NEVRA in %s", s)
	}
	return Local{sum, nevra}, nil
}

// String returns "SHA256:NEVRA".
func (l Local) String() string { return l.SHA256 + ":" + l.NEVRA }

// Name returns the name of the package.
func (l Local) Name() string {
	name, _ := nameOf(l.NEVRA)
	return name
}

// nameOf returns what stands before version, release and architecture in NAME-[EPOCH:]VERSION-RELEASE.ARCH.
func nameOf(nevra string) (string, bool) {
	dot := strings.LastIndexByte(nevra, '.')
	if dot < 0 || dot == len(nevra)-1 {
		return "", false
	}
	release := strings.LastIndexByte(nevra[:dot], '-')
	if release < 0 || release+1 == dot {
		return "", false
	}
	version := strings.LastIndexByte(nevra[:release], '-')
	if version < 1 || version+1 == release {
		return "", false
	}
	return nevra[:version], true
}

// Locals is a list of packages, sorted by NEVRA, each once.
type Locals []Local

// newLocals makes a list of packages in any order; of those with the same NEVRA the last one counts.
func newLocals(packages []Local) Locals {
	slices.Reverse(packages)
	slices.SortStableFunc(packages, func(a, b Local) int { return strings.Compare(a.NEVRA, b.NEVRA) })
	return slices.CompactFunc(packages, func(a, b Local) bool { return a.NEVRA == b.NEVRA })
}

func (l Locals) find(nevra string) (int, bool) {
	return slices.BinarySearchFunc(l, nevra, func(e Local, n string) int { return strings.Compare(e.NEVRA, n) })
}

// Contains tells whether the package of that NEVRA is in the list.
func (l Locals) Contains(nevra string) bool {
	_, ok := l.find(nevra)
	return ok
}

// With returns the list with packages added; one with the same NEVRA is replaced. l itself does not change.
func (l Locals) With(packages ...Local) Locals {
	return newLocals(slices.Concat(l, packages))
}

// Without returns the list without the package of that NEVRA. l itself does not change.
func (l Locals) Without(nevra string) Locals {
	i, ok := l.find(nevra)
	if !ok {
		return l
	}
	return slices.Delete(slices.Clone(l), i, i+1)
}

// byName returns the NEVRA of the package with that name, the last one if there are several.
func (l Locals) byName(name string) (nevra string, ok bool) {
	for _, e := range l {
		if e.Name() == name {
			nevra, ok = e.NEVRA, true
		}
	}
	return nevra, ok
}

func (l Locals) strings() []string {
	out := make([]string, len(l))
	for i, e := range l {
		out[i] = e.String()
	}
	return out
}
