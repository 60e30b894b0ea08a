package customize

import (
	"errors"
	"path/filepath"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
)

// File is an input file.
type File struct {
	// Path is where it came from, as the user wrote it; it stands in messages. Its base name
	// becomes part of names in the live system.
	Path string
	Data []byte
}

// Options say what a medium is customized with. The zero value changes nothing.
type Options struct {
	// DestIgnition are Ignition configs that the installed system merges. Like the fields up to
	// DestKargDelete and InstallerConfig, it makes the medium run the installer at once.
	DestIgnition []File
	// DestDevice is the disk that is overwritten without a question.
	DestDevice string
	// DestConsole are consoles of the installed system.
	DestConsole []config.Console
	// DestKargAppend and DestKargDelete are its kernel arguments.
	DestKargAppend, DestKargDelete []string
	// NetworkKeyfile are connections of NetworkManager, NetworkNmstate are states that
	// connections are generated from; for the live system, and if the installer runs, for the
	// installed one.
	NetworkKeyfile, NetworkNmstate []File
	// IgnitionCA are PEM bundles of certificate authorities that Ignition trusts, in the live
	// system and, if it has a config, in the installed one.
	IgnitionCA []File
	// PreInstall and PostInstall are scripts that run before and after an installation. If one
	// fails, the live system stops in a shell.
	PreInstall, PostInstall []File
	// InstallerConfig are config files of the installer.
	InstallerConfig []File
	// LiveIgnition are Ignition configs that the live system merges.
	LiveIgnition []File
	// LiveKargAppend, LiveKargDelete and LiveKargReplace edit the kernel arguments of a live
	// ISO, see [kargs.Edit]. The edit begins with the default of the image.
	LiveKargAppend, LiveKargDelete, LiveKargReplace []string
	// Force drops what an ISO was customized with before. Without it that is an error.
	Force bool
	// Flavour is whose live system [PXE] misses in an initramfs without the mark of any; nil
	// means NestOS. An ISO knows its own.
	Flavour *flavour.Flavour
	// Message is called with texts for the user: lines without their last line feed. Nil is fine.
	Message func(text string)
}

func (o *Options) note(text string) {
	if o.Message != nil {
		o.Message(text)
	}
}

// runsInstaller tells whether the medium installs without being told to.
func (o *Options) runsInstaller() bool {
	return len(o.DestIgnition) > 0 || o.DestDevice != "" || len(o.DestConsole) > 0 ||
		len(o.DestKargAppend) > 0 || len(o.DestKargDelete) > 0 || len(o.InstallerConfig) > 0
}

func (o *Options) liveKargs() *kargs.Edit {
	return &kargs.Edit{Append: o.LiveKargAppend, Delete: o.LiveKargDelete, Replace: o.LiveKargReplace}
}

// baseName is the name that a file gets in the live system.
func (f *File) baseName() (string, error) {
	name := filepath.Base(f.Path)
	if name == "." || name == ".." || name == "/" || !utf8.ValidString(name) {
		return "", errors.New("missing filename in " + f.Path)
	}
	return name, nil
}

// ISO customizes a live ISO: the content of its initrd area is replaced, and its kernel
// arguments too if there is an edit for them. The image changes in memory; the caller saves
// it. After an error it may not be saved.
func ISO(img *iso.Image, o *Options) error {
	if o == nil {
		o = &Options{}
	}
	if !o.Force {
		if err := checkPristine(img); err != nil {
			return err
		}
	}
	features, err := img.Features()
	if err != nil {
		return err
	}
	archive, err := Build(img.Flavour(), features, o)
	if err != nil {
		return err
	}
	if err := editKargs(img, o.liveKargs()); err != nil {
		return err
	}
	return img.SetInitrd(archive)
}

// checkPristine refuses images that have been customized.
func checkPristine(img *iso.Image) error {
	archive, err := img.Initrd()
	if err != nil {
		return err
	}
	_, ignition := archive.Get(initrd.IgnitionPath)
	customized := ignition || len(initrd.Keyfiles(archive)) > 0
	if !customized && img.KargsSupported() {
		current, err := img.Kargs()
		if err != nil {
			return err
		}
		original, err := img.DefaultKargs()
		if err != nil {
			return err
		}
		customized = current != original
	}
	if customized {
		return errors.New("This ISO image is already customized; use -f to force.")
	}
	return nil
}

// editKargs sets kernel arguments to the edited default, if there is anything to edit.
func editKargs(img *iso.Image, edit *kargs.Edit) error {
	if edit.Empty() {
		return nil
	}
	if !img.KargsSupported() {
		return errors.New("This OS image does not support customizing live kernel arguments.")
	}
	text, err := img.DefaultKargs()
	if err != nil {
		return err
	}
	if text, err = edit.Apply(text); err != nil {
		return err
	}
	return img.SetKargs(text)
}
