package installer_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/signature"
)

func ExampleDownload() {
	keys, err := signature.Builtin()
	if err != nil {
		log.Fatal(err)
	}
	if err := keys.AddFile("release-key.asc"); err != nil {
		log.Fatal(err)
	}
	paths, err := installer.Download(context.Background(), &installer.DownloadOptions{
		Common: installer.Common{Keyring: keys},
		Stream: "stable", Platform: "qemu", Format: "qcow2.xz", Directory: "/var/tmp", Decompress: true,
		Retries: config.Retries{Count: 5},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(paths)
}
