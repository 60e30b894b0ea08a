package treefile

import (
	"fmt"
	"maps"
	"slices"
)

// Extensions are packages beside a tree: those that clients can layer on it and those for development.
type Extensions struct {
	Extensions map[string]Extension `json:"extensions" treefile:"extensions,required"`
	Repos      []string             `json:"repos,omitzero"` // after LoadExtensions with those of each extension
}

// Extension is a group of packages.
type Extension struct {
	Packages      []string      `json:"packages" treefile:"packages,required"`
	Repos         []string      `json:"repos,omitzero"` // moved to those of all by the parser
	Architectures []string      `json:"architectures,omitzero"`
	MatchBaseEVR  *string       `json:"match-base-evr,omitzero"` // a base package whose version the packages have
	Kind          ExtensionKind `json:"kind"`
}

// ExtensionKind tells what the packages of an extension are for.
type ExtensionKind string

// The kinds of extensions.
const (
	OSExtension ExtensionKind = "os-extension" // for layering on the tree; the default
	Development ExtensionKind = "development"  // for downloading only
)

func (k *ExtensionKind) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, k, nil, OSExtension, Development)
}

// ParseExtensions reads extensions in YAML and applies them to a tree: extensions of other architectures
// are dropped, packages of match-base-evr get the version. base holds "[EPOCH:]VERSION-RELEASE" by the
// name of the package.
func ParseExtensions(data []byte, arch string, base map[string]string) (*Extensions, error) {
	root, err := parseDocument(YAML, data)
	if err != nil {
		return nil, err
	}
	for _, f := range root.fields {
		if f.name == "modules" && f.value.kind != kindNull {
			return nil, &SyntaxError{Text: "modules are not supported", Line: f.line, Column: f.column}
		}
	}
	x := &Extensions{}
	if err := decodeStruct(&decoder{format: YAML}, root, x); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(x.Extensions)) {
		e := x.Extensions[name]
		if e.Architectures != nil && !slices.Contains(e.Architectures, arch) {
			delete(x.Extensions, name)
			continue
		}
		x.Repos = append(x.Repos, e.Repos...)
		if err := e.apply(base); err != nil {
			return nil, err
		}
		x.Extensions[name] = e
	}
	return x, nil
}

// apply checks an extension against the base and sets versions.
func (e *Extension) apply(base map[string]string) error {
	e.Repos = nil
	if e.Kind == "" {
		e.Kind = OSExtension
	}
	if e.Kind == OSExtension {
		for _, p := range e.Packages {
			if _, ok := base[p]; ok {
				return fmt.Errorf("package %s already present in base", clip(p))
			}
		}
	}
	if e.MatchBaseEVR == nil {
		return nil
	}
	evr, ok := base[*e.MatchBaseEVR]
	if !ok {
		return fmt.Errorf("couldn't find base package %s", clip(*e.MatchBaseEVR))
	}
	for i := range e.Packages {
		e.Packages[i] += "-" + evr
	}
	return nil
}

// PackagesOf returns the packages of all extensions of a kind, sorted, each once.
func (x *Extensions) PackagesOf(kind ExtensionKind) []string {
	var out []string
	for _, e := range x.Extensions {
		if e.Kind == kind {
			out = append(out, e.Packages...)
		}
	}
	return NewSet(out...)
}

// JSON returns what extensions.json holds: the extensions as they were applied, indented by two spaces,
// without a newline at the end.
func (x *Extensions) JSON() ([]byte, error) { return encode(x, "  ") }

// Treefile returns what must be resolved on top of the tree: the packages of OS extensions from the
// repositories of the treefile and of the extensions.
func (x *Extensions) Treefile(t *Treefile) *Treefile {
	c := &Config{Packages: NewSet(x.PackagesOf(OSExtension)...)}
	c.Repos = slices.Concat([]string{}, t.Repos, x.Repos)
	if t.Releasever != nil {
		r := *t.Releasever
		c.Releasever = &r
	}
	return New(c)
}
