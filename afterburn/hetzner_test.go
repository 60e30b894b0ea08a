package afterburn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

const hetznerPath = "/hetzner/v1/metadata"

func hetznerCloud(t *testing.T, doc, networks string) *fakecloud.Cloud {
	t.Helper()
	c := empty(t, "hetzner")
	c.Set(hetznerPath, doc)
	c.Set(hetznerPath+"/private-networks", networks)
	return c
}

// TestHetznerAttributes are as they are written: YAML's types make no difference.
func TestHetznerAttributes(t *testing.T) {
	for doc, want := range map[string]string{
		"":                                 "",
		"{}":                               "",
		"hostname: 42\nregion: no\nx: [1]": "P_HETZNER_HOSTNAME=42\nP_HETZNER_REGION=no\n",
		"hostname: \"~\"\nregion: ~\npublic-ipv4: 1e3\navailability-zone: 2020-01-01": "P_HETZNER_AVAILABILITY_ZONE=2020-01-01\nP_HETZNER_HOSTNAME=~\nP_HETZNER_PUBLIC_IPV4=1e3\n",
		"hostname: ''\nregion: Null\npublic-ipv4:\n":                                  "P_HETZNER_HOSTNAME=\n",
		"hostname: &a 00:11:22:33:44:55\nregion: *a":                                  "P_HETZNER_HOSTNAME=00:11:22:33:44:55\nP_HETZNER_REGION=00:11:22:33:44:55\n",
		"\ufeffinstance-id: 0x10":                                                     "P_HETZNER_INSTANCE_ID=16\n",
		"{\"instance-id\": +0o10, \"hostname\": \"x\"}":                               "P_HETZNER_HOSTNAME=x\nP_HETZNER_INSTANCE_ID=8\n",
		"instance-id: -5": "P_HETZNER_INSTANCE_ID=-5\n",
		"instance-id: ~":  "",
	} {
		p, _ := cloud(t, hetznerCloud(t, doc, ""))
		require.Equal(t, want, attributesOf(t, p), "%q", doc)
	}
}

func TestHetznerAttributeErrors(t *testing.T) {
	const bad = "failed to deserialize data: failed yaml deserialization: "
	for _, test := range []struct{ doc, networks, want string }{
		{"[]", "", bad + "invalid type: a sequence, expected a map"},
		{"~", "", bad + "invalid type: a scalar, expected a map"},
		{"hostname: [1]", "", bad + "hostname: invalid type: a sequence, expected a string"},
		{"instance-id: 4.0", "", bad + "instance-id: invalid type, expected a whole number"},
		{"instance-id: '4'", "", bad + "instance-id: invalid type, expected a whole number"},
		{"instance-id: 010", "", bad + "instance-id: invalid type, expected a whole number"},
		{"instance-id: 1_000", "", bad + "instance-id: invalid type, expected a whole number"},
		{"instance-id: 99999999999999999999", "", bad + "instance-id: invalid type, expected a whole number"},
		{"instance-id: {}", "", bad + "instance-id: invalid type, expected a whole number"},
		{"{}", "~", bad + "invalid type: a scalar, expected a sequence"},
		{"{}", "{}", bad + "invalid type: a map, expected a sequence"},
		{"{}", "- 5", bad + "[0]: a network must be a map"},
		{"{}", "- {}\n- ip: {}", bad + "[1].ip: invalid type: a map, expected a string"},
		{"hostname: x\n---\nhostname: y", "", bad + "deserializing from YAML containing more than one document is not supported"},
		{"{}", "[{ip: x}] x", bad + "yaml: did not find expected <document start>"},
		{"a: b: c", "", bad + "yaml: mapping values are not allowed in this context"},
	} {
		p, _ := cloud(t, hetznerCloud(t, test.doc, test.networks))
		_, err := p.(AttributeSource).Attributes(t.Context())
		require.EqualError(t, err, test.want, "%q %q", test.doc, test.networks)
	}
}

