package rpm_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

func TestNEVRA(t *testing.T) {
	for text, want := range map[string]rpm.NEVRA{
		"kitchen-1.5-7.fc40.x86_64":    {Name: "kitchen", Version: "1.5", Release: "7.fc40", Arch: "x86_64"},
		"a-b-c-0:1~rc1-2.noarch":       {Name: "a-b-c", Epoch: "0", Version: "1~rc1", Release: "2", Arch: "noarch"},
		"python3.12-libs-12:3-4.a.src": {Name: "python3.12-libs", Epoch: "12", Version: "3", Release: "4.a", Arch: "src"},
	} {
		got, err := rpm.ParseNEVRA(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "a-1.x", "a-1-2", "-1-2.x", "a--2.x", "a-1-.x", "a-x:1-2.x", "a-1:-2.x", "a-1-2."} {
		if got, err := rpm.ParseNEVRA(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestTagNames(t *testing.T) {
	for name, want := range map[string]rpm.Tag{
		"NAME": rpm.TagName, "basenames": rpm.TagBasenames, "RPMTAG_Requirename": rpm.TagRequireName, "requires": rpm.TagRequireName,
		"PAYLOADDIGEST": rpm.TagPayloadDigest, "PAYLOADSHA256": rpm.TagPayloadDigest, "Payloadsha3_256": rpm.TagPayloadSHA3,
	} {
		if got, ok := rpm.TagByName(name); !ok || got != want {
			t.Errorf("%q is %d", name, got)
		}
	}
	if got, ok := rpm.TagByName("NOSUCHTAG"); ok {
		t.Errorf("a tag without a name is %d", got)
	}
	if rpm.Tag(4999).Name() != "(unknown)" || rpm.Tag(4999).String() != "4999" || rpm.TagURL.String() != "Url" {
		t.Error("names of tags are wrong")
	}
}

func TestScriptsAndTriggers(t *testing.T) {
	p := build(t, &rpmtest.Spec{Name: "scripts",
		Scripts: map[rpm.ScriptKind]rpm.Script{
			rpm.ScriptPre: {Body: "true"}, rpm.ScriptPost: {Prog: []string{"/sbin/ldconfig"}},
			rpm.ScriptPreUn: {HasBody: true, Prog: []string{"/bin/sh", "-e"}, Flags: rpm.ScriptExpand | rpm.ScriptCritical},
		},
		Triggers: []rpm.Trigger{
			{Script: rpm.Script{Body: "one"}, Conditions: []evr.Dep{{Name: "a", Flags: evr.TriggerIn}, {Name: "b", Flags: evr.TriggerIn | evr.Less, Version: "2"}}},
			{Script: rpm.Script{Body: "two", Prog: []string{"<lua>"}}, Conditions: []evr.Dep{{Name: "c", Flags: evr.TriggerUn}}},
		},
		TransFileTriggers: []rpm.Trigger{{Script: rpm.Script{Body: "x"}, Priority: 7, Conditions: []evr.Dep{{Name: "/usr", Flags: evr.TriggerIn}}}},
		FileTriggers:      []rpm.Trigger{{Script: rpm.Script{Body: "x"}, Conditions: []evr.Dep{{Name: "/etc", Flags: evr.TriggerIn}}}},
	})
	if s, ok := p.Header.Script(rpm.ScriptPre); !ok || s.Body != "true" || !s.HasBody || !slices.Equal(s.Prog, []string{"/bin/sh"}) {
		t.Errorf("%%pre is %+v", s)
	}
	if s, ok := p.Header.Script(rpm.ScriptPost); !ok || s.HasBody || !slices.Equal(s.Prog, []string{"/sbin/ldconfig"}) {
		t.Errorf("%%post is %+v", s)
	}
	if s, ok := p.Header.Script(rpm.ScriptPreUn); !ok || !s.HasBody || len(s.Prog) != 2 || s.Flags != 5 {
		t.Errorf("%%preun is %+v", s)
	}
	if s, ok := p.Header.Script(rpm.ScriptVerify); ok {
		t.Errorf("%%verify is %+v", s)
	}
	triggers := p.Header.Triggers()
	if len(triggers) != 2 || len(triggers[0].Conditions) != 2 || triggers[1].Prog[0] != "<lua>" || triggers[1].Conditions[0].Name != "c" {
		t.Errorf("the triggers are %+v", triggers)
	}
	if f := p.Header.TransFileTriggers(); len(f) != 1 || f[0].Priority != 7 || f[0].Conditions[0].Name != "/usr" {
		t.Errorf("the transaction's file triggers are %+v", f)
	}
	if f := p.Header.FileTriggers(); len(f) != 1 || f[0].Priority != rpm.DefaultTriggerPriority {
		t.Errorf("the file triggers are %+v", f)
	}
}

func TestFilesOfOddHeaders(t *testing.T) {
	files := []rpmtest.File{{Path: "/a"}, {Path: "/b"}}
	h := build(t, &rpmtest.Spec{Name: "odd", Files: files, Header: func(b *rpm.HeaderBuilder) {
		b.Remove(rpm.TagFileSizes)
		b.SetUint64s(rpm.TagLongFileSizes, 1<<33, 5)
		b.Remove(rpm.TagFileDevices)
		b.SetStrings(rpm.TagFileLangs, "de")
		b.SetStrings(rpm.TagFileUserName, "gr\xfc\xdfe", "root")
	}}).Header
	list, err := h.Files()
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Size != 1<<33 || list[0].Langs != "de" || list[1].Langs != "" || list[1].Device != 0 || list[0].User != "gr\xfc\xdfe" {
		t.Errorf("the files are %+v", list)
	}
	for name, change := range map[string]func(b *rpm.HeaderBuilder){
		"a directory that is none": func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagDirIndexes, 0, 1) },
		"too few directories":      func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagDirIndexes, 0) },
		"no directories":           func(b *rpm.HeaderBuilder) { b.Remove(rpm.TagDirnames) },
		"too many sizes":           func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagFileSizes, 0, 0, 0) },
		"too many links":           func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagFileLinkTos, "", "", "") },
	} {
		p := build(t, &rpmtest.Spec{Name: "odd", Files: files, Header: change})
		if _, err := p.Header.Files(); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := p.Payload(nil); err == nil {
			t.Errorf("%s: the payload is read", name)
		}
	}
}

