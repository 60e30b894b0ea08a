package afterburn

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// cloudStackMetadata is the service of Apache CloudStack, which the DHCP server of a network (its virtual router) has.
type cloudStackMetadata struct {
	service
	base string
}

func newCloudStackMetadata(ctx context.Context, e *env) (Provider, error) {
	server, err := e.dhcp.Lookup(ctx, dhcp.ServerID)
	if err != nil {
		return nil, err
	}
	addr, err := netconf.ParseAddr(server)
	if err != nil {
		return nil, fmt.Errorf("failed to parse server ip address: %s: %w", clip(server), err)
	}
	if err := checkServer(addr); err != nil {
		return nil, fmt.Errorf("unusable server ip address: %w", err)
	}
	host := addr.String()
	if addr.Is6() {
		host = "[" + host + "]"
	}
	return &cloudStackMetadata{e.service(nil), "http://" + host + "/latest/meta-data/"}, nil
}

func (p *cloudStackMetadata) Attributes(ctx context.Context) (Attributes, error) {
	return p.texts(ctx, []textAttribute{
		{"CLOUDSTACK_INSTANCE_ID", p.base + "instance-id"},
		{"CLOUDSTACK_LOCAL_HOSTNAME", p.base + "local-hostname"},
		{"CLOUDSTACK_PUBLIC_HOSTNAME", p.base + "public-hostname"},
		{"CLOUDSTACK_AVAILABILITY_ZONE", p.base + "availability-zone"},
		{"CLOUDSTACK_IPV4_PUBLIC", p.base + "public-ipv4"},
		{"CLOUDSTACK_IPV4_LOCAL", p.base + "local-ipv4"},
		{"CLOUDSTACK_SERVICE_OFFERING", p.base + "service-offering"},
		{"CLOUDSTACK_CLOUD_IDENTIFIER", p.base + "cloud-identifier"},
		{"CLOUDSTACK_VM_ID", p.base + "vm-id"},
	}, false, false)
}

func (p *cloudStackMetadata) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	return p.keyFile(ctx, web.Doc{URL: p.base + "public-keys"})
}
