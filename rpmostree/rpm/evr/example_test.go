package evr_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

func Example() {
	fmt.Println(evr.VerCmp("1.0~rc1", "1.0"), evr.VerCmp("1.10", "1.9"), evr.VerCmp("1.0", "1_0"))

	provided := evr.MustParseDep("glibc = 2.39-4.fc40")
	fmt.Println(evr.Overlaps(provided, evr.MustParseDep("glibc >= 2.34")))
	// Output:
	// -1 1 0
	// true
}

func ExampleParseRich() {
	r, err := evr.ParseRich("(langpack-de if glibc >= 2.24 else nothing)")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Op, r.Args[1])
	fmt.Println(r.Names())
	// Output:
	// if glibc >= 2.24
	// [glibc langpack-de nothing !glibc]
}
