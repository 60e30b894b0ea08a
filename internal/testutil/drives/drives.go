// Package drives reads the vectors of configuration drives, which the tests of the providers and those of the program
// share: a text file each, in txtar form. Its first line has the provider, the drive's label and the type of its file
// system; files below drive/ are on the drive, those below want/ are what the provider makes of it.
package drives

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Vector is a drive and what a provider makes of it.
type Vector struct {
	// Name is that of the file, without its ending.
	Name string
	// Provider, Label and FSType ("iso9660" or "vfat") say who reads the drive and how it is found.
	Provider, Label, FSType string
	// Drive and Want are texts by path.
	Drive, Want map[string]string
}

// Read returns the vectors in a folder, at least one, sorted by name.
func Read(t testing.TB, dir string) []Vector {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", dir, err)
	}
	var list []Vector
	for _, file := range files {
		v, err := read(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, v)
	}
	return list
}

func read(file string) (Vector, error) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		return Vector{}, err
	}
	v := Vector{Name: strings.TrimSuffix(filepath.Base(file), ".txtar"), Drive: map[string]string{}, Want: map[string]string{}}
	if _, err := fmt.Sscan(string(a.Comment), &v.Provider, &v.Label, &v.FSType); err != nil {
		return Vector{}, err
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "drive/"); ok {
			v.Drive[name] = string(f.Data)
		} else if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
			v.Want[name] = string(f.Data)
		} else {
			return Vector{}, fmt.Errorf("unexpected name %s", f.Name)
		}
	}
	return v, nil
}
