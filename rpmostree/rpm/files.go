package rpm

import (
	"fmt"
	"strings"
)

// FileFlags are the attributes that a package gives a file.
type FileFlags uint32

// The attributes of files.
const (
	FileConfig    FileFlags = 1 << 0  // %config
	FileDoc       FileFlags = 1 << 1  // %doc
	FileIcon      FileFlags = 1 << 2  // %donotuse
	FileMissingOK FileFlags = 1 << 3  // %config(missingok)
	FileNoReplace FileFlags = 1 << 4  // %config(noreplace)
	FileSpec      FileFlags = 1 << 5  // the spec file of a source package
	FileGhost     FileFlags = 1 << 6  // %ghost: not in the payload
	FileLicense   FileFlags = 1 << 7  // %license
	FileReadme    FileFlags = 1 << 8  // %readme
	FilePubkey    FileFlags = 1 << 11 // %pubkey
	FileArtifact  FileFlags = 1 << 12 // %artifact
)

// VerifyFlags select the properties of a file that verification compares.
type VerifyFlags uint32

// The properties that are compared.
const (
	VerifyDigest VerifyFlags = 1 << 0
	VerifySize   VerifyFlags = 1 << 1
	VerifyLinkTo VerifyFlags = 1 << 2
	VerifyUser   VerifyFlags = 1 << 3
	VerifyGroup  VerifyFlags = 1 << 4
	VerifyMTime  VerifyFlags = 1 << 5
	VerifyMode   VerifyFlags = 1 << 6
	VerifyRdev   VerifyFlags = 1 << 7
	VerifyCaps   VerifyFlags = 1 << 8
	VerifyAll    VerifyFlags = 1<<32 - 1
)

// FileState says what became of a file of an installed package.
type FileState uint8

// The states of files.
const (
	StateNormal       FileState = 0
	StateReplaced     FileState = 1 // a file of another package took its place
	StateNotInstalled FileState = 2
	StateNetShared    FileState = 3
	StateWrongColor   FileState = 4 // the same file for another word size was preferred
)

// The type bits of File.Mode.
const (
	ModeType      uint32 = 0o170000
	ModeFIFO      uint32 = 0o010000
	ModeCharDev   uint32 = 0o020000
	ModeDir       uint32 = 0o040000
	ModeBlockDev  uint32 = 0o060000
	ModeRegular   uint32 = 0o100000
	ModeSymlink   uint32 = 0o120000
	ModeSocket    uint32 = 0o140000
	modePermBits  uint32 = 0o7777
	maxPathLength        = 4096
	maxPathsTotal        = 256 << 20
)

// File is a file as a header describes it.
type File struct {
	// Path is absolute; that of a file in a source package has no directory.
	Path   string
	Mode   uint32 // with the type, as in struct stat
	Size   uint64 // bytes; that of a symbolic link is the target's length
	MTime  uint32 // seconds since 1970
	Digest string // hex, by Header.DigestAlgo; empty for all but regular files
	LinkTo string // target of a symbolic link
	User   string
	Group  string
	Langs  string // languages that the file is for, joined by "|"
	Caps   string // file capabilities as text

	Flags       FileFlags
	VerifyFlags VerifyFlags
	State       FileState // of an installed file

	Rdev   uint32 // of a device: major number << 8 | minor number
	Inode  uint32 // regular files with the same Inode and Device are links to one
	Device uint32
	Color  uint32 // 1 for 32-bit ELF files, 2 for 64-bit ones, else 0
	Index  int    // position in the header
}

// IsRegular reports whether the file is a regular one.
func (f *File) IsRegular() bool { return f.Mode&ModeType == ModeRegular }

// IsDir reports whether the file is a directory.
func (f *File) IsDir() bool { return f.Mode&ModeType == ModeDir }

// IsSymlink reports whether the file is a symbolic link.
func (f *File) IsSymlink() bool { return f.Mode&ModeType == ModeSymlink }

// IsGhost reports whether the file is not in the payload.
func (f *File) IsGhost() bool { return f.Flags&FileGhost != 0 }

