package pkglist_test

import (
	"log"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

func ExampleCompare() {
	old := []pkglist.Package{{"bash", "0", "5.1", "1", "x86_64"}, {"telnet", "1", "0.17", "86", "x86_64"}}
	new := []pkglist.Package{{"bash", "0", "5.2", "1", "x86_64"}, {"htop", "0", "3.2", "1", "x86_64"}}
	if err := pkglist.Compare(old, new).WriteBlock(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Upgraded:
	//   bash 5.1-1 -> 5.2-1
	// Removed:
	//   telnet-1:0.17-86.x86_64
	// Added:
	//   htop-3.2-1.x86_64
}
