package afterburn

import (
	"context"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const vultrBase = "http://169.254.169.254/v1/"

// vultr is the cloud of vultr.com.
type vultr struct{ service }

func newVultr(_ context.Context, e *env) (Provider, error) {
	return &vultr{e.service(nil)}, nil
}

func (p *vultr) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"VULTR_HOSTNAME", vultrBase + "hostname"},
		{"VULTR_INSTANCE_ID", vultrBase + "instanceid"},
		{"VULTR_REGION_CODE", vultrBase + "region/regioncode"},
	}, false, true)
}

func (p *vultr) Hostname(ctx context.Context) (string, bool, error) {
	return p.hostname(ctx, web.Doc{URL: vultrBase + "hostname"})
}

func (p *vultr) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return p.keyLines(ctx, web.Doc{URL: vultrBase + "public-keys"})
}
