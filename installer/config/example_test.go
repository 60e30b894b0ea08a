package config_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
)

func ExampleParse() {
	c, err := config.Parse([]byte(`
dest-device: /dev/vda
console: ["ttyS0,115200", tty0]
fetch-retries: infinite
`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(c.Args(), " "))
	_, err = config.Parse([]byte("dest-device: /dev/vda\noffline: maybe"))
	fmt.Println(err)
	// Output:
	// --console ttyS0,115200n8 --console tty0 --fetch-retries infinite /dev/vda
	// offline: invalid type: string "maybe", expected a boolean at line 2 column 10
}

func ExampleConfig_Encode() {
	c := &config.Config{DestDevice: "/dev/vda", AppendKarg: []string{"audit=0", "1"}, CopyNetwork: true}
	data, err := c.Encode()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(data))
	// Output:
	// append-karg:
	// - audit=0
	// - '1'
	// copy-network: true
	// dest-device: /dev/vda
}

func ExampleParsePartitionFilters() {
	keep, err := config.ParsePartitionFilters([]string{"data*"}, []string{"8-"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(keep.Matches(5, "data1"), keep.Matches(9, ""), keep.Matches(4, "root"))
	// Output: true true false
}

func ExampleGRUBCommands() {
	console, err := config.ParseConsole("ttyS1,57600e7")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(console.KernelArgument())
	fmt.Println(strings.Join(config.GRUBCommands([]config.Console{console}), "\n"))
	// Output:
	// console=ttyS1,57600e7
	// serial --unit=1 --speed=57600 --word=7 --parity=even
	// terminal_input serial
	// terminal_output serial
}

func ExampleCompileGlob() {
	glob, err := config.CompileGlob("etc/**/*.conf")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(glob.Match("etc/a.conf"), glob.Match("etc/x/y/a.conf"), glob.Match("etc/a.config"))
	// Output: true true false
}
