package rpmmd_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

const primaryHead = `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="1">
`

// minimal is a package with the given children and format children.
func minimal(children, format string) string {
	return primaryHead + `<package type="rpm"><name>n</name><arch>a</arch><checksum type="sha256" pkgid="YES">c</checksum>` +
		children + `<format>` + format + `</format></package></metadata>`
}

// describe writes everything there is about a package in one line for each fact.
func describe(w *strings.Builder, p *rpmmd.PackageData) {
	fmt.Fprintf(w, "%s-%s:%s-%s.%s %s:%s\n", p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.ChecksumType, p.PkgID)
	fmt.Fprintf(w, " %q %q %q %q\n", p.Summary, p.Description, p.Packager, p.URL)
	fmt.Fprintf(w, " %q %q %q %q %q\n", p.License, p.Vendor, p.Group, p.BuildHost, p.SourceRPM)
	fmt.Fprintf(w, " %q %q %d %d %d %d %d %d %d\n", p.Href, p.XMLBase, p.FileTime, p.BuildTime, p.Size, p.InstalledSize, p.ArchiveSize, p.HeaderStart, p.HeaderEnd)
	for i, list := range [][]rpmmd.Entry{p.Provides, p.Requires, p.Conflicts, p.Obsoletes, p.Recommends, p.Suggests, p.Supplements, p.Enhances} {
		for _, e := range list {
			fmt.Fprintf(w, " %d %q %d %q %q %q %v\n", i, e.Name, e.Op, e.Epoch, e.Version, e.Release, e.Pre)
		}
	}
	for _, f := range p.Files {
		fmt.Fprintf(w, " %q %d\n", f.Path, f.Type)
	}
}

func describeAll(t testing.TB, r io.Reader) (string, error) {
	var w strings.Builder
	err := rpmmd.ParsePrimary(t.Context(), r, func(p *rpmmd.PackageData) error {
		describe(&w, p)
		return nil
	})
	return w.String(), err
}

func TestParsePrimary(t *testing.T) {
	doc := minimal(`
  <version epoch="1" ver="2~rc" rel="3.fc40"/>
  <summary>a &lt;b&gt; &amp; &quot;c&quot; &apos;d&#39; &#x263a;</summary>
  <description>one
 two </description><packager/><url></url>
  <time file="10.5" build="20"/><size package="1" installed="2" archive="3"/>
  <location xml:base="http://x/" href="a&amp;b.rpm"/>`, `
    <rpm:license>L</rpm:license><rpm:vendor>V</rpm:vendor><rpm:group>G</rpm:group>
    <rpm:buildhost>B</rpm:buildhost><rpm:sourcerpm>S</rpm:sourcerpm><rpm:header-range start="4" end="5"/>
    <rpm:provides><rpm:entry name="p" flags="EQ" epoch="0" ver="1" rel="2"/><rpm:entry name='q>"' rel="7"></rpm:entry></rpm:provides>
    <rpm:requires><rpm:entry flags="GE" ver="1" pre="1" name="r"/></rpm:requires>
    <rpm:conflicts><rpm:entry name="c" flags="LT" ver="1"/></rpm:conflicts>
    <rpm:obsoletes><rpm:entry name="o" flags="LE" ver="1"/></rpm:obsoletes>
    <rpm:recommends><rpm:entry name="(a if b)"/></rpm:recommends>
    <rpm:suggests><rpm:entry name="s" flags="GT" ver="1"/></rpm:suggests>
    <rpm:supplements><rpm:entry name="su"/></rpm:supplements><rpm:enhances><rpm:entry name="e"/></rpm:enhances>
    <file>/etc/a</file><file type="dir">/etc/b</file><file type="ghost">/etc/c</file>`)
	want := `n-1:2~rc-3.fc40.a sha256:c
 "a <b> & \"c\" 'd' ☺" "one\n two " "" ""
 "L" "V" "G" "B" "S"
 "a&b.rpm" "http://x/" 10 20 1 2 3 4 5
 0 "p" 2 "0" "1" "2" false
 0 "q>\"" 0 "" "" "" false
 1 "r" 3 "" "1" "" true
 2 "c" 4 "" "1" "" false
 3 "o" 6 "" "1" "" false
 4 "(a if b)" 0 "" "" "" false
 5 "s" 1 "" "1" "" false
 6 "su" 0 "" "" "" false
 7 "e" 0 "" "" "" false
 "/etc/a" 0
 "/etc/b" 1
 "/etc/c" 2
`
	got, err := describeAll(t, strings.NewReader(doc))
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = describeAll(t, iotest.OneByteReader(strings.NewReader(doc)))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, want, withStandardParser(t, []byte(doc)))
}

