package rpmmd

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// PackageInfo is what the metadata tell about a package that is not in the package itself.
type PackageInfo struct {
	Checksum Checksum // of the whole file
	Size     int64    // of the file in bytes
	FileTime int64    // modification time, in seconds since 1970
	Href     string   // location relative to the repository
	XMLBase  string   // base of Href when it is not the repository

	// ChangelogLimit is how many entries of the changelog, the newest ones, go to other.xml;
	// 0 means createrepo_c's 10, negative none.
	ChangelogLimit int

	// NarrowPre leaves out pre="1" for what only %pretrans and %posttrans scriptlets need, as
	// createrepo_c 0.17 does; version 1.2 has it.
	NarrowPre bool
}

// WritePackage writes the <package> element of primary.xml that createrepo_c 1.2 would write,
// byte for byte.
func WritePackage(w io.Writer, p *rpm.Package, info *PackageInfo) error {
	r, err := newRecord(p, info)
	if err != nil {
		return err
	}
	_, err = w.Write(r.appendPrimary(nil))
	return err
}

// WriteFilelist writes the <package> element of filelists.xml.
func WriteFilelist(w io.Writer, p *rpm.Package, info *PackageInfo) error {
	r, err := newRecord(p, info)
	if err != nil {
		return err
	}
	_, err = w.Write(r.appendFilelist(nil))
	return err
}

// WriteChangelog writes the <package> element of other.xml.
func WriteChangelog(w io.Writer, p *rpm.Package, info *PackageInfo) error {
	r, err := newRecord(p, info)
	if err != nil {
		return err
	}
	_, err = w.Write(r.appendOther(nil))
	return err
}

// record holds the parts of a package that go into more than one document.
type record struct {
	pkg   *rpm.Package
	hdr   *rpm.Header
	info  *PackageInfo
	files []rpm.File
	epoch string
	arch  string
}

func newRecord(p *rpm.Package, info *PackageInfo) (*record, error) {
	hdr, err := p.QueryHeader()
	if err != nil {
		return nil, err
	}
	files, err := hdr.Files()
	if err != nil {
		return nil, err
	}
	r := &record{pkg: p, hdr: hdr, info: info, files: files, epoch: "0", arch: hdr.String(rpm.TagArch)}
	if e, ok := hdr.Uint64(rpm.TagEpoch); ok {
		r.epoch = strconv.FormatUint(e, 10)
	}
	if p.IsSource() {
		r.arch = "src"
	}
	return r, nil
}

func (r *record) appendPrimary(b []byte) []byte {
	text := func(indent, name string, tag rpm.Tag) {
		b = appendElement(b, indent, name, "", cleanText(r.hdr.String(tag)))
	}
	b = append(b, "<package type=\"rpm\">\n"...)
	text("  ", "name", rpm.TagName)
	b = appendElement(b, "  ", "arch", "", cleanText(r.arch))
	b = r.appendVersion(b)
	b = appendElement(b, "  ", "checksum", ` type="`+attrText(r.info.Checksum.Type)+`" pkgid="YES"`, r.info.Checksum.Hex)
	text("  ", "summary", rpm.TagSummary)
	text("  ", "description", rpm.TagDescription)
	text("  ", "packager", rpm.TagPackager)
	text("  ", "url", rpm.TagURL)
	b = fmt.Appendf(b, "  <time file=\"%d\" build=\"%d\"/>\n", r.info.FileTime, r.number(rpm.TagBuildTime))
	b = fmt.Appendf(b, "  <size package=\"%d\" installed=\"%d\" archive=\"%d\"/>\n", r.info.Size,
		r.number(rpm.TagSize, rpm.TagLongSize), r.number(rpm.TagArchiveSize, rpm.TagLongArchiveSize))
	b = append(b, "  <location"...)
	if r.info.XMLBase != "" {
		b = append(b, ` xml:base="`+attrText(r.info.XMLBase)+`"`...)
	}
	b = append(b, ` href="`+attrText(r.info.Href)+"\"/>\n  <format>\n"...)
	text("    ", "rpm:license", rpm.TagLicense)
	text("    ", "rpm:vendor", rpm.TagVendor)
	text("    ", "rpm:group", rpm.TagGroup)
	text("    ", "rpm:buildhost", rpm.TagBuildHost)
	text("    ", "rpm:sourcerpm", rpm.TagSourceRPM)
	b = fmt.Appendf(b, "    <rpm:header-range start=\"%d\" end=\"%d\"/>\n", r.pkg.HeaderStart, r.pkg.HeaderEnd)
	b = r.appendDependencies(b)
	b = r.appendFiles(b, "    ", isPrimary)
	return append(b, "  </format>\n</package>\n"...)
}

