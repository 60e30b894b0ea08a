package config_test

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Whatever its version, a config comes out in the newest types, with warnings
// beside it.
func ExampleParse() {
	cfg, warnings, err := config.Parse([]byte(`{
  "ignition": {"version": "3.2.0"},
  "storage": {"files": [
    {"path": "/etc/motd", "contents": {"source": "data:,hello%0A"}, "owner": "core"}
  ]}
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(warnings)
	fmt.Println(cfg.Ignition.Version, *cfg.Storage.Files[0].Contents.Source)
	// Output:
	// warning at $.storage.files.0.owner, line 4 col 69: unused key owner
	// 3.7.0-experimental data:,hello%0A
}

// What is wrong with a config is in the report.
func ExampleParse_invalid() {
	_, findings, err := config.Parse([]byte(`{"ignition": {"version": "3.5.0"}, "storage": {"files": [{"path": "etc/motd"}]}}`))
	fmt.Println(err, errors.Is(err, config.ErrInvalid))
	fmt.Print(findings)
	// Output:
	// config is not valid true
	// error at $.storage.files.0.path, line 1 col 67: path not absolute
}

// A document remembers where its entries were written.
func ExampleParseDocument() {
	doc, err := config.ParseDocument([]byte(`{
  "ignition": {"version": "3.5.0"},
  "systemd": {"units": [
    {"name": "a.service", "mask": true},
    {"name": "b.service",
     "mask": true}
  ]}
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(doc.Version)
	unit := doc.Entries()["units:b.service"]
	fmt.Println(unit.Line, unit.Col)
	mask := doc.Position(report.Path{"systemd", "units", 1, "mask"})
	fmt.Println(mask.Line, mask.Col)
	// Output:
	// 3.5.0
	// 5 6
	// 6 14
}

// A config made by a program is checked before it is written.
func ExampleValidate() {
	cfg := config.NewestEmpty()
	cfg.Storage.Links = []types.Link{{Node: types.Node{Path: "/etc/localtime"}}}
	fmt.Print(config.Validate(&cfg, config.Newest, nil))

	target := "../usr/share/zoneinfo/UTC"
	cfg.Storage.Links[0].Target = &target
	if config.Validate(&cfg, config.Newest, nil).IsFatal() {
		return
	}
	data, err := config.Marshal(&cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", data)
	// Output:
	// error at $.storage.links.0.target: link target is required
	// {"ignition":{"config":{"replace":{"verification":{}}},"proxy":{},"security":{"tls":{}},"timeouts":{},"version":"3.7.0-experimental"},"kernelArguments":{},"passwd":{},"storage":{"links":[{"group":{},"path":"/etc/localtime","user":{},"target":"../usr/share/zoneinfo/UTC"}]},"systemd":{}}
}
