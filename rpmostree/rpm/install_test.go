package rpm_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// installedTime is what SOURCE_DATE_EPOCH tells real rpm.
const installedTime = 1750000000

// exported returns the headers of a database as real rpm exports them.
func exported(t testing.TB, root string) []byte {
	t.Helper()
	r := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "rpmdb"), "--root", root, "--dbpath", "/db", "--exportdb")
	return []byte(r.Stdout)
}

func TestInstalledBlobEqualsRPM(t *testing.T) {
	testutil.Root(t)
	eachPackage(t, func(t *testing.T, path string) {
		p := open(t, path)
		if p.IsSource() || !p.Header.HasRegion() {
			t.Skip("real rpm does not install it in this way")
		}
		root := installRoot(t)
		t.Setenv("SOURCE_DATE_EPOCH", "1750000000")
		if r := rpmInstall(t, root, path, "--justdb", "--define", "_transaction_color 3"); r.Exit != 0 {
			t.Fatal(r)
		}
		want := exported(t, root)
		blob, err := p.InstalledBlob(rpm.InstallInfo{Time: installedTime, TID: installedTime, Color: 3})
		if err != nil {
			t.Fatal(err)
		}
		h, err := rpm.ParseBlob(blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.CheckDigests(); err != nil {
			t.Error(err)
		}
		var got bytes.Buffer
		if err := rpm.WriteHeader(&got, h); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			for headers, err := range rpm.ReadHeaderList(bytes.NewReader(want)) {
				if err != nil {
					t.Fatal(err)
				}
				compareHeaders(t, h, headers)
			}
			t.Errorf("%d bytes differ from rpm's %d", got.Len(), len(want))
		}
	})
}

// compareHeaders reports the tags that differ.
func compareHeaders(t *testing.T, got, want *rpm.Header) {
	t.Helper()
	a, b := slices.Collect(got.Tags()), slices.Collect(want.Tags())
	if !slices.Equal(a, b) {
		t.Errorf("the tags are\n%v, not\n%v", a, b)
	}
}

func TestHeaderListRoundTrip(t *testing.T) {
	var want []byte
	for _, name := range []string{"a", "b", "c"} {
		var b bytes.Buffer
		if err := rpm.WriteHeader(&b, build(t, &rpmtest.Spec{Name: name}).Header); err != nil {
			t.Fatal(err)
		}
		want = append(want, b.Bytes()...)
	}
	var got bytes.Buffer
	for h, err := range rpm.ReadHeaderList(bytes.NewReader(want)) {
		if err != nil {
			t.Fatal(err)
		}
		if err := rpm.WriteHeader(&got, h); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the headers differ")
	}
	var failed bool
	for _, err := range rpm.ReadHeaderList(bytes.NewReader(want[:len(want)-1])) {
		failed = err != nil
	}
	if !failed {
		t.Error("a list without its end is accepted")
	}
}

