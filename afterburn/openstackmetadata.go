package afterburn

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const openStackBase = "http://169.254.169.254/latest/meta-data/"

// openStackMetadata is OpenStack's service. The one that neutron also offers at fe80::a9fe:a9fe is not supported: it
// would have to be asked on every interface.
type openStackMetadata struct{ service }

func newOpenStackMetadata(_ context.Context, e *env) (Provider, error) {
	return &openStackMetadata{e.service(nil)}, nil
}

func (p *openStackMetadata) Attributes(ctx context.Context) (Attributes, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rest := start(ctx, p.ec2Attributes)
	id, err := p.uuid(ctx)
	if err != nil {
		return nil, err
	}
	list, err := rest.get()
	if err == nil && id != nil {
		list.Add("OPENSTACK_INSTANCE_UUID", *id)
	}
	return list, err
}

func (p *openStackMetadata) ec2Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"OPENSTACK_HOSTNAME", openStackBase + "hostname"},
		{"OPENSTACK_INSTANCE_ID", openStackBase + "instance-id"},
		{"OPENSTACK_INSTANCE_TYPE", openStackBase + "instance-type"},
		{"OPENSTACK_IPV4_LOCAL", openStackBase + "local-ipv4"},
		{"OPENSTACK_IPV4_PUBLIC", openStackBase + "public-ipv4"},
	}, false, false)
}

// uuid is the only thing that the EC2 interface does not know.
func (p *openStackMetadata) uuid(ctx context.Context) (*string, error) {
	text, ok, err := p.web.Text(ctx, web.Doc{URL: "http://169.254.169.254/openstack/2012-08-10/meta_data.json"})
	if err != nil || !ok {
		return nil, err
	}
	var d openStackUUID
	if err := web.DecodeJSON([]byte(text), &d); err != nil {
		return nil, fmt.Errorf("failed to parse JSON metadata: %w", err)
	}
	return d.uuid, nil
}

type openStackUUID struct{ uuid *string }

// UnmarshalJSON reads what is used of the document.
func (d *openStackUUID) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.uuid = o.optText("uuid")
	return o.err()
}

func (p *openStackMetadata) Hostname(ctx context.Context) (string, bool, error) {
	return p.web.Text(ctx, web.Doc{URL: openStackBase + "hostname"})
}

func (p *openStackMetadata) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return ec2Keys(ctx, p.web, openStackBase)
}
