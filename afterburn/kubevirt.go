package afterburn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/run"
)

// kubeVirt is KubeVirt: a drive in the form of OpenStack (label config-2) or of cloud-init's NoCloud (label cidata).
type kubeVirt struct {
	configDrive
	meta    kubeVirtMeta
	network network
}

// kubeVirtMeta is what the drive tells about the machine, in the terms of both forms. Nil is unknown.
type kubeVirtMeta struct {
	instanceID, hostname, instanceType *string
	keys                               []string
}

// newKubeVirt makes a provider that knows nothing where there is no drive, or none that can be read.
func newKubeVirt(ctx context.Context, e *env) (Provider, error) {
	if e.runner != nil {
		// The drive may be the first disk of its kind. Where there is no such module nothing is lost.
		_, _ = e.runner.Run(ctx, run.Command("modprobe", "virtio_blk"))
	}
	p, err := openKubeVirt(ctx, e)
	if err == nil {
		return p, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	if errors.Is(err, drive.ErrNoDrive) {
		e.log.Warn("config device not found")
	} else {
		e.log.Warn(fmt.Sprintf("failed to read config device: %v", err))
	}
	e.log.Warn("aborting KubeVirt provider")
	return noDrive{e}, nil
}

func openKubeVirt(ctx context.Context, e *env) (*kubeVirt, error) {
	device, label, err := e.drives.Probe(ctx, labelConfig, labelSeed)
	if err != nil {
		return nil, err
	}
	d, err := e.drives.Open(ctx, device, iso9660)
	if err != nil {
		return nil, err
	}
	p := &kubeVirt{configDrive: configDrive{d, e}}
	if err := p.readAll(label == labelConfig); err != nil {
		e.abandon(d)
		return nil, fmt.Errorf("failed to read KubeVirt cloud config: %w", err)
	}
	return p, nil
}

// readAll reads the documents, of which only that on the network may be missing. All are YAML, and so JSON as well.
func (p *kubeVirt) readAll(openStack bool) error {
	metaName, networkName := "meta-data", "network-config"
	parse := netconf.ParseNoCloud
	if openStack {
		metaName, networkName = metaDataJSON, networkDataJSON
		parse = netconf.ParseOpenStack
	}
	data, err := p.read(metaName, documentLimit)
	if err != nil {
		return err
	}
	if p.meta, err = parseKubeVirtMeta(data); err != nil {
		return fmt.Errorf("failed to parse metadata: %w", err)
	}
	data, ok, err := p.readOptional(networkName, documentLimit)
	if err != nil || !ok {
		p.network.cfg = &netconf.Config{}
		return err
	}
	p.network.cfg, p.network.err = parse(data, p.env.log)
	return p.network.undecoded()
}

func parseKubeVirtMeta(data []byte) (meta kubeVirtMeta, err error) {
	names := []string{"instance-id", "uuid", "hostname", "local-hostname", "instance_type", "public_keys"}
	m, err := parseYAMLMapping(data, names...)
	if err != nil && json.Valid(data) {
		m, err = parseYAMLMapping(plainJSON(data), names...)
	}
	if err != nil {
		return meta, err
	}
	values := make([]*string, len(names)-1)
	for i := range values {
		text, ok, err := m.textOrNone(names[i])
		if err != nil {
			return meta, err
		}
		if ok {
			values[i] = &text
		}
	}
	meta.instanceID = first(values[0], values[1])
	meta.hostname = first(values[2], values[3])
	meta.instanceType = values[4]
	meta.keys, err = m.texts("public_keys")
	return meta, err
}

// plainJSON returns a JSON document without the escapes that YAML does not know, half ones of surrogate pairs.
func plainJSON(data []byte) []byte {
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return data
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return data
	}
	return plain
}

func first(a, b *string) *string {
	if a != nil {
		return a
	}
	return b
}

// Attributes implements [AttributeSource]. The addresses are the first of each family on the first interface that has
// any.
func (p *kubeVirt) Attributes(context.Context) (Attributes, error) {
	if p.meta.instanceID == nil {
		return nil, errors.New("missing instance ID")
	}
	if p.meta.hostname == nil {
		return nil, errors.New("missing hostname")
	}
	attrs := Attributes{{"KUBEVIRT_INSTANCE_ID", *p.meta.instanceID}, {"KUBEVIRT_HOSTNAME", *p.meta.hostname}}
	if p.meta.instanceType != nil {
		attrs.Add("KUBEVIRT_INSTANCE_TYPE", *p.meta.instanceType)
	}
	cfg, err := p.network.get()
	if err != nil {
		return nil, err
	}
	return append(attrs, kubeVirtAddresses(cfg)...), nil
}

func kubeVirtAddresses(cfg *netconf.Config) (attrs Attributes) {
	for _, iface := range cfg.Interfaces {
		v4, v6 := false, false
		for _, a := range iface.Addresses {
			switch {
			case a.Addr().Is4() && !v4:
				attrs.Add("KUBEVIRT_IPV4", a.Addr().String())
				v4 = true
			case a.Addr().Is6() && !v6:
				attrs.Add("KUBEVIRT_IPV6", a.Addr().String())
				v6 = true
			}
		}
		if v4 || v6 {
			break
		}
	}
	return attrs
}

// Hostname implements [HostnameSource].
func (p *kubeVirt) Hostname(context.Context) (string, bool, error) {
	if p.meta.hostname == nil {
		return "", false, nil
	}
	return *p.meta.hostname, true, nil
}

// SSHKeys implements [KeySource].
func (p *kubeVirt) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	return sshkeys.ParseList(p.meta.keys)
}

// Network implements [NetworkSource].
func (p *kubeVirt) Network(context.Context) (*netconf.Config, error) { return p.network.get() }

// NetworkKargs implements [KargsSource].
func (p *kubeVirt) NetworkKargs(context.Context) (string, bool, error) {
	cfg, err := p.network.get()
	if err != nil {
		return "", false, err
	}
	args := cfg.Kargs(netconf.KubeVirtKargs)
	return args, args != "", nil
}
