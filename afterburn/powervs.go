package afterburn

import (
	"context"
	"sync"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// powerVS is IBM's Power Virtual Server: a drive with OpenStack's description of the server.
type powerVS struct {
	configDrive
	server func() (server, error)
}

func newPowerVS(ctx context.Context, e *env) (Provider, error) {
	d, err := e.drives.ByLabel(ctx, labelConfig, iso9660)
	if err != nil {
		return nil, err
	}
	p := &powerVS{configDrive: configDrive{d, e}}
	p.server = sync.OnceValues(func() (server, error) { return p.readServer(false) })
	return p, nil
}

// Attributes implements [AttributeSource].
func (p *powerVS) Attributes(context.Context) (Attributes, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	return s.attributes("POWERVS_")
}

// Hostname implements [HostnameSource] with the server's short name; "hostname" is the long one.
func (p *powerVS) Hostname(context.Context) (string, bool, error) {
	s, err := p.server()
	return s.name, s.name != "", err
}

// SSHKeys implements [KeySource].
func (p *powerVS) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	return sshkeys.ParseList(s.keys)
}