func TestNumbersOfAnyWidth(t *testing.T) {
	var b rpm.HeaderBuilder
	b.SetUint16s(rpm.TagFileModes, 1, 2)
	b.SetUint64s(rpm.TagLongFileSizes, 1<<40)
	b.SetChars(rpm.TagFileStates, []byte{7})
	b.SetString(rpm.TagName, "x")
	h, err := rpm.ParseBlob(b.Blob(0))
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Uint64s(rpm.TagFileModes); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("16 bits: %v", got)
	}
	if got, ok := h.Uint64(rpm.TagLongFileSizes); !ok || got != 1<<40 {
		t.Errorf("64 bits: %v", got)
	}
	if got, ok := h.Uint64(rpm.TagFileStates); !ok || got != 7 {
		t.Errorf("8 bits: %v", got)
	}
	if _, ok := h.Uint64(rpm.TagName); ok {
		t.Error("a string is a number")
	}
	if h.String(rpm.TagFileModes) != "" || h.Strings(rpm.TagFileModes) != nil || h.Bytes(rpm.TagFileModes) != nil {
		t.Error("numbers are strings")
	}
}

func TestOrderElementHasColors(t *testing.T) {
	h := build(t, &rpmtest.Spec{Name: "colors", Requires: []string{"libx", "liby"}, Provides: []string{"p"},
		Files: []rpmtest.File{{Path: "/a", Color: 1}, {Path: "/b", Color: 2}, {Path: "/c"}},
		Header: func(b *rpm.HeaderBuilder) {
			b.SetUint32s(rpm.TagFileDependsX, 0, 1, 3)
			b.SetUint32s(rpm.TagFileDependsN, 1, 2, 0)
			b.SetUint32s(rpm.TagDependsDict, 'R'<<24, 'R'<<24|1, 'P'<<24)
		}}).Header
	e, err := rpm.OrderElement(h)
	if err != nil {
		t.Fatal(err)
	}
	if e.Requires[0].Color != 1 || e.Requires[1].Color != 2 || e.Provides[0].Color != 2 || e.Provides[1].Color != 0 {
		t.Errorf("the colours are wrong: %+v", e)
	}
	if !slices.Equal(e.Files, []order.File{{Path: "/a", Color: 1}, {Path: "/b", Color: 2}, {Path: "/c"}}) {
		t.Errorf("the files are %+v", e.Files)
	}
}

