package rpm_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// refused checks that Read refuses a package for the same reason as real rpm, which is asked if it is there.
func refused(t *testing.T, data []byte) {
	t.Helper()
	if _, err := rpm.Read(bytes.NewReader(data)); !errors.Is(err, rpm.ErrCorrupt) {
		t.Errorf("the error is %v", err)
	}
	path := filepath.Join(t.TempDir(), "x.rpm")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := tool(t, "rpm", "-qp", "--nosignature", "--nodigest", path); r.Exit == 0 {
		t.Errorf("rpm accepts it: %s", r.Stdout)
	}
}

func TestTypesOfKnownTags(t *testing.T) {
	for name, change := range map[string]func(b *rpm.HeaderBuilder){
		"char for number":    func(b *rpm.HeaderBuilder) { b.SetChars(rpm.TagBuildTime, []byte{1}) },
		"short for number":   func(b *rpm.HeaderBuilder) { b.SetUint16s(rpm.TagBuildTime, 1) },
		"long for number":    func(b *rpm.HeaderBuilder) { b.SetUint64s(rpm.TagBuildTime, 1) },
		"string for number":  func(b *rpm.HeaderBuilder) { b.SetString(rpm.TagBuildTime, "1") },
		"number for string":  func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagLicense, 1) },
		"binary for strings": func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.TagLicense, []byte("MIT")) },
	} {
		t.Run(name, func(t *testing.T) {
			data, err := rpmtest.Build(&rpmtest.Spec{Name: "typed", Header: change})
			if err != nil {
				t.Fatal(err)
			}
			refused(t, data)
			if _, err := rpm.Verify(t.Context(), bytes.NewReader(data), nil); !errors.Is(err, rpm.ErrCorrupt) {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// Versions of rpm have written these in different ways.
func TestStringsOfAnyType(t *testing.T) {
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "strings", Header: func(b *rpm.HeaderBuilder) {
		b.SetString(rpm.TagSummary, "one")
		b.SetStrings(rpm.TagLicense, "MIT")
		b.SetString(rpm.TagRequireName, "all")
		b.SetUint32s(rpm.TagRequireFlags, 0)
		b.SetString(rpm.TagRequireVersion, "")
		b.SetBytes(rpm.Tag(4999), []byte("of the future"))
	}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil || p.Header.String(rpm.TagSummary) != "one" || p.Header.String(rpm.TagLicense) != "MIT" {
		t.Errorf("%v", err)
	}
}

func TestHoles(t *testing.T) {
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "holes"})
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte("MIT\x00"), []byte("M\x00T\x00"), 1)
	refused(t, data)
	if _, err := rpm.ParseHeaderBytes(data); !errors.Is(err, rpm.ErrCorrupt) {
		t.Errorf("ParseHeaderBytes: %v", err)
	}
	// rpmkeys reports digests as usual.
	path := filepath.Join(t.TempDir(), "x.rpm")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	compareVerify(t, path, t.TempDir(), nil, "digest")
}

func TestTagsTwiceEqualRPM(t *testing.T) {
	for _, c := range [][2]rpm.Tag{{rpm.TagGroup, rpm.TagLicense}, {rpm.TagVersion, rpm.TagName}, {rpm.TagArch, rpm.TagOS}, {rpm.TagDistribution, rpm.TagBuildHost}} {
		data, err := rpmtest.Build(&rpmtest.Spec{Name: "twice", Header: func(b *rpm.HeaderBuilder) { b.SetString(rpm.TagDistribution, "D") }})
		if err != nil {
			t.Fatal(err)
		}
		p, err := rpm.ParseHeaderBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		changed := false
		for at := p.HeaderStart + 16; !changed; at += 16 {
			if binary.BigEndian.Uint32(data[at:]) == uint32(c[0]) {
				binary.BigEndian.PutUint32(data[at:], uint32(c[1]))
				changed = true
			}
		}
		path := filepath.Join(t.TempDir(), "x.rpm")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := rpm.WriteXML(&got, queryHeader(t, open(t, path))); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(got.Bytes(), []byte(`"`+c[1].Name()+`"`)); n != 2 {
			t.Errorf("%s is written %d times", c[1], n)
		}
		diff(t, got.String(), tool(t, "rpm", "-qp", "--nosignature", "--nodigest", "--xml", path).Stdout)
	}
}

// What follows the compressed archive does not matter to rpm2cpio.
func TestArchiveEndsBeforeJunk(t *testing.T) {
	rpm2cpio := testutil.Tool(t, "rpm2cpio")
	whole, err := rpmtest.Build(&rpmtest.Spec{Name: "junk", Files: []rpmtest.File{{Path: "/a", Content: []byte("a")}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		ok   bool
	}{
		"text":        {append(bytes.Clone(whole), "more than a header"...), true},
		"one byte":    {append(bytes.Clone(whole), 0x1f), true},
		"no checksum": {whole[:len(whole)-8], false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.rpm")
			if err := os.WriteFile(path, c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := open(t, path).Archive()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if (err == nil) != c.ok {
				t.Errorf("the error is %v", err)
			}
			want := testutil.Run(t, &testutil.RunOptions{Must: c.ok}, rpm2cpio, path)
			diff(t, string(got), want.Stdout)
		})
	}
}
