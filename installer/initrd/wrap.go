package initrd

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
)

// IgnitionPath is where the Ignition config of a live system is.
const IgnitionPath = "config.ign"

// Errors of what is missing; the texts are those of coreos-installer.
var (
	// ErrNoIgnition reports an image without an Ignition config.
	ErrNoIgnition = errors.New("couldn't find Ignition config in archive")
	// ErrNoKeyfiles reports an image without keyfiles.
	ErrNoKeyfiles = errors.New("No embedded network settings.")
)

// Keyfile is a connection profile of NetworkManager.
type Keyfile struct {
	Name string // base name of the file
	Data []byte
}

// WrapIgnition returns a segment with an Ignition config, which is not looked at.
func WrapIgnition(config []byte) ([]byte, error) {
	a := New()
	a.Add(IgnitionPath, config)
	return a.Encode()
}

// UnwrapIgnition returns the Ignition config of an image, or [ErrNoIgnition].
func UnwrapIgnition(r io.Reader) ([]byte, error) {
	a, err := Read(r, func(path string) bool { return path == IgnitionPath })
	if err != nil {
		return nil, err
	}
	config, ok := a.Get(IgnitionPath)
	if !ok {
		return nil, ErrNoIgnition
	}
	return config, nil
}

// WrapNetwork returns a segment with keyfiles, at the place where live systems of a flavour look for them.
func WrapNetwork(f *flavour.Flavour, keyfiles []Keyfile) ([]byte, error) {
	a := New()
	if err := AddKeyfiles(a, f, keyfiles); err != nil {
		return nil, err
	}
	return a.Encode()
}

// UnwrapNetwork returns the keyfiles of an image, sorted by path, or [ErrNoKeyfiles]. Without flavours those of all are
// returned.
func UnwrapNetwork(r io.Reader, flavours ...*flavour.Flavour) ([]Keyfile, error) {
	dirs := keyfileDirs(flavours)
	a, err := Read(r, func(path string) bool { return isKeyfile(path, dirs) })
	if err != nil {
		return nil, err
	}
	keyfiles := Keyfiles(a, flavours...)
	if len(keyfiles) == 0 {
		return nil, ErrNoKeyfiles
	}
	return keyfiles, nil
}

// AddKeyfiles adds keyfiles at the place that a flavour has for them. Two of one name are an error, and nothing is added;
// one that the archive has already is replaced.
func AddKeyfiles(a *Archive, f *flavour.Flavour, keyfiles []Keyfile) error {
	seen := map[string]bool{}
	for _, k := range keyfiles {
		if seen[k.Name] {
			return fmt.Errorf("multiple input files named '%s'", k.Name)
		}
		seen[k.Name] = true
		if !fileName(k.Name) {
			return fmt.Errorf("invalid file name %q", k.Name)
		}
	}
	for _, k := range keyfiles {
		a.Add(f.KeyfileDir+"/"+k.Name, k.Data)
	}
	return nil
}

// Keyfiles returns the keyfiles of an archive for some flavours (none stands for all), sorted by path.
func Keyfiles(a *Archive, flavours ...*flavour.Flavour) []Keyfile {
	var out []Keyfile
	for _, p := range keyfilePaths(a, flavours) {
		out = append(out, Keyfile{Name: path.Base(p), Data: a.files[p]})
	}
	return out
}

// RemoveKeyfiles removes the keyfiles of some flavours (none stands for all).
func RemoveKeyfiles(a *Archive, flavours ...*flavour.Flavour) {
	for _, p := range keyfilePaths(a, flavours) {
		a.Remove(p)
	}
}

func keyfilePaths(a *Archive, flavours []*flavour.Flavour) []string {
	dirs := keyfileDirs(flavours)
	return a.Select(func(p string) bool { return isKeyfile(p, dirs) })
}

func keyfileDirs(flavours []*flavour.Flavour) []string {
	if len(flavours) == 0 {
		flavours = flavour.All()
	}
	var dirs []string
	for _, f := range flavours {
		dirs = append(dirs, f.KeyfileDir+"/")
	}
	return dirs
}

// isKeyfile does not look at directories in between: coreos-installer doesn't either.
func isKeyfile(p string, dirs []string) bool {
	below := func(dir string) bool { return strings.HasPrefix(p, dir) }
	return slices.ContainsFunc(dirs, below) && !strings.HasSuffix(p, "/") && fileName(path.Base(p))
}

func fileName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\x00")
}

// WriteKeyfiles writes keyfiles for people: a line "########## name ##########" before each, and an empty line between
// them.
func WriteKeyfiles(w io.Writer, keyfiles []Keyfile) error {
	for i, k := range keyfiles {
		head := "########## " + k.Name + " ##########\n"
		if i > 0 {
			head = "\n" + head
		}
		if _, err := io.WriteString(w, head); err != nil {
			return err
		}
		if _, err := w.Write(k.Data); err != nil {
			return err
		}
	}
	return nil
}
