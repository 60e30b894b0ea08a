package rpmtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"github.com/nestos-dev/nestos/internal/xz"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// packed is a file in its place in the header.
type packed struct {
	File
	inode, nlink uint32
	last         bool // the member of its set of hard links that the content comes with
}

// prepareFiles fills in defaults, sorts, and numbers the inodes.
func (s *Spec) prepareFiles() ([]packed, error) {
	files := make([]packed, len(s.Files))
	for i, f := range s.Files {
		if f.Mode&rpm.ModeType == 0 {
			kind, perm := rpm.ModeRegular, uint32(0o644)
			if f.LinkTo != "" {
				kind, perm = rpm.ModeSymlink, 0o777
			}
			f.Mode = kind | cmp.Or(f.Mode, perm)
		}
		f.User, f.Group = cmp.Or(f.User, "root"), cmp.Or(f.Group, "root")
		f.MTime = cmp.Or(f.MTime, s.BuildTime)
		f.VerifyFlags = cmp.Or(f.VerifyFlags, rpm.VerifyAll)
		if f.Mode&rpm.ModeType == rpm.ModeSymlink {
			f.Content = []byte(f.LinkTo)
		}
		files[i] = packed{File: f, nlink: 1, last: true}
	}
	slices.SortStableFunc(files, func(a, b packed) int { return strings.Compare(a.Path, b.Path) })
	byPath := make(map[string]int, len(files))
	for i := range files {
		files[i].inode = uint32(i + 1)
		byPath[files[i].Path] = i
	}
	return files, linkFiles(files, byPath)
}

// linkFiles gives the members of a set of hard links the same inode, content and properties.
func linkFiles(files []packed, byPath map[string]int) error {
	sets := make(map[int][]int)
	for i := range files {
		if files[i].HardLink == "" {
			continue
		}
		to, ok := byPath[files[i].HardLink]
		if !ok || files[to].HardLink != "" {
			return fmt.Errorf("%s is a link to %s, which is no file of the package", files[i].Path, files[i].HardLink)
		}
		sets[to] = append(sets[to], i)
	}
	for to, from := range sets {
		members := append([]int{to}, from...)
		slices.Sort(members)
		for _, m := range members {
			f := &files[m]
			path, origin := f.Path, files[to].File
			f.File = origin
			f.Path = path
			f.inode, f.nlink = uint32(members[0]+1), uint32(len(members))
			f.last = m == members[len(members)-1]
		}
	}
	return nil
}

func setFiles(b *rpm.HeaderBuilder, s *Spec, files []packed) {
	var total uint64
	var dirs, bases, digests, links, users, groups, langs, caps []string
	var indexes, sizes, mtimes, flags, verify, devices, inodes, colors []uint32
	var longSizes []uint64
	var modes, rdevs []uint16
	known := make(map[string]uint32)
	anyCaps := false
	for i := range files {
		f := &files[i]
		dir, base := splitPath(f.Path)
		n, ok := known[dir]
		if !ok {
			n = uint32(len(dirs))
			known[dir], dirs = n, append(dirs, dir)
		}
		indexes, bases = append(indexes, n), append(bases, base)
		size, digest := uint64(len(f.Content)), ""
		if f.Mode&rpm.ModeType == rpm.ModeRegular && f.Flags&rpm.FileGhost == 0 {
			sum := sha256.Sum256(f.Content)
			digest = hex.EncodeToString(sum[:])
			if f.last {
				total += size
			}
		}
		sizes, longSizes = append(sizes, uint32(size)), append(longSizes, size)
		digests, links = append(digests, digest), append(links, f.LinkTo)
		modes, rdevs = append(modes, uint16(f.Mode)), append(rdevs, uint16(f.Rdev))
		mtimes, flags = append(mtimes, f.MTime), append(flags, uint32(f.Flags))
		verify, colors = append(verify, uint32(f.VerifyFlags)), append(colors, f.Color)
		users, groups, langs = append(users, f.User), append(groups, f.Group), append(langs, f.Langs)
		devices, inodes = append(devices, 1), append(inodes, f.inode)
		caps = append(caps, f.Caps)
		anyCaps = anyCaps || f.Caps != ""
	}
	if s.V6 {
		b.SetUint64s(rpm.TagLongSize, total)
		b.SetUint64s(rpm.TagLongFileSizes, longSizes...)
	} else {
		b.SetUint32s(rpm.TagSize, uint32(total))
		b.SetUint32s(rpm.TagFileSizes, sizes...)
	}
	b.SetStrings(rpm.TagBasenames, bases...)
	b.SetStrings(rpm.TagDirnames, dirs...)
	b.SetUint32s(rpm.TagDirIndexes, indexes...)
	b.SetUint16s(rpm.TagFileModes, modes...)
	b.SetUint16s(rpm.TagFileRDevs, rdevs...)
	b.SetUint32s(rpm.TagFileMTimes, mtimes...)
	b.SetStrings(rpm.TagFileDigests, digests...)
	b.SetStrings(rpm.TagFileLinkTos, links...)
	b.SetUint32s(rpm.TagFileFlags, flags...)
	b.SetStrings(rpm.TagFileUserName, users...)
	b.SetStrings(rpm.TagFileGroupName, groups...)
	b.SetUint32s(rpm.TagFileVerifyFlags, verify...)
	b.SetUint32s(rpm.TagFileDevices, devices...)
	b.SetUint32s(rpm.TagFileInodes, inodes...)
	b.SetStrings(rpm.TagFileLangs, langs...)
	b.SetUint32s(rpm.TagFileColors, colors...)
	if anyCaps {
		b.SetStrings(rpm.TagFileCaps, caps...)
	}
	if len(files) > 0 {
		b.SetUint32s(rpm.TagFileDigestAlgo, uint32(rpm.SHA256))
	}
}

func splitPath(path string) (dir, base string) {
	i := strings.LastIndexByte(path, '/')
	return path[:i+1], path[i+1:]
}

// archive makes the payload before compression.
func (s *Spec) archive(files []packed) ([]byte, error) {
	var out bytes.Buffer
	pad := func() { out.Write(make([]byte, (4-out.Len()%4)%4)) }
	member := func(f *packed, name string, data []byte) {
		fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			f.inode, f.Mode, 0, 0, f.nlink, f.MTime, len(data), 0, 1, f.Rdev>>8, f.Rdev&0xff, len(name)+1, 0, name)
		pad()
		out.Write(data)
		pad()
	}
	for i := range files {
		f := &files[i]
		if f.Flags&rpm.FileGhost != 0 {
			continue
		}
		data := f.Content
		if !f.last {
			data = nil
		}
		if len(data) > 1<<31 {
			return nil, fmt.Errorf("%s is too large", f.Path)
		}
		if s.Stripped {
			fmt.Fprintf(&out, "07070X%08x", i)
			pad()
			out.Write(data)
			pad()
			continue
		}
		name := f.Path
		if !s.Source {
			name = "." + name
		}
		member(f, name, data)
	}
	trailer := packed{nlink: 1}
	fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		0, 0, 0, 0, trailer.nlink, 0, 0, 0, 0, 0, 0, len("TRAILER!!!")+1, 0, "TRAILER!!!")
	pad()
	return out.Bytes(), nil
}

func compress(name string, data []byte) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch name {
	case "none":
		return data, nil
	case "gzip":
		w, err = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	case "xz":
		w, err = xz.NewWriter(&out, &xz.WriterOptions{DictSize: 1 << 20})
	case "zstd":
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	case "lzma":
		w, err = lzma.NewWriter(&out)
	default:
		err = fmt.Errorf("compressor %s is not supported", name)
	}
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
