package initrd_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/installer/initrd"
)

func ExampleArchive_Encode() {
	a := initrd.New()
	a.Add("config.ign", []byte(`{"ignition":{"version":"3.4.0"}}`))
	a.Add("etc/motd", []byte("hello\n"))
	segment, err := a.Encode()
	if err != nil {
		log.Fatal(err)
	}
	paths, err := initrd.List(bytes.NewReader(segment), nil)
	fmt.Println(paths, err)
	// Output: [config.ign etc/motd] <nil>
}

func ExampleUnwrapIgnition() {
	image, err := initrd.WrapIgnition([]byte(`{}`))
	if err != nil {
		log.Fatal(err)
	}
	config, err := initrd.UnwrapIgnition(bytes.NewReader(image))
	fmt.Println(string(config), err)
	// Output: {} <nil>
}
