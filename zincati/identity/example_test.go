package identity_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/zincati/identity"
)

func ExampleNodeID() {
	id, err := identity.NodeID("c0ffee00c0ffee00c0ffee00c0ffee00\n")
	fmt.Println(id, err)
	// Output: a6021cacafbb49ccb7e778d135fc9fa4 <nil>
}

func ExampleParsePlatform() {
	fmt.Println(identity.ParsePlatform("BOOT_IMAGE=(hd0)/vmlinuz quiet ignition.platform.id=qemu"))
	// Output: qemu true
}
