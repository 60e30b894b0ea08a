// Package nmstate turns a declarative network state into keyfiles for NetworkManager, without
// a network or a NetworkManager at hand.
//
// [Generate] takes a state in YAML or JSON, as nmstatectl takes it, and returns one [Keyfile]
// per interface:
//
//	interfaces:                                    # eth1.nmconnection
//	- name: eth1                                   [connection]
//	  type: ethernet                               autoconnect=true
//	  ipv4:                                        …
//	    enabled: true                              [ipv4]
//	    address:                                   address0=192.0.2.2/24
//	    - {ip: 192.0.2.2, prefix-length: 24}       dns=192.0.2.53
//	routes:                                        …
//	  config:                                      method=manual
//	  - destination: 0.0.0.0/0                     route0=0.0.0.0/0,192.0.2.1,0
//	    next-hop-address: 192.0.2.1                route0_options=table=254
//	    next-hop-interface: eth1
//	dns-resolver:
//	  config: {server: [192.0.2.53]}
//
// Files have the bytes that libnmstate 2.2.62 gives: sections in its order, keys sorted, and
// the same UUIDs, which are made of type and name. So a file that is generated again replaces
// the connection and does not add one.
//
// # What a state may hold
//
// Interfaces of the types ethernet, vlan, bond, linux-bridge and dummy, by name or by MAC
// address ("identifier: mac-address"); their MTU, MAC address, controller, LLDP, description and
// profile name; IPv4 and IPv6 with static addresses, DHCP and router advertisements; routes to
// an interface; DNS servers, search domains and options. Ports that have no entry of their own
// are Ethernet interfaces. Interfaces that are absent or ignored make no file; those that are
// down make one that is not started by itself.
//
// What describes a running system ("running", "driver", "min-mtu", "gc-timer" and so on) is
// read and has no effect, so that the output of nmstatectl can be used as input. So do keys
// that nmstate itself gives no meaning where they stand, such as "auto-dns" without DHCP. IPv6
// link-local addresses, which every interface makes for itself, are left out.
//
// # What is refused
//
// A state is taken as a whole or not at all. Everything else that nmstate knows (other types of
// interfaces, route rules, VRF, 802.1X, ethtool, SR-IOV, OVS, OVN, IPsec, the host name …) gives
// an error with the words "not supported", and unknown keys give one too.
//
// A few states are refused that libnmstate accepts, since a part of them would be lost or the
// file would not work:
//
//   - an interface, a key or a port given twice, or a port of two controllers
//   - types of interfaces that do not exist, which libnmstate takes for Ethernet
//   - ports that are down with IP, or with a controller that is not there or does not list them
//   - a controller that is neither a bond nor a bridge, a VLAN without a section "vlan"
//   - ethernet speed without "auto-negotiation", "identifier: mac-address" without an address, and
//     a MAC address of a bond that will not have it ("fail_over_mac: active")
//   - routes without destination, with addresses of two IP versions or a metric out of range
//   - DHCPv6 settings under ipv4 and the other way round, tokens without autoconf, addresses with
//     a limited lifetime
//   - VLAN identifiers out of range, ranges that run backwards, VLAN filtering without "mode"
//   - text with line breaks or backslashes in places where keyfiles cannot hold it
//
// Some things come out better: routes that differ in their metric only are all kept; ports that
// are identified by MAC address keep their settings, and those that are down their controller;
// descriptions are escaped.
//
// # Limits
//
// A state has at most 4 MiB, 64 levels and, with its aliases expanded, 200000 values. Time and
// memory are linear in that.
package nmstate
