package rpmmd

import (
	"context"
	"fmt"
	"io"
)

// PackageFiles is one package of filelists.xml or filelists-ext.xml. The slices are valid, and
// must not be changed, during the call they are handed out in.
type PackageFiles struct {
	PkgID, Name, Arch, Epoch, Version, Release []byte

	Files []FileEntry
}

// ParseFilelists reads a decompressed filelists.xml and calls sink for each package. With
// wanted, Files has only the paths that wanted is true for, and packages without such a path
// are passed over: that is how the few paths are found that occur in dependencies. wanted must
// not keep its argument.
//
// Memory, the reading to the end and errors are as with [ParsePrimary].
func ParseFilelists(ctx context.Context, r io.Reader, wanted func(path []byte) bool, sink func(*PackageFiles) error) error {
	p := &filelistsParser{perPackage: perPackage{s: newScanner(r, maxPackage), rootName: "filelists"}, wanted: wanted}
	p.parse = p.files
	err := p.s.run(ctx, p.unit, func() error {
		if !p.have || wanted != nil && len(p.list) == 0 {
			return nil
		}
		return sink(&PackageFiles{p.id, p.name, p.arch, p.epoch, p.version, p.release, p.list})
	})
	if err != nil {
		return fmt.Errorf("filelists: %w", err)
	}
	return nil
}

// perPackage walks over documents with one <package pkgid= name= arch=> for each package.
type perPackage struct {
	s        *scanner
	rootName string
	inRoot   bool
	have     bool
	parse    func(k kind) error // of the content of one <package>

	id, name, arch, epoch, version, release []byte
}

func (p *perPackage) unit() (done bool, err error) {
	s := p.s
	p.have = false
	if !p.inRoot {
		k, err := s.root(p.rootName, p.rootName+"-ext")
		if err != nil {
			return false, err
		}
		p.rootName = string(s.local)
		p.inRoot = true
		return k == kindEmpty, nil
	}
	switch k := s.tag(); k {
	case kindStart, kindEmpty:
		if string(s.local) != "package" {
			return false, s.skip(k)
		}
		p.id, p.name, p.arch = s.attr("pkgid"), s.attr("name"), s.attr("arch")
		p.epoch, p.version, p.release = nil, nil, nil
		if len(p.id) == 0 {
			return false, s.errorf("package without pkgid")
		}
		err := p.parse(k)
		p.have = err == nil
		return false, err
	case kindEnd:
		return true, s.closes(p.rootName)
	default:
		return false, s.failure(k)
	}
}

// children calls child for every element in the <package> whose start tag was read last.
func (p *perPackage) children(k kind, child func(k kind) error) error {
	if k == kindEmpty {
		return nil
	}
	s := p.s
	for {
		k := s.tag()
		if k == kindEnd {
			return s.closes("package")
		}
		if k != kindStart && k != kindEmpty {
			return s.failure(k)
		}
		var err error
		if string(s.local) == "version" {
			p.epoch, p.version, p.release = s.attr("epoch"), s.attr("ver"), s.attr("rel")
			err = s.skip(k)
		} else {
			err = child(k)
		}
		if err != nil {
			return err
		}
	}
}

type filelistsParser struct {
	perPackage
	wanted func([]byte) bool
	list   []FileEntry
}

func (p *filelistsParser) files(k kind) error {
	s := p.s
	p.list = p.list[:0]
	return p.children(k, func(k kind) (err error) {
		if string(s.local) != "file" {
			return s.skip(k)
		}
		n := len(p.list)
		p.list, err = s.file(k, p.list)
		if err == nil && p.wanted != nil && len(p.list) > n && !p.wanted(p.list[n].Path) {
			p.list = p.list[:n]
		}
		return err
	})
}

// PackageChangelog is one package of other.xml. The slices are valid, and must not be changed,
// during the call they are handed out in.
type PackageChangelog struct {
	PkgID, Name, Arch, Epoch, Version, Release []byte

	Entries []ChangelogEntry // as in the document: the oldest first
}

// ChangelogEntry is one entry of a package's changelog.
type ChangelogEntry struct {
	Author []byte // with address and, often, version: "A <a@b> - 1-1"
	Date   int64  // seconds since 1970
	Text   []byte
}

// ParseOther reads a decompressed other.xml and calls sink for each package. Memory, the
// reading to the end and errors are as with [ParsePrimary].
func ParseOther(ctx context.Context, r io.Reader, sink func(*PackageChangelog) error) error {
	p := &perPackage{s: newScanner(r, maxPackage), rootName: "otherdata"}
	var list []ChangelogEntry
	p.parse = func(k kind) error {
		list = list[:0]
		return p.children(k, func(k kind) error {
			if string(p.s.local) != "changelog" {
				return p.s.skip(k)
			}
			e := ChangelogEntry{Author: p.s.attr("author"), Date: number(p.s.attr("date"))}
			var err error
			e.Text, err = p.s.text(k)
			list = append(list, e)
			return err
		})
	}
	err := p.s.run(ctx, p.unit, func() error {
		if !p.have {
			return nil
		}
		return sink(&PackageChangelog{p.id, p.name, p.arch, p.epoch, p.version, p.release, list})
	})
	if err != nil {
		return fmt.Errorf("other: %w", err)
	}
	return nil
}