func TestParsePrimaryOddButValid(t *testing.T) {
	for name, doc := range map[string]string{
		"byte order mark":        "\ufeff" + minimal("", ""),
		"other prefix":           strings.NewReplacer("rpm:", "x:", "xmlns:rpm", "xmlns:x").Replace(minimal("", `<rpm:license>L</rpm:license>`)),
		"comments":               strings.ReplaceAll(minimal("<!-- </package> <x> -->", "<!----><?pi <a> ?>"), "</metadata>", "<!-- c --></metadata>\n<!-- end -->\n<?x?>\n"),
		"document type":          strings.Replace(minimal("", ""), "<metadata", "<!DOCTYPE metadata>\n<metadata", 1),
		"unknown elements":       minimal("<x><name>no</name><package/></x>", "<y/><rpm:provides/><z a='1'>t</z>"),
		"no packages":            primaryHead + "</metadata>",
		"empty root":             `<metadata packages="0"/>`,
		"space in tags":          strings.ReplaceAll(minimal("", ""), "</name>", "</name \n>"),
		"other roots of unknown": primaryHead + "<other><package></package></other></metadata>  \n\t",
		"character data":         minimal("<summary>a<![CDATA[<&]]>b<!-- c -->d<i>not this</i>e</summary>", ""),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := describeAll(t, strings.NewReader(doc))
			require.NoError(t, err)
			small, err := describeAll(t, iotest.HalfReader(strings.NewReader(doc)))
			require.NoError(t, err)
			require.Equal(t, got, small)
			if name == "character data" {
				require.Contains(t, got, `"a<&bde"`)
			}
		})
	}
}

