package customize

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/installer/nmstate"
)

// builder collects what goes into the initrd.
type builder struct {
	*Options
	names    *flavour.Flavour
	features flavour.Features
	archive  *initrd.Archive
	live     liveConfig
	own      config.Config // becomes customize.yaml
	configs  int           // config files of the installer so far

	// For the installed system; dest is the text of its last config.
	merge       []resource
	dest        []byte
	authorities []resource
}

// Build returns the files that are embedded into an image of a flavour whose software can do
// what the features say: config.ign and keyfiles, or nothing. The kernel arguments among the
// options are left to [ISO].
func Build(f *flavour.Flavour, features flavour.Features, o *Options) (*initrd.Archive, error) {
	if o == nil {
		o = &Options{}
	}
	b := &builder{Options: o, names: f, features: features, archive: initrd.New()}
	for _, step := range []func() error{
		each(o.DestIgnition, b.addDestIgnition),
		b.setDest,
		each(o.NetworkKeyfile, b.addKeyfile),
		each(o.NetworkNmstate, b.addNmstate),
		each(o.IgnitionCA, b.addAuthority),
		each(o.PreInstall, b.addPreInstall),
		each(o.PostInstall, b.addPostInstall),
		each(o.InstallerConfig, b.addInstallerConfig),
		each(o.LiveIgnition, b.addLiveIgnition),
		b.finish,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.archive, nil
}

func each(files []File, add func(*File) error) func() error {
	return func() error {
		for n := range files {
			if err := add(&files[n]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (b *builder) addDestIgnition(f *File) error {
	text, err := b.parseIgnition(f)
	if err != nil {
		return err
	}
	b.dest = text
	b.merge = append(b.merge, newResource(text))
	return nil
}

// setDest takes over the options that are no files.
func (b *builder) setDest() error {
	b.own.DestDevice = b.DestDevice
	if len(b.DestConsole) > 0 && !b.features.InstallerConfigDirectives["console"] {
		return errors.New("This OS image does not support customizing the destination console.")
	}
	for _, c := range b.DestConsole {
		b.own.Console = append(b.own.Console, c.String())
	}
	if advice := kargs.ConsoleAdvice(b.DestKargAppend, "--dest-console", "--dest-karg-append"); advice != "" {
		b.note(advice)
	}
	b.own.AppendKarg = append(b.own.AppendKarg, b.DestKargAppend...)
	b.own.DeleteKarg = append(b.own.DeleteKarg, b.DestKargDelete...)
	return nil
}

func (b *builder) needNetwork() error {
	if !b.features.LiveInitrdNetwork {
		return errors.New("This OS image does not support customizing network settings.")
	}
	return nil
}

func (b *builder) addKeyfile(f *File) error {
	if err := b.needNetwork(); err != nil {
		return err
	}
	name, err := f.baseName()
	if err != nil {
		return err
	}
	path := b.names.KeyfileDir + "/" + name
	if _, ok := b.archive.Get(path); ok {
		return fmt.Errorf("config already specifies keyfile %s", name)
	}
	b.archive.Add(path, f.Data)
	return nil
}

func (b *builder) addNmstate(f *File) error {
	if err := b.needNetwork(); err != nil {
		return err
	}
	keyfiles, err := nmstate.Generate(f.Data)
	if err != nil {
		return err
	}
	for _, k := range keyfiles {
		path := b.names.KeyfileDir + "/" + k.Name
		if _, ok := b.archive.Get(path); ok {
			return fmt.Errorf("config already specifies keyfile %s", path)
		}
		b.archive.Add(path, k.Data)
	}
	return nil
}

func (b *builder) addAuthority(f *File) error {
	b.authorities = append(b.authorities, newResource(f.Data))
	return nil
}

func (b *builder) addInstallerConfig(f *File) error {
	if _, err := config.Parse(f.Data); err != nil {
		return fmt.Errorf("parsing installer config %s: %w", f.Path, err)
	}
	name, err := f.baseName()
	if err != nil {
		return err
	}
	return b.embedConfig(name, f.Data)
}

// embedConfig numbers config files of the installer, which reads them in the order of their
// names.
func (b *builder) embedConfig(name string, data []byte) error {
	if !b.features.InstallerConfig {
		return errors.New("This OS image does not support customizing installer configuration.")
	}
	path := fmt.Sprintf("%s/%04d-%s", b.names.ConfigDir, b.configs, name)
	b.configs++
	return b.live.addFile(path, 0o600, data)
}

func (b *builder) addLiveIgnition(f *File) error {
	text, err := b.parseIgnition(f)
	if err != nil {
		return err
	}
	b.live.merge = append(b.live.merge, newResource(text))
	return nil
}

// finish adds what follows from the sum of the options, and writes config.ign.
func (b *builder) finish() error {
	b.live.authorities = b.authorities
	if len(b.merge) > 0 {
		if err := b.live.addFile(b.names.DestIgnition, 0o600, b.destIgnition()); err != nil {
			return err
		}
		b.own.IgnitionFile = b.names.DestIgnition
	}
	if b.runsInstaller() {
		if b.DestDevice != "" {
			b.note("Boot media will automatically install to " + b.DestDevice + " without confirmation.")
		} else {
			b.note("Boot media will automatically run installer.")
		}
		b.own.CopyNetwork = b.archive.Len() > 0
	}
	own, err := b.own.Encode()
	if err != nil {
		return fmt.Errorf("writing installer config: %w", err)
	}
	if len(b.own.Args()) > 0 {
		if err := b.embedConfig("customize.yaml", own); err != nil {
			return err
		}
	}
	if !b.live.empty() {
		b.archive.Add(initrd.IgnitionPath, b.live.encode())
	}
	return nil
}

// destIgnition is the config of the installed system.
func (b *builder) destIgnition() []byte {
	if len(b.merge) == 1 && len(b.authorities) == 0 {
		return append(b.dest, '\n')
	}
	dest := liveConfig{merge: b.merge, authorities: b.authorities}
	return dest.encode()
}
