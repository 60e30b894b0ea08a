package fakecloud

import (
	"maps"
	"slices"
	"strings"
)

// Expect is what provisioning code makes of a provider's [Example], in the terms
// of Afterburn 5.11.
type Expect struct {
	// Attributes are the metadata attributes, by name without the prefix
	// "AFTERBURN_".
	Attributes map[string]string
	// Hostname is the host name; HasHostname is false when there is none.
	Hostname    string
	HasHostname bool
	// Keys are the SSH keys in their order, as written to a key file: a key
	// without comment ends in a blank.
	Keys []string
	// Units are the systemd-networkd files by name, Profiles the keyfiles of
	// NetworkManager.
	Units, Profiles map[string]string
	// Netplan is the netplan configuration; empty when there is none.
	Netplan string
	// Admin is the name of the user that the cloud was asked to make; empty where
	// clouds do not tell.
	Admin string
	// CheckIn is the request that reports that the machine is up, with its
	// method, URL parts, Content-Type and body; nil when the provider has none.
	CheckIn *Request
}

// AttributesFile returns the attributes in the form of an environment file,
// sorted by name.
func (e Expect) AttributesFile() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(e.Attributes)) {
		b.WriteString("AFTERBURN_" + k + "=" + e.Attributes[k] + "\n")
	}
	return b.String()
}

// HostnameFile returns the host name and a newline, or nothing.
func (e Expect) HostnameFile() string {
	if !e.HasHostname {
		return ""
	}
	return e.Hostname + "\n"
}

// KeyFile returns the keys, one a line.
func (e Expect) KeyFile() string {
	var b strings.Builder
	for _, k := range e.Keys {
		b.WriteString(k + "\n")
	}
	return b.String()
}

// Expected returns what is expected of the provider's [Example].
func Expected(provider string) (Expect, bool) {
	e, ok := expectations()[provider]
	return e, ok
}

// with gives an expectation a host name.
func (e Expect) with(hostname string) Expect {
	e.Hostname, e.HasHostname = hostname, true
	return e
}

