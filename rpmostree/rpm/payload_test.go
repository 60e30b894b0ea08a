package rpm_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// member makes a member of an archive.
func member(name, content string) string {
	return padded(fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		0, 0, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0, name)) + padded(content)
}

func padded(s string) string { return s + strings.Repeat("\x00", (4-len(s)%4)%4) }

// withArchive replaces the payload of a package by an archive that is not compressed.
func withArchive(t testing.TB, s *rpmtest.Spec, archive string) *rpm.Package {
	t.Helper()
	p, err := rpm.Read(io.MultiReader(bytes.NewReader(build(t, s).HeaderBytes()), strings.NewReader(archive)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// contents reads a payload: a line for each entry.
func contents(p *rpm.Package, opts *rpm.PayloadOptions) (string, error) {
	r, err := p.Payload(opts)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b strings.Builder
	for {
		e, err := r.Next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		if e.HardlinkTo != nil {
			fmt.Fprintf(&b, "%s -> %s\n", e.File.Path, e.HardlinkTo.Path)
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "%s %q\n", e.File.Path, data)
	}
}

func TestArchives(t *testing.T) {
	files := &rpmtest.Spec{Name: "archives", Files: []rpmtest.File{
		{Path: "/a", Content: []byte("A")}, {Path: "/b", HardLink: "/a"}, {Path: "/c", HardLink: "/a"},
		{Path: "/d", Mode: rpm.ModeDir | 0o755}, {Path: "/e"}, {Path: "/f", HardLink: "/e"}, {Path: "/g", Flags: rpm.FileGhost},
		{Path: "/l", LinkTo: "a"}, {Path: "/m", Flags: rpm.FileConfig | rpm.FileMissingOK},
	}}
	const (
		rest    = "/d \"\"\n/f \"\"\n/e -> /f\n/l \"\"\n/m \"\"\n"
		trailer = "TRAILER!!!"
	)
	tail := member("./d", "") + member("./e", "") + member("./f", "") + member("./l", "a") + member("./m", "") + member(trailer, "")
	for _, c := range []struct{ name, archive, want, err string }{
		{"as rpm writes it", member("./a", "") + member("./b", "") + member("./c", "A") + tail, "/c \"A\"\n/a -> /c\n/b -> /c\n" + rest, ""},
		{"content first", member("./a", "A") + member("./b", "") + member("./c", "") + tail, "/a \"A\"\n/b -> /a\n/c -> /a\n" + rest, ""},
		{"content with each", member("./a", "A") + member("./b", "A") + member("./c", "A") + tail, "/a \"A\"\n/b -> /a\n/c -> /a\n" + rest, ""},
		{"absolute names", member("/a", "A") + member("/b", "") + member("/c", "") + tail, "/a \"A\"\n/b -> /a\n/c -> /a\n" + rest, ""},
		{"bare names", member("a", "A") + member("b", "") + member("c", "") + tail, "/a \"A\"\n/b -> /a\n/c -> /a\n" + rest, ""},
		{"another order", member("./c", "") + member("./a", "") + member("./b", "A") + tail, "/b \"A\"\n/c -> /b\n/a -> /b\n" + rest, ""},
		{"without what may be missing", member("./a", "A") + member("./b", "") + member("./c", "") +
			strings.Replace(tail, member("./m", ""), "", 1), "/a \"A\"\n/b -> /a\n/c -> /a\n" + strings.Replace(rest, "/m \"\"\n", "", 1), ""},
		{"a ghost in it", member("./a", "A") + member("./b", "") + member("./c", "") + member("./g", "") + tail, "/a \"A\"\n/b -> /a\n/c -> /a\n/g \"\"\n" + rest, ""},

		{"content missing", member("./a", "") + member("./b", "") + tail, "", `content of "/b" is missing`},
		{"file missing", member("./a", "A") + member("./b", "") + tail, "", `"/c" is missing`},
		{"unknown file", member("./x", ""), "", `"./x" is not in the header`},
		{"twice", member("./d", "") + member("./d", ""), "", `"/d" comes twice`},
		{"wrong size", member("./a", "AB"), "", `"/a" has 2 bytes, not 1`},
		{"wrong content", member("./a", "B"), "", `digest of "/a" is`},
		{"directory with content", member("./d", "x"), "", `"/d" has content`},
		{"no trailer", member("./a", "A"), "", "unexpected EOF"},
		{"nothing", "", "", "unexpected EOF"},
		{"cut content", member("./a", "A")[:113], "", "unexpected EOF"},
		{"no archive", "hello, world, this is text", "", "unknown compression"},
		{"no member", member("./a", "A") + strings.Repeat("x", 120), "", "magic number"},
		{"bad number", strings.Replace(member("./a", "A"), "00000001", "0000000g", 2), "", "archive header"},
		{"endless name", "070701" + strings.Repeat("0", 88) + "ffffffff" + "00000000", "", "archive header"},
		{"stripped: no such file", "07070X" + "000000ff" + "\x00\x00", "", "file number 255 of 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := contents(withArchive(t, files, c.archive), &rpm.PayloadOptions{TrustPayload: true})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("it has\n%s, not\n%s: %v", got, c.want, err)
			}
		})
	}
}

func TestPayloadDigests(t *testing.T) {
	for _, compressor := range []string{"gzip", "xz", "zstd", "lzma", "none"} {
		for _, v6 := range []bool{false, true} {
			s := &rpmtest.Spec{Name: "digests", Compressor: compressor, V6: v6, Files: []rpmtest.File{{Path: "/a", Content: []byte("A")}}}
			data, err := rpmtest.Build(s)
			if err != nil {
				t.Fatal(err)
			}
			read := func(data []byte) error {
				p, err := rpm.Read(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				_, err = contents(p, nil)
				return err
			}
			if err := read(data); err != nil {
				t.Errorf("%s: %v", compressor, err)
			}
			if err := read(append(bytes.Clone(data), 0)); err == nil {
				t.Errorf("%s: a byte more is accepted", compressor)
			}
			if err := read(data[:len(data)-1]); err == nil {
				t.Errorf("%s: a byte less is accepted", compressor)
			}
		}
	}
}

func TestPayloadStoredAnewWithoutCompression(t *testing.T) {
	s := &rpmtest.Spec{Name: "anew", Files: []rpmtest.File{{Path: "/a", Content: []byte("A")}}}
	archive, err := build(t, s).Archive()
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	plain, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contents(withArchive(t, s, string(plain)), nil); err != nil {
		t.Error(err)
	}
	if _, err := contents(withArchive(t, s, string(plain)+"\x00"), nil); !errors.Is(err, rpm.ErrDigest) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestPayloadOnlyOnce(t *testing.T) {
	p := build(t, &rpmtest.Spec{Name: "once"})
	if _, err := contents(p, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Payload(nil); !errors.Is(err, rpm.ErrNoPayload) {
		t.Errorf("the second time: %v", err)
	}
	if _, err := p.Archive(); !errors.Is(err, rpm.ErrNoPayload) {
		t.Errorf("the archive: %v", err)
	}
}

func TestNotAPackage(t *testing.T) {
	good, err := rpmtest.Build(&rpmtest.Spec{Name: "good"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		err  error
	}{
		"nothing":              {nil, rpm.ErrNotPackage},
		"text":                 {[]byte("hello"), rpm.ErrNotPackage},
		"a cut lead":           {good[:50], rpm.ErrNotPackage},
		"only a lead":          {good[:rpm.LeadSize], io.ErrUnexpectedEOF},
		"a cut header":         {good[:600], io.ErrUnexpectedEOF},
		"another magic number": {bytes.Replace(good, []byte("\x8e\xad\xe8\x01"), []byte("\x8e\xad\xe8\x02"), 1), rpm.ErrCorrupt},
	} {
		if _, err := rpm.Read(bytes.NewReader(c.data)); !errors.Is(err, c.err) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestCaps(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"=":                                 "",
		"cap_net_raw=ep":                    "0100000200200000000000000000000000000000",
		"= cap_net_raw+ep":                  "0100000200200000000000000000000000000000",
		"cap_net_raw=p":                     "0000000200200000000000000000000000000000",
		"cap_net_raw=pie":                   "0100000200200000002000000000000000000000",
		"cap_net_admin,cap_net_raw=ep":      "0100000200300000000000000000000000000000",
		"cap_bpf=ep":                        "0100000200000000000000008000000000000000",
		"CAP_CHOWN=p cap_fowner=p":          "0000000209000000000000000000000000000000",
		"cap_chown,cap_kill=ep cap_kill-ep": "0100000201000000000000000000000000000000",
	} {
		got, err := rpm.ParseCaps(text)
		if err != nil || fmt.Sprintf("%x", got) != want {
			t.Errorf("%q is %x, %v", text, got, err)
		}
	}
	for _, text := range []string{"cap_net_raw", "cap_nothing=ep", "cap_net_raw=x", "cap_chown=ep cap_kill=p"} {
		if _, err := rpm.ParseCaps(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
