package selinux_test

import (
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/internal/selinux"
)

func Example() {
	policy, err := selinux.Load(os.DirFS("testdata/root"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(policy.Name())
	fmt.Println(policy.Lookup("/usr/bin/bash", 0o100755))
	fmt.Println(policy.Lookup("/tmp/x", 0o100644))
	// Output:
	// small
	// system_u:object_r:shell_exec_t:s0 true <nil>
	//  false <nil>
}
