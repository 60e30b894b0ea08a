package afterburn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// proxmoxVE is Proxmox Virtual Environment: cloud-init's NoCloud drive, as the hypervisor writes it.
type proxmoxVE struct {
	configDrive
	instanceID string
	user       *proxmoxUserData // nil: none
	network    network
}

type proxmoxUserData struct {
	hostname string
	keys     []string
}

// newProxmoxVE makes a provider that knows nothing where there is no drive, or none that can be read. That goes for the
// initrd, too, where the default kernel arguments are used then, as Afterburn 5.11 does; 5.10 ended the boot.
func newProxmoxVE(ctx context.Context, e *env) (Provider, error) {
	p, err := openProxmoxVE(ctx, e)
	if err == nil {
		return p, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	e.log.Warn(fmt.Sprintf("failed to locate config-drive: %v", err))
	e.log.Warn("aborting ProxmoxVE provider")
	return noDrive{e}, nil
}

func openProxmoxVE(ctx context.Context, e *env) (*proxmoxVE, error) {
	device, _, err := e.drives.Probe(ctx, labelSeed)
	if errors.Is(err, drive.ErrNoDrive) {
		err = errors.New("could not find cidata device")
	}
	if err != nil {
		return nil, err
	}
	d, err := e.drives.Open(ctx, device, iso9660)
	if err != nil {
		return nil, err
	}
	p := &proxmoxVE{configDrive: configDrive{d, e}}
	if err := p.readAll(); err != nil {
		e.abandon(d)
		return nil, fmt.Errorf("failed to read ProxmoxVE cloud config: %w", err)
	}
	return p, nil
}

// readAll reads the four documents, all of which must be there.
func (p *proxmoxVE) readAll() (err error) {
	if p.user, err = p.readUserData(); err != nil {
		return err
	}
	if p.user == nil {
		p.env.log.Warn("user-data does not have the expected header `#cloud-config`, ignoring this file")
	}
	meta, err := p.readMapping("meta-data", documentLimit, "instance-id")
	if err != nil {
		return err
	}
	if p.instanceID, err = meta.text("instance-id"); err != nil {
		return fmt.Errorf("failed to parse meta-data as YAML: %w", err)
	}
	if _, err := p.readMapping("vendor-data", bundleLimit); err != nil {
		return err
	}
	return p.readNetwork()
}

// readMapping reads a document that is a mapping.
func (p *proxmoxVE) readMapping(name string, limit int64, fields ...string) (yamlMapping, error) {
	data, err := p.ReadFile(name, limit)
	if err != nil {
		return nil, fmt.Errorf("failed to open %s file: %w", name, err)
	}
	m, err := parseYAMLMapping(data, fields...)
	if err != nil {
		return nil, fmt.Errorf("failed to parse %s as YAML: %w", name, err)
	}
	return m, nil
}

func (p *proxmoxVE) readUserData() (*proxmoxUserData, error) {
	data, err := p.ReadFile("user-data", bundleLimit)
	if err == nil && !utf8.Valid(data) {
		err = errNotUTF8
	}
	if err != nil {
		return nil, fmt.Errorf("failed to read user-data file: %w", err)
	}
	u, err := parseProxmoxUserData(data)
	if err != nil {
		return nil, fmt.Errorf("failed to parse user-data as YAML: %w", err)
	}
	return u, nil
}

// parseProxmoxUserData reads the user's data if they are cloud-config; other kinds are nil, and so are none.
func parseProxmoxUserData(data []byte) (*proxmoxUserData, error) {
	if !strings.HasPrefix(string(data), "#cloud-config") {
		return nil, nil
	}
	doc, err := parseYAML(data)
	if err != nil || doc == nil || isNull(doc) {
		return nil, err
	}
	m, err := parseYAMLMapping(data, "hostname", "ssh_authorized_keys")
	if err != nil {
		return nil, err
	}
	var u proxmoxUserData
	if u.hostname, err = m.text("hostname"); err != nil {
		return nil, err
	}
	if u.keys, err = m.list("ssh_authorized_keys"); err != nil {
		return nil, err
	}
	return &u, nil
}

func (p *proxmoxVE) readNetwork() error {
	data, err := p.ReadFile("network-config", documentLimit)
	if err != nil {
		return fmt.Errorf("failed to open network-config file: %w", err)
	}
	p.network.cfg, p.network.err = netconf.ParseProxmox(data, p.env.log)
	return p.network.undecoded()
}

// Attributes implements [AttributeSource]. The addresses are the last of each family on the first interface.
func (p *proxmoxVE) Attributes(ctx context.Context) (Attributes, error) {
	attrs := Attributes{{"PROXMOXVE_INSTANCE_ID", p.instanceID}}
	if p.user != nil {
		attrs.Add("PROXMOXVE_HOSTNAME", p.user.hostname)
	}
	cfg, err := p.network.get()
	if err != nil {
		return nil, err
	}
	if len(cfg.Interfaces) > 0 {
		for _, a := range cfg.Interfaces[0].Addresses {
			if a.Addr().Is4() {
				attrs.Add("PROXMOXVE_IPV4", a.Addr().String())
			} else {
				attrs.Add("PROXMOXVE_IPV6", a.Addr().String())
			}
		}
	}
	return attrs, nil
}

// Hostname implements [HostnameSource].
func (p *proxmoxVE) Hostname(context.Context) (string, bool, error) {
	if p.user == nil {
		return "", false, nil
	}
	return p.user.hostname, true, nil
}

// SSHKeys implements [KeySource].
func (p *proxmoxVE) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	if p.user == nil {
		return nil, nil
	}
	return sshkeys.ParseList(p.user.keys)
}

// Network implements [NetworkSource].
func (p *proxmoxVE) Network(context.Context) (*netconf.Config, error) { return p.network.get() }

// Netplan implements [NetplanSource]. As in the reference there is none where the network cannot be understood.
func (p *proxmoxVE) Netplan(context.Context) (string, error) {
	cfg, err := p.network.get()
	if err != nil {
		p.warn(err)
		return "", nil
	}
	return string(cfg.Netplan(netconf.NetplanOptions{})), nil
}

// NetworkKargs implements [KargsSource]. As in the reference there are none where the network cannot be understood.
func (p *proxmoxVE) NetworkKargs(context.Context) (string, bool, error) {
	cfg, err := p.network.get()
	if err != nil {
		p.warn(err)
		return "", false, nil
	}
	args := cfg.Kargs(netconf.ProxmoxKargs)
	return args, args != "", nil
}

func (p *proxmoxVE) warn(err error) {
	p.env.log.Warn(fmt.Sprintf("ignoring network-config: %v", err))
}
