package afterburn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAliyunKeys are each written once, in the order of their texts; those that are none are left out.
func TestAliyunKeys(t *testing.T) {
	c := empty(t, "aliyun")
	c.Set("/latest/meta-data/public-keys/", "0/\n1//\n2\r\n0\n3/\n")
	for id, text := range map[string]string{"0": keyB + " b", "1": keyA + " a", "2": "bad", "3": keyB + " b"} {
		c.Set("/latest/meta-data/public-keys/"+id+"/openssh-key", text)
	}
	p, log := cloud(t, c)
	require.Equal(t, keyA+" a\n"+keyB+" b\n", keysOf(t, p))
	require.Contains(t, log.String(), "level=ERROR msg=\"failed to parse SSH public-key entry: invalid key format\"")

	c.Delete("/latest/meta-data/public-keys/3/openssh-key")
	p, _ = cloud(t, c)
	_, err := p.(KeySource).SSHKeys(t.Context())
	require.EqualError(t, err, "missing ssh key")
}

// TestKeyLines is how the keys of two more providers are read.
func TestKeyLines(t *testing.T) {
	for id, path := range map[string]string{"upcloud": "/metadata/v1/public_keys", "vultr": "/v1/public-keys"} {
		c := empty(t, id)
		c.Set(path, keyA+" a\n\nbad\r\n"+keyB)
		p, log := cloud(t, c)
		require.Equal(t, keyA+" a\n"+keyB+" \n", keysOf(t, p))
		require.Contains(t, log.String(), "level=ERROR msg=\"failed to parse SSH Public Key: invalid key format\"")
	}
}

// TestKeyFiles is how the keys of two others are read.
func TestKeyFiles(t *testing.T) {
	for id, path := range map[string]string{"exoscale": "/1.0/meta-data/public-keys", "cloudstack-metadata": "/latest/meta-data/public-keys"} {
		c := empty(t, id)
		c.Set(path, "# from the panel\n"+keyA+" a\n\n")
		p, _ := cloud(t, c)
		require.Equal(t, keyA+" a\n", keysOf(t, p))
		c.Set(path, keyA+"\nbad\n")
		p, _ = cloud(t, c)
		_, err := p.(KeySource).SSHKeys(t.Context())
		require.EqualError(t, err, "invalid key format")
	}
}
