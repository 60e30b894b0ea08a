package testcase_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

// A testcase is solved, and its result printed as testsolv does.
func Example() {
	text := `
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 1 1 x86_64
#>=Prv: base = 1-1
repo updates 99 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 2 1 x86_64
#>=Prv: base = 2-1
#>=Pkg: layer 1 1 x86_64
#>=Prv: layer = 1-1
#>=Req: base >= 2
system x86_64 rpm @System
job install name layer
result transaction,problems
`
	if err := testcase.Run(os.Stdout, testcase.NewReader(strings.NewReader(text), nil)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// install layer-1-1.x86_64@updates
	// upgrade base-1-1.x86_64@@System base-2-1.x86_64@updates
}
