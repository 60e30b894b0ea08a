package pkglist_test

import (
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// What an update brings, in the forms for people and for programs.
func ExampleCompare() {
	old := []pkglist.Package{
		{Name: "bash", Epoch: "0", Version: "5.1", Release: "1", Arch: "x86_64"},
		{Name: "telnet", Epoch: "1", Version: "0.17", Release: "86", Arch: "x86_64"},
	}
	new := []pkglist.Package{
		{Name: "bash", Epoch: "0", Version: "5.2", Release: "1", Arch: "x86_64"},
		{Name: "htop", Epoch: "0", Version: "3.2", Release: "1", Arch: "x86_64"},
	}
	diff := pkglist.Compare(old, new)
	if err := diff.WriteBlock(os.Stdout); err != nil {
		log.Fatal(err)
	}
	fmt.Println(diff.Summary())
	if err := diff.Of(pkglist.Upgraded).WriteDiff(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Upgraded:
	//   bash 5.1-1 -> 5.2-1
	// Removed:
	//   telnet-1:0.17-86.x86_64
	// Added:
	//   htop-3.2-1.x86_64
	// 1 upgraded, 1 removed, 1 added
	// !bash-5.1-1.x86_64
	// =bash-5.2-1.x86_64
}
