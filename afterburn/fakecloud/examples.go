package fakecloud

// Key and Key2 are the public keys that the instances of [Example] are given,
// without comment.
const (
	Key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
	Key2 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"
)

const opsKey = Key + " ops@example.org"

// setAll files documents given as path, body, path, body, … below a base.
func (c *Cloud) setAll(base string, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		c.Set(base+pairs[i], pairs[i+1])
	}
}

func exampleAkamai(c *Cloud) {
	c.SetToken("tok3n")
	c.setAll("/v1/",
		"instance", `{"id":4711,"host_uuid":"9f0c","label":"web-1","region":"eu-central","type":"g6-standard-1","tags":["prod","blue"],"specs":{"vcpus":1,"memory":2048,"disk":51200,"transfer":2000,"gpus":0},"backups":{"enabled":false,"status":null}}`,
		"network", `{"interfaces":[],"ipv4":{"public":["203.0.113.5/32"],"private":["192.168.130.7/32"],"shared":[]},"ipv6":{"slaac":"2001:db8::5/128","link_local":"fe80::5/128","ranges":["2001:db8:1::/64"],"shared_ranges":[]}}`,
		"ssh-keys", `{"users":{"root":["`+opsKey+`"]}}`,
	)
}

func exampleAliyun(c *Cloud) {
	c.setAll("/latest/meta-data/",
		"hostname", "iZwz9x",
		"instance-id", "i-wz9x",
		"region-id", "cn-shenzhen",
		"private-ipv4", "172.16.0.9",
		"eipv4", "",
		"public-keys/", "0/",
		"public-keys/0/openssh-key", opsKey,
	)
}

func exampleAWS(c *Cloud) {
	c.SetToken("AQAEAL")
	c.setAll("/latest/",
		"meta-data/instance-id", "i-0abc",
		"meta-data/instance-type", "t4g.small",
		"meta-data/local-ipv4", "172.31.5.9",
		"meta-data/placement/availability-zone", "eu-west-1b",
		"meta-data/placement/availability-zone-id", "euw1-az2",
		"meta-data/hostname", "ip-172-31-5-9.eu-west-1.compute.internal",
		"meta-data/public-keys", "0=laptop",
		"meta-data/public-keys/0/openssh-key", opsKey,
		"dynamic/instance-identity/document", `{"accountId":"1","region":"eu-west-1"}`,
	)
}

func exampleCloudStack(c *Cloud) {
	c.setAll("/latest/meta-data/",
		"instance-id", "i-2-17-VM",
		"local-hostname", "cs17",
		"availability-zone", "z1",
		"local-ipv4", "10.1.1.17",
		"vm-id", "17",
		"public-keys", "# from the panel\n"+opsKey+"\n\n",
	)
}

func exampleDigitalOcean(c *Cloud) {
	c.Set("/metadata/v1.json", `{"hostname":"d1","region":"ams3","public_keys":[],"dns":{"nameservers":["9.9.9.9"]},"interfaces":{"public":[{"mac":"02:00:00:00:00:0a","type":"public","ipv4":{"ip_address":"203.0.113.10","netmask":"255.255.240.0","gateway":"203.0.112.1"},"ipv6":{"ip_address":"2001:db8:a::10","cidr":64,"gateway":"2001:db8:a::1"},"anchor_ipv4":{"ip_address":"10.19.0.6","netmask":"255.255.0.0","gateway":"10.19.0.1"}}],"private":[{"mac":"02:00:00:00:00:0b","type":"private","ipv4":{"ip_address":"10.110.0.3","netmask":"255.255.240.0","gateway":"0.0.0.0"}}]}}`)
	c.setAll("/metadata/v1/", "hostname", "d1", "region", "ams3", "public-keys", "")
}

func exampleExoscale(c *Cloud) {
	c.setAll("/1.0/meta-data/",
		"instance-id", "8f1a",
		"local-hostname", "exo1",
		"public-hostname", "exo1.example.com",
		"availability-zone", "ch-gva-2",
		"public-ipv4", "203.0.113.50",
		"local-ipv4", "203.0.113.50",
		"service-offering", "Micro",
		"cloud-identifier", "CloudStack-{example}",
		"vm-id", "8f1a",
		"public-keys", opsKey+"\n",
	)
}

func exampleGCP(c *Cloud) {
	c.setAll("/computeMetadata/v1/",
		"instance/hostname", "g1.europe-west1-b.c.p1.internal",
		"instance/network-interfaces/0/access-configs/0/external-ip", "",
		"instance/network-interfaces/0/ip", "10.132.0.2",
		"instance/machine-type", "projects/1/machineTypes/e2-small",
		"instance/attributes/ssh-keys", "alice:"+opsKey+"\n",
		"project/attributes/ssh-keys", "bob:"+Key2+" ci",
	)
}

