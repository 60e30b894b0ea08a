package iso

import (
	"errors"

	"github.com/nestos-dev/nestos/installer/initrd"
)

// clearInitrd empties the area for an initrd.
func (i *Image) clearInitrd(a *areas) {
	i.edits.archive, i.edits.area = initrd.New(), make([]byte, a.initrd.Length)
}

// Ignition returns the embedded Ignition config, or [ErrNoIgnition].
func (i *Image) Ignition() ([]byte, error) {
	archive, err := i.Initrd()
	if err != nil {
		return nil, err
	}
	config, ok := archive.Get(initrd.IgnitionPath)
	if !ok {
		return nil, ErrNoIgnition
	}
	return config, nil
}

// EmbedIgnition embeds an Ignition config, which is not looked at. One that is there is
// replaced if force is set, else it is an error.
func (i *Image) EmbedIgnition(config []byte, force bool) error {
	archive, err := i.Initrd()
	if err != nil {
		return err
	}
	if _, ok := archive.Get(initrd.IgnitionPath); ok && !force {
		return errors.New("This ISO image already has an embedded Ignition config; use -f to force.")
	}
	archive.Add(initrd.IgnitionPath, config)
	return i.SetInitrd(archive)
}

// RemoveIgnition removes the embedded Ignition config, if there is one.
func (i *Image) RemoveIgnition() error {
	archive, err := i.Initrd()
	if err != nil {
		return err
	}
	if _, ok := archive.Get(initrd.IgnitionPath); !ok {
		return nil
	}
	archive.Remove(initrd.IgnitionPath)
	return i.SetInitrd(archive)
}

// Keyfiles returns the embedded keyfiles of NetworkManager, sorted by name, or
// [initrd.ErrNoKeyfiles].
func (i *Image) Keyfiles() ([]initrd.Keyfile, error) {
	archive, err := i.Initrd()
	if err != nil {
		return nil, err
	}
	keyfiles := initrd.Keyfiles(archive)
	if len(keyfiles) == 0 {
		return nil, initrd.ErrNoKeyfiles
	}
	return keyfiles, nil
}

// EmbedKeyfiles embeds keyfiles of NetworkManager. Those that are there are removed, all of
// them, if force is set, else they are an error. The image must have the feature.
func (i *Image) EmbedKeyfiles(keyfiles []initrd.Keyfile, force bool) error {
	archive, err := i.Initrd()
	if err != nil {
		return err
	}
	features, err := i.Features()
	switch {
	case err != nil:
		return err
	case !features.LiveInitrdNetwork:
		return errors.New("This OS image does not support customizing network settings.")
	case len(initrd.Keyfiles(archive)) > 0 && !force:
		return errors.New("This ISO image already has embedded network settings; use -f to force.")
	}
	initrd.RemoveKeyfiles(archive)
	if err := initrd.AddKeyfiles(archive, i.flavour, keyfiles); err != nil {
		return err
	}
	return i.SetInitrd(archive)
}

// RemoveKeyfiles removes the embedded keyfiles, if there are any.
func (i *Image) RemoveKeyfiles() error {
	archive, err := i.Initrd()
	if err != nil {
		return err
	}
	before := archive.Len()
	initrd.RemoveKeyfiles(archive)
	if archive.Len() == before {
		return nil
	}
	return i.SetInitrd(archive)
}
