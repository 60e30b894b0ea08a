package afterburn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpenStackMetadataUUID(t *testing.T) {
	const path = "/openstack/2012-08-10/meta_data.json"
	for text, want := range map[string]string{
		`{"uuid":"u"}`: "P_OPENSTACK_INSTANCE_UUID=u\n", `{"uuid":""}`: "P_OPENSTACK_INSTANCE_UUID=\n", `{"uuid":null}`: "", `{"UUID":"u"}`: "",
	} {
		c := empty(t, "openstack-metadata")
		c.Set(path, text)
		p, _ := cloud(t, c)
		require.Equal(t, want, attributesOf(t, p))
	}
	for _, text := range []string{``, `[]`, `{"uuid":5}`, `{"uuid":"u"`, `{} {}`} {
		c := empty(t, "openstack-metadata")
		c.Set(path, text)
		p, _ := cloud(t, c)
		_, err := p.(AttributeSource).Attributes(t.Context())
		require.ErrorContains(t, err, "failed to parse JSON metadata: ")
	}
}
