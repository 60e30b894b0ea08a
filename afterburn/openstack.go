package afterburn

import (
	"context"
	"fmt"
	"sync"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// openStackEC2JSON is the description of a server in Amazon's terms.
const openStackEC2JSON = "ec2/latest/meta-data.json"

// openStackDrive is OpenStack with a drive.
type openStackDrive struct {
	configDrive
	server func() (openStackServer, error)
}

// openStackServer is what the drive tells about a server, but for what is asked in Amazon's terms.
type openStackServer struct {
	attrs    Attributes
	hostname *string
	keys     []string
}

// newOpenStack prefers the drive, and turns to the service on any failure.
func newOpenStack(ctx context.Context, e *env) (Provider, error) {
	// Once udev is done, a drive that is not there does not come.
	drives := *e.drives
	drives.SettleOnce = true
	d, err := drives.ByLabel(ctx, labelConfig, iso9660)
	if ctx.Err() != nil && err != nil {
		return nil, err
	}
	if err != nil {
		e.log.Warn("failed to locate config-drive, using the metadata service API instead")
		e.log.Debug(err.Error())
		return newOpenStackMetadata(ctx, e)
	}
	p := &openStackDrive{configDrive: configDrive{d, e}}
	p.server = sync.OnceValues(p.readServer)
	return p, nil
}

// Attributes implements [AttributeSource].
func (p *openStackDrive) Attributes(context.Context) (Attributes, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	ec2, err := p.readEC2()
	return append(ec2, s.attrs...), err
}

// Hostname implements [HostnameSource].
func (p *openStackDrive) Hostname(context.Context) (string, bool, error) {
	s, err := p.server()
	if err != nil || s.hostname == nil {
		return "", false, err
	}
	return *s.hostname, true, nil
}

// SSHKeys implements [KeySource].
func (p *openStackDrive) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	return sshkeys.ParseList(s.keys)
}

func (p *openStackDrive) readServer() (s openStackServer, err error) {
	data, err := p.read(metaDataJSON, documentLimit)
	if err != nil {
		return s, err
	}
	if s, err = parseOpenStackServer(data); err != nil {
		err = openStackSyntax(metaDataJSON, err)
	}
	return s, err
}

func parseOpenStackServer(data []byte) (openStackServer, error) {
	o := parseObject(data)
	s := openStackServer{hostname: o.optText("hostname")}
	s.attrs.addSome("OPENSTACK_HOSTNAME", s.hostname)
	s.attrs.addSome("OPENSTACK_INSTANCE_UUID", o.optText("uuid"))
	_ = o.optText("availability_zone")
	s.keys = o.values("public_keys")
	return s, o.err()
}

// readEC2 reads the attributes that are told in Amazon's terms, if the document is there.
func (p *openStackDrive) readEC2() (Attributes, error) {
	data, ok, err := p.readOptional(openStackEC2JSON, documentLimit)
	if err != nil || !ok {
		return nil, err
	}
	o := parseObject(data)
	var attrs Attributes
	attrs.addSome("OPENSTACK_INSTANCE_ID", o.optText("instance-id"))
	attrs.addSome("OPENSTACK_INSTANCE_TYPE", o.optText("instance-type"))
	attrs.addSome("OPENSTACK_IPV4_LOCAL", o.optText("local-ipv4"))
	attrs.addSome("OPENSTACK_IPV4_PUBLIC", o.optText("public-ipv4"))
	if err := o.err(); err != nil {
		return nil, openStackSyntax(openStackEC2JSON, err)
	}
	return attrs, nil
}

func openStackSyntax(name string, err error) error {
	err = fmt.Errorf("failed to parse JSON metadata: %w", err)
	return fmt.Errorf("failed to parse file '%q': %w", name, err)
}
