package iso

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
)

// Report is everything that is embedded in a live ISO, and what it offers. Its JSON form is
// meant for programs. Sizes and offsets are in bytes.
type Report struct {
	// Flavour is "nestos" or "coreos", VolumeID the name of the ISO 9660 volume.
	Flavour  string `json:"flavour"`
	VolumeID string `json:"volume-id"`
	// Size is that of the file system, ImageSize that of the file.
	Size      int64 `json:"size"`
	ImageSize int64 `json:"image-size"`
	// Features is what the live system says that it can do.
	Features flavour.Features `json:"features"`
	// Customized tells whether anything differs from the image as it was built.
	Customized bool `json:"customized"`
	// Initrd is the area that holds configs, keyfiles and whatever else was put in.
	Initrd *InitrdReport `json:"initrd"`
	// Ignition is nil if there is no config.
	Ignition *IgnitionReport `json:"ignition"`
	// Keyfiles are the network profiles for NetworkManager.
	Keyfiles []FileReport `json:"keyfiles"`
	// Kargs is nil if the image has no areas for kernel arguments.
	Kargs *KargsReport `json:"kargs"`
	// Minimal is nil if no minimal ISO can be extracted.
	Minimal *MinimalReport `json:"minimal-iso"`
	// PXE are the files for network boots.
	PXE []FileReport `json:"pxe"`
	// Problems tells what is damaged; an image without problems has none.
	Problems []string `json:"problems"`
}

// FileReport is a file by its path in the image, or its name.
type FileReport struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// InitrdReport is the area for an initrd. Used bytes come before Free ones.
type InitrdReport struct {
	Area
	Used  int64        `json:"used"`
	Free  int64        `json:"free"`
	Files []FileReport `json:"files"`
}

// IgnitionReport is an Ignition config. Version is empty if it has none.
type IgnitionReport struct {
	Size    int64  `json:"size"`
	Version string `json:"version"`
}

// KargsReport is about the kernel arguments of the live system: the places that have them, the
// bytes in each, the arguments that the image was built with and those of now. Used
// includes the end of the text. Current is empty if the areas differ.
type KargsReport struct {
	Areas   []Area `json:"areas"`
	Used    int64  `json:"used"`
	Free    int64  `json:"free"`
	Default string `json:"default"`
	Current string `json:"current"`
}

// MinimalReport is about the data from which a minimal ISO is made.
type MinimalReport struct {
	Application string `json:"application"` // the program that made the data
	Files       int    `json:"files"`       // number of those that the minimal ISO shares with this one
	SHA256      string `json:"sha256"`      // of the minimal ISO, hexadecimal
}

// Inspect looks at everything, including changes that were not saved. Damage of what is embedded is
// reported, not an error; an image that is none is an error.
func (i *Image) Inspect() (*Report, error) {
	a, err := i.load()
	if err != nil {
		return nil, err
	}
	r := &Report{
		Flavour: i.flavour.Name, VolumeID: i.fsys.VolumeID(), Size: i.fsys.Size(), ImageSize: i.size,
		Keyfiles: []FileReport{}, PXE: []FileReport{}, Problems: []string{},
	}
	if r.Features, err = i.Features(); err != nil {
		r.problem(err)
	}
	if r.Features.InstallerConfigDirectives == nil {
		r.Features.InstallerConfigDirectives = map[string]bool{}
	}
	i.inspectInitrd(a, r)
	i.inspectKargs(a, r)
	i.inspectMinimal(r)
	i.inspectPXE(r)
	return r, nil
}

func (r *Report) problem(err error) { r.Problems = append(r.Problems, err.Error()) }

func (i *Image) inspectInitrd(a *areas, r *Report) {
	used := a.used
	if i.edits.area != nil {
		used = usedBytes(i.edits.area)
	}
	r.Initrd = &InitrdReport{Area: a.initrd, Used: used, Free: a.initrd.Length - used, Files: []FileReport{}}
	r.Customized = used > 0
	archive, err := i.Initrd()
	if err != nil {
		r.problem(err)
		return
	}
	r.Initrd.Files = append(r.Initrd.Files, fileReports(archive)...)
	if config, ok := archive.Get(initrd.IgnitionPath); ok {
		r.Ignition = &IgnitionReport{Size: int64(len(config))}
		if r.Ignition.Version, err = ignitionVersion(config); err != nil {
			r.problem(err)
		}
	}
	for _, k := range initrd.Keyfiles(archive) {
		r.Keyfiles = append(r.Keyfiles, FileReport{k.Name, int64(len(k.Data))})
	}
}

func fileReports(archive *initrd.Archive) []FileReport {
	var list []FileReport
	for _, p := range archive.Paths() {
		data, _ := archive.Get(p)
		list = append(list, FileReport{p, int64(len(data))})
	}
	return list
}

// ignitionVersion returns the version that a config says it has.
func ignitionVersion(config []byte) (string, error) {
	var c struct {
		Ignition struct {
			Version string `json:"version"`
		} `json:"ignition"`
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return "", fmt.Errorf("parsing %s: %w", initrd.IgnitionPath, err)
	}
	return c.Ignition.Version, nil
}

func (i *Image) inspectKargs(a *areas, r *Report) {
	if a.kargs == nil {
		return
	}
	r.Kargs = &KargsReport{Default: a.kargs.def}
	for _, area := range a.kargs.list {
		r.Kargs.Areas = append(r.Kargs.Areas, area.Area)
	}
	text, err := i.Kargs()
	if err != nil {
		r.problem(err)
		r.Customized = true
		return
	}
	used := min(int64(len(text))+1, int64(a.kargs.size))
	r.Kargs.Current, r.Kargs.Used, r.Kargs.Free = text, used, int64(a.kargs.size)-used
	r.Customized = r.Customized || text != a.kargs.def
}

func (i *Image) inspectMinimal(r *Report) {
	if _, err := i.fsys.Lookup(path.Join(i.flavour.ISODir, minisoFile)); isNotFound(err) {
		return
	}
	data, err := i.minisoData()
	if err != nil {
		r.problem(err)
		return
	}
	r.Minimal = &MinimalReport{data.Application, len(data.Table), hex.EncodeToString(data.Digest[:])}
}

func (i *Image) inspectPXE(r *Report) {
	files, err := i.PXEFiles()
	if err != nil {
		r.problem(err)
		return
	}
	for _, file := range files {
		r.PXE = append(r.PXE, FileReport{strings.ToLower(file.Name), int64(file.Size)})
	}
}
