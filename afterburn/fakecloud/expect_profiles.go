package fakecloud

func digitalOceanProfiles() map[string]string {
	return map[string]string{
		"02:00:00:00:00:0a.nmconnection": `[connection]
id=02:00:00:00:00:0a
type=ethernet
autoconnect=true
autoconnect-priority=989

[ethernet]
mac-address=02:00:00:00:00:0a

[ipv4]
method=manual
address1=203.0.113.10/20
address2=10.19.0.6/16
gateway=203.0.112.1
route1=203.0.113.10/20,203.0.112.1,0
route2=10.19.0.6/16,10.19.0.1,0
dns=9.9.9.9;

[ipv6]
method=manual
address1=2001:db8:a::10/64
gateway=2001:db8:a::1
route1=2001:db8:a::10/64,2001:db8:a::1,0
`,
		"02:00:00:00:00:0b.nmconnection": `[connection]
id=02:00:00:00:00:0b
type=ethernet
autoconnect=true
autoconnect-priority=989

[ethernet]
mac-address=02:00:00:00:00:0b

[ipv4]
method=manual
address1=10.110.0.3/20
route1=10.110.0.3/20,0.0.0.0,0
dns=9.9.9.9;

[ipv6]
method=disabled
`,
	}
}

func hetznerProfiles() map[string]string {
	return map[string]string{"eth0.nmconnection": `[connection]
id=eth0
type=ethernet
autoconnect=true
autoconnect-priority=979

[ethernet]
mac-address=96:00:00:00:00:01

[ipv4]
method=auto

[ipv6]
method=manual
address1=2001:db8:b::1/64
gateway=fe80::1
dns=2001:db8:53::1;
`}
}

const hetznerNetplan = `network:
  version: 2
  ethernets:
    eth0:
      dhcp4: true
      addresses:
      - 2001:db8:b::1/64
      routes:
      - to: ::/0
        via: fe80::1
      nameservers:
        addresses:
        - 2001:db8:53::1
`

func packetProfiles() map[string]string {
	return map[string]string{
		"bond0.nmconnection": `[connection]
id=bond0
type=bond
interface-name=bond0
autoconnect=true
autoconnect-priority=994

[bond]
xmit_hash_policy=layer3+4
miimon=100
updelay=200
downdelay=200
mode=802.3ad
lacp_rate=fast

[ethernet]
cloned-mac-address=02:00:00:00:01:01

[ipv4]
method=manual
address1=203.0.113.31/31
address2=10.64.0.3/25
gateway=203.0.113.30
route1=10.0.0.0/8,10.64.0.2,0
dns=147.75.207.207;

[ipv6]
method=disabled
`,
		"02:00:00:00:01:01.nmconnection": packetMemberProfile("02:00:00:00:01:01"),
		"02:00:00:00:01:02.nmconnection": packetMemberProfile("02:00:00:00:01:02"),
		"pci-*.nmconnection": `[connection]
id=pci-*
type=ethernet
autoconnect=true
autoconnect-priority=919

[ipv4]
method=disabled

[ipv6]
method=disabled
`,
	}
}

func packetMemberProfile(mac string) string {
	return "[connection]\nid=" + mac + "\ntype=ethernet\nautoconnect=true\nautoconnect-priority=989\nmaster=bond0\nslave-type=bond\n\n" +
		"[ethernet]\nmac-address=" + mac + "\n\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=disabled\n"
}
