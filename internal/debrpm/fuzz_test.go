package debrpm_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// FuzzRead converts whatever can be read; what comes out must be an RPM package with the same files.
func FuzzRead(f *testing.F) {
	for _, c := range []string{"", ".gz", ".xz", ".zst"} {
		f.Add(deb(f, c, kitchenControl, "/etc/kitchen.conf\n", kitchenFiles()...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := debrpm.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		s, err := d.Spec(&debrpm.Options{Compressor: "none"})
		if err != nil {
			return
		}
		out, err := rpmtest.Build(s)
		if err != nil {
			return
		}
		p, err := rpm.Read(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		files, err := p.Header.Files()
		if err != nil || len(files) != len(s.Files) {
			t.Fatalf("%d files instead of %d: %v", len(files), len(s.Files), err)
		}
	})
}
