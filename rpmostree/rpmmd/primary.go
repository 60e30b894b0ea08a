package rpmmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Op is the comparison of a dependency: the sum of OpGT, OpEQ and OpLT, 0 for none.
type Op = uint8

// The bits of an operator. Their values are those of libsolv's relations.
const (
	OpGT Op = 1
	OpEQ Op = 2
	OpLT Op = 4
)

// Entry is one dependency of a package. The version is absent (all three parts empty) when Op
// is 0.
type Entry struct {
	Name    []byte
	Op      Op
	Epoch   []byte // decimal; nil when the document has none
	Version []byte
	Release []byte // nil when the dependency names no release
	Pre     bool   // needed by a scriptlet, and so before the package itself
}

// FileType is the kind of a file in a file list.
type FileType uint8

// The kinds of files.
const (
	FileRegular FileType = iota // also links and everything else
	FileDir
	FileGhost // belongs to the package, but is not in it
)

// FileEntry is one path of a package.
type FileEntry struct {
	Path []byte
	Type FileType
	Hash []byte // hex digest of the content; only in filelists-ext
}

// PackageData is one package of primary.xml. The slices point into the parser's window: they
// are valid, and must not be changed, during the call they are handed out in.
type PackageData struct {
	Name, Arch, Epoch, Version, Release []byte

	// PkgID is the hex checksum of the package file; it identifies the package in the
	// other documents of the repository.
	PkgID, ChecksumType []byte

	Summary, Description, Packager, URL          []byte
	License, Vendor, Group, BuildHost, SourceRPM []byte

	// Href is the location relative to XMLBase or, when that is empty, to the repository.
	Href, XMLBase []byte

	FileTime, BuildTime              int64 // seconds since 1970
	Size, InstalledSize, ArchiveSize int64 // bytes; Size is that of the file
	HeaderStart, HeaderEnd           int64 // offsets of the main header and of its end in the file

	Provides, Requires, Conflicts, Obsoletes    []Entry
	Recommends, Suggests, Supplements, Enhances []Entry

	// Files are the paths in primary.xml only: those in bin directories and /etc. See
	// [ParseFilelists] for all of them.
	Files []FileEntry
}

// ParsePrimary reads a decompressed primary.xml and calls sink for each package. An error of
// sink ends the parsing, and is returned as it is.
//
// Memory is bounded by the size of the largest package. The document is read to its end, so
// that a reader that verifies a checksum there has its say; packages that sink was called for
// before are to be discarded when an error is returned.
func ParsePrimary(ctx context.Context, r io.Reader, sink func(*PackageData) error) error {
	p := &primaryParser{s: newScanner(r, maxPackage)}
	if err := p.s.run(ctx, p.unit, func() error { return p.emit(sink) }); err != nil {
		return fmt.Errorf("primary: %w", err)
	}
	return nil
}

type primaryParser struct {
	s      *scanner
	pkg    PackageData
	inRoot bool
	have   bool // pkg is complete
}

func (p *primaryParser) emit(sink func(*PackageData) error) error {
	if !p.have {
		return nil
	}
	p.have = false
	return sink(&p.pkg)
}

// unit reads the start of the document, one child of it, or its end.
func (p *primaryParser) unit() (done bool, err error) {
	s := p.s
	if !p.inRoot {
		k, err := s.root("metadata")
		if err != nil {
			return false, err
		}
		p.inRoot = true
		return k == kindEmpty, nil
	}
	switch k := s.tag(); k {
	case kindStart, kindEmpty:
		if string(s.local) != "package" {
			return false, s.skip(k)
		}
		if k == kindEmpty {
			return false, s.errorf("empty <package>")
		}
		if err := p.packageElement(); err != nil {
			return false, err
		}
		p.have = true
		return false, nil
	case kindEnd:
		return true, s.closes("metadata")
	default:
		return false, s.failure(k)
	}
}

// closes checks that the end tag just read is that of the named element.
func (s *scanner) closes(name string) error {
	if string(s.local) != name {
		return s.errorf("<%s> is closed by </%s>", name, quoted(s.name))
	}
	return nil
}

func (d *PackageData) reset() {
	*d = PackageData{
		Provides: d.Provides[:0], Requires: d.Requires[:0], Conflicts: d.Conflicts[:0], Obsoletes: d.Obsoletes[:0],
		Recommends: d.Recommends[:0], Suggests: d.Suggests[:0], Supplements: d.Supplements[:0], Enhances: d.Enhances[:0],
		Files: d.Files[:0],
	}
}

// packageElement reads the children of <package>.
func (p *primaryParser) packageElement() error {
	s, d := p.s, &p.pkg
	d.reset()
	for {
		k := s.tag()
		if k == kindEnd {
			if err := s.closes("package"); err != nil {
				return err
			}
			if len(d.Name) == 0 || len(d.Arch) == 0 || len(d.PkgID) == 0 {
				return s.errorf("package without name, arch or checksum")
			}
			return nil
		}
		if k != kindStart && k != kindEmpty {
			return s.failure(k)
		}
		if err := p.child(k); err != nil {
			return err
		}
	}
}

