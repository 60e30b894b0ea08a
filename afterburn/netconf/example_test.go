package netconf_test

import (
	"fmt"
	"log"
	"net/netip"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// A cloud's document becomes units for systemd-networkd.
func ExampleParseHetzner() {
	c, err := netconf.ParseHetzner([]byte(`
version: 1
config:
- type: physical
  name: eth0
  mac_address: 96:00:00:00:00:01
  subnets:
  - {type: dhcp, ipv4: true}
  - {type: static, ipv6: true, address: "2001:db8:b::1/64", gateway: "fe80::1"}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	units, err := c.Networkd()
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range units {
		fmt.Printf("# %s, mode %04o\n%s", u.Name, u.Mode, u.Data)
	}
	// Output:
	// # 20-eth0.network, mode 0644
	// [Match]
	// Name=eth0
	// MACAddress=96:00:00:00:00:01
	//
	// [Network]
	// DHCP=ipv4
	//
	// [Address]
	// Address=2001:db8:b::1/64
	//
	// [Route]
	// Destination=::/0
	// Gateway=fe80::1
}

// The same configuration as kernel arguments, which bring up the network before there
// are files to read.
func ExampleConfig_Kargs() {
	c, err := netconf.ParseNoCloud([]byte(`
version: 2
ethernets:
  eth0:
    addresses: [198.51.100.4/24]
    gateway4: 198.51.100.1
    nameservers: {addresses: [198.51.100.53]}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Kargs(netconf.KubeVirtKargs))
	fmt.Println(c.Kargs(netconf.ProxmoxKargs))
	// Output:
	// ip=198.51.100.4:::255.255.255.0::eth0:static rd.route=0.0.0.0/0:198.51.100.1 nameserver=198.51.100.53
	// ip=198.51.100.4::198.51.100.1:255.255.255.0:::off nameserver=198.51.100.53
}

// A configuration made by hand, as YAML for netplan.
func ExampleConfig_Netplan() {
	address, err := netconf.ParsePrefixMask("203.0.113.10", "255.255.240.0")
	if err != nil {
		log.Fatal(err)
	}
	c := netconf.Config{Interfaces: []netconf.Interface{{
		Name:        "eth0",
		DHCP:        netconf.DHCPv6,
		Addresses:   []netip.Prefix{address},
		Nameservers: []netip.Addr{netip.MustParseAddr("2001:db8::")},
	}}}
	fmt.Printf("%s", c.Netplan(netconf.NetplanOptions{Version2: true}))
	// Output:
	// network:
	//   version: 2
	//   ethernets:
	//     eth0:
	//       dhcp6: true
	//       addresses:
	//       - 203.0.113.10/20
	//       nameservers:
	//         addresses:
	//         - '2001:db8::'
}

// A profile for NetworkManager. Members of a bond are named in their own profiles.
func ExampleConfig_NetworkManager() {
	c := netconf.Config{Interfaces: []netconf.Interface{{MAC: "02:00:00:00:01:01", Priority: 10, Bond: "bond0"}}}
	profiles, err := c.NetworkManager(nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range profiles {
		fmt.Printf("# %s, mode %04o\n%s", p.Name, p.Mode, p.Data)
	}
	// Output:
	// # 02:00:00:00:01:01.nmconnection, mode 0600
	// [connection]
	// id=02:00:00:00:01:01
	// type=ethernet
	// autoconnect=true
	// autoconnect-priority=989
	// master=bond0
	// slave-type=bond
	//
	// [ethernet]
	// mac-address=02:00:00:00:01:01
	//
	// [ipv4]
	// method=disabled
	//
	// [ipv6]
	// method=disabled
}
