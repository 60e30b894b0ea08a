package afterburn_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// The attributes and the name of an instance, written as files. The cloud is a fake one; a program on a real instance
// leaves Options out.
func ExampleRun() {
	cloud, _ := fakecloud.Example("aws")
	server := fakecloud.Start(cloud)
	defer server.Close()
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)

	err := afterburn.Run(context.Background(), afterburn.Work{
		Provider:   "aws",
		Attributes: filepath.Join(dir, "metadata"),
		Hostname:   filepath.Join(dir, "hostname"),
	}, &afterburn.Options{Dial: server.Dial})
	if err != nil {
		fmt.Println(err)
		return
	}
	attributes, _ := os.ReadFile(filepath.Join(dir, "metadata"))
	fmt.Print(string(attributes))
	// Output:
	// AFTERBURN_AWS_AVAILABILITY_ZONE=eu-west-1b
	// AFTERBURN_AWS_AVAILABILITY_ZONE_ID=euw1-az2
	// AFTERBURN_AWS_HOSTNAME=ip-172-31-5-9.eu-west-1.compute.internal
	// AFTERBURN_AWS_INSTANCE_ID=i-0abc
	// AFTERBURN_AWS_INSTANCE_TYPE=t4g.small
	// AFTERBURN_AWS_IPV4_LOCAL=172.31.5.9
	// AFTERBURN_AWS_REGION=eu-west-1
}

// A program asks a provider for what it needs, by type assertion.
func ExampleNew() {
	cloud, _ := fakecloud.Example("hetzner")
	server := fakecloud.Start(cloud)
	defer server.Close()

	ctx := context.Background()
	provider, err := afterburn.New(ctx, "hetzner", &afterburn.Options{Dial: server.Dial})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer provider.Close()
	if source, ok := provider.(afterburn.NetplanSource); ok {
		config, err := source.Netplan(ctx)
		fmt.Print(config, err)
	}
	// Output:
	// network:
	//   version: 2
	//   ethernets:
	//     eth0:
	//       dhcp4: true
	//       addresses:
	//       - 2001:db8:b::1/64
	//       routes:
	//       - to: ::/0
	//         via: fe80::1
	//       nameservers:
	//         addresses:
	//         - 2001:db8:53::1
	// <nil>
}

// Values of attributes are for systemd's EnvironmentFile=, and cannot become variables of their own.
func ExampleAttributes_AppendEnv() {
	var a afterburn.Attributes
	a.Add("AWS_REGION", "eu-west-1")
	a.Add("AWS_HOSTNAME", "web-1\nLD_PRELOAD=/tmp/evil.so")
	fmt.Print(string(a.AppendEnv(nil, "")))
	// Output:
	// AFTERBURN_AWS_HOSTNAME=web-1
	// AFTERBURN_AWS_REGION=eu-west-1
}

func ExampleShortHostname() {
	fmt.Println(afterburn.ShortHostname("web-1.example.com"))
	fmt.Println(afterburn.ShortHostname("web-1.a-very-long-name-of-some-department.of-a-very-long-company.example.com"))
	// Output:
	// web-1.example.com
	// web-1
}
