package iso9660

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

const flagDirectory = 2

const (
	// maxDirectory is the length of the longest directory that is read, in bytes: some
	// 100,000 files.
	maxDirectory = 16 << 20
	// maxDepth is how deep directories may be nested; the format allows 8.
	maxDepth = 64
	// maxListed bounds the sum of all directories that Walk reads, in bytes.
	maxListed = 32 << 20
	// maxPaths bounds the sum of all paths that Walk returns, in bytes.
	maxPaths = 64 << 20
)

// Entry is a file or a directory.
type Entry struct {
	// Path is the way from the root: "EFI/FEDORA/GRUB.CFG", or "" for the root itself.
	Path string
	// Name is the name without version: "GRUB.CFG"; that of the root is ".".
	Name string
	// Sector is where the content begins.
	Sector uint32
	// Size is the length of the content in bytes.
	Size uint32
	// Dir is set for directories.
	Dir bool

	longName string
}

// Offset returns where the content begins, in bytes from the start of the image.
func (e Entry) Offset() int64 { return int64(e.Sector) * SectorSize }

// Lookup finds a file or directory. Paths are in upper case and relative to the root,
// with or without a leading slash; "." and ".." work. A path that does not exist is a
// [*NotFoundError].
//
// If no record has a name of the path, the one is taken that has it as its Rock Ridge
// name, in upper or lower case. For a name that does not fit into 8 and 3 characters it may
// also be a record without Rock Ridge name that has what such a name is shortened to. At
// last records are looked at that have such names in lower case, which xorriso writes if it
// is not told to follow the format.
func (f *FS) Lookup(path string) (Entry, error) {
	names := components(path)
	dir := f.Root()
	for i, name := range names {
		last := i == len(names)-1
		entry, ok, err := f.find(dir, name)
		switch {
		case err != nil:
			return Entry{}, err
		case !ok && last:
			return Entry{}, notFound("no record for %s in directory %s", name, strings.Join(names[:i], "/"))
		case !ok:
			return Entry{}, notFound("intermediate directory %s does not exist", name)
		case !last && !entry.Dir:
			return Entry{}, notFound("component %q in path %s is not a directory", name, path)
		}
		dir = entry
	}
	return dir, nil
}

// find looks for a name in a directory.
func (f *FS) find(dir Entry, name string) (Entry, bool, error) {
	var best Entry
	rank := matchNone
	for entry, err := range f.List(dir) {
		if err != nil {
			return Entry{}, false, fmt.Errorf("listing directory %s: %w", dir.Name, err)
		}
		if entry.Name == name {
			return entry, true, nil
		}
		if found := entry.match(name); found > rank {
			best, rank = entry, found
		}
	}
	return best, rank != matchNone, nil
}

// List returns the content of a directory in the order of the image.
func (f *FS) List(dir Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		data, err := f.readDirectory(dir)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for pos := 0; pos < len(data); {
			entry, length, err := parseRecord(data[pos:])
			if err != nil {
				yield(Entry{}, fmt.Errorf("reading next record: %w", err))
				return
			}
			if length == 0 { // the rest of the sector is empty
				pos = pos&^(SectorSize-1) + SectorSize
				continue
			}
			pos += length
			if entry.Name == "" {
				continue
			}
			entry.Path = strings.TrimPrefix(dir.Path+"/"+entry.Name, "/")
			if !yield(entry, nil) {
				return
			}
		}
	}
}

func (f *FS) readDirectory(dir Entry) ([]byte, error) {
	if !dir.Dir {
		return nil, fmt.Errorf("entry %s is a file", dir.Name)
	}
	if dir.Size > maxDirectory {
		return nil, fmt.Errorf("directory %s is larger than %d bytes", dir.Name, maxDirectory)
	}
	if dir.Offset()+int64(dir.Size) > f.size {
		return nil, fmt.Errorf("reading directory %s: %w", dir.Name, errShort)
	}
	data := make([]byte, dir.Size)
	if err := readFull(f.r, data, dir.Offset()); err != nil {
		return nil, fmt.Errorf("reading directory %s: %w", dir.Name, err)
	}
	return data, nil
}