const hetznerNetwork = `version: 1
config:
- type: physical
  name: eth0
  mac_address: 96:00:00:00:00:01
  subnets:
  - {type: dhcp, ipv4: true}
  - {type: static, ipv6: true, address: "2001:db8:b::1/64", gateway: "fe80::1", dns_nameservers: ["2001:db8:53::1"]}
`

func exampleHetzner(c *Cloud) {
	const base = "/hetzner/v1/metadata"
	c.setAll(base,
		"", `availability-zone: fsn1-dc14
hostname: het1
instance-id: 4242
public-ipv4: 203.0.113.60
region: eu-central
network-config:
  version: 1
  config:
  - type: physical
    name: eth0
    mac_address: 96:00:00:00:00:01
    subnets:
    - {type: dhcp, ipv4: true}
    - {type: static, ipv6: true, address: "2001:db8:b::1/64", gateway: "fe80::1", dns_nameservers: ["2001:db8:53::1"]}
`,
		"/private-networks", "- ip: 10.0.0.2\n",
		"/hostname", "het1",
		"/public-keys", `["`+opsKey+`"]`,
		"/network-config", hetznerNetwork,
	)
}

func exampleOpenStack(c *Cloud) {
	c.setAll("/",
		"openstack/2012-08-10/meta_data.json", `{"uuid":"u-9","hostname":"os9.novalocal","availability_zone":"nova","public_keys":{"laptop":"`+opsKey+`"}}`,
		"latest/meta-data/hostname", "os9.novalocal",
		"latest/meta-data/instance-id", "i-00000009",
		"latest/meta-data/instance-type", "m1.tiny",
		"latest/meta-data/local-ipv4", "10.0.0.9",
		"latest/meta-data/public-ipv4", "",
		"latest/meta-data/public-keys", "0=laptop",
		"latest/meta-data/public-keys/0/openssh-key", opsKey,
	)
}

func exampleOracle(c *Cloud) {
	c.Set("/opc/v2/instance", `{"availabilityDomain":"Kvmz:EU-FRANKFURT-1-AD-1","canonicalRegionName":"eu-frankfurt-1","compartmentId":"ocid1.compartment.oc1..aaaa","faultDomain":"FAULT-DOMAIN-2","hostname":"orc1","id":"ocid1.instance.oc1.eu-frankfurt-1.bbbb","shape":"VM.Standard.E4.Flex","region":"eu-frankfurt-1","metadata":{"ssh_authorized_keys":"`+opsKey+`\n"}}`)
}

func examplePacket(c *Cloud) {
	c.Set("/metadata", `{"id":"0b51","hostname":"pk1","iqn":"iqn.2026-01.net.packet:device.0b51","plan":"c3.small.x86","facility":"am6","tags":[],"ssh_keys":["`+opsKey+`"],"phone_home_url":"http://`+phoneHomeHost+`/phone-home","network":{"bonding":{"mode":4},"interfaces":[{"name":"eth0","mac":"02:00:00:00:01:01","bond":"bond0"},{"name":"eth1","mac":"02:00:00:00:01:02","bond":"bond0"}],"addresses":[{"id":"a1","address_family":4,"netmask":"255.255.255.254","public":true,"management":true,"address":"203.0.113.31","gateway":"203.0.113.30"},{"id":"a2","address_family":4,"netmask":"255.255.255.128","public":false,"management":true,"address":"10.64.0.3","gateway":"10.64.0.2"}]}}`)
}

func exampleScaleway(c *Cloud) {
	c.Set("/conf?format=json", `{"id":"11aa","commercial_type":"DEV1-S","hostname":"scw1","location":{"zone_id":"fr-par-1"},"ssh_public_keys":[{"key":"`+opsKey+`"}],"private_ip":"10.65.0.3","public_ip":{"address":"203.0.113.70"},"ipv6":{"address":"2001:db8:70::1"}}`)
}

func exampleUpCloud(c *Cloud) {
	c.setAll("/metadata/v1/",
		"hostname", "up1",
		"instance_id", "00aa",
		"region", "fi-hel1",
		"public_keys", opsKey+"\n",
	)
}

func exampleVultr(c *Cloud) {
	c.setAll("/v1/",
		"hostname", "vu1",
		"instanceid", "123",
		"region/regioncode", "EWR",
		"public-keys", opsKey+"\n"+Key2+" ci\n",
	)
}
