package butane

import (
	"reflect"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// translator translates configs of d.
func (d *dialect) translator() Translator {
	return func(input []byte, opt *Options) (*Result, error) {
		r := &Result{Variant: d.variant, Version: d.version, IgnitionVersion: d.ignition, doc: opt.doc}
		level := d.level()
		c, err := r.doc.Decode(level)
		if err != nil {
			return r, err
		}
		r.Report.Entries = r.doc.Unused(c, level)
		if r.add(checkSource(d, c, opt.Thorough)); r.Report.IsFatal() {
			return r, ErrInvalidSource
		}
		t := &translation{dialect: d, opt: opt, src: c}
		t.enc.noGzip = opt.NoAutoCompression || d.noCompression()
		if t.files, err = opt.files(); err != nil {
			return r, err
		}
		if t.files != nil {
			defer t.files.Close()
		}
		return r, t.run(r)
	}
}

// add adds findings to the report, at their positions in the input: unknown keys, of
// a config to be merged, at keys, all others at values.
func (r *Result) add(f *findings) {
	for _, e := range f.entries {
		if name, unused := strings.CutPrefix(e.Message, "unused key "); unused {
			e.Pos = r.doc.KeyPosition(e.Path, name)
		} else {
			e.Pos = r.doc.Position(e.Path)
		}
		r.Report.Entries = append(r.Report.Entries, e)
	}
}

// run makes r's config and output.
func (t *translation) run(r *Result) error {
	t.desugar()
	if r.add(&t.findings); r.Report.IsFatal() {
		return ErrInvalidSource
	}
	wrap := t.openshift > 0 && !t.opt.Raw
	found := t.finish()
	r.Config, r.origins = t.cfg, t.origins
	r.add(t.inSource(found, wrap))
	if t.openshift > 0 && !wrap {
		found := t.elided()
		r.add(&found)
	}
	if r.Report.IsFatal() {
		return ErrInvalidSource
	}
	if found := t.forbidden(wrap); len(found.entries) > 0 {
		r.add(t.inSource(found, wrap))
		return ErrInvalidSource
	}
	r.add(t.inSource(t.check(wrap), wrap))
	if r.Report.IsFatal() {
		return ErrInvalidGenerated
	}
	return t.write(r, wrap)
}

// desugar translates all but what works on the result: the boot device and what
// comes after it.
func (t *translation) desugar() {
	t.fields()
	t.enc.wait()
	t.mountUnits()
	t.trees()
	t.quadlets()
	t.enc.wait()
}

// finish adds the rest of the sugar. Findings are in paths of the config, or of the
// MachineConfig in which it is wrapped.
func (t *translation) finish() (found findings) {
	if t.os >= 3 {
		t.bootDevice()
	}
	if t.os > 0 {
		found = t.imagePartitions()
	}
	if t.grub {
		t.grubUsers()
	}
	if t.openshift == 0 {
		return found
	}
	if t.openshift >= 23 {
		t.grubContents()
	}
	t.fipsCiphers()
	unsupported := t.unsupported()
	found.entries = append(found.entries, unsupported.entries...)
	return found
}

// forbidden reports what the variant forbids in its output. Without the wrapping
// there is no MachineConfig, whose rules they are.
func (t *translation) forbidden(wrap bool) findings {
	if t.openshift > 0 {
		if !wrap {
			return findings{}
		}
		ifEmpty := ""
		if t.noCompression() {
			ifEmpty = forbiddenCompression
		}
		return forbid(reflect.ValueOf(t.wrapped()), t.dialect.forbidden, ifEmpty)
	}
	return forbid(reflect.ValueOf(t.cfg), t.dialect.forbidden, "")
}

// inSource gives findings in the output their paths in the source.
func (t *translation) inSource(found findings, wrapped bool) *findings {
	lookup := t.origins.source
	if wrapped {
		lookup = t.machineConfigSource
	}
	for i := range found.entries {
		e := &found.entries[i]
		source, known := lookup(e.Path)
		if !known {
			source = snakePath(e.Path)
		}
		e.Path, e.HasPath = source, len(source) > 0
	}
	return &found
}

const duplicate = "duplicate entry defined"

// check validates the generated config by the rules of Ignition, duplicates first.
func (t *translation) check(wrapped bool) (found findings) {
	rest := findings{}
	rep := config.Validate(withoutVirtiofs(&t.cfg), config.Version(t.dialect.ignition), nil)
	for _, e := range rep.Entries {
		if wrapped {
			e.Path = specPath.Append(e.Path...)
		}
		if e.Message == duplicate {
			found.entries = append(found.entries, e)
		} else {
			rest.entries = append(rest.entries, e)
		}
	}
	if wrapped {
		found.entries = append(t.duplicatesInSpec(), found.entries...)
	}
	found.entries = append(found.entries, rest.entries...)
	return found
}

func (t *translation) duplicatesInSpec() []report.Entry {
	var found findings
	for _, l := range []struct {
		name string
		list []string
	}{{"kernelArguments", t.src.OpenShift.KernelArguments}, {"extensions", t.src.OpenShift.Extensions}} {
		seen := map[string]bool{}
		for i, s := range l.list {
			if seen[s] {
				found.fail(report.Path{"spec", l.name, i}, duplicate)
			}
			seen[s] = true
		}
	}
	return found.entries
}

const virtiofs = "virtiofs"

// withoutVirtiofs returns cfg with another name for virtiofs, which Butane 0.29 does
// not know in any version of Ignition.
func withoutVirtiofs(cfg *types.Config) *types.Config {
	for i := range cfg.Storage.Filesystems {
		if f := cfg.Storage.Filesystems[i].Format; f == nil || *f != virtiofs {
			continue
		}
		other := *cfg
		other.Storage.Filesystems = append([]types.Filesystem(nil), cfg.Storage.Filesystems...)
		for j := range other.Storage.Filesystems {
			if f := other.Storage.Filesystems[j].Format; f != nil && *f == virtiofs {
				other.Storage.Filesystems[j].Format = ptr("not " + virtiofs)
			}
		}
		return &other
	}
	return cfg
}

func (t *translation) write(r *Result, wrap bool) (err error) {
	if wrap {
		r.Output, err = marshalYAML(t.wrapped(), t.dialect.ignition)
	} else {
		r.Output, err = marshalJSON(t.cfg, t.dialect.ignition, t.opt.Pretty)
	}
	return err
}
