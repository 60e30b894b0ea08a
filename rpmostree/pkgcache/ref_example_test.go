package pkgcache_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// The name of a ref holds all of a package's identity, in characters that refs may have.
func ExampleRef() {
	n, err := rpm.ParseNEVRA("g++-4:1~rc1-1.x86_64")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pkgcache.Ref(n))
	// Output: rpmostree/pkg/g_2B_2B/4_3A1_7Erc1-1.x86__64
}
