package bls_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/ostree/bls"
)

// FuzzParse: what is read can be written, is read again as the same entry, and
// never has more bytes than the text it came from.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", demo, demo + "initrd /o\nx-a b\n", "title\ta\r\n# c\n\ninitrd \ninitrd", "a b\na c\nA \n", "\xff", "a \x00", "title",
	} {
		f.Add([]byte(text), "title", "a b")
	}
	f.Add([]byte(demo), "a\nb", "c\nd")
	f.Fuzz(func(t *testing.T, data []byte, key, value string) {
		e, err := bls.Parse(data)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Fatalf("error of %d bytes", len(err.Error()))
			}
			return
		}
		first, err := e.Marshal()
		if len(data) == bls.MaxSize && err != nil {
			return // the line feed at the end may be too much
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(first) > len(data)+1 {
			t.Fatalf("%d bytes became %d", len(data), len(first))
		}
		rewrite(t, first)
		e.Set(key, value)
		if got, ok := e.Get(key); !ok || got != value {
			t.Fatalf("set %q to %q, got %q", key, value, got)
		}
		if changed, err := e.Marshal(); err == nil {
			again := rewrite(t, changed)
			if got, ok := again.Get(key); !ok || got != value {
				t.Fatalf("wrote %q with %q, read %q", key, value, got)
			}
		}
		e.Delete(key)
		if _, ok := e.Get(key); ok {
			t.Fatalf("%q is still there", key)
		}
	})
}

func rewrite(t *testing.T, data []byte) *bls.Entry {
	e, err := bls.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, data) {
		t.Fatalf("%q became %q", data, again)
	}
	return e
}

// FuzzParseName: names come back, and versions are ordered consistently.
func FuzzParseName(f *testing.F) {
	f.Add("ostree-1.conf", "ostree-2-os+3.conf")
	f.Add("ostree-2+03-1.conf", "1.10")
	f.Add("ostree-1-+1.conf", "010")
	f.Add("ostree-1-a+5+0.conf", "00")
	f.Fuzz(func(t *testing.T, a, b string) {
		if n, err := bls.ParseName(a); err == nil {
			again, err := bls.ParseName(n.String())
			if err != nil || again != n {
				t.Fatalf("%q is %+v, its name %q is %+v (%v)", a, n, n, again, err)
			}
			if n.Tries.Rewritten() != bls.ParseTries(a).Rewritten() {
				t.Fatalf("%q: %+v", a, n)
			}
		}
		if bls.CompareVersions(a, b) != -bls.CompareVersions(b, a) || bls.CompareVersions(a, a) != 0 {
			t.Fatalf("%q and %q have no order", a, b)
		}
	})
}
