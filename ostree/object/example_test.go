package object_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/ostree/object"
)

// The name of a file is the same in every repository, whatever its mode.
func ExampleContentChecksum() {
	sum := object.ContentChecksum(&object.FileHeader{Mode: object.ModeRegular | 0o644}, []byte("hello\n"))
	fmt.Println(sum)
	// Output: 44f778e59f0a4748d6b0c90a47347212a231c4ad1e8f7ea5c5dffc7749153a6b
}
