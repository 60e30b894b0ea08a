package rpm_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// seeds are small packages of all kinds.
func seeds(f *testing.F) [][]byte {
	var list [][]byte
	for _, s := range []*rpmtest.Spec{
		{Name: "a"}, {Name: "b", V6: true, Files: []rpmtest.File{{Path: "/a", Content: []byte("x")}, {Path: "/b", HardLink: "/a"}}},
		{Name: "c", Compressor: "none", Files: []rpmtest.File{{Path: "/a", Content: []byte("x")}, {Path: "/b", HardLink: "/a"}, {Path: "/l", LinkTo: "a"}}},
		{Name: "d", Compressor: "none", Stripped: true, Files: []rpmtest.File{{Path: "/a", Content: []byte("x")}}},
		{Name: "e", Compressor: "lzma"}, {Name: "f", Compressor: "xz"}, {Name: "g", Compressor: "zstd", Source: true, Files: []rpmtest.File{{Path: "s"}}},
	} {
		data, err := rpmtest.Build(s)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, data)
	}
	files, err := filepath.Glob("testdata/*.rpm")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// use calls all that reads a header.
func use(t *testing.T, h *rpm.Header) {
	files, err := h.Files()
	if err == nil {
		rpm.HardLinks(files)
		if _, err := rpm.OrderElement(h); err != nil {
			t.Errorf("the files can be read, but: %v", err)
		}
	}
	for kind := rpm.Provides; kind <= rpm.Order; kind++ {
		h.Deps(kind)
	}
	for kind := rpm.ScriptPreTrans; kind <= rpm.ScriptPostUnTrans; kind++ {
		h.Script(kind)
	}
	h.Triggers()
	h.FileTriggers()
	h.TransFileTriggers()
	last := rpm.Tag(0)
	for info := range h.Tags() {
		if info.Tag <= last {
			t.Errorf("tag %d behind %d", info.Tag, last)
		}
		last = info.Tag
		h.String(info.Tag)
		h.Uint64(info.Tag)
		h.Bytes(info.Tag)
		if list := h.Strings(info.Tag); list != nil && len(list) != info.Count {
			t.Errorf("tag %d has %d strings, not %d", info.Tag, len(list), info.Count)
		}
		if list := h.Uint64s(info.Tag); list != nil && len(list) != info.Count {
			t.Errorf("tag %d has %d numbers, not %d", info.Tag, len(list), info.Count)
		}
	}
	if err := rpm.WriteXML(io.Discard, h); err != nil {
		t.Error(err)
	}
	for _, q := range []string{`%{NEVRA}[%{FILENAMES} %{FILENLINKS}\n]`, `[%{*}\n]`, `[%{TRIGGERCONDS}%{TRIGGERTYPE}]%{FILECLASS}%{HEADERCOLOR}[%{REQUIRENEVRS}]`} {
		h.Query(q)
	}
	if err := h.CheckDigests(); err != nil {
		return
	}
}

func FuzzParseBlob(f *testing.F) {
	for _, data := range seeds(f) {
		p, err := rpm.Read(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Header.Blob())
		f.Add(p.Signature.Blob())
		if blob, err := p.InstalledBlob(rpm.InstallInfo{}); err == nil {
			f.Add(blob)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := rpm.ParseBlob(data)
		if err != nil {
			return
		}
		if !bytes.Equal(h.Blob(), data) {
			t.Error("the blob has changed")
		}
		use(t, h)
	})
}

func FuzzPackage(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := rpm.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(data, p.HeaderBytes()[:rpm.LeadSize]) || p.HeaderEnd > int64(len(data)) {
			t.Error("the headers are not those of the file")
		}
		use(t, p.Header)
		if h, err := p.QueryHeader(); err == nil {
			use(t, h)
		}
		if blob, err := p.InstalledBlob(rpm.InstallInfo{Time: 1}); err == nil {
			h, err := rpm.ParseBlob(blob)
			if err != nil {
				t.Errorf("the record of an installed package cannot be read: %v", err)
			} else if h.Uint32(rpm.TagInstallTime) != 1 || !rpm.EqualSealed(h, p.Header) && p.Header.HasRegion() {
				t.Error("the record of an installed package is not as it was made")
			}
		}
		if _, err := rpm.Verify(t.Context(), bytes.NewReader(data), nil); err != nil {
			t.Errorf("the headers can be read, but: %v", err)
		}
		readSome(t, p)
	})
}

// readSome reads a payload, which may be much larger than the package.
func readSome(t *testing.T, p *rpm.Package) {
	r, err := p.Payload(&rpm.PayloadOptions{MaxMemory: 1 << 20})
	if err != nil {
		return
	}
	defer r.Close()
	seen := 0
	for range 1000 {
		e, err := r.Next()
		if err != nil {
			break
		}
		if e.File == nil {
			t.Fatal("an entry without a file")
		}
		seen++
		if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil && err != io.EOF {
			break
		}
	}
	if n := p.Header.FileCount(); seen > n {
		t.Errorf("%d entries for %d files", seen, n)
	}
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(member("./a", "A") + member("./b", "") + member("./c", "") + member("./d", "") + member("TRAILER!!!", "")))
	f.Add([]byte("07070X00000000\x00\x00A\x00\x00\x00"))
	s := &rpmtest.Spec{Name: "p", Compressor: "none", Files: []rpmtest.File{
		{Path: "/a", Content: []byte("A")}, {Path: "/b", HardLink: "/a"}, {Path: "/c", HardLink: "/a"}, {Path: "/d", Mode: rpm.ModeDir | 0o755}, {Path: "/l", LinkTo: "a"},
	}}
	data, err := rpmtest.Build(s)
	if err != nil {
		f.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		f.Fatal(err)
	}
	header := p.HeaderBytes()
	f.Fuzz(func(t *testing.T, archive []byte) {
		p, err := rpm.Read(io.MultiReader(bytes.NewReader(header), bytes.NewReader(archive)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := contents(p, &rpm.PayloadOptions{TrustPayload: true, MaxMemory: 1 << 20})
		if err == nil && !bytes.Contains([]byte(text), []byte(`"A"`)) {
			t.Errorf("complete without the content: %s", text)
		}
	})
}

func FuzzQueryFormat(f *testing.F) {
	for _, q := range queries {
		f.Add(q)
	}
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "q", Files: []rpmtest.File{{Path: "/a"}, {Path: "/b"}}})
	if err != nil {
		f.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, format string) {
		if len(format) > 1000 {
			return
		}
		p.Header.Query(format)
	})
}

func FuzzParseCaps(f *testing.F) {
	f.Add("cap_net_admin,cap_net_raw=ep")
	f.Add("= cap_chown+p cap_kill-ei")
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := rpm.ParseCaps(text); err == nil && len(b) != 0 && len(b) != 20 {
			t.Errorf("%d bytes", len(b))
		}
	})
}