func (p *primaryParser) child(k kind) (err error) {
	s, d := p.s, &p.pkg
	switch string(s.local) {
	case "name":
		d.Name, err = s.text(k)
	case "arch":
		d.Arch, err = s.text(k)
	case "version":
		d.Epoch, d.Version, d.Release = s.attr("epoch"), s.attr("ver"), s.attr("rel")
		err = s.skip(k)
	case "checksum":
		d.ChecksumType = s.attr("type")
		d.PkgID, err = s.text(k)
	case "summary":
		d.Summary, err = s.text(k)
	case "description":
		d.Description, err = s.text(k)
	case "packager":
		d.Packager, err = s.text(k)
	case "url":
		d.URL, err = s.text(k)
	case "time":
		d.FileTime, d.BuildTime = number(s.attr("file")), number(s.attr("build"))
		err = s.skip(k)
	case "size":
		d.Size, d.InstalledSize, d.ArchiveSize = number(s.attr("package")), number(s.attr("installed")), number(s.attr("archive"))
		err = s.skip(k)
	case "location":
		d.Href, d.XMLBase = s.attr("href"), s.attr("xml:base")
		err = s.skip(k)
	case "format":
		if k == kindStart {
			err = p.format()
		}
	default:
		err = s.skip(k)
	}
	return err
}

// format reads the children of <format>.
func (p *primaryParser) format() (err error) {
	s, d := p.s, &p.pkg
	for {
		k := s.tag()
		if k == kindEnd {
			return s.closes("format")
		}
		if k != kindStart && k != kindEmpty {
			return s.failure(k)
		}
		switch string(s.local) {
		case "license":
			d.License, err = s.text(k)
		case "vendor":
			d.Vendor, err = s.text(k)
		case "group":
			d.Group, err = s.text(k)
		case "buildhost":
			d.BuildHost, err = s.text(k)
		case "sourcerpm":
			d.SourceRPM, err = s.text(k)
		case "header-range":
			d.HeaderStart, d.HeaderEnd = number(s.attr("start")), number(s.attr("end"))
			err = s.skip(k)
		case "provides":
			d.Provides, err = s.entries(k, d.Provides)
		case "requires":
			d.Requires, err = s.entries(k, d.Requires)
		case "conflicts":
			d.Conflicts, err = s.entries(k, d.Conflicts)
		case "obsoletes":
			d.Obsoletes, err = s.entries(k, d.Obsoletes)
		case "recommends":
			d.Recommends, err = s.entries(k, d.Recommends)
		case "suggests":
			d.Suggests, err = s.entries(k, d.Suggests)
		case "supplements":
			d.Supplements, err = s.entries(k, d.Supplements)
		case "enhances":
			d.Enhances, err = s.entries(k, d.Enhances)
		case "file":
			d.Files, err = s.file(k, d.Files)
		default:
			err = s.skip(k)
		}
		if err != nil {
			return err
		}
	}
}

// entries reads the dependencies in the section whose start tag was read last.
func (s *scanner) entries(section kind, list []Entry) ([]Entry, error) {
	if section == kindEmpty {
		return list, nil
	}
	name := s.local
	for {
		k := s.tag()
		switch {
		case k == kindEnd:
			if !bytes.Equal(s.local, name) {
				return list, s.errorf("<%s> is closed by </%s>", quoted(name), quoted(s.name))
			}
			return list, nil
		case k != kindEmpty && k != kindStart:
			return list, s.failure(k)
		case string(s.local) == "entry":
			list = append(list, s.entry())
		}
		if k == kindStart {
			if err := s.skip(k); err != nil {
				return list, err
			}
		}
	}
}

// entry makes a dependency of the attributes of the last tag.
func (s *scanner) entry() (e Entry) {
	for i := range s.attrs {
		value := s.attrs[i].value
		switch string(s.attrs[i].name) {
		case "name":
			e.Name = value
		case "flags":
			e.Op = operator(value)
		case "epoch":
			e.Epoch = value
		case "ver":
			e.Version = value
		case "rel":
			e.Release = value
		case "pre":
			e.Pre = len(value) > 0 && (value[0] == '1' || value[0] == 't')
		}
	}
	if e.Op == 0 {
		e.Epoch, e.Version, e.Release = nil, nil, nil
	}
	return e
}

func operator(flags []byte) Op {
	switch string(flags) {
	case "EQ":
		return OpEQ
	case "GE":
		return OpGT | OpEQ
	case "LE":
		return OpLT | OpEQ
	case "GT":
		return OpGT
	case "LT":
		return OpLT
	case "NE":
		return OpLT | OpGT
	}
	return 0
}

// file appends the <file> whose start tag was read last.
func (s *scanner) file(k kind, list []FileEntry) ([]FileEntry, error) {
	e := FileEntry{}
	for i := range s.attrs {
		switch string(s.attrs[i].name) {
		case "type":
			e.Type = fileType(s.attrs[i].value)
		case "hash":
			e.Hash = s.attrs[i].value
		}
	}
	path, err := s.text(k)
	if err != nil || len(path) == 0 {
		return list, err
	}
	e.Path = path
	return append(list, e), nil
}

func fileType(b []byte) FileType {
	switch string(b) {
	case "dir":
		return FileDir
	case "ghost":
		return FileGhost
	}
	return FileRegular
}
