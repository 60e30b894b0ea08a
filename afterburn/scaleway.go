package afterburn

import (
	"context"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const (
	scalewayHost = "169.254.42.42"
	scalewayBase = "http://" + scalewayHost + "/"
)

// scaleway is Scaleway.
type scaleway struct{ service }

func newScaleway(_ context.Context, e *env) (Provider, error) {
	e.web.Alternate(scalewayHost, "[fd00:42::42]")
	return &scaleway{e.service(nil)}, nil
}

type scalewayDocument struct {
	kind, hostname, id, zone            string
	privateIPv4, publicIPv4, publicIPv6 *string
	keys                                []string
}

// UnmarshalJSON reads the document.
func (d *scalewayDocument) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.kind, d.hostname, d.id = o.text("commercial_type"), o.text("hostname"), o.text("id")
	d.zone = o.object("location").text("zone_id")
	d.privateIPv4 = o.optText("private_ip")
	address := func(name string) *string {
		if !o.has(name) {
			return nil
		}
		a := o.object(name).text("address")
		return &a
	}
	d.publicIPv4, d.publicIPv6 = address("public_ip"), address("ipv6")
	o.objects("ssh_public_keys", func(k object) { d.keys = append(d.keys, k.text("key")) })
	return o.err()
}

// document returns the instance's document, which is fetched once.
func (p *scaleway) document(ctx context.Context) (*scalewayDocument, error) {
	var d scalewayDocument
	_, err := p.web.JSON(ctx, web.Doc{URL: scalewayBase + "conf?format=json", Required: true}, &d)
	return &d, err
}

func (p *scaleway) Attributes(ctx context.Context) (Attributes, error) {
	d, err := p.document(ctx)
	if err != nil {
		return nil, err
	}
	list := Attributes{
		{"SCALEWAY_HOSTNAME", d.hostname},
		{"SCALEWAY_INSTANCE_ID", d.id},
		{"SCALEWAY_INSTANCE_TYPE", d.kind},
		{"SCALEWAY_ZONE_ID", d.zone},
	}
	list.addSome("SCALEWAY_IPV4_PRIVATE", d.privateIPv4)
	list.addSome("SCALEWAY_IPV4_PUBLIC", d.publicIPv4)
	list.addSome("SCALEWAY_IPV6_PUBLIC", d.publicIPv6)
	return list, nil
}

func (p *scaleway) Hostname(ctx context.Context) (string, bool, error) {
	d, err := p.document(ctx)
	return d.hostname, err == nil, err
}

func (p *scaleway) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	d, err := p.document(ctx)
	if err != nil {
		return nil, err
	}
	return sshkeys.ParseList(d.keys)
}

// CheckIn tells the service that the instance is up.
func (p *scaleway) CheckIn(ctx context.Context) error {
	return p.web.Patch(ctx, web.Doc{URL: scalewayBase + "state"}, web.TypeJSON, []byte(`{"state_detail":"booted"}`))
}
