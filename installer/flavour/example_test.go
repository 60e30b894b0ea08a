package flavour_test

import (
	"fmt"
	"io/fs"
	"testing/fstest"

	"github.com/nestos-dev/nestos/installer/flavour"
)

// Whose initramfs is this, and what can it do?
func ExampleDetect() {
	initramfs := fstest.MapFS{
		"etc/coreos-live-initramfs": {},
		"etc/coreos/features.json":  {Data: []byte(`{"installer-config": true, "installer-config-directives": {"console": true}}`)},
	}
	f := flavour.Detect(func(f *flavour.Flavour) bool {
		_, err := fs.Stat(initramfs, f.LiveStamp)
		return err == nil
	}, nil)
	fmt.Println(f.Program)

	data, err := fs.ReadFile(initramfs, f.InitrdFeatures)
	if err != nil {
		fmt.Println(err)
		return
	}
	features, err := flavour.ParseFeatures(data)
	fmt.Println(features.InstallerConfigDirectives["console"], features.LiveInitrdNetwork, err)
	// Output:
	// coreos-installer
	// true false <nil>
}
