package merge_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func ExampleMerge() {
	var base, user types.Config
	base.Storage.Files = []types.File{{Node: types.Node{Path: "/etc/hostname"}}, {Node: types.Node{Path: "/etc/motd"}}}
	user.Storage.Links = []types.Link{{Node: types.Node{Path: "/etc/motd"}}}

	merged := merge.Merge(base, user)
	fmt.Println(len(merged.Storage.Files), len(merged.Storage.Links))
	// Output: 1 1
}

func ExampleTrace() {
	var base, user types.Config
	base.Systemd.Units = []types.Unit{{Name: "a.service"}}
	user.Systemd.Units = []types.Unit{{Name: "b.service"}}

	_, transcript := merge.Trace(base, user)
	for _, source := range transcript.Sources(report.Path{"systemd", "units", 1, "name"}) {
		fmt.Println(source)
	}
	// Output: child:$.systemd.units.0.name
}
