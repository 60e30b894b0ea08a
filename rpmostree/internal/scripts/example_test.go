package scripts_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// What the installation of a package will run is known before anything is changed.
func ExampleNewPlan() {
	file, err := rpmtest.Build(&rpmtest.Spec{Name: "kitchen", Scripts: map[rpm.ScriptKind]rpm.Script{
		rpm.ScriptPre:  {Body: "getent group cooks || groupadd -r cooks", HasBody: true},
		rpm.ScriptPost: {Prog: []string{"/sbin/ldconfig"}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	pkg, err := rpm.Read(bytes.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := scripts.NewPlan(nil, []*scripts.Package{{Header: pkg.Header}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, kind := range []scripts.Kind{scripts.Pre, scripts.Post} {
		for _, s := range plan.Steps(kind) {
			fmt.Println(s.ID(), "by", strings.Join(append(s.Prog, s.Args...), " "))
		}
	}
	// Output:
	// kitchen.prein by /bin/sh 1
	// kitchen.post by /sbin/ldconfig
}
