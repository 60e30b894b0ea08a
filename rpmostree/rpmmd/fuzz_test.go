package rpmmd_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// describePrimary is the outcome of parsing, and whether it was a good one.
func describePrimary(t *testing.T, r io.Reader) (string, error) {
	got, err := describeAll(t, r)
	return got, err
}

func FuzzParsePrimary(f *testing.F) {
	f.Add([]byte(golden(f, "primary.xml")))
	f.Add([]byte(minimal("<summary>a<![CDATA[b]]>&amp;&#x41;</summary><!-- c -->", `<rpm:provides><rpm:entry name='x>' flags="EQ" ver="1"/></rpm:provides><file type="dir">/etc</file>`)))
	f.Add([]byte("<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE m><metadata><package>"))
	f.Add([]byte("<?xml version='1.0' encoding='ISO-8859-1'?><metadata><package><name>\xfc</name>"))
	f.Add([]byte("\xff\xfe<\x00m\x00e\x00t\x00a\x00d\x00a\x00t\x00a\x00/\x00>\x00=\xd8\x00\xde"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// How the bytes arrive must make no difference.
		whole, err := describePrimary(t, bytes.NewReader(data))
		pieces, err2 := describePrimary(t, iotest.OneByteReader(bytes.NewReader(data)))
		if whole != pieces || (err == nil) != (err2 == nil) {
			t.Fatalf("%q %v\n%q %v", whole, err, pieces, err2)
		}
	})
}

func FuzzParseFilelists(f *testing.F) {
	f.Add([]byte(golden(f, "filelists.xml")), "/etc")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		all, err := fileLines(t, bytes.NewReader(data), nil)
		some, err2 := fileLines(t, bytes.NewReader(data), func(p []byte) bool { return strings.HasPrefix(string(p), path) })
		if (err == nil) != (err2 == nil) || len(some) > len(all) {
			t.Fatal(err, err2)
		}
		for _, line := range strings.Split(some, "\n") {
			if !strings.Contains(all, line) {
				t.Fatalf("%q", line)
			}
		}
	})
}

func FuzzParseOther(f *testing.F) {
	f.Add([]byte(golden(f, "other.xml")))
	f.Fuzz(func(t *testing.T, data []byte) {
		rpmmd.ParseOther(t.Context(), bytes.NewReader(data), func(p *rpmmd.PackageChangelog) error {
			if len(p.PkgID) == 0 {
				t.Fatal("package without id")
			}
			return nil
		})
	})
}

// What was read of a repomd.xml is the same after it was written and read again.
func FuzzParseRepomd(f *testing.F) {
	f.Add([]byte(golden(f, "repomd.xml")))
	f.Add([]byte(`<repomd><revision>a&#13;b</revision><tags><content>&lt;</content><distro cpeid="&quot;&#9;">ü</distro></tags><data type="t"><location href="h" xml:base="b"/></data></repomd>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := rpmmd.ParseRepomd(t.Context(), bytes.NewReader(data))
		if err != nil {
			return
		}
		text := m.AppendXML(nil)
		again, err := rpmmd.ParseRepomd(t.Context(), bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if second := again.AppendXML(nil); !bytes.Equal(text, second) {
			t.Fatalf("%s\n%s", text, second)
		}
	})
}

func FuzzParseMetalink(f *testing.F) {
	f.Add([]byte(metalink([][]byte{[]byte("a"), []byte("b")}, "http://x", "https://y")))
	f.Add([]byte("http://a/\n#\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := rpmmd.ParseMetalink(t.Context(), bytes.NewReader(data)); err == nil {
			if len(m.Accepted) == 0 || len(m.BaseURLs()) > len(m.URLs) {
				t.Fatalf("%+v", m)
			}
			m.Vouches(data)
		}
		list, _ := rpmmd.ParseMirrorlist(t.Context(), bytes.NewReader(data))
		for _, u := range list {
			if !strings.Contains(u, "://") {
				t.Fatalf("%q", u)
			}
		}
	})
}

func FuzzParseUpdateinfo(f *testing.F) {
	f.Add([]byte(updateinfoText))
	f.Fuzz(func(t *testing.T, data []byte) {
		var whole, pieces []*rpmmd.Update
		err := rpmmd.ParseUpdateinfo(t.Context(), bytes.NewReader(data), func(u *rpmmd.Update) error { whole = append(whole, u); return nil })
		err2 := rpmmd.ParseUpdateinfo(t.Context(), iotest.HalfReader(bytes.NewReader(data)), func(u *rpmmd.Update) error { pieces = append(pieces, u); return nil })
		if len(whole) != len(pieces) || (err == nil) != (err2 == nil) {
			t.Fatal(err, err2)
		}
	})
}

func FuzzParseComps(f *testing.F) {
	f.Add([]byte(compsText))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := rpmmd.ParseComps(t.Context(), bytes.NewReader(data))
		if (c == nil) != (err != nil) {
			t.Fatal(c, err)
		}
	})
}

func FuzzParseModules(f *testing.F) {
	f.Add([]byte(modulesText))
	f.Add([]byte("a: &a [x]\nb: *a\n---\n...\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := rpmmd.ParseModules(t.Context(), bytes.NewReader(data))
		if err == nil {
			rpmmd.NewModuleFilter([]*rpmmd.Modules{m}, []rpmmd.ModuleState{{Name: "nodejs", Stream: "18", State: "enabled"}})
		}
	})
}

func FuzzParseRepoFile(f *testing.F) {
	f.Add([]byte(repoText), "a$x${x:-${y:+z}}\\")
	f.Fuzz(func(t *testing.T, data []byte, value string) {
		vars := rpmmd.Vars{"x": value, "y": "1", "releasever": "1.2"}
		if len(value) < 100 {
			if out, err := vars.Expand(value); err != nil || len(out) > len(value)*len(value)+100 {
				t.Fatal(len(out), err)
			}
		}
		repos, _, err := rpmmd.ParseRepoFile(data, "f", vars)
		if err != nil && repos != nil {
			t.Fatal(err)
		}
		for _, r := range repos {
			if r.ID == "" || strings.ContainsAny(r.ID, "/ \x00") {
				t.Fatalf("%q", r.ID)
			}
		}
	})
}

// Whatever a package has in it, what we write about it is well-formed.
func FuzzWritePackage(f *testing.F) {
	names, _ := filepath.Glob("testdata/packages/*.rpm")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := rpm.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		info := &rpmmd.PackageInfo{Checksum: rpmmd.Checksum{Type: "sha256", Hex: "00"}, Href: "a"}
		var doc bytes.Buffer
		doc.WriteString(primaryHead)
		if err := rpmmd.WritePackage(&doc, p, info); err != nil {
			return
		}
		doc.WriteString("</metadata>")
		if got, err := describeAll(t, bytes.NewReader(doc.Bytes())); err != nil && !strings.Contains(err.Error(), "package without name") {
			t.Fatalf("%v\n%s", err, doc.String())
		} else if err == nil {
			if want := withStandardParser(t, doc.Bytes()); got != want {
				t.Fatalf("%s\n%s", got, want)
			}
		}
	})
}
