package bls

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
)

const (
	// MaxEntries is the number of entries that a directory may hold.
	MaxEntries = 1024
	// maxTotal bounds the memory for all entries of a directory.
	maxTotal = 16 << 20
	// batch is how many names of a directory are looked at in one go.
	batch = 256
)

// File is an entry and the name of its file.
type File struct {
	Name  string
	Entry *Entry
}

// Tries returns the counters in the file's name.
func (f File) Tries() Tries { return ParseTries(f.Name) }

// Compare orders entries as they are booted: by falling version, those without
// one last. Entries of equal versions are ordered by falling name.
func Compare(a, b File) int {
	va, hasA := a.Entry.Get(KeyVersion)
	vb, hasB := b.Entry.Get(KeyVersion)
	switch {
	case hasA && !hasB:
		return -1
	case hasB && !hasA:
		return 1
	}
	if c := CompareVersions(vb, va); c != 0 {
		return c
	}
	if c := CompareVersions(b.Name, a.Name); c != 0 {
		return c
	}
	return strings.Compare(b.Name, a.Name)
}

// Sort puts entries into boot order, see [Compare].
func Sort(files []File) { slices.SortFunc(files, Compare) }

// ReadDir reads the entries of a directory that are OSTree's ([IsName]) and
// regular files or links to such, in boot order. A directory that does not
// exist has none. Errors name the file; the texts are those of OSTree.
func ReadDir(fsys fs.FS, dir string) ([]File, error) {
	names, err := entryNames(fsys, dir)
	if err != nil {
		return nil, err
	}
	files := make([]File, 0, len(names))
	total := 0
	for _, name := range names {
		entry, size, err := readEntry(fsys, path.Join(dir, name))
		if err != nil {
			return nil, errno.Wrap("Parsing "+name, err)
		}
		if entry == nil {
			continue
		}
		if total += size; total > maxTotal {
			return nil, fmt.Errorf("boot entries in %s: more than %d bytes", dir, maxTotal)
		}
		files = append(files, File{Name: name, Entry: entry})
	}
	Sort(files)
	return files, nil
}

// entryNames lists the names that count, sorted, so that of several bad
// entries always the same one is reported.
func entryNames(fsys fs.FS, dir string) ([]string, error) {
	d, err := fsys.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errno.New("opendir", dir, err)
	}
	defer d.Close()
	lister, ok := d.(fs.ReadDirFile)
	if !ok {
		return nil, fmt.Errorf("opendir(%s): Not a directory", dir)
	}
	var names []string
	for {
		list, err := lister.ReadDir(batch)
		for _, dent := range list {
			if IsName(dent.Name()) {
				names = append(names, dent.Name())
			}
		}
		if len(names) > MaxEntries {
			return nil, fmt.Errorf("boot entries in %s: more than %d", dir, MaxEntries)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errno.New("readdir", dir, err)
		}
	}
	slices.Sort(names)
	return names, nil
}

// readEntry returns nil for what is not a regular file. That is asked before
// opening, which would wait for ever at a FIFO.
func readEntry(fsys fs.FS, name string) (entry *Entry, size int, err error) {
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0, err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, 0, err
	}
	if len(data) > MaxSize {
		return nil, 0, &SizeError{Size: max(info.Size(), MaxSize+1)}
	}
	entry, err = Parse(data)
	return entry, len(data), err
}
