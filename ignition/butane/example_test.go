package butane_test

import (
	"errors"
	"fmt"
	"testing/fstest"

	"github.com/nestos-dev/nestos/ignition/butane"
	"github.com/nestos-dev/nestos/ignition/config/report"
)

func ExampleTranslate() {
	r, err := butane.Translate([]byte(`
variant: fcos
version: 1.6.0
passwd:
  users:
    - name: core
      ssh_authorized_keys: [ssh-ed25519 AAAA]
`), nil)
	if err != nil {
		fmt.Println(r.Report, err)
		return
	}
	fmt.Println(string(r.Output))
	// Output:
	// {"ignition":{"version":"3.5.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-ed25519 AAAA"]}]}}
}

func ExampleOptions_localFiles() {
	files := fstest.MapFS{"etc/motd": {Data: []byte("hello\n"), Mode: 0o644}}
	r, err := butane.Translate([]byte(`
variant: nestos
version: 1.0.0
storage:
  trees: [{local: etc, path: /etc}]
`), &butane.Options{Files: files})
	fmt.Println(string(r.Output), err)
	// Output:
	// {"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/etc/motd","contents":{"compression":"","source":"data:,hello%0A"},"mode":420}]}} <nil>
}

func ExampleFormatReport() {
	text := []byte("variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n    - path: etc/motd")
	r, err := butane.Translate(text, nil)
	fmt.Print(butane.FormatReport(r.Report, text, &butane.FormatOptions{FileName: "a.bu"}))
	fmt.Println(err)
	// Output:
	// error[$.storage.files.0.path]:
	//   --> a.bu:5:13
	//    |
	//  3 | storage:
	//  4 |   files:
	//  5 |     - path: etc/motd
	//    |             ^^^^^^^^ path not absolute
	//    |
	// config generated was invalid
}

func ExampleResult_Source() {
	r, err := butane.Translate([]byte(`variant: fcos
version: 1.6.0
boot_device:
  layout: x86_64
  mirror:
    devices: [/dev/sda, /dev/sdb]
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, pos, _ := r.Source(report.Path{"storage", "disks", 1, "partitions", 3})
	fmt.Printf("%s, line %d col %d\n", source, pos.Line, pos.Col)
	// Output:
	// $.boot_device.mirror.devices.1, line 6 col 25
}

func ExampleRegistry_Register() {
	registry := butane.Default()
	err := registry.Register("toaster", "1.0.0", func(input []byte, opt *butane.Options) (*butane.Result, error) {
		return &butane.Result{Output: []byte("{}")}, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := registry.Translate([]byte("{variant: toaster, version: 1.0.0}"), nil)
	fmt.Println(string(r.Output), err)

	var unknown *butane.UnknownVersionError
	_, err = registry.Translate([]byte("{variant: toaster, version: 2.0.0}"), nil)
	fmt.Println(errors.As(err, &unknown), err)
	// Output:
	// {} <nil>
	// true No translator exists for variant toaster with version 2.0.0
}
