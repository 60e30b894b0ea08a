//go:build unix

package etcmerge_test

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
)

func ExamplePlan() {
	d, done := dirs(
		map[string]string{"motd": "welcome"},
		map[string]string{"motd": "welcome", "motd.d": "my file"},
		map[string]string{"motd.d/10-os": "hello"},
	)
	defer done()
	plan, err := etcmerge.Plan(context.Background(), d[0], d[1], d[2], nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range plan.Conflicts {
		fmt.Printf("%s (%s): %s\n", c.Path, c.Kind, c.Text)
	}
	// Output:
	// motd.d (new directory): Modified config file newly defaults to directory 'motd.d', cannot merge
}

func ExampleCompare() {
	d, done := dirs(map[string]string{"hosts": "default", "motd": "welcome"}, map[string]string{"hosts": "mine", "new": "x"})
	defer done()
	changes, err := etcmerge.Compare(context.Background(), d[0], d[1])
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range changes.Lines() {
		fmt.Println(line)
	}
	// Output:
	// M    hosts
	// D    motd
	// A    new
}
