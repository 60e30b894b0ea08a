package osrelease_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/internal/osrelease"
)

func Example() {
	rel, err := osrelease.Parse([]byte("ID=demo\nPRETTY_NAME=\"DemoOS 1.0\"\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rel.Name())
	// Output: DemoOS 1.0 <nil>
}
