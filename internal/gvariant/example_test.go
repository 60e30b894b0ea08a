package gvariant_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/internal/gvariant"
)

func Example() {
	var d gvariant.Dict
	d.Set("version", gvariant.NewString("1.0"))
	d.Set("refs", gvariant.NewStrings([]string{"ex/main"}))
	data := d.Value().Bytes()
	fmt.Printf("%d bytes\n", len(data))

	v := gvariant.FromBytes(gvariant.TypeDict, data)
	if !v.IsNormal() {
		fmt.Println("not normal form")
	}
	if version, ok := v.LookupType("version", gvariant.TypeString); ok {
		fmt.Println(version.Str())
	}
	fmt.Println(v.Text(true))
	// Output:
	// 39 bytes
	// 1.0
	// {'version': <'1.0'>, 'refs': <['ex/main']>}
}

func ExampleParse() {
	v, err := gvariant.Parse("[(1, 2.5), (3, 4)]", "")
	fmt.Println(v.Type(), v, err)
	_, err = gvariant.Parse("[1, 'two']", "")
	fmt.Println(err)
	// Output:
	// a(id) [(1, 2.5), (3, 4.0)] <nil>
	// 1-2,4-9:unable to find a common type
}

func ExampleValue_Children() {
	v, _ := gvariant.Parse("[('a', byte 1), ('b', 2)]", "")
	for c := range v.Children() {
		fmt.Println(c.Child(0).Str(), c.Child(1).Byte())
	}
	// Output:
	// a 1
	// b 2
}
