package composefs_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/composefs"
)

// A tree that can be read can be written, and is then the same.
func FuzzTree(f *testing.F) {
	for _, root := range []*composefs.Node{tiny(), newGenerator(2, 20).dir("", 0)} {
		var b bytes.Buffer
		if _, err := composefs.Write(&b, root, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		im, err := composefs.Open(bytes.NewReader(image))
		if err != nil || len(image) > 1<<20 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		root, err := im.Tree()
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20+200*uint64(len(image)) {
			t.Fatalf("%d bytes allocated for an image of %d", used, len(image))
		}
		if err != nil {
			return
		}
		opts := &composefs.Options{Version: composefs.Version0 + composefs.Version(min(im.Superblock().Version, 1))}
		var first, second bytes.Buffer
		if _, err := composefs.Write(&first, root, opts); err != nil {
			t.Fatalf("writing what was read: %v", err)
		}
		im, err = composefs.Open(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		again, err := im.Tree()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := composefs.Write(&second, again, opts); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("the image changes when it is read and written again")
		}
	})
}

func FuzzParseDump(f *testing.F) {
	f.Add("/ 0 40755 2 0 0 0 0.0 - - -\n/a 5 100644 1 1 2 0 -1.5 xx/y - - user.a\\x3d=b\\n\n")
	f.Add("/ 0 40755 2 0 0 0 0.0 - - -\n/l 1 120777 1 0 0 0 0.0 \\x2d - -\n/c 3 100644 1 0 0 0 0.0 - a\\\\b -\n")
	f.Fuzz(func(t *testing.T, text string) {
		root, err := composefs.ParseDump(strings.NewReader(text))
		if err != nil {
			return
		}
		var first, second strings.Builder
		if err := composefs.Dump(&first, root); err != nil {
			t.Fatal(err)
		}
		again, err := composefs.ParseDump(strings.NewReader(first.String()))
		if err != nil {
			t.Fatalf("%v in %q", err, first.String())
		}
		if err := composefs.Dump(&second, again); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("%q became %q", first.String(), second.String())
		}
		_, _ = composefs.Digest(root, nil) // must not panic
	})
}
