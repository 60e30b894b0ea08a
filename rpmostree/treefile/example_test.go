package treefile_test

import (
	"fmt"
	"testing/fstest"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// A treefile with an include is flattened.
func Example() {
	fsys := fstest.MapFS{
		"nestos.yaml": &fstest.MapFile{Data: []byte("ref: nestos/${basearch}/stable\nreleasever: 22.03\ninclude: common.yaml\npackages: [vim-minimal]\n")},
		"common.yaml": &fstest.MapFile{Data: []byte("packages:\n  - kernel systemd\nselinux: true\n")},
	}
	t, err := treefile.LoadCompose(fsys, "nestos.yaml", &treefile.Options{Arch: "x86_64"})
	fmt.Println(err)
	fsys["nestos.yaml"].Data = []byte("ref: nestos/${basearch}/stable\nreleasever: \"22.03\"\ninclude: common.yaml\npackages: [vim-minimal]\n")
	t, err = treefile.LoadCompose(fsys, "nestos.yaml", &treefile.Options{Arch: "x86_64"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.RefName(), t.ReleaseVersion(), t.UseSELinux(), t.Packages)
	// Output:
	// Parsing nestos.yaml: releasever: invalid type: floating point `22.03`, expected a number or a string at line 2 column 13
	// nestos/x86_64/stable 22.03 true [kernel systemd vim-minimal]
}

func ExampleNextVersion() {
	day := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, last := range []string{"", "22.20240430.3", "22.20240501.0"} {
		v, _, err := treefile.NextVersion("22.<date:%Y%m%d>", ".", last, day)
		fmt.Println(v, err)
	}
	// Output:
	// 22.20240501.0 <nil>
	// 22.20240501.0 <nil>
	// 22.20240501.1 <nil>
}
