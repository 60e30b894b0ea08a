package afterburn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

func oracleCloudWith(t *testing.T, more string) *fakecloud.Cloud {
	t.Helper()
	c := empty(t, "oraclecloud")
	c.Set("/opc/v2/instance", `{"availabilityDomain":"ad","canonicalRegionName":"r","compartmentId":"c","faultDomain":"","hostname":"h","id":"i","shape":"s"`+more+`}`)
	return c
}

// TestOracleCloudKeys are one of the things that users put into the metadata, which can be of any type.
func TestOracleCloudKeys(t *testing.T) {
	for more, want := range map[string]string{
		``:                       "",
		`,"metadata":{}`:         "",
		`,"metadata":{"x":[{}]}`: "",
		`,"metadata":{"ssh_authorized_keys":null}`:                             "",
		`,"metadata":{"ssh_authorized_keys":""}`:                               "",
		`,"metadata":{"ssh_authorized_keys":"` + keyA + ` a\n` + keyB + `\n"}`: keyA + " a\n" + keyB + " \n",
	} {
		p, _ := cloud(t, oracleCloudWith(t, more))
		require.Equal(t, want, keysOf(t, p), more)
	}
	for keys, want := range map[string]string{
		`{"unexpected":"invalid-key"}`:             `ssh_authorized_keys metadata value is not a string: {"unexpected":"invalid-key"}`,
		`{"b": [1, 2.50, "é\u0007<"], "a" : true}`: `ssh_authorized_keys metadata value is not a string: {"a":true,"b":[1,2.50,"é\u0007<"]}`,
		`5`:                  `ssh_authorized_keys metadata value is not a string: 5`,
		`"` + keyA + `\n\n"`: "invalid key format",
		`"\n"`:               "invalid key format",
	} {
		p, _ := cloud(t, oracleCloudWith(t, `,"metadata":{"ssh_authorized_keys":`+keys+`}`))
		_, err := p.(KeySource).SSHKeys(t.Context())
		require.EqualError(t, err, want)
	}
	for _, metadata := range []string{"null", "[]", `"x"`} {
		opt, _ := cloudOptions(t, oracleCloudWith(t, `,"metadata":`+metadata))
		_, err := New(t.Context(), "oraclecloud", opt)
		require.ErrorContains(t, err, "failed json deserialization: metadata: invalid type: ")
	}
}
