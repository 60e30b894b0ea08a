package rpmtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// A package with a program and a script, and what a reader of packages sees in it.
func ExampleBuild() {
	data, err := rpmtest.Build(&rpmtest.Spec{
		Name: "kitchen", Version: "1.5", Arch: "x86_64",
		Requires: []string{"knives >= 2"},
		Files:    []rpmtest.File{{Path: "/usr/bin/cook", Mode: 0o755, Content: []byte("#!/bin/sh\n")}},
		Scripts:  map[rpm.ScriptKind]rpm.Script{rpm.ScriptPost: {HasBody: true, Body: "echo ready"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.NEVRA())
	for _, d := range p.Header.Deps(rpm.Requires) {
		fmt.Println("needs", d)
	}
	if s, ok := p.Header.Script(rpm.ScriptPost); ok {
		fmt.Println(rpm.ScriptPost, s.Prog, s.Body)
	}
	payload, err := p.Payload(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer payload.Close()
	for {
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.File.FileMode(), e.File.Size, e.File.Path)
	}
	// Output:
	// kitchen-1.5-1.x86_64
	// needs knives >= 2
	// needs /bin/sh
	// needs rpmlib(CompressedFileNames) <= 3.0.4-1
	// needs rpmlib(FileDigests) <= 4.6.0-1
	// needs rpmlib(PayloadFilesHavePrefix) <= 4.0-1
	// %post [/bin/sh] echo ready
	// -rwxr-xr-x 10 /usr/bin/cook
}