// filesError is the error of inconsistent file tags.
func filesError(format string, args ...any) error {
	return fmt.Errorf("%w file list: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// Paths returns the paths of all files, in the order of the header, which is that of the sorted paths.
func (h *Header) Paths() ([]string, error) {
	bases := h.Strings(TagBasenames)
	if bases == nil {
		return h.Strings(TagOldFilenames), nil
	}
	dirs, indexes := h.Strings(TagDirnames), h.Uint32s(TagDirIndexes)
	if len(indexes) != len(bases) {
		return nil, filesError("%d directory indexes for %d names", len(indexes), len(bases))
	}
	paths := make([]string, len(bases))
	total := 0
	for i, base := range bases {
		if uint64(indexes[i]) >= uint64(len(dirs)) {
			return nil, filesError("directory %d of %d", indexes[i], len(dirs))
		}
		dir := dirs[indexes[i]]
		// A small header can name one long directory many times.
		if len(dir)+len(base) > maxPathLength {
			return nil, filesError("path of %d bytes", len(dir)+len(base))
		}
		if total += len(dir) + len(base); total > maxPathsTotal {
			return nil, filesError("more than %d bytes of paths", maxPathsTotal)
		}
		paths[i] = dir + base
	}
	return paths, nil
}

// FileCount returns the number of files.
func (h *Header) FileCount() int {
	if i, ok := h.Info(TagBasenames); ok {
		return i.Count
	}
	i, _ := h.Info(TagOldFilenames)
	return i.Count
}

// Files returns the files of the package, in the order of the header, which is that of the sorted paths. Properties that
// the header lacks are zero: old packages have no devices, digest algorithms or colours.
func (h *Header) Files() ([]File, error) {
	paths, err := h.Paths()
	if err != nil {
		return nil, err
	}
	files := make([]File, len(paths))
	for i := range files {
		files[i] = File{Path: paths[i], Index: i, VerifyFlags: VerifyAll}
	}
	sizes := TagFileSizes
	if h.Has(TagLongFileSizes) {
		sizes = TagLongFileSizes
	}
	l := fileLoader{h: h, files: files}
	l.numbers(sizes, func(f *File, v uint64) { f.Size = v })
	l.numbers(TagFileModes, func(f *File, v uint64) { f.Mode = uint32(uint16(v)) })
	l.numbers(TagFileRDevs, func(f *File, v uint64) { f.Rdev = uint32(v) })
	l.numbers(TagFileMTimes, func(f *File, v uint64) { f.MTime = uint32(v) })
	l.numbers(TagFileFlags, func(f *File, v uint64) { f.Flags = FileFlags(v) })
	l.numbers(TagFileVerifyFlags, func(f *File, v uint64) { f.VerifyFlags = VerifyFlags(v) })
	l.numbers(TagFileDevices, func(f *File, v uint64) { f.Device = uint32(v) })
	l.numbers(TagFileInodes, func(f *File, v uint64) { f.Inode = uint32(v) })
	l.numbers(TagFileColors, func(f *File, v uint64) { f.Color = uint32(v) })
	l.numbers(TagFileStates, func(f *File, v uint64) { f.State = FileState(v) })
	l.strings(TagFileDigests, func(f *File, s string) { f.Digest = s })
	l.strings(TagFileLinkTos, func(f *File, s string) { f.LinkTo = s })
	l.strings(TagFileUserName, func(f *File, s string) { f.User = s })
	l.strings(TagFileGroupName, func(f *File, s string) { f.Group = s })
	l.strings(TagFileLangs, func(f *File, s string) { f.Langs = s })
	l.strings(TagFileCaps, func(f *File, s string) { f.Caps = s })
	return files, l.err
}

// fileLoader copies the arrays of properties into files.
type fileLoader struct {
	h     *Header
	files []File
	err   error
}

// fits checks the length of an array. Elements may be missing at its end, but not be too many.
func (l *fileLoader) fits(t Tag, n int) bool {
	if n > len(l.files) && l.err == nil {
		l.err = filesError("%d elements of %s for %d files", n, t, len(l.files))
	}
	return n <= len(l.files)
}

func (l *fileLoader) numbers(t Tag, set func(*File, uint64)) {
	e, ok := l.h.find(t)
	if !ok || e.typ.class() != classNumber || !l.fits(t, int(e.count)) {
		return
	}
	b := l.h.bytesOf(e)
	for i := range int(e.count) {
		set(&l.files[i], number(e.typ, b, i))
	}
}

func (l *fileLoader) strings(t Tag, set func(*File, string)) {
	e, ok := l.h.find(t)
	if !ok || e.typ.class() != classString || !l.fits(t, int(e.count)) {
		return
	}
	b := text(l.h.bytesOf(e))
	for i := range int(e.count) {
		n := strings.IndexByte(b, 0)
		set(&l.files[i], b[:n])
		b = b[n+1:]
	}
}

// HardLinks returns the sets of files that are links to one another, each ascending, by their indexes. Files without a
// link are in none.
func HardLinks(files []File) [][]int {
	type id struct{ device, inode uint32 }
	first := make(map[id]int)
	sets := make(map[id]int)
	var list [][]int
	for i := range files {
		f := &files[i]
		if !f.IsRegular() || f.IsGhost() || f.Inode == 0 && f.Device == 0 {
			continue
		}
		k := id{f.Device, f.Inode}
		j, seen := first[k]
		if !seen {
			first[k] = i
			continue
		}
		s, ok := sets[k]
		if !ok {
			s = len(list)
			sets[k] = s
			list = append(list, []int{j})
		}
		list[s] = append(list[s], i)
	}
	return list
}
