package debrpm_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/internal/debrpm"
)

func ExampleDependencies() {
	deps, err := debrpm.Dependencies("libc6 (>> 2.36), debconf (>= 0.5) | debconf-2.0, perl:any")
	if err != nil {
		panic(err)
	}
	for _, d := range deps {
		fmt.Println(d)
	}
	// Output:
	// libc6 >= 2.36
	// (debconf >= 0.5 or debconf-2.0)
	// perl
}