// number returns the first of tags that is there, 0 when none is.
func (r *record) number(tags ...rpm.Tag) uint64 {
	for _, t := range tags {
		if n, ok := r.hdr.Uint64(t); ok {
			return n
		}
	}
	return 0
}

func (r *record) appendVersion(b []byte) []byte {
	b = append(b, `  <version epoch="`+r.epoch+`" ver="`...)
	b = append(b, attrText(r.hdr.String(rpm.TagVersion))+`" rel="`...)
	return append(b, attrText(r.hdr.String(rpm.TagRelease))+"\"/>\n"...)
}

// isPrimary tells the files that primary.xml lists, as dependencies name them often.
func isPrimary(path string) bool {
	if strings.HasPrefix(path, "/etc/") || path == "/usr/lib/sendmail" {
		return true
	}
	dir := path[:strings.LastIndexByte(path, '/')+1]
	return strings.Contains(dir, "bin/")
}

func (r *record) appendFiles(b []byte, indent string, wanted func(string) bool) []byte {
	for i := range r.files {
		f := &r.files[i]
		if f.Path == "" || wanted != nil && !wanted(f.Path) {
			continue
		}
		attrs := ""
		switch {
		case f.Mode&rpm.ModeType == rpm.ModeDir:
			attrs = ` type="dir"`
		case f.Flags&rpm.FileGhost != 0:
			attrs = ` type="ghost"`
		}
		b = appendElement(b, indent, "file", attrs, cleanText(f.Path))
	}
	return b
}

func (r *record) appendPackageStart(b []byte) []byte {
	b = append(b, `<package pkgid="`+r.info.Checksum.Hex+`" name="`...)
	b = append(b, attrText(r.hdr.String(rpm.TagName))+`" arch="`+attrText(r.arch)+"\">\n"...)
	return r.appendVersion(b)
}

func (r *record) appendFilelist(b []byte) []byte {
	b = r.appendPackageStart(b)
	b = r.appendFiles(b, "  ", nil)
	return append(b, "</package>\n"...)
}

func (r *record) appendOther(b []byte) []byte {
	b = r.appendPackageStart(b)
	for _, e := range r.changelog() {
		b = appendElement(b, "  ", "changelog", ` author="`+attrText(e.author)+`" date="`+strconv.FormatInt(e.date, 10)+`"`, cleanText(e.text))
	}
	return append(b, "</package>\n"...)
}

type changelogEntry struct {
	author, text string
	date         int64
}

// changelog returns the entries for other.xml, the oldest first. The header has the newest
// first. Entries of the same time get later ones each, so that sorting by time keeps their
// order.
func (r *record) changelog() []changelogEntry {
	times := r.hdr.Uint32s(rpm.TagChangelogTime)
	names := r.hdr.Strings(rpm.TagChangelogName)
	texts := r.hdr.Strings(rpm.TagChangelogText)
	n := min(len(times), len(names), len(texts))
	switch limit := r.info.ChangelogLimit; {
	case limit == 0:
		n = min(n, 10)
	case limit > 0:
		n = min(n, limit)
	default:
		n = 0
	}
	list := make([]changelogEntry, n)
	for i := range n {
		date := int64(times[n-1-i])
		if i > 0 && times[n-1-i] == times[n-i] {
			date = list[i-1].date + 1
		}
		author := names[n-1-i]
		if author != "" {
			author = author[:1] + strings.TrimRight(author[1:], " ")
		}
		list[i] = changelogEntry{author, texts[n-1-i], date}
	}
	return list
}

func attrText(s string) string {
	return string(appendEscaped(nil, cleanText(s), true))
}

// cleanText makes text fit for XML: bytes that are not UTF-8 are taken as Latin-1, and control
// characters are dropped.
func cleanText(s string) string {
	if !utf8.ValidString(s) {
		runes := make([]rune, len(s))
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		s = string(runes)
	}
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	return string(slices.DeleteFunc(bytes.Runes([]byte(s)), isControl))
}

func isControl(r rune) bool { return r < 32 && r != '\t' && r != '\n' && r != '\r' }
