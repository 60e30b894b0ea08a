package installer_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
)

// A machine's disk is installed. It needs a disk that may be overwritten, and root, so the example is compiled only; the
// example of [installer.Download] runs.
func ExampleInstall() {
	result, err := installer.Install(context.Background(), &installer.Options{
		Common: installer.Common{Message: func(text string) { log.Print(text) }},
		Config: config.Config{
			Stream: "stable", DestDevice: "/dev/sda", IgnitionFile: "worker.ign", AppendKarg: []string{"mitigations=off"},
			SavePartlabel: []string{"data*"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Device, result.Verified)
}
