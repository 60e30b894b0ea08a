package afterburn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

func TestAkamaiNeedsItsToken(t *testing.T) {
	c := example(t, "akamai")
	c.Fail("PUT /v1/token", 0, 403)
	opt, _ := cloudOptions(t, c)
	_, err := New(t.Context(), "akamai", opt)
	require.EqualError(t, err, "maximum number of retries (10) reached: PUT failed: 403 Forbidden")
	require.Len(t, c.Requests(), 11)

	c.ClearFaults()
	c.Inject("PUT /v1/token", 0, fakecloud.Reply("a\nb"))
	_, err = New(t.Context(), "akamai", opt)
	require.EqualError(t, err, "failed to parse header value")
}

// TestAkamaiKeysOfAllUsers are in the order of the users' names.
func TestAkamaiKeysOfAllUsers(t *testing.T) {
	c := example(t, "akamai")
	c.Set("/v1/ssh-keys", `{"users":{"zoe":["`+keyB+` z"],"root":["`+keyA+` r1","`+keyB+` r2"],"amy":[]}}`)
	p, _ := cloud(t, c)
	require.Equal(t, keyA+" r1\n"+keyB+" r2\n"+keyB+" z\n", keysOf(t, p))

	for text, want := range map[string]string{
		`{"users":{"root":["bad"]}}`: "invalid key format",
		`{"users":{"root":null}}`:    "failed to deserialize data: failed json deserialization: users.root: invalid type: null, expected a sequence",
		`{"users":{}} x`:             "failed to deserialize data: failed json deserialization: trailing characters after byte",
		`{}`:                         "failed to deserialize data: failed json deserialization: missing field `users`",
	} {
		c := example(t, "akamai")
		c.Set("/v1/ssh-keys", text)
		p, _ := cloud(t, c)
		_, err := p.(KeySource).SSHKeys(t.Context())
		require.ErrorContains(t, err, want, text)
		require.Len(t, c.Requests(), 2, "what cannot be decoded is not asked for again")
	}
}

func TestAkamaiListsAreNumbered(t *testing.T) {
	c := example(t, "akamai")
	c.Set("/v1/network", `{"interfaces":[{"id":1,"purpose":null}],"ipv4":{"public":["a","b"],"private":[],"shared":["c"]},
		"ipv6":{"slaac":"","link_local":"l","ranges":["r0","r1"],"shared_ranges":["s"]}}`)
	p, _ := cloud(t, c)
	got := attributesOf(t, p)
	for _, line := range []string{
		"PUBLIC_IPV4_0=a", "PUBLIC_IPV4_1=b", "SHARED_IPV4_0=c", "IPV6_SLAAC=", "IPV6_LINK_LOCAL=l", "IPV6_RANGE_0=r0",
		"IPV6_RANGE_1=r1", "IPV6_SHARED_RANGE_0=s",
	} {
		require.Contains(t, got, "P_AKAMAI_"+line+"\n")
	}
	require.NotContains(t, got, "PRIVATE")
}
