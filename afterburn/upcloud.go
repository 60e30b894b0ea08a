package afterburn

import (
	"context"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const upcloudBase = "http://169.254.169.254/metadata/v1/"

// upcloud is the cloud of upcloud.com.
type upcloud struct{ service }

func newUpCloud(_ context.Context, e *env) (Provider, error) {
	return &upcloud{e.service(nil)}, nil
}

func (p *upcloud) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"UPCLOUD_HOSTNAME", upcloudBase + "hostname"},
		{"UPCLOUD_INSTANCE_ID", upcloudBase + "instance_id"},
		{"UPCLOUD_REGION", upcloudBase + "region"},
	}, false, true)
}

func (p *upcloud) Hostname(ctx context.Context) (string, bool, error) {
	return p.hostname(ctx, web.Doc{URL: upcloudBase + "hostname"})
}

func (p *upcloud) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return p.keyLines(ctx, web.Doc{URL: upcloudBase + "public_keys"})
}
