package fsverity_test

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
)

func Example() {
	digest, err := fsverity.Digest(strings.NewReader("hello\n"))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%x\n", digest)
	// Output: 9c76eecc7b76fcb46199cb27b90cf59a660e10575bb0412128905129d5b1c2aa
}

// One Hasher serves many files; its buffers are kept.
func ExampleHasher() {
	h := fsverity.New()
	for _, content := range []string{"moo\n", "hello\n"} {
		h.Reset()
		if _, err := h.ReadFrom(strings.NewReader(content)); err != nil {
			panic(err)
		}
		fmt.Printf("%x\n", h.Digest())
	}
	// Output:
	// ebaa23af194a798df610e5fe2bd10725c9c4a3a56a6b62d4d0ee551d4fc4be27
	// 9c76eecc7b76fcb46199cb27b90cf59a660e10575bb0412128905129d5b1c2aa
}
