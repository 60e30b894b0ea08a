package iso

import (
	"bytes"
	"io"
	"testing"
)

// overlaid is an image with other content in places, without a copy of all of it.
type overlaid struct {
	base []byte
	list []region
}

func (o *overlaid) ReadAt(b []byte, offset int64) (int, error) {
	n, err := bytes.NewReader(o.base).ReadAt(b, offset)
	for _, r := range o.list {
		from, to := max(r.offset, offset), min(r.end(), offset+int64(n))
		if from < to {
			copy(b[from-offset:to-offset], r.data[from-r.offset:])
		}
	}
	return n, err
}

// FuzzMetadata opens images with any igninfo.json and kargs.json and any content of the
// area for an initrd, resets them, and demands that the result is sound.
func FuzzMetadata(f *testing.F) {
	base := loadFixture(f, "2023-07.s390x")
	pristine := openImage(f, base)
	place := map[string]int64{}
	size := map[string]int64{}
	for _, name := range []string{"IGNINFO.JSO", "KARGS.JSO"} {
		entry, err := pristine.fsys.Lookup("COREOS/" + name)
		if err != nil {
			f.Fatal(err)
		}
		content, _ := pristine.metadata(name)
		place[name], size[name] = entry.Offset(), int64(len(content))
	}
	igninfo, _ := pristine.metadata("IGNINFO.JSO")
	kargsJSON, _ := pristine.metadata("KARGS.JSO")
	f.Add(igninfo, kargsJSON, []byte{})
	f.Add([]byte(`{"file":"images/cdboot.img","offset":1,"length":600}`), kargsJSON, []byte(changeMark))
	f.Add(igninfo, []byte(`{"default":"a","size":3,"files":[{"path":"zipl.prm","offset":0,"pad":"\u0000","end":"x"}]}`), []byte("070701"))
	f.Add([]byte(`{"file":"EFI"}`), []byte(`{"default":"","size":0,"files":[{"path":"images/cdboot.img","offset":70000}]}`), []byte("\xfd7zXZ\x00"))
	f.Fuzz(func(t *testing.T, igninfo, kargsJSON, area []byte) {
		fill := func(name string, content []byte) region {
			data := bytes.Repeat([]byte{' '}, int(size[name]))
			copy(data, content)
			return region{offset: place[name], data: data}
		}
		image := &overlaid{base, []region{fill("IGNINFO.JSO", igninfo), fill("KARGS.JSO", kargsJSON)}}
		if len(area) < 262144 {
			image.list = append(image.list, region{offset: 203776, data: area})
		}
		i, err := New(image, int64(len(base)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := i.InitrdArea(); err == nil && (a.Offset < 0 || a.Offset+a.Length > int64(len(base))) {
			t.Fatalf("area %+v is not in the image", a)
		}
		if _, err := i.Inspect(); err != nil {
			return
		}
		_, _ = i.ShowKargAreas()
		if err := i.Reset(); err != nil {
			return
		}
		var b bytes.Buffer
		if _, err := i.WriteTo(&b); err != nil {
			return // areas that overlap
		}
		again, err := New(bytes.NewReader(b.Bytes()), int64(b.Len()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.WriteTo(io.Discard); err != nil && bytes.Equal(fingerprint(t, again), fingerprint(t, i)) {
			t.Fatalf("reset image: %v", err)
		}
	})
}

// fingerprint is the metadata, which a hostile image may have in its areas.
func fingerprint(t *testing.T, i *Image) []byte {
	a, err := i.metadata("IGNINFO.JSO")
	if err != nil {
		t.Fatal(err)
	}
	b, err := i.metadata("KARGS.JSO")
	if err != nil {
		t.Fatal(err)
	}
	return append(a, b...)
}

// FuzzKargInfo demands that kargs.json stays the same when it is written and read again.
func FuzzKargInfo(f *testing.F) {
	content, _ := openImage(f, loadFixture(f, "2023-07.x86_64")).metadata("KARGS.JSO")
	f.Add(content)
	f.Add([]byte(`{"default":"<&>","size":18446744073709551615,"files":[{"path":"","offset":0,"end":"\n"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := parseKargInfo(data)
		if err != nil {
			return
		}
		first, err := info.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseKargInfo(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.encode(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s became %s (%v)", first, second, err)
		}
	})
}