func TestHardLinks(t *testing.T) {
	f := func(inode uint32, mode uint32, flags rpm.FileFlags) rpm.File {
		return rpm.File{Inode: inode, Device: 1, Mode: mode, Flags: flags}
	}
	got := rpm.HardLinks([]rpm.File{
		f(1, rpm.ModeRegular, 0), f(2, rpm.ModeRegular, 0), f(1, rpm.ModeRegular, 0), f(1, rpm.ModeSymlink, 0),
		f(1, rpm.ModeRegular, rpm.FileGhost), f(3, rpm.ModeRegular, 0), f(1, rpm.ModeRegular, 0), f(2, rpm.ModeRegular, 0),
	})
	if len(got) != 2 || !slices.Equal(got[0], []int{0, 2, 6}) || !slices.Equal(got[1], []int{1, 7}) {
		t.Errorf("the sets are %v", got)
	}
}

func TestTranslated(t *testing.T) {
	h := build(t, &rpmtest.Spec{Name: "i18n", Summary: "text", Locales: []string{"de", "de_AT", "fr"}, SummaryIn: []string{"Text", "Österreich"}}).Header
	for _, c := range []struct {
		languages []string
		want      string
	}{
		{nil, "text"}, {[]string{"de_DE.UTF-8"}, "Text"}, {[]string{"de_AT.UTF-8@euro"}, "Österreich"}, {[]string{"fr", "de"}, "Text"},
		{[]string{"es", "C", "de"}, "text"},
	} {
		if got := h.Translated(rpm.TagSummary, c.languages); got != c.want {
			t.Errorf("%q: %q", c.languages, got)
		}
	}
}

func TestMemoryGrowsWithWhatIsRead(t *testing.T) {
	data, err := rpmtest.Build(&rpmtest.Spec{Name: "liar"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.ParseHeaderBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(data[p.HeaderStart+12:], 0x0f000000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := rpm.Read(bytes.NewReader(data)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the error is %v", err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were allocated for a package of %d", n, len(data))
	}
}

func TestPathsAreBounded(t *testing.T) {
	var b rpm.HeaderBuilder
	n := 200_000
	b.SetString(rpm.TagName, "bomb")
	b.SetStrings(rpm.TagBasenames, make([]string, n)...)
	b.SetUint32s(rpm.TagDirIndexes, make([]uint32, n)...)
	b.SetStrings(rpm.TagDirnames, "/"+strings.Repeat("x", 4000))
	h, err := rpm.ParseBlob(b.Blob(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Paths(); !errors.Is(err, rpm.ErrCorrupt) {
		t.Errorf("800 MB of paths: %v", err)
	}
}

func TestEqualTags(t *testing.T) {
	var b rpm.HeaderBuilder
	b.SetString(rpm.TagName, "first")
	b.SetString(rpm.TagVersion, "second")
	blob := b.Blob(0)
	binary.BigEndian.PutUint32(blob[8+16:], uint32(rpm.TagName))
	h, err := rpm.ParseBlob(blob)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.Collect(h.Tags())); n != 1 || h.String(rpm.TagName) != "first" {
		t.Errorf("%d tags, the name is %q", n, h.String(rpm.TagName))
	}
}
