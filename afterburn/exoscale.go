package afterburn

import (
	"context"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const exoscaleBase = "http://169.254.169.254/1.0/meta-data/"

// exoscale is Exoscale, whose service never lacks one of its documents for good.
type exoscale struct{ service }

func newExoscale(_ context.Context, e *env) (Provider, error) {
	return &exoscale{e.service(nil)}, nil
}

func (p *exoscale) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"EXOSCALE_INSTANCE_ID", exoscaleBase + "instance-id"},
		{"EXOSCALE_LOCAL_HOSTNAME", exoscaleBase + "local-hostname"},
		{"EXOSCALE_PUBLIC_HOSTNAME", exoscaleBase + "public-hostname"},
		{"EXOSCALE_AVAILABILITY_ZONE", exoscaleBase + "availability-zone"},
		{"EXOSCALE_PUBLIC_IPV4", exoscaleBase + "public-ipv4"},
		{"EXOSCALE_LOCAL_IPV4", exoscaleBase + "local-ipv4"},
		{"EXOSCALE_SERVICE_OFFERING", exoscaleBase + "service-offering"},
		{"EXOSCALE_CLOUD_IDENTIFIER", exoscaleBase + "cloud-identifier"},
		{"EXOSCALE_VM_ID", exoscaleBase + "vm-id"},
	}, true, false)
}

func (p *exoscale) Hostname(ctx context.Context) (string, bool, error) {
	return p.hostname(ctx, web.Doc{URL: exoscaleBase + "local-hostname", Required: true})
}

func (p *exoscale) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return p.keyFile(ctx, web.Doc{URL: exoscaleBase + "public-keys", Required: true})
}