func TestHeaderBytesRoundTrip(t *testing.T) {
	eachPackage(t, func(t *testing.T, path string) {
		p := open(t, path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := p.HeaderBytes()
		if !bytes.Equal(b, data[:p.HeaderEnd]) {
			t.Fatal("HeaderBytes differs from the file")
		}
		q, err := rpm.ParseHeaderBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		if q.NEVRA() != p.NEVRA() || !rpm.EqualSealed(p.Header, q.Header) {
			t.Error("the header that was read again differs")
		}
		if _, err := q.Payload(nil); err != rpm.ErrNoPayload {
			t.Errorf("a payload without a file: %v", err)
		}
	})
}

func TestDribblesReplaceTagsOfTheRegion(t *testing.T) {
	p := build(t, &rpmtest.Spec{Name: "region", Files: []rpmtest.File{{Path: "/a"}, {Path: "/b"}}, Header: func(b *rpm.HeaderBuilder) {
		b.SetUint32s(rpm.TagInstallTime, 2)
	}})
	states := []rpm.FileState{rpm.StateNormal, rpm.StateWrongColor}
	blob, err := p.InstalledBlob(rpm.InstallInfo{Time: 7, States: states, PackageSHA256: "00"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := rpm.ParseBlob(blob)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Uint32(rpm.TagInstallTime); got != 7 {
		t.Errorf("INSTALLTIME is %d", got)
	}
	files, err := h.Files()
	if err != nil {
		t.Fatal(err)
	}
	if files[0].State != states[0] || files[1].State != states[1] {
		t.Errorf("the states are %d and %d", files[0].State, files[1].State)
	}
	if err := h.CheckDigests(); err != nil {
		t.Errorf("the sealed region has changed: %v", err)
	}
	if !rpm.EqualSealed(h, p.Header) {
		t.Error("the sealed regions differ")
	}
	if _, err := p.InstalledBlob(rpm.InstallInfo{States: states[:1]}); err == nil {
		t.Error("one state for two files is accepted")
	}
}

// ancient turns a package into one of rpm 2: no region, paths in one list, no digests but MD5.
func ancient(t testing.TB, dir string, s *rpmtest.Spec) string {
	t.Helper()
	s.Bare = true
	p := build(t, s)
	var b rpm.HeaderBuilder
	for info := range p.Header.Tags() {
		b.Copy(p.Header, info.Tag, info.Tag)
	}
	paths, err := p.Header.Paths()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []rpm.Tag{
		rpm.TagBasenames, rpm.TagDirnames, rpm.TagDirIndexes, rpm.TagPayloadDigest, rpm.TagPayloadDigestAlgo, rpm.TagPayloadDigestAlt,
		rpm.TagPayloadCompressor, rpm.TagEncoding, rpm.TagFileDevices, rpm.TagFileInodes, rpm.TagFileDigests, rpm.TagFileDigestAlgo,
		rpm.TagProvideVersion, rpm.TagProvideFlags, rpm.TagFileColors, rpm.TagFileLangs, rpm.TagPlatform,
	} {
		b.Remove(tag)
	}
	b.SetStrings(rpm.TagOldFilenames, paths...)
	header := append([]byte("\x8e\xad\xe8\x01\x00\x00\x00\x00"), b.Blob(0)...)
	archive, err := p.Archive()
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var sig rpm.HeaderBuilder
	sig.SetUint32s(rpm.SigSize, uint32(len(header)))
	signature := append([]byte("\x8e\xad\xe8\x01\x00\x00\x00\x00"), sig.Blob(0)...)
	file := append(append([]byte(nil), p.Lead...), signature...)
	file = append(file, make([]byte, (8-len(signature)%8)%8)...)
	file = append(file, header...)
	var payload bytes.Buffer
	if _, err := payload.ReadFrom(archive); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, s.FileName())
	if err := os.WriteFile(path, append(file, payload.Bytes()...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPackagesWithoutRegion(t *testing.T) {
	path := ancient(t, t.TempDir(), &rpmtest.Spec{Name: "ancient", Provides: []string{"something"}, Files: []rpmtest.File{
		{Path: "/usr/bin/x", Content: []byte("x")}, {Path: "/usr/bin/y"}, {Path: "/usr/share/z", LinkTo: "/x"},
	}})
	p := open(t, path)
	if p.Header.HasRegion() {
		t.Fatal("there is a region")
	}
	var got bytes.Buffer
	if err := rpm.WriteXML(&got, queryHeader(t, p)); err != nil {
		t.Fatal(err)
	}
	diff(t, got.String(), tool(t, "rpm", "-qp", "--nosignature", "--nodigest", "--xml", path).Stdout)
	if deps := p.Header.Deps(rpm.Provides); len(deps) != 2 || deps[1].String() != "ancient = 1-1" {
		t.Errorf("it provides %v", deps)
	}
	if err := p.Extract(t.Context(), t.TempDir(), nil); err != nil {
		t.Error(err)
	}
	blob, err := p.InstalledBlob(rpm.InstallInfo{Time: 1})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := rpm.ParseBlob(blob); err != nil || h.NEVRA() != p.NEVRA() || h.Uint32(rpm.TagInstallTime) != 1 {
		t.Error("the record of the installed package is wrong", err)
	}
}

func TestSourcePackagesWithoutTheTag(t *testing.T) {
	s := &rpmtest.Spec{Name: "old", Source: true, Files: []rpmtest.File{{Path: "a.spec"}, {Path: "b.tar"}},
		Header: func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagSourcePackage) }}
	if !build(t, s).IsSource() {
		t.Error("files without a directory and no SOURCERPM: these are sources")
	}
	if build(t, &rpmtest.Spec{Name: "new", Files: s.Files[:0]}).IsSource() {
		t.Error("a binary package is none of sources")
	}
}

func TestXMLOfOddHeaders(t *testing.T) {
	for name, change := range map[string]func(b *rpm.HeaderBuilder){
		"no SOURCERPM":           func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagSourceRPM) },
		"no version of provides": func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagProvideVersion); b.Remove(rpm.TagProvideFlags) },
		"unknown tags":           func(b *rpm.HeaderBuilder) { b.SetString(4999, "x"); b.SetUint64s(900000, 1<<63) },
		"long sizes": func(b *rpm.HeaderBuilder) {
			b.Remove(rpm.TagFileSizes)
			b.SetUint64s(rpm.TagLongFileSizes, 1<<40)
		},
		"not UTF-8": func(b *rpm.HeaderBuilder) { b.SetString(rpm.TagURL, "gr\xfc\xdfe\x01\x7f") },
		"icon":      func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.TagGIF, bytes.Repeat([]byte{0, 0xff, 7}, 99)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{Name: "odd", Header: change, Files: []rpmtest.File{{Path: "/a"}}})
			var got bytes.Buffer
			if err := rpm.WriteXML(&got, queryHeader(t, open(t, path))); err != nil {
				t.Fatal(err)
			}
			diff(t, got.String(), tool(t, "rpm", "-qp", "--nosignature", "--xml", path).Stdout)
		})
	}
}

