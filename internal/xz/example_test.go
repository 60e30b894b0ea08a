package xz_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/nestos-dev/nestos/internal/xz"
)

func ExampleEncode() {
	part := []byte(strings.Repeat("many objects, ", 1000))
	packed, err := xz.Encode(nil, part, nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := xz.NewReader(bytes.NewReader(packed), nil)
	if err != nil {
		log.Fatal(err)
	}
	back, err := io.ReadAll(r)
	fmt.Println(len(part), len(packed) < 200, bytes.Equal(part, back), err)
	// Output: 14000 true true <nil>
}

func ExampleNewWriter() {
	var file bytes.Buffer
	w, err := xz.NewWriter(&file, &xz.WriterOptions{BlockSize: 16 << 20, Concurrency: 4})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(w, "hello, archive")
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	r, err := xz.NewReader(&file, &xz.ReaderOptions{Concurrency: 4})
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(r)
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// hello, archive
	// <nil>
}
