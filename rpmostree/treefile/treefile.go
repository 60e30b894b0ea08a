package treefile

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Treefile is a treefile with everything that it includes. The fields of [Config] are what was given;
// the methods apply defaults.
type Treefile struct {
	Config

	fsys     fs.FS
	prefix   string // of names in messages
	dir      string
	finalize map[string]string // name to path
}

// New makes a treefile of a content. The content then belongs to the treefile.
func New(c *Config) *Treefile { return &Treefile{Config: *c} }

// MarshalJSON is [Config.MarshalJSON].
func (t *Treefile) MarshalJSON() ([]byte, error) { return t.Config.MarshalJSON() }

func or[T any](p *T, byDefault T) T {
	if p != nil {
		return *p
	}
	return byDefault
}

// RefName returns the branch to write: ref, or the name of a rojig without one; empty if there is none.
func (t *Treefile) RefName() string {
	if t.Ref == nil && t.Rojig != nil {
		return t.Rojig.Name
	}
	return or(t.Ref, "")
}

// ReleaseVersion returns the value of $releasever, empty if it is not given.
func (t *Treefile) ReleaseVersion() string {
	if t.Releasever == nil {
		return ""
	}
	return t.Releasever.String()
}

// WantRecommends tells whether weak dependencies are installed.
func (t *Treefile) WantRecommends() bool { return or(t.Recommends, true) }

// WantDocumentation tells whether files marked as documentation are installed.
func (t *Treefile) WantDocumentation() bool { return or(t.Documentation, true) }

// InstallLangsMacro returns the value of the RPM macro _install_langs; empty for all languages.
func (t *Treefile) InstallLangsMacro() string { return strings.Join(t.InstallLangs, ":") }

// UseSELinux tells whether the tree is labelled.
func (t *Treefile) UseSELinux() bool { return or(t.SELinux, true) }

// LabelEtcAsEtc tells whether files in /usr/etc are labelled as those in /etc.
func (t *Treefile) LabelEtcAsEtc() bool { return or(t.SELinuxLabelVersion, 0) == 1 }

// DropDevices tells whether device nodes are left out of the tree instead of being an error.
func (t *Treefile) DropDevices() bool { return or(t.IgnoreDevices, true) }

// IsContainer tells whether the tree is for a container that does not boot.
func (t *Treefile) IsContainer() bool { return or(t.Container, false) }

// BootLocationOrDefault returns where kernels are put.
func (t *Treefile) BootLocationOrDefault() BootLocation { return or(t.BootLocation, BootNew) }

// TmpIsDirectory tells whether /tmp is a directory rather than a link to sysroot/tmp.
func (t *Treefile) TmpIsDirectory() bool { return or(t.TmpIsDir, false) }

// OptUsrLocalOrDefault returns what /opt and /usr/local are.
func (t *Treefile) OptUsrLocalOrDefault() OptUsrLocal { return or(t.OptUsrLocal, OptVar) }

// HasMachineID tells whether the tree has an empty etc/machine-id.
func (t *Treefile) HasMachineID() bool { return or(t.MachineIDCompat, true) }

// SkipInitramfs tells whether no initramfs is made.
func (t *Treefile) SkipInitramfs() bool { return or(t.NoInitramfs, false) }

// WantReadonlyExecutables tells whether executables lose their write permissions.
func (t *Treefile) WantReadonlyExecutables() bool { return or(t.ReadonlyExecutables, false) }

// ForceSysusers tells whether sysusers.d is applied whatever the target's rpm does.
func (t *Treefile) ForceSysusers() bool { return or(t.Sysusers, SysusersAuto) == SysusersForced }

// RepoMetadataTarget returns where information about repositories is kept.
func (t *Treefile) RepoMetadataTarget() MetadataTarget { return or(t.RepoMetadata, MetadataInline) }

// AdvisoriesTarget returns where advisories are kept.
func (t *Treefile) AdvisoriesTarget() MetadataTarget { return or(t.AdvisoriesMetadata, MetadataInline) }

// NormalizeRPMDB tells whether times in the package database are made reproducible.
func (t *Treefile) NormalizeRPMDB() bool { return or(t.RPMDBNormalize, false) }

// UseCliwrap tells whether programs are wrapped.
func (t *Treefile) UseCliwrap() bool { return or(t.Cliwrap, false) }

// Layers returns the refs of OstreeLayers and those of OstreeOverrideLayers.
func (t *Treefile) Layers() []string { return slices.Concat(t.OstreeLayers, t.OstreeOverrideLayers) }

// InitramfsArguments returns the arguments for the program that makes an initramfs: those of a client
// before those of the composition.
func (t *Treefile) InitramfsArguments() []string {
	var own []string
	if t.Initramfs != nil {
		own = t.Initramfs.Args
	}
	return slices.Concat(own, t.InitramfsArgs)
}

// RemovePatterns returns the expressions by which files of a package are removed; one matches if it is
// found anywhere in the absolute path.
func (t *Treefile) RemovePatterns(pkg string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, r := range t.RemoveFromPackages {
		if r.Package != pkg {
			continue
		}
		for _, p := range r.Patterns {
			re, err := regexp.Compile(p)
			if err != nil {
				return nil, fmt.Errorf("remove-from-packages: %s: %w", clip(pkg), err)
			}
			out = append(out, re)
		}
	}
	return out, nil
}

// EnableRepos adds repositories, each argument a comma-separated list.
func (t *Treefile) EnableRepos(list string) {
	t.Repos = append(slices.Clone(t.Repos), strings.Split(list, ",")...)
}

// DisableRepos accepts "*" only: listing repositories disables all others anyway.
func (t *Treefile) DisableRepos(pattern string) error {
	if pattern != "*" {
		return fmt.Errorf("Invalid --disablerepo=%q value, currently only '*' is supported", clip(pattern))
	}
	return nil
}

// Merge adds what an included treefile would give; see the function [Merge]. changed tells whether it
// made a difference to the digest.
func (t *Treefile) Merge(included *Treefile) (changed bool, err error) {
	before, err := t.Digest()
	if err != nil {
		return false, err
	}
	Merge(&t.Config, &included.Config)
	after, err := t.Digest()
	return before != after, err
}