func TestSignatureTagsMustBeInForm(t *testing.T) {
	for name, s := range map[string]*rpmtest.Spec{
		"in both headers": {Header: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagArchiveSize, 77) }},
		"short MD5":       {Signature: func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.SigMD5, []byte("abcd")) }},
		"two digests":     {Signature: func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.SigSHA1, "abcd", "x") }},
		"size in words":   {Signature: func(b *rpm.HeaderBuilder) { b.SetString(rpm.SigSize, "abcd") }},
		"size of 64 bits": {Signature: func(b *rpm.HeaderBuilder) { b.SetUint64s(rpm.SigSize, 5) }},
		"two sizes":       {Signature: func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.SigPayloadSize, 5, 6) }},
		"string for RSA":  {Signature: func(b *rpm.HeaderBuilder) { b.SetString(rpm.SigRSA, "abcd") }},
		"unknown ones": {Signature: func(b *rpm.HeaderBuilder) {
			b.SetString(300, "x")
			b.SetUint32s(257, 5)
			b.SetBytes(1006, []byte("x"))
		}},
		"sizes of 64 bits": {Signature: func(b *rpm.HeaderBuilder) {
			b.SetUint64s(rpm.SigLongSize, 5)
			b.SetUint64s(rpm.SigLongArchiveSize, 5)
			b.SetStrings(rpm.SigVeritySignatures, "x")
			b.SetUint32s(rpm.SigVerityAlgo, 5)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Name = "signature"
			path := rpmtest.Write(t, t.TempDir(), s)
			p := open(t, path)
			var got bytes.Buffer
			h, err := p.QueryHeader()
			if err == nil {
				err = rpm.WriteXML(&got, h)
			} else if _, err := p.InstalledBlob(rpm.InstallInfo{}); err == nil {
				t.Error("it can be installed, but not queried")
			}
			want := tool(t, "rpm", "-qp", "--nosignature", "--nodigest", "--xml", path)
			diff(t, got.String(), want.Stdout)
			if message := fmt.Sprint("error: ", path, ": ", err); err != nil && !strings.HasPrefix(want.Stderr, strings.Replace(message, "corrupt package: ", "", 1)) {
				t.Errorf("the error is %v, not %s", err, want.Stderr)
			}
		})
	}
}

