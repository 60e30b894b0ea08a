//go:build linux

package powercut_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/internal/powercut"
)

// A boot loader's view of a disk.
func ExampleOpenXFS() {
	volume, err := powercut.OpenXFS(bytes.NewReader(tinyXFS()))
	if err != nil {
		log.Fatal(err)
	}
	names, err := volume.Glob("/", "*")
	fmt.Println(names, err)
	// Output: [/a] <nil>
}