func TestParsePrimaryRefuses(t *testing.T) {
	good := minimal("<summary>s</summary>", "<file>/etc/a</file>")
	for name, c := range map[string]struct{ doc, want string }{
		"nothing":             {"", "unexpected EOF"},
		"cut off":             {good[:len(good)-5], "unexpected EOF"},
		"other document":      {"<filelists/>", "document is <filelists>, not <metadata>"},
		"text behind":         {good + "x", "content after the end of the document"},
		"second root":         {good + "<metadata/>", "content after the end of the document"},
		"crossed tags":        {minimal("<summary>s</name>", ""), "<summary> is closed by </name>"},
		"crossed sections":    {minimal("", "<rpm:provides></rpm:requires>"), "is closed by"},
		"no name":             {strings.Replace(good, "<name>n</name>", "", 1), "package without name, arch or checksum"},
		"no quotes":           {minimal("<version ver=1/>", ""), "attribute without quotes"},
		"unknown entity":      {minimal("<summary>&nbsp;</summary>", ""), "unknown reference &nbsp;"},
		"bare ampersand":      {minimal("<summary>a & b</summary>", ""), "reference without ;"},
		"zero character":      {minimal("<summary>&#0;</summary>", ""), "unknown reference"},
		"own entities":        {"<!DOCTYPE a [<!ENTITY x 'y'>]>" + good, "not supported"},
		"other encoding":      {strings.Replace(good, "UTF-8", "KOI8-R", 1), "encoding KOI8-R is not supported"},
		"UTF-16 that is none": {strings.Replace(good, "UTF-8", "UTF-16", 1), "encoding UTF-16 is not supported"},
		"cut off UTF-16":      {"\xff\xfe<\x00a", "unexpected EOF"},
		"NUL":                 {minimal("<summary>a\x00b</summary>", ""), "NUL byte"},
		"late NUL":            {minimal("<summary>"+strings.Repeat("x", 1<<20)+"\x00</summary>", ""), "NUL byte"},
		"unknown markup":      {strings.Replace(good, "<format>", "<format><!ELEMENT >", 1), "unknown markup"},
		"empty package":       {primaryHead + "<package/></metadata>", "empty <package>"},
		"stray slash":         {minimal("<a /b>", ""), "stray /"},
		"attribute no value":  {minimal("<a b>", ""), "malformed attribute"},
		"tag without a name":  {minimal("< a>", ""), "tag without a name"},
		"too many attributes": {minimal("<a"+strings.Repeat(` b="1"`, 1<<20+1)+"/>", ""), "more than 1048576 attributes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := describeAll(t, strings.NewReader(c.doc))
			require.ErrorContains(t, err, "primary: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestParsePrimaryEncodings(t *testing.T) {
	plain := strings.Replace(minimal("<summary>gr\u00fcn</summary>", strings.Repeat("<rpm:license/>", 5000)), "<metadata", "<metadata "+strings.Repeat(`a="" `, 1000), 1)
	want, err := describeAll(t, strings.NewReader(plain))
	require.NoError(t, err)
	require.Contains(t, want, "gr\u00fcn")
	to16 := func(order binary.AppendByteOrder) (b []byte) {
		for _, c := range utf16.Encode([]rune("\ufeff" + strings.Replace(plain, "UTF-8", "UTF-16", 1))) {
			b = order.AppendUint16(b, c)
		}
		return b
	}
	for name, doc := range map[string][]byte{
		"little": to16(binary.LittleEndian), "big": to16(binary.BigEndian),
		"latin1": []byte(strings.Replace(strings.Replace(plain, "UTF-8", "iso-8859-1", 1), "\u00fc", "\xfc", 1)),
	} {
		got, err := describeAll(t, bytes.NewReader(doc))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		got, err = describeAll(t, iotest.OneByteReader(bytes.NewReader(doc)))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	_, err = describeAll(t, io.MultiReader(strings.NewReader("\xff\xfe<\x00"), iotest.ErrReader(io.ErrClosedPipe)))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// A document cut off anywhere gives an error, and never a package that is not whole.
func TestParsePrimaryCutOff(t *testing.T) {
	doc := minimal("<summary>s&amp;t</summary><!-- c --><description><![CDATA[x]]></description>", "<rpm:requires><rpm:entry name='a'/></rpm:requires>")
	whole, err := describeAll(t, strings.NewReader(doc))
	require.NoError(t, err)
	for i := range len(doc) {
		got, err := describeAll(t, strings.NewReader(doc[:i]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "at %d", i)
		require.Contains(t, []string{"", whole}, got)
	}
}

func TestParsePrimaryErrorsOfOthers(t *testing.T) {
	mine := errors.New("mine")
	err := rpmmd.ParsePrimary(t.Context(), strings.NewReader(minimal("", "")), func(*rpmmd.PackageData) error { return mine })
	require.ErrorIs(t, err, mine)
	// A verdict that comes in place of the end of file is heard.
	err = rpmmd.ParsePrimary(t.Context(), io.MultiReader(strings.NewReader(minimal("", "")), iotest.ErrReader(mine)), func(*rpmmd.PackageData) error { return nil })
	require.ErrorIs(t, err, mine)
	err = rpmmd.ParsePrimary(t.Context(), stuck{}, func(*rpmmd.PackageData) error { return nil })
	require.ErrorIs(t, err, io.ErrNoProgress)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = rpmmd.ParsePrimary(ctx, strings.NewReader(strings.Repeat(" ", 1<<20)), func(*rpmmd.PackageData) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// repeat is a document of n times the same text between a head and a tail.
type repeat struct {
	head, body, tail string
	n                int
	rest             string
}

func (r *repeat) Read(p []byte) (int, error) {
	for r.rest == "" {
		switch {
		case r.head != "":
			r.rest, r.head = r.head, ""
		case r.n > 0:
			r.rest = r.body
			r.n--
		case r.tail != "":
			r.rest, r.tail = r.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestParsePrimaryMemory(t *testing.T) {
	pkg := strings.TrimSuffix(strings.TrimPrefix(minimal("<summary>&lt;</summary>", "<file>/etc/a</file>"), primaryHead), "</metadata>")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	err := rpmmd.ParsePrimary(t.Context(), &repeat{head: primaryHead, body: pkg, n: 200_000, tail: "</metadata>"}, func(*rpmmd.PackageData) error { n++; return nil })
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Equal(t, 200_000, n)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "allocated for %d bytes", 200_000*len(pkg))

	// One package of any size fits that is not monstrous; the window grows for it.
	files := 0
	big := &repeat{head: strings.TrimSuffix(minimal("", ""), "</format></package></metadata>"), body: "<file>/usr/bin/abcdefgh</file>", n: 300_000, tail: "</format></package></metadata>"}
	err = rpmmd.ParsePrimary(t.Context(), big, func(p *rpmmd.PackageData) error { files = len(p.Files); return nil })
	require.NoError(t, err)
	require.Equal(t, 300_000, files)

	endless := &repeat{head: primaryHead + "<package><name>", body: strings.Repeat("x", 1<<20), n: 1000}
	err = rpmmd.ParsePrimary(t.Context(), endless, func(*rpmmd.PackageData) error { return nil })
	require.ErrorContains(t, err, "element of more than")
}

// The standard library's reading of the document, for comparison.
type (
	xmlEntry struct {
		Name  string `xml:"name,attr"`
		Flags string `xml:"flags,attr"`
		Epoch string `xml:"epoch,attr"`
		Ver   string `xml:"ver,attr"`
		Rel   string `xml:"rel,attr"`
		Pre   string `xml:"pre,attr"`
	}
	xmlPackage struct {
		Name    string `xml:"name"`
		Arch    string `xml:"arch"`
		Version struct {
			Epoch string `xml:"epoch,attr"`
			Ver   string `xml:"ver,attr"`
			Rel   string `xml:"rel,attr"`
		} `xml:"version"`
		Checksum struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"checksum"`
		Summary     string `xml:"summary"`
		Description string `xml:"description"`
		Packager    string `xml:"packager"`
		URL         string `xml:"url"`
		Time        struct {
			File  string `xml:"file,attr"`
			Build string `xml:"build,attr"`
		} `xml:"time"`
		Size struct {
			Package   int64 `xml:"package,attr"`
			Installed int64 `xml:"installed,attr"`
			Archive   int64 `xml:"archive,attr"`
		} `xml:"size"`
		Location struct {
			Base string `xml:"base,attr"`
			Href string `xml:"href,attr"`
		} `xml:"location"`
		Format struct {
			License, Vendor, Group, Buildhost, Sourcerpm string
			LicenseX                                     string `xml:"license"`
			VendorX                                      string `xml:"vendor"`
			GroupX                                       string `xml:"group"`
			BuildhostX                                   string `xml:"buildhost"`
			SourcerpmX                                   string `xml:"sourcerpm"`
			Range                                        struct {
				Start int64 `xml:"start,attr"`
				End   int64 `xml:"end,attr"`
			} `xml:"header-range"`
			Provides    []xmlEntry `xml:"provides>entry"`
			Requires    []xmlEntry `xml:"requires>entry"`
			Conflicts   []xmlEntry `xml:"conflicts>entry"`
			Obsoletes   []xmlEntry `xml:"obsoletes>entry"`
			Recommends  []xmlEntry `xml:"recommends>entry"`
			Suggests    []xmlEntry `xml:"suggests>entry"`
			Supplements []xmlEntry `xml:"supplements>entry"`
			Enhances    []xmlEntry `xml:"enhances>entry"`
			Files       []struct {
				Type string `xml:"type,attr"`
				Path string `xml:",chardata"`
			} `xml:"file"`
		} `xml:"format"`
	}
)

func withStandardParser(t testing.TB, doc []byte) string {
	t.Helper()
	var w strings.Builder
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return w.String()
		}
		require.NoError(t, err)
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != "package" {
			continue
		}
		var x xmlPackage
		require.NoError(t, d.DecodeElement(&x, &start))
		describe(&w, x.data())
	}
}

func (x *xmlPackage) data() *rpmmd.PackageData {
	b := func(s string) []byte { return []byte(s) }
	whole := func(s string) (n int64) {
		fmt.Sscanf(s, "%d", &n)
		return n
	}
	p := &rpmmd.PackageData{
		Name: b(x.Name), Arch: b(x.Arch), Epoch: b(x.Version.Epoch), Version: b(x.Version.Ver), Release: b(x.Version.Rel),
		PkgID: b(x.Checksum.Text), ChecksumType: b(x.Checksum.Type), Summary: b(x.Summary), Description: b(x.Description),
		Packager: b(x.Packager), URL: b(x.URL), License: b(x.Format.LicenseX), Vendor: b(x.Format.VendorX), Group: b(x.Format.GroupX),
		BuildHost: b(x.Format.BuildhostX), SourceRPM: b(x.Format.SourcerpmX), Href: b(x.Location.Href), XMLBase: b(x.Location.Base),
		FileTime: whole(x.Time.File), BuildTime: whole(x.Time.Build), Size: x.Size.Package, InstalledSize: x.Size.Installed,
		ArchiveSize: x.Size.Archive, HeaderStart: x.Format.Range.Start, HeaderEnd: x.Format.Range.End,
		Provides: entries(x.Format.Provides), Requires: entries(x.Format.Requires), Conflicts: entries(x.Format.Conflicts),
		Obsoletes: entries(x.Format.Obsoletes), Recommends: entries(x.Format.Recommends), Suggests: entries(x.Format.Suggests),
		Supplements: entries(x.Format.Supplements), Enhances: entries(x.Format.Enhances),
	}
	for _, f := range x.Format.Files {
		typ := map[string]rpmmd.FileType{"dir": rpmmd.FileDir, "ghost": rpmmd.FileGhost}[f.Type]
		p.Files = append(p.Files, rpmmd.FileEntry{Path: b(f.Path), Type: typ})
	}
	return p
}

func entries(list []xmlEntry) []rpmmd.Entry {
	var out []rpmmd.Entry
	for _, x := range list {
		e := rpmmd.Entry{Name: []byte(x.Name), Pre: x.Pre == "1"}
		switch x.Flags {
		case "EQ":
			e.Op = rpmmd.OpEQ
		case "LT":
			e.Op = rpmmd.OpLT
		case "LE":
			e.Op = rpmmd.OpLT | rpmmd.OpEQ
		case "GT":
			e.Op = rpmmd.OpGT
		case "GE":
			e.Op = rpmmd.OpGT | rpmmd.OpEQ
		}
		if e.Op != 0 {
			e.Epoch, e.Version, e.Release = []byte(x.Epoch), []byte(x.Ver), []byte(x.Rel)
		}
		out = append(out, e)
	}
	return out
}

// TestUniversePrimary compares all packages of the large repository, or a part of them with
// -short.
func TestUniversePrimary(t *testing.T) {
	doc := document(t, "primary")
	if testing.Short() && len(doc) > 8<<20 {
		end := bytes.LastIndex(doc[:8<<20], []byte("</package>")) + len("</package>")
		doc = append(doc[:end:end], "</metadata>"...)
	}
	got, err := describeAll(t, bytes.NewReader(doc))
	require.NoError(t, err)
	if want := withStandardParser(t, doc); got != want {
		a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range a {
			require.Less(t, i, len(b))
			require.Equal(t, b[i], a[i], "line %d", i)
		}
		require.Len(t, b, len(a))
	}
}