func TestV6(t *testing.T) {
	content := bytes.Repeat([]byte("v6"), 1000)
	p := build(t, &rpmtest.Spec{Name: "six", V6: true, Compressor: "zstd", Files: []rpmtest.File{
		{Path: "/a", Content: content}, {Path: "/b", HardLink: "/a"}, {Path: "/c", LinkTo: "a"}, {Path: "/d", Mode: rpm.ModeDir | 0o755}, {Path: "/e"},
	}})
	if v := p.Header.Uint32(rpm.TagRPMFormat); v != 6 {
		t.Fatalf("the format is %d", v)
	}
	dir := t.TempDir()
	if err := p.Extract(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s has %d bytes, %v", name, len(got), err)
		}
	}
}

func TestStrippedArchiveIsRead(t *testing.T) {
	path := rpmtest.Write(t, t.TempDir(), &rpmtest.Spec{Name: "stripped", Stripped: true, Files: []rpmtest.File{
		{Path: "/a", Content: []byte("content")}, {Path: "/l", HardLink: "/a"}, {Path: "/s", LinkTo: "a"}, {Path: "/g", Flags: rpm.FileGhost}, {Path: "/z", Content: []byte("z")},
	}})
	var got bytes.Buffer
	if err := rpm.WriteXML(&got, queryHeader(t, open(t, path))); err != nil {
		t.Fatal(err)
	}
	diff(t, got.String(), tool(t, "rpm", "-qp", "--nosignature", "--xml", path).Stdout)
	if err := open(t, path).Extract(t.Context(), t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		root, ours := installRoot(t), t.TempDir()
		if r := rpmInstall(t, root, path); r.Exit != 0 {
			t.Fatal(r)
		}
		if err := open(t, path).Extract(t.Context(), ours, &rpm.ExtractOptions{Owner: ownerOf}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "l", "s", "z"} {
			a, errA := os.ReadFile(filepath.Join(ours, name))
			b, errB := os.ReadFile(filepath.Join(root, name))
			if errA != nil || errB != nil || !bytes.Equal(a, b) {
				t.Errorf("%s is %q, not %q (%v, %v)", name, a, b, errA, errB)
			}
		}
	}
}

func TestHeaderLimits(t *testing.T) {
	good := build(t, &rpmtest.Spec{Name: "limits", Files: []rpmtest.File{{Path: "/a"}}}).Header.Blob()
	put := func(b []byte, at int, v uint32) []byte {
		b = bytes.Clone(b)
		binary.BigEndian.PutUint32(b[at:], v)
		return b
	}
	entry := func(i, field int) int { return 8 + 16*i + 4*field }
	for name, b := range map[string][]byte{
		"nothing":              nil,
		"no entries":           put(good, 0, 0),
		"too many entries":     put(good, 0, 70000),
		"too much data":        put(good, 4, 1<<30),
		"less data":            good[:len(good)-1],
		"more data":            append(bytes.Clone(good), 0),
		"tag 5":                put(good, entry(1, 0), 5),
		"negative tag":         put(good, entry(1, 0), 1<<31),
		"type 0":               put(good, entry(1, 1), 0),
		"type 10":              put(good, entry(1, 1), 10),
		"offset behind data":   put(good, entry(2, 2), uint32(len(good))),
		"negative offset":      put(good, entry(2, 2), 1<<32-4),
		"count 0":              put(good, entry(2, 3), 0),
		"two strings in one":   put(good, entry(2, 3), 2),
		"huge count":           put(good, entry(1, 3), 1<<32-1),
		"overlap":              put(good, entry(3, 2), 1),
		"number for a string":  put(good, entry(2, 1), 2),
		"region not binary":    put(good, entry(0, 1), 6),
		"region of 15 bytes":   put(good, entry(0, 3), 15),
		"region behind data":   put(good, entry(0, 2), uint32(len(good))),
		"region at the start":  put(good, entry(0, 2), 0),
		"trailer of no index":  put(good, len(good)-8, 0),
		"trailer of half one":  put(good, len(good)-8, 1<<32-24),
		"trailer of all twice": put(good, len(good)-8, 1<<32-1<<20),
		"trailer's tag":        put(good, len(good)-16, 62),
	} {
		if _, err := rpm.ParseBlob(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := rpm.ParseBlob(good); err != nil {
		t.Error(err)
	}
}