func TestHetznerPrivateNetworksAreNumbered(t *testing.T) {
	p, _ := cloud(t, hetznerCloud(t, "{}", "- ip: 10.0.0.2\n- {}\n- ip: ~\n- {ip: 10.0.0.3, mac: x}\n"))
	require.Equal(t, "P_HETZNER_PRIVATE_IPV4_0=10.0.0.2\nP_HETZNER_PRIVATE_IPV4_3=10.0.0.3\n", attributesOf(t, p))
}

// TestHetznerPublicIPv6 is that of the first physical entry, or none.
func TestHetznerPublicIPv6(t *testing.T) {
	for config, want := range map[string]string{
		`{config: [{type: vlan, subnets: [{ipv6: true, address: "::1"}]}, {type: physical, subnets: [{ipv6: false, address: "::2"}, {ipv6: true, address: "2001:DB8::6/64"}]}]}`: "2001:db8::6",
		`{config: [{type: physical, subnets: [{ipv6: true, address: "::6"}]}]}`:                                                                                                  "::6",
		`{config: [{type: physical, subnets: [{ipv6: true}, {ipv6: true, address: "::6"}]}]}`:                                                                                    "",
		`{config: [{type: physical}, {type: physical, subnets: [{ipv6: true, address: "::6"}]}]}`:                                                                                "",
		`{config: [{type: physical, subnets: [{ipv6: true, address: "x"}]}]}`:                                                                                                    "",
		`{config: [{type: physical, subnets: [{ipv6: true, address: "192.0.2.1/24"}]}]}`:                                                                                         "",
		`{config: [{type: physical, subnets: 5}]}`:                                                                                                                               "", `{config: {}}`: "", `[]`: "", `~`: "",
	} {
		p, log := cloud(t, hetznerCloud(t, "network-config: "+config, ""))
		if want != "" {
			want = "P_HETZNER_PUBLIC_IPV6=" + want + "\n"
		}
		require.Equal(t, want, attributesOf(t, p), config)
		if strings.Contains(config, "192.0.2.1") {
			require.Contains(t, log.String(), "level=ERROR msg=\"Expected IPv6 but found IPv4 192.0.2.1/24\"")
		}
	}
}

func TestHetznerNetworkErrors(t *testing.T) {
	c := hetznerCloud(t, "", "")
	c.Set(hetznerPath+"/network-config", `config: [{type: physical, name: e, subnets: [{type: static}]}]`)
	p, _ := cloud(t, c)
	_, err := p.(NetworkSource).Network(t.Context())
	require.ErrorContains(t, err, "missing address")
	_, err = p.(NetplanSource).Netplan(t.Context())
	require.ErrorContains(t, err, "missing address")
}

func TestHetznerKeys(t *testing.T) {
	for text, want := range map[string]string{
		`null`:    "invalid type: null, expected a sequence",
		`{}`:      "invalid type: map, expected a sequence",
		`[5]`:     "[0]: invalid type: integer `5`, expected a string",
		`["bad"]`: "invalid key format",
	} {
		c := hetznerCloud(t, "", "")
		c.Set(hetznerPath+"/public-keys", text)
		p, _ := cloud(t, c)
		_, err := p.(KeySource).SSHKeys(t.Context())
		require.ErrorContains(t, err, want, text)
	}
}

// FuzzHetzner reads any YAML without getting lost in it.
func FuzzHetzner(f *testing.F) {
	for _, seed := range []string{
		"hostname: a\ninstance-id: 0x10\n", "&a [*a]", "a: &a {b: *a}\nnetwork-config: *a", "network-config: {config: [{type: physical, subnets: [{ipv6: true, address: \"::1\"}]}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := parseYAML(data)
		if err != nil {
			return
		}
		opt := &Options{}
		p := &hetzner{service{&env{log: opt.logger()}}}
		p.publicIPv6(yamlMember(n, "network-config"))
		if v, err := yamlInteger(yamlMember(n, "instance-id")); err == nil && v == 0 {
			text, err := yamlText(yamlMember(n, "instance-id"))
			if err != nil || text == nil || len(*text) == 0 {
				t.Fatal("a number out of nothing")
			}
		}
	})
}