// parseRecord returns the first record of b and its length. The name is empty for the
// directory itself and for its parent; length 0 means that there is no record.
func parseRecord(b []byte) (Entry, int, error) {
	length := int(b[0])
	if length == 0 {
		return Entry{}, 0, nil
	}
	if length > len(b) || length < 34 {
		return Entry{}, 0, errors.New("incomplete directory record; corrupt ISO?")
	}
	b = b[:length]
	nameEnd := 33 + int(b[32])
	if nameEnd > length {
		return Entry{}, 0, errors.New("incomplete string name; corrupt ISO?")
	}
	entry := entryOf(b)
	name := b[33:nameEnd]
	if len(name) == 1 && name[0] <= 1 {
		return entry, length, nil
	}
	var err error
	if entry.Name, err = parseName(name); err != nil {
		return Entry{}, 0, fmt.Errorf("parsing record name: %w", err)
	}
	// A byte evens the name out.
	entry.longName = rockRidgeName(b[min(nameEnd+1-len(name)%2, length):])
	return entry, length, nil
}

// entryOf decodes a record but for its name.
func entryOf(record []byte) Entry {
	return Entry{
		Sector: binary.LittleEndian.Uint32(record[2:]),
		Size:   binary.LittleEndian.Uint32(record[10:]),
		Dir:    record[25]&flagDirectory != 0,
	}
}

// Walk returns all files and directories, those of a directory after itself. It ends with
// the first error.
func (f *FS) Walk() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		w := walker{fs: f, yield: yield, seen: map[uint32]string{}}
		w.dir(f.Root(), 0)
	}
}

type walker struct {
	fs     *FS
	yield  func(Entry, error) bool
	seen   map[uint32]string
	listed int64
	paths  int64
}

// dir walks a directory; false ends the walk.
func (w *walker) dir(dir Entry, depth int) bool {
	if err := w.enter(dir, depth); err != nil {
		w.yield(Entry{}, err)
		return false
	}
	for entry, err := range w.fs.List(dir) {
		if w.paths += int64(len(entry.Path)); w.paths > maxPaths {
			entry, err = Entry{}, fmt.Errorf("paths are longer than %d bytes", maxPaths)
		}
		if !w.yield(entry, err) || err != nil {
			return false
		}
		if entry.Dir && !w.dir(entry, depth+1) {
			return false
		}
	}
	return true
}

// enter guards against trees without an end.
func (w *walker) enter(dir Entry, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("directories are nested deeper than %d", maxDepth)
	}
	if w.listed += int64(dir.Size); w.listed > maxListed {
		return fmt.Errorf("directories are larger than %d bytes", maxListed)
	}
	if dir.Size == 0 {
		return nil
	}
	if other, ok := w.seen[dir.Sector]; ok {
		return fmt.Errorf("directories %q and %q are the same", other, dir.Path)
	}
	w.seen[dir.Sector] = dir.Path
	return nil
}

// Open returns the content of a file.
func (f *FS) Open(file Entry) (*io.SectionReader, error) {
	if file.Dir {
		return nil, fmt.Errorf("entry %s is a directory", file.Name)
	}
	if file.Offset()+int64(file.Size) > f.size {
		return nil, fmt.Errorf("reading file %s: %w", file.Name, errShort)
	}
	return io.NewSectionReader(f.r, file.Offset(), int64(file.Size)), nil
}

// ReadFile returns the content of the file at path, which may have up to limit bytes.
func (f *FS) ReadFile(path string, limit int) ([]byte, error) {
	entry, err := f.Lookup(path)
	if err != nil {
		return nil, err
	}
	content, err := f.Open(entry)
	if err != nil {
		return nil, err
	}
	if content.Size() > int64(limit) {
		return nil, fmt.Errorf("file %s is larger than %d bytes", entry.Name, limit)
	}
	data := make([]byte, content.Size())
	if err := readFull(content, data, 0); err != nil {
		return nil, fmt.Errorf("reading file %s: %w", entry.Name, err)
	}
	return data, nil
}
