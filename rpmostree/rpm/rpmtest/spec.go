package rpmtest

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// Spec describes a package. Only the name is required.
type Spec struct {
	Name    string
	Epoch   string // decimal; empty for none
	Version string // empty is "1"
	Release string // empty is "1"
	Arch    string // empty is "noarch"
	// Source makes a package of sources; its files have names without a directory.
	Source bool

	Summary     string // empty is the name
	Description string
	License     string // empty is "MIT"
	Group       string // empty is "Unspecified"
	URL         string
	Vendor      string
	Packager    string
	SourceRPM   string // empty is name-version-release.src.rpm
	BuildHost   string // empty is "localhost"
	BuildTime   uint32 // seconds since 1970; 0 is 1700000000
	Modularity  string // label of a module
	// Locales are the languages behind "C" that texts are in; SummaryIn their summaries.
	Locales   []string
	SummaryIn []string

	// Dependencies as in a spec file, "name >= 1.0" or "(a or b)". What rpmbuild adds is added: the package's own name,
	// config(name), rpmlib features, interpreters.
	Provides, Requires, Conflicts, Obsoletes           []string
	Recommends, Suggests, Supplements, Enhances, Order []string
	// RequiresPre and RequiresPost are Requires(pre) and Requires(post).
	RequiresPre, RequiresPost []string
	// Deps are dependencies with flags, behind the others of their kind.
	Deps map[rpm.DepKind][]evr.Dep
	// Bare leaves out what rpmbuild would add to the dependencies.
	Bare bool

	Files             []File
	Scripts           map[rpm.ScriptKind]rpm.Script
	Triggers          []rpm.Trigger // evr.TriggerIn and the like in the flags of the conditions
	FileTriggers      []rpm.Trigger // with Priority 0 meaning the default
	TransFileTriggers []rpm.Trigger
	Prefixes          []string // directories that the package can be relocated from
	Changelog         []Change // newest first

	// Compressor of the payload: "gzip" (the default), "xz", "zstd", "lzma" or "none".
	Compressor string
	// Stripped selects the archive without names, which rpm uses for files of 4 GiB and more.
	Stripped bool
	// V6 makes a package in the format of rpm 6.
	V6 bool

	// Header, if it is not nil, may change the main header before it is sealed.
	Header func(*rpm.HeaderBuilder)
	// Signature, if it is not nil, may change the signature header before it is sealed.
	Signature func(*rpm.HeaderBuilder)
}

// Change is an entry of the changelog.
type Change struct {
	Time         uint32 // seconds since 1970
	Author, Text string // "A <a@example.com> - 1.0-1", and "- what was done"
}

// File is a file of a package.
type File struct {
	Path string
	// Mode is that of struct stat. Without a type it is a regular file, or a link if LinkTo is set; 0 is 0644 then.
	Mode    uint32
	Content []byte
	LinkTo  string // target of a symbolic link
	// HardLink is the path of another file of the package, which this one is a second name of.
	HardLink    string
	User, Group string // empty is "root"
	MTime       uint32 // seconds since 1970; 0 is the build time
	Flags       rpm.FileFlags
	VerifyFlags rpm.VerifyFlags // 0 is all
	Caps        string          // as "cap_net_raw=ep"
	Langs       string
	Rdev        uint32 // major << 8 | minor
	Color       uint32
}
