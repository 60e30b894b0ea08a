package origin

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// Treefile returns the origin as a treefile that derives from its base.
func (o *Origin) Treefile() *treefile.Treefile {
	c := &treefile.Config{}
	if len(o.Packages) > 0 {
		c.Packages = treefile.NewSet(o.Packages...)
	}
	if o.Cliwrap {
		c.Cliwrap = &[]bool{true}[0]
	}
	c.BaseRefspec, c.ContainerImageReference = optional(o.Refspec), optional(o.Container)
	c.OverrideCommit, c.UnconfiguredState = optional(o.OverrideCommit), optional(o.UnconfiguredState)
	c.PackagesLocal, c.PackagesLocalFile = table(o.Local), table(o.LocalFileOverride)
	c.OverrideReplaceLocal = table(o.OverrideReplaceLocal)
	if len(o.OverrideRemove) > 0 {
		c.OverrideRemove = treefile.NewSet(o.OverrideRemove...)
	}
	for _, r := range o.OverrideReplace {
		from := treefile.ReplaceFrom{Repo: r.Repo}
		c.OverrideReplace = append(c.OverrideReplace, treefile.RepoReplace{From: from, Packages: treefile.NewSet(r.Packages...)})
	}
	if o.RegenerateInitramfs || len(o.InitramfsArgs) > 0 || len(o.InitramfsEtc) > 0 {
		c.Initramfs = &treefile.Initramfs{Regenerate: o.RegenerateInitramfs, Args: append([]string(nil), o.InitramfsArgs...)}
		if len(o.InitramfsEtc) > 0 {
			c.Initramfs.Etc = treefile.NewSet(o.InitramfsEtc...)
		}
	}
	if o.CustomURL != "" {
		c.Custom = &treefile.Custom{URL: o.CustomURL, Description: optional(o.CustomDescription)}
	}
	return treefile.New(c)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func table(l Locals) map[string]string {
	if len(l) == 0 {
		return nil
	}
	m := make(map[string]string, len(l))
	for _, e := range l {
		m[e.NEVRA] = e.SHA256
	}
	return m
}

func locals(m map[string]string) (Locals, error) {
	var out []Local
	for _, nevra := range slices.Sorted(maps.Keys(m)) {
		l, err := ParseLocal(m[nevra] + ":" + nevra)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return newLocals(out), nil
}

// FromTreefile makes an origin of a treefile that derives. Keys of compositions are refused.
func FromTreefile(t *treefile.Treefile) (*Origin, error) {
	o := &Origin{}
	if err := o.SetTreefile(t); err != nil {
		return nil, err
	}
	return o, nil
}

// SetTreefile makes the origin say what the treefile says. What the origin file has beyond that stays.
func (o *Origin) SetTreefile(t *treefile.Treefile) error {
	if err := t.ErrorIfBase(); err != nil {
		return err
	}
	if len(t.RepoPackages) > 0 || len(t.CliwrapBinaries) > 0 {
		return errors.New("repo-packages and cliwrap-binaries are not supported in an origin")
	}
	local, err1 := locals(t.PackagesLocal)
	fileOverride, err2 := locals(t.PackagesLocalFile)
	replace, err3 := locals(t.OverrideReplaceLocal)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return err
		}
	}
	n := &Origin{
		Refspec: strings.TrimPrefix(text(t.BaseRefspec), "ostree://"), Container: text(t.ContainerImageReference),
		OverrideCommit: text(t.OverrideCommit), UnconfiguredState: text(t.UnconfiguredState),
		Local: local, LocalFileOverride: fileOverride, OverrideReplaceLocal: replace,
		Cliwrap: t.UseCliwrap(), file: o.file,
	}
	if len(t.Packages) > 0 {
		n.Packages = treefile.NewSet(t.Packages...)
	}
	if len(t.OverrideRemove) > 0 {
		n.OverrideRemove = treefile.NewSet(t.OverrideRemove...)
	}
	for _, r := range t.OverrideReplace {
		if len(r.Packages) > 0 {
			n.OverrideReplace = append(n.OverrideReplace, RepoReplace{r.From.Repo, treefile.NewSet(r.Packages...)})
		}
	}
	if i := t.Initramfs; i != nil {
		n.RegenerateInitramfs = i.Regenerate
		n.InitramfsArgs = append([]string(nil), i.Args...)
		if len(i.Etc) > 0 {
			n.InitramfsEtc = treefile.NewSet(i.Etc...)
		}
	}
	if t.Custom != nil {
		n.CustomURL, n.CustomDescription = t.Custom.URL, text(t.Custom.Description)
	}
	if err := n.validate(); err != nil {
		return err
	}
	*o = *n
	return nil
}

// MergeTreefile adds what a client treefile gives. Of single values those of the origin stay.
func (o *Origin) MergeTreefile(t *treefile.Treefile) (changed bool, err error) {
	if err := t.ErrorIfBase(); err != nil {
		return false, err
	}
	merged := o.Treefile()
	if _, err := merged.Merge(t); err != nil {
		return false, err
	}
	merged.Base = treefile.Base{}
	c := o.Clone()
	if err := c.SetTreefile(merged); err != nil {
		return false, err
	}
	changed = !reflect.DeepEqual(o.Treefile().Config, c.Treefile().Config)
	*o = *c
	return changed, nil
}

// Digest returns what stands for the origin in the digest by which changes are detected: the SHA-256, in
// hex, of the treefile.
func (o *Origin) Digest() (string, error) { return o.Treefile().Digest() }
