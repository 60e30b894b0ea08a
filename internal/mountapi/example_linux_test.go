package mountapi_test

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/mountapi"
)

func ExampleReadTable() {
	table, err := mountapi.ReadTable(strings.NewReader(
		"28 1 0:25 / / ro,relatime shared:1 - overlay composefs ro,metacopy=on\n" +
			"31 28 254:0 / /sysroot ro,relatime shared:2 - ext4 /dev/vda ro\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range table {
		fmt.Println(e.Target, e.Type, e.Source, e.Flags[0])
	}
	// Output:
	// / overlay composefs ro
	// /sysroot ext4 /dev/vda ro
}
