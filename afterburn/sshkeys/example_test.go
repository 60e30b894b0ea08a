package sshkeys_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

func ExampleParse() {
	key, err := sshkeys.Parse(`restrict,command="say hi"  ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB core@example`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.Type, key.Comment)
	fmt.Println(key.Options)
	fmt.Println(key)
	// Output:
	// ssh-ed25519 core@example
	// restrict,command="say hi"
	// restrict,command="say hi" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB core@example
}

func ExampleParseFile() {
	keys, err := sshkeys.ParseFile("# admins\n" +
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB anna\n")
	fmt.Println(len(keys), keys[0].Comment, err)
	_, err = sshkeys.ParseFile("ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20=")
	fmt.Println(err)
	// Output:
	// 1 anna <nil>
	// unsupported keytype: ssh-rsa-cert-v01@openssh.com
}
