package afterburn

import (
	"context"
	"sync"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// ibmCloudClassic is IBM Cloud's older infrastructure: a FAT drive with OpenStack's description of the server, which
// lists keys that Afterburn requires and does not use.
type ibmCloudClassic struct {
	configDrive
	server func() (server, error)
}

func newIBMCloudClassic(ctx context.Context, e *env) (Provider, error) {
	d, err := e.drives.ByLabel(ctx, labelConfig, vfat)
	if err != nil {
		return nil, err
	}
	p := &ibmCloudClassic{configDrive: configDrive{d, e}}
	p.server = sync.OnceValues(func() (server, error) { return p.readServer(true) })
	return p, nil
}

// Attributes implements [AttributeSource].
func (p *ibmCloudClassic) Attributes(context.Context) (Attributes, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	return s.attributes("IBMCLOUD_CLASSIC_")
}

// Hostname implements [HostnameSource].
func (p *ibmCloudClassic) Hostname(context.Context) (string, bool, error) {
	s, err := p.server()
	return s.name, s.name != "", err
}

// Network implements [NetworkSource].
func (p *ibmCloudClassic) Network(context.Context) (*netconf.Config, error) {
	data, err := p.read(networkDataJSON, documentLimit)
	if err != nil {
		return nil, err
	}
	return netconf.ParseClassic(data)
}
