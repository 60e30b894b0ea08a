package order_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
)

// An editor is updated, and needs a shell and a tool that are installed with it: by name and by path.
func Example() {
	dep := func(text string) order.Dep { return order.Dep{Dep: evr.MustParseDep(text)} }
	elements := []order.Element{
		{NEVRA: "editor-2-1.noarch", Provides: []order.Dep{dep("editor = 2-1")}, Requires: []order.Dep{dep("shell >= 5"), dep("/usr/bin/sort")}},
		{NEVRA: "editor-1-1.noarch", Provides: []order.Dep{dep("editor = 1-1")}, Erase: true},
		{NEVRA: "shell-5-1.noarch", Provides: []order.Dep{dep("shell = 5-1")}},
		{NEVRA: "tools-9-1.noarch", Requires: []order.Dep{dep("shell")}, Files: []order.File{{Path: "/usr/bin/sort"}}},
	}
	sequence, err := order.Sort(elements, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, i := range sequence {
		fmt.Println(map[bool]string{false: "install", true: "remove"}[elements[i].Erase], elements[i].NEVRA)
	}
	// Output:
	// install shell-5-1.noarch
	// install tools-9-1.noarch
	// install editor-2-1.noarch
	// remove editor-1-1.noarch
}
