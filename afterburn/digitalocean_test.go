package afterburn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// digitalOceanCloud has a document with the given value of "interfaces".
func digitalOceanCloud(t *testing.T, interfaces string) *fakecloud.Cloud {
	t.Helper()
	c := empty(t, "digitalocean")
	c.Set("/metadata/v1.json", `{"hostname":"d1","region":"ams3","public_keys":[],"dns":{"nameservers":["9.9.9.9"]},"interfaces":`+interfaces+`}`)
	return c
}

func TestDigitalOceanNetworkErrors(t *testing.T) {
	const v4 = `"ip_address":"192.0.2.1","gateway":"192.0.2.254"`
	for entry, want := range map[string]string{
		`"mac":"02:00","type":"public"`:                                                                         "failed to parse mac address: ",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv4":{` + v4 + `}`:                                         "missing netmask for ipv4 address",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv4":{` + v4 + `,"netmask":"255.0.255.0"}`:                 "invalid network mask: invalid prefix",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv4":{"ip_address":"::1","gateway":"::","netmask":"ff::"}`: "ipv6 address in ipv4 field",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv6":{"ip_address":"::1","gateway":"::"}`:                  "missing cidr for ipv6 address",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv6":{` + v4 + `,"cidr":64}`:                               "ipv4 address in ipv6 field",
		`"mac":"02:00:00:00:00:0a","type":"public","ipv6":{"ip_address":"::1","gateway":"::","cidr":129}`:       "invalid ip address or prefix: invalid prefix",
		`"mac":"02:00:00:00:00:0a","type":"public","anchor_ipv4":{` + v4 + `}`:                                  "missing netmask for anchor ipv4 address",
	} {
		p, _ := cloud(t, digitalOceanCloud(t, `{"public":[{`+entry+`}]}`))
		_, err := p.(NetworkSource).Network(t.Context())
		require.ErrorContains(t, err, want, entry)
		require.True(t, strings.HasPrefix(err.Error(), want), err)
	}
}

// TestDigitalOceanMergesEntries of one list that are for one interface; the later one comes first.
func TestDigitalOceanMergesEntries(t *testing.T) {
	p, _ := cloud(t, digitalOceanCloud(t, `{"public":[
		{"mac":"02:00:00:00:00:0a","type":"public","ipv4":{"ip_address":"192.0.2.1","netmask":"255.255.255.0","gateway":"192.0.2.254"}},
		{"mac":"02:00:00:00:00:0b","type":"public"},
		{"mac":"2:0:0:0:0:A","type":"other","ipv4":{"ip_address":"192.0.2.2","netmask":"255.255.255.0","gateway":"::1"}}],
		"private":null}`))
	require.Equal(t, map[string]string{
		"10-02:00:00:00:00:0a.network": `[Match]
MACAddress=02:00:00:00:00:0a

[Network]
DNS=9.9.9.9

[Address]
Address=192.0.2.2/24

[Address]
Address=192.0.2.1/24

[Route]
Destination=192.0.2.2/24
Gateway=::1

[Route]
Destination=192.0.2.1/24
Gateway=192.0.2.254

[Route]
Destination=0.0.0.0/0
Gateway=192.0.2.254
`,
		"10-02:00:00:00:00:0b.network": "[Match]\nMACAddress=02:00:00:00:00:0b\n\n[Network]\nDNS=9.9.9.9\n",
	}, unitsOf(t, p))
	require.Equal(t, "P_DIGITALOCEAN_HOSTNAME=d1\nP_DIGITALOCEAN_IPV4_PUBLIC_0=192.0.2.1\nP_DIGITALOCEAN_IPV4_PUBLIC_2=192.0.2.2\nP_DIGITALOCEAN_REGION=ams3\n", attributesOf(t, p))
}

func TestDigitalOceanDocumentErrors(t *testing.T) {
	for interfaces, want := range map[string]string{
		`null`:                      "interfaces: invalid type: null, expected a map",
		`{"public":{}}`:             "interfaces.public: invalid type: map, expected a sequence",
		`{"public":[{"type":"x"}]}`: "interfaces.public[0]: missing field `mac`",
		`{"public":[{"mac":"x","type":"x","ipv6":{"ip_address":"fe80::1%eth0","gateway":"::"}}]}`:   "interfaces.public[0].ipv6.ip_address: invalid IP address syntax",
		`{"public":[{"mac":"x","type":"x","ipv6":{"ip_address":"::1","gateway":"::","cidr":300}}]}`: "interfaces.public[0].ipv6.cidr: invalid type: integer `300`, expected u8",
	} {
		c := digitalOceanCloud(t, interfaces)
		opt, _ := cloudOptions(t, c)
		_, err := New(t.Context(), "digitalocean", opt)
		require.EqualError(t, err, "failed to deserialize data: failed json deserialization: "+want)
		require.Len(t, c.Requests(), 1)
	}
}
