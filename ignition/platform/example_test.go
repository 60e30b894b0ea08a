package platform_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// The kernel command line comes first, then the platform.
func ExampleFetch() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	cmdline, config := filepath.Join(dir, "cmdline"), filepath.Join(dir, "config.ign")
	os.WriteFile(cmdline, []byte("root=LABEL=root ignition.platform.id=file\n"), 0o600)
	os.WriteFile(config, []byte(`{"ignition":{"version":"3.0.0"}}`), 0o600)

	ctx := context.Background()
	opt := &platform.Options{Cmdline: cmdline, ConfigFile: config}
	r, err := platform.FetchCmdline(ctx, opt)
	if errors.Is(err, platform.ErrNoProvider) {
		r, err = platform.Fetch(ctx, "file", opt)
	}
	fmt.Println(string(r.Raw), err)
	// Output: {"ignition":{"version":"3.0.0"}} <nil>
}

// A config in the kernel command line itself needs no network.
func ExampleFetchCmdline() {
	cmdline, err := os.CreateTemp("", "cmdline")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(cmdline.Name())
	cmdline.WriteString("quiet ignition.config.url=data:,%7B%22ignition%22%3A%7B%22version%22%3A%223.0.0%22%7D%7D\n")

	fetcher, err := resource.New(&resource.Options{Offline: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := platform.FetchCmdline(context.Background(), &platform.Options{Cmdline: cmdline.Name(), Fetcher: fetcher, Offline: true})
	fmt.Println(string(r.Raw), err)
	// Output: {"ignition":{"version":"3.0.0"}} <nil>
}

// A stage that needs the network says so, and is run again when it is up.
func ExampleFetch_offline() {
	_, err := platform.Fetch(context.Background(), "openstack", &platform.Options{Offline: true})
	fmt.Println(errors.Is(err, resource.ErrNeedsNetwork))
	// Output: true
}
