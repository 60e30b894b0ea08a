package zdeflate_test

import (
	"bytes"
	"fmt"

	"github.com/nestos-dev/nestos/internal/zdeflate"
)

func Example() {
	var out bytes.Buffer
	w, err := zdeflate.NewWriter(&out, zdeflate.DefaultLevel)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintln(w, "hello")
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", out.Bytes())
	// Output: cb48cdc9c9e70200
}
