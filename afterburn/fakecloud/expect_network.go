package fakecloud

import "net/http"

// stackKey is the key of the second certificate in azurestack.pfx.
const stackKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7GkibAhc+CzsJfhT1tZ3GFvxPmGtJlJvQA72mZY9OHqF75RoZJuU7vmsYjIAAwzUlz/gPSafcdYs+LVW3xQToHYMSGudScmTVnTSZ4EHETgJnyeyYPfiQJQB4VWusicuDuwJVDuQpBWkRKdyC6jU5cWa1pft5ha1wBlsH6vm8oB7ffUdBQJsEMCH6YwXwoM6QhM/aeuKGxFFnIMDJJRYt1idJhUEO/6GpsHAM69Nz6Y6JQrUOzufU9vbpA2tnlMfPbrotN5M2LhUdFdcw6AU9KPvHzhFaWQKgsiJNidnrNowmfJpoT/Eft9E5XH1k5BGL+hj7Dn/nOr4VM1plRoFV "

// healthReport is the report of the example's instance to the wire server.
func healthReport() *Request {
	return &Request{
		Method: http.MethodPost,
		Host:   wireServer,
		Path:   "/machine/?comp=health",
		Header: http.Header{"Content-Type": {textXML}, "X-Ms-Agent-Name": {"com.coreos.afterburn"}, "X-Ms-Version": {"2012-11-30"}},
		Body: []byte(`<?xml version="1.0" encoding="utf-8"?>
<Health xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <GoalStateIncarnation>7</GoalStateIncarnation>
  <Container>
    <ContainerId>c0ffee00-0000-4000-8000-000000000001</ContainerId>
    <RoleInstanceList>
      <Role>
        <InstanceId>feed.vm7</InstanceId>
        <Health>
          <State>Ready</State>
        </Health>
      </Role>
    </RoleInstanceList>
  </Container>
</Health>
`),
	}
}

func phoneHome() *Request {
	return &Request{Method: http.MethodPost, Host: phoneHomeHost, Path: "/phone-home", Header: http.Header{"Content-Type": {appJSON}}}
}

func scalewayState() *Request {
	return &Request{
		Method: http.MethodPatch,
		Host:   "169.254.42.42",
		Path:   "/state",
		Header: http.Header{"Content-Type": {appJSON}},
		Body:   []byte(`{"state_detail":"booted"}`),
	}
}

func digitalOceanUnits() map[string]string {
	return map[string]string{
		"10-02:00:00:00:00:0a.network": `[Match]
MACAddress=02:00:00:00:00:0a

[Network]
DNS=9.9.9.9

[Address]
Address=203.0.113.10/20

[Address]
Address=2001:db8:a::10/64

[Address]
Address=10.19.0.6/16

[Route]
Destination=203.0.113.10/20
Gateway=203.0.112.1

[Route]
Destination=0.0.0.0/0
Gateway=203.0.112.1

[Route]
Destination=2001:db8:a::10/64
Gateway=2001:db8:a::1

[Route]
Destination=::/0
Gateway=2001:db8:a::1

[Route]
Destination=10.19.0.6/16
Gateway=10.19.0.1
`,
		"10-02:00:00:00:00:0b.network": `[Match]
MACAddress=02:00:00:00:00:0b

[Network]
DNS=9.9.9.9

[Address]
Address=10.110.0.3/20

[Route]
Destination=10.110.0.3/20
Gateway=0.0.0.0
`,
	}
}

func hetznerUnits() map[string]string {
	return map[string]string{"20-eth0.network": `[Match]
Name=eth0
MACAddress=96:00:00:00:00:01

[Network]
DHCP=ipv4
DNS=2001:db8:53::1

[Address]
Address=2001:db8:b::1/64

[Route]
Destination=::/0
Gateway=fe80::1
`}
}

func packetUnits() map[string]string {
	return map[string]string{
		"05-bond0.netdev": `[NetDev]
Name=bond0
Kind=bond
MACAddress=02:00:00:00:01:01

[Bond]
TransmitHashPolicy=layer3+4
MIIMonitorSec=.1
UpDelaySec=.2
DownDelaySec=.2
Mode=802.3ad
LACPTransmitRate=fast
`,
		"05-bond0.network": `[Match]
Name=bond0

[Network]
DNS=147.75.207.207

[Link]
RequiredForOnline=degraded-carrier

[Address]
Address=203.0.113.31/31

[Address]
Address=10.64.0.3/25

[Route]
Destination=0.0.0.0/0
Gateway=203.0.113.30

[Route]
Destination=10.0.0.0/8
Gateway=10.64.0.2
`,
		"10-02:00:00:00:01:01.network": packetMember("02:00:00:00:01:01"),
		"10-02:00:00:00:01:02.network": packetMember("02:00:00:00:01:02"),
		"80-pci-*.network":             "[Match]\nPath=pci-*\n\n[Network]\n\n[Link]\nUnmanaged=yes\n",
	}
}

func packetMember(mac string) string {
	return "[Match]\nMACAddress=" + mac + "\n\n[Network]\nBond=bond0\n\n[Link]\nRequiredForOnline=no\n"
}
