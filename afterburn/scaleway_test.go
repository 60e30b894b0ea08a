package afterburn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScalewayAddressesAreOptional(t *testing.T) {
	const head = `{"commercial_type":"ct","hostname":"","id":"i","location":{"zone_id":"z"},"ssh_public_keys":[]`
	const base = "P_SCALEWAY_HOSTNAME=\nP_SCALEWAY_INSTANCE_ID=i\nP_SCALEWAY_INSTANCE_TYPE=ct\n"
	for more, want := range map[string]string{
		``: base + "P_SCALEWAY_ZONE_ID=z\n",
		`,"private_ip":null,"public_ip":null,"ipv6":null`:                                      base + "P_SCALEWAY_ZONE_ID=z\n",
		`,"private_ip":"","public_ip":{"address":"192.0.2.1","id":1},"ipv6":{"address":"::1"}`: base + "P_SCALEWAY_IPV4_PRIVATE=\nP_SCALEWAY_IPV4_PUBLIC=192.0.2.1\nP_SCALEWAY_IPV6_PUBLIC=::1\nP_SCALEWAY_ZONE_ID=z\n",
	} {
		c := empty(t, "scaleway")
		c.Set("/conf?format=json", head+more+"}")
		p, _ := cloud(t, c)
		require.Equal(t, want, attributesOf(t, p))
		name, ok, err := p.(HostnameSource).Hostname(t.Context())
		require.NoError(t, err)
		require.True(t, ok)
		require.Empty(t, name)
		require.Empty(t, keysOf(t, p))
		require.Len(t, c.Requests(), 1, "the document is fetched once")
	}
	for more, want := range map[string]string{
		`,"public_ip":{}`: "public_ip: missing field `address`",
		`,"private_ip":5`: "private_ip: invalid type: integer `5`, expected a string",
	} {
		c := empty(t, "scaleway")
		c.Set("/conf?format=json", head+more+"}")
		p, _ := cloud(t, c)
		_, _, err := p.(HostnameSource).Hostname(t.Context())
		require.EqualError(t, err, "failed to deserialize data: failed json deserialization: "+want)
	}
}

func TestScalewayChecksIn(t *testing.T) {
	c := example(t, "scaleway")
	c.Fail("PATCH /state", 0, 404)
	p, _ := cloud(t, c)
	require.EqualError(t, p.(CheckInSource).CheckIn(t.Context()), "maximum number of retries (10) reached: PATCH failed: 404 Not Found")
	require.Len(t, c.Requests(), 11)
}