func expectations() map[string]Expect {
	ops := []string{opsKey}
	openstack := Expect{Keys: ops, Attributes: map[string]string{
		"OPENSTACK_HOSTNAME":      "os9.novalocal",
		"OPENSTACK_INSTANCE_ID":   "i-00000009",
		"OPENSTACK_INSTANCE_TYPE": "m1.tiny",
		"OPENSTACK_INSTANCE_UUID": "u-9",
		"OPENSTACK_IPV4_LOCAL":    "10.0.0.9",
		"OPENSTACK_IPV4_PUBLIC":   "",
	}}.with("os9.novalocal")
	return map[string]Expect{
		"akamai": {Keys: ops, Attributes: map[string]string{
			"AKAMAI_INSTANCE_HOST_UUID": "9f0c",
			"AKAMAI_INSTANCE_ID":        "4711",
			"AKAMAI_INSTANCE_LABEL":     "web-1",
			"AKAMAI_INSTANCE_REGION":    "eu-central",
			"AKAMAI_INSTANCE_TAGS":      "prod:blue",
			"AKAMAI_INSTANCE_TYPE":      "g6-standard-1",
			"AKAMAI_IPV6_LINK_LOCAL":    "fe80::5/128",
			"AKAMAI_IPV6_RANGE_0":       "2001:db8:1::/64",
			"AKAMAI_IPV6_SLAAC":         "2001:db8::5/128",
			"AKAMAI_PRIVATE_IPV4_0":     "192.168.130.7/32",
			"AKAMAI_PUBLIC_IPV4_0":      "203.0.113.5/32",
		}},
		"aliyun": Expect{Keys: ops, Attributes: map[string]string{
			"ALIYUN_HOSTNAME":     "iZwz9x",
			"ALIYUN_INSTANCE_ID":  "i-wz9x",
			"ALIYUN_IPV4_PRIVATE": "172.16.0.9",
			"ALIYUN_REGION_ID":    "cn-shenzhen",
		}}.with("iZwz9x"),
		"aws": Expect{Keys: ops, Attributes: map[string]string{
			"AWS_AVAILABILITY_ZONE":    "eu-west-1b",
			"AWS_AVAILABILITY_ZONE_ID": "euw1-az2",
			"AWS_HOSTNAME":             "ip-172-31-5-9.eu-west-1.compute.internal",
			"AWS_INSTANCE_ID":          "i-0abc",
			"AWS_INSTANCE_TYPE":        "t4g.small",
			"AWS_IPV4_LOCAL":           "172.31.5.9",
			"AWS_REGION":               "eu-west-1",
		}}.with("ip-172-31-5-9.eu-west-1.compute.internal"),
		// Afterburn up to 5.11 looks for AZURE_IPV4_VIRTUAL in an element, where
		// the document has an attribute, and finds nothing.
		"azure": Expect{Keys: ops, Admin: "core", CheckIn: healthReport(), Attributes: map[string]string{
			"AZURE_IPV4_DYNAMIC": "10.2.0.4",
			"AZURE_IPV4_VIRTUAL": "203.0.113.44",
			"AZURE_VMSIZE":       "Standard_B2s",
		}}.with("vm7"),
		"azurestack": Expect{Keys: []string{stackKey}, CheckIn: healthReport()}.with("stack7"),
		"cloudstack-metadata": {Keys: ops, Attributes: map[string]string{
			"CLOUDSTACK_AVAILABILITY_ZONE": "z1",
			"CLOUDSTACK_INSTANCE_ID":       "i-2-17-VM",
			"CLOUDSTACK_IPV4_LOCAL":        "10.1.1.17",
			"CLOUDSTACK_LOCAL_HOSTNAME":    "cs17",
			"CLOUDSTACK_VM_ID":             "17",
		}},
		"digitalocean": Expect{Units: digitalOceanUnits(), Profiles: digitalOceanProfiles(), Attributes: map[string]string{
			"DIGITALOCEAN_HOSTNAME":       "d1",
			"DIGITALOCEAN_IPV4_ANCHOR_0":  "10.19.0.6",
			"DIGITALOCEAN_IPV4_PRIVATE_0": "10.110.0.3",
			"DIGITALOCEAN_IPV4_PUBLIC_0":  "203.0.113.10",
			"DIGITALOCEAN_IPV6_PUBLIC_0":  "2001:db8:a::10",
			"DIGITALOCEAN_REGION":         "ams3",
		}}.with("d1"),
		"exoscale": Expect{Keys: ops, Attributes: map[string]string{
			"EXOSCALE_AVAILABILITY_ZONE": "ch-gva-2",
			"EXOSCALE_CLOUD_IDENTIFIER":  "CloudStack-{example}",
			"EXOSCALE_INSTANCE_ID":       "8f1a",
			"EXOSCALE_LOCAL_HOSTNAME":    "exo1",
			"EXOSCALE_LOCAL_IPV4":        "203.0.113.50",
			"EXOSCALE_PUBLIC_HOSTNAME":   "exo1.example.com",
			"EXOSCALE_PUBLIC_IPV4":       "203.0.113.50",
			"EXOSCALE_SERVICE_OFFERING":  "Micro",
			"EXOSCALE_VM_ID":             "8f1a",
		}}.with("exo1"),
		"gcp": Expect{Keys: []string{opsKey, Key2 + " ci"}, Attributes: map[string]string{
			"GCP_HOSTNAME":     "g1.europe-west1-b.c.p1.internal",
			"GCP_IP_LOCAL_0":   "10.132.0.2",
			"GCP_MACHINE_TYPE": "projects/1/machineTypes/e2-small",
		}}.with("g1.europe-west1-b.c.p1.internal"),
		"hetzner": Expect{Keys: ops, Units: hetznerUnits(), Profiles: hetznerProfiles(), Netplan: hetznerNetplan, Attributes: map[string]string{
			"HETZNER_AVAILABILITY_ZONE": "fsn1-dc14",
			"HETZNER_HOSTNAME":          "het1",
			"HETZNER_INSTANCE_ID":       "4242",
			"HETZNER_PRIVATE_IPV4_0":    "10.0.0.2",
			"HETZNER_PUBLIC_IPV4":       "203.0.113.60",
			"HETZNER_PUBLIC_IPV6":       "2001:db8:b::1",
			"HETZNER_REGION":            "eu-central",
		}}.with("het1"),
		"openstack":          openstack,
		"openstack-metadata": openstack,
		"oraclecloud": Expect{Keys: ops, Attributes: map[string]string{
			"ORACLECLOUD_AVAILABILITY_DOMAIN": "Kvmz:EU-FRANKFURT-1-AD-1",
			"ORACLECLOUD_COMPARTMENT_ID":      "ocid1.compartment.oc1..aaaa",
			"ORACLECLOUD_FAULT_DOMAIN":        "FAULT-DOMAIN-2",
			"ORACLECLOUD_HOSTNAME":            "orc1",
			"ORACLECLOUD_INSTANCE_ID":         "ocid1.instance.oc1.eu-frankfurt-1.bbbb",
			"ORACLECLOUD_INSTANCE_SHAPE":      "VM.Standard.E4.Flex",
			"ORACLECLOUD_REGION_ID":           "eu-frankfurt-1",
		}}.with("orc1"),
		"packet": Expect{Keys: ops, Units: packetUnits(), Profiles: packetProfiles(), CheckIn: phoneHome(), Attributes: map[string]string{
			"PACKET_HOSTNAME":               "pk1",
			"PACKET_IPV4_PRIVATE_0":         "10.64.0.3",
			"PACKET_IPV4_PRIVATE_GATEWAY_0": "10.64.0.2",
			"PACKET_IPV4_PUBLIC_0":          "203.0.113.31",
			"PACKET_IPV4_PUBLIC_GATEWAY_0":  "203.0.113.30",
			"PACKET_PHONE_HOME_URL":         "http://" + phoneHomeHost + "/phone-home",
			"PACKET_PLAN":                   "c3.small.x86",
		}}.with("pk1"),
		"scaleway": Expect{Keys: ops, CheckIn: scalewayState(), Attributes: map[string]string{
			"SCALEWAY_HOSTNAME":      "scw1",
			"SCALEWAY_INSTANCE_ID":   "11aa",
			"SCALEWAY_INSTANCE_TYPE": "DEV1-S",
			"SCALEWAY_IPV4_PRIVATE":  "10.65.0.3",
			"SCALEWAY_IPV4_PUBLIC":   "203.0.113.70",
			"SCALEWAY_IPV6_PUBLIC":   "2001:db8:70::1",
			"SCALEWAY_ZONE_ID":       "fr-par-1",
		}}.with("scw1"),
		"upcloud": Expect{Keys: ops, Attributes: map[string]string{
			"UPCLOUD_HOSTNAME":    "up1",
			"UPCLOUD_INSTANCE_ID": "00aa",
			"UPCLOUD_REGION":      "fi-hel1",
		}}.with("up1"),
		"vultr": Expect{Keys: []string{opsKey, Key2 + " ci"}, Attributes: map[string]string{
			"VULTR_HOSTNAME":    "vu1",
			"VULTR_INSTANCE_ID": "123",
			"VULTR_REGION_CODE": "EWR",
		}}.with("vu1"),
	}
}
