package kargs_test

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ostree/kargs"
)

func Example() {
	args := kargs.Parse("root=LABEL=root console=tty0 ostree=/ostree/boot.1/os/3f/0 console=ttyS0")
	args.Set("ostree=/ostree/boot.0/os/3f/0")
	args.Append(`quiet dyndbg="file a.c +p"`)
	if err := args.Replace("console=ttyS0=ttyS1"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(args)
	for arg := range args.All() {
		fmt.Printf("%s: %q\n", arg.Key, arg.Value)
	}
	// Output:
	// root=LABEL=root console=tty0 ostree=/ostree/boot.0/os/3f/0 console=ttyS1 quiet dyndbg="file a.c +p"
	// root: "LABEL=root"
	// console: "tty0"
	// ostree: "/ostree/boot.0/os/3f/0"
	// console: "ttyS1"
	// quiet: ""
	// dyndbg: "\"file a.c +p\""
}

func ExampleArgs_Delete() {
	args := kargs.Parse("console=tty0 console=ttyS0 rw")
	err := args.Delete("console")
	fmt.Println(err)
	var ambiguous *kargs.AmbiguousError
	fmt.Println(errors.As(err, &ambiguous))
	fmt.Println(args.Delete("console=ttyS0"), args)
	// Output:
	// Multiple values for key 'console' found
	// true
	// <nil> console=tty0 rw
}

func ExampleEdit_Apply() {
	args := kargs.Parse("rw quiet crashkernel=auto")
	edit := kargs.Edit{AppendIfMissing: []string{"quiet"}, DeleteIfPresent: []string{"crashkernel=1G"}}
	changed, err := edit.Apply(args)
	fmt.Println(changed, err)
	edit = kargs.Edit{Replace: []string{"crashkernel=auto=1G"}}
	changed, err = edit.Apply(args)
	fmt.Println(changed, err, args)
	// Output:
	// false <nil>
	// true <nil> rw quiet crashkernel=1G
}
