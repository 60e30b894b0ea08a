package nmstate_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/installer/nmstate"
)

func ExampleGenerate() {
	files, err := nmstate.Generate([]byte(`
interfaces:
- name: bond0.7
  type: vlan
  vlan: {base-iface: bond0, id: 7}
  ipv4: {enabled: true, address: [{ip: 192.0.2.2, prefix-length: 24}]}
- name: bond0
  type: bond
  link-aggregation: {mode: 802.3ad, port: [eth0, eth1]}
dns-resolver: {config: {server: [192.0.2.53]}}
`))
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		fmt.Println("#", f.Name)
	}
	fmt.Printf("%s", files[0].Data)
	// Output:
	// # bond0.7.nmconnection
	// # bond0.nmconnection
	// # eth0.nmconnection
	// # eth1.nmconnection
	// [connection]
	// autoconnect=true
	// autoconnect-slaves=-1
	// id=bond0.7
	// interface-name=bond0.7
	// type=vlan
	// uuid=893d19f0-8b07-5a29-88bd-6b278a20a1b6
	//
	// [ipv4]
	// address0=192.0.2.2/24
	// dhcp-timeout=2147483647
	// dns=192.0.2.53
	// dns-priority=40
	// method=manual
	//
	// [ipv6]
	// dhcp-timeout=2147483647
	// method=disabled
	//
	// [vlan]
	// flags=1
	// id=7
	// parent=bond0
}

// What this package does not know is refused, not left out.
func ExampleGenerate_unsupported() {
	_, err := nmstate.Generate([]byte(`{"interfaces": [{"name": "vrf0", "type": "vrf"}]}`))
	fmt.Println(err)
	// Output:
	// generating configuration from nmstate: interfaces[0]: interface vrf0: type vrf is not supported (line 1)
}
