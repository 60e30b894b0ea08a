package bsdiff_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/internal/bsdiff"
)

func Example() {
	old, new := "hello\n", "hello2\n"
	var patch bytes.Buffer
	if err := bsdiff.Diff([]byte(old), []byte(new), &patch); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(patch.Len(), "bytes")
	if err := bsdiff.Patch(strings.NewReader(old), int64(len(old)), &patch, int64(len(new)), os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 31 bytes
	// hello2
}
