package kargs_test

import (
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/installer/kargs"
)

func ExampleEdit() {
	e := kargs.Edit{
		Append:  []string{"console=ttyS1,115200n8"},
		Delete:  []string{"quiet"},
		Replace: []string{"mitigations=auto,nosmt=auto"},
	}
	text, err := e.Apply("root=UUID=1 mitigations=auto,nosmt quiet rw")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output: root=UUID=1 mitigations=auto rw console=ttyS1,115200n8
}

func ExampleEditBLS() {
	entry := "title NestOS\noptions root=UUID=1 rw\nlinux /vmlinuz\n"
	edited, err := kargs.EditBLS([]byte(entry), (&kargs.Edit{Append: []string{"audit=0"}}).Apply)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(edited))
	// Output:
	// title NestOS
	// options root=UUID=1 rw audit=0
	// linux /vmlinuz
}
