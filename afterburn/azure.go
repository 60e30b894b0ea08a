package afterburn

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/internal/ovf"
	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const azureCompute = azureMetadata + "/metadata/instance/compute/"

// azure is Microsoft's public cloud: a WireServer for addresses and the
// check-in, and an instance metadata service for the rest.
type azure struct{ *wireServer }

func newAzure(ctx context.Context, e *env) (Provider, error) {
	w, err := e.wireServer(ctx, "Azure")
	if err != nil {
		return nil, err
	}
	return &azure{w}, nil
}

// text gets a text that has to be there.
func (a *azure) text(ctx context.Context, path string) (string, error) {
	text, _, err := a.metadata.Text(ctx, web.Doc{URL: azureCompute + path, Required: true})
	return text, err
}

// Attributes implements AttributeSource.
func (a *azure) Attributes(ctx context.Context) (Attributes, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	size := start(ctx, func(ctx context.Context) (string, error) {
		return a.text(ctx, "vmSize?api-version=2017-08-01&format=text")
	})
	attrs, err := a.addresses(ctx)
	if err != nil {
		return nil, err
	}
	text, err := size.get()
	if err != nil {
		return nil, err
	}
	attrs.Add("AZURE_VMSIZE", text)
	return attrs, nil
}

// sharedConfig is what the instances of a deployment know of each other.
type sharedConfig struct {
	Incarnation *struct {
		Instance *string `xml:"instance,attr"`
	}
	Instances *struct {
		Instance []sharedInstance
	}
}

type sharedInstance struct {
	ID        *string    `xml:"id,attr"`
	Address   *string    `xml:"address,attr"`
	Endpoints []endpoint `xml:"InputEndpoints>Endpoint"`
}

// endpoint is a port that a load balancer leads to the instance. Its public
// address is an attribute; Afterburn 5.10 looks for it in an element.
type endpoint struct {
	Public  string `xml:"loadBalancedPublicAddress,attr"`
	Element string `xml:"loadBalancedPublicAddress"`
}

func (s *sharedConfig) check() error {
	switch {
	case s.Incarnation == nil:
		return missingField("Incarnation")
	case s.Incarnation.Instance == nil:
		return missingField("@instance")
	case s.Instances == nil:
		return missingField("Instances")
	}
	for _, i := range s.Instances.Instance {
		if i.ID == nil {
			return missingField("@id")
		}
		if i.Address == nil {
			return missingField("@address")
		}
	}
	return nil
}

// addresses are the attributes of the shared config.
func (a *azure) addresses(ctx context.Context) (Attributes, error) {
	g, err := a.goalState(ctx, 0)
	if err != nil {
		return nil, err
	}
	role, err := g.role()
	if err != nil {
		return nil, err
	}
	s, err := a.sharedConfig(ctx, role.Configuration.SharedConfig)
	if err != nil {
		return nil, fmt.Errorf("failed to get shared configuration: %w", err)
	}
	var dynamic, virtual netip.Addr
	for _, i := range s.Instances.Instance {
		if *i.ID != *s.Incarnation.Instance {
			continue
		}
		if dynamic, err = netconf.ParseAddr(*i.Address); err != nil {
			return nil, fmt.Errorf("failed to parse instance ip address: %s: %w", clip(*i.Address), err)
		}
		for _, e := range i.Endpoints {
			if address, ok := e.address(); ok {
				virtual = address
			}
		}
	}
	var attrs Attributes
	if dynamic.IsValid() {
		attrs.Add("AZURE_IPV4_DYNAMIC", dynamic.String())
	}
	if virtual.IsValid() {
		attrs.Add("AZURE_IPV4_VIRTUAL", virtual.String())
	}
	return attrs, nil
}

func (a *azure) sharedConfig(ctx context.Context, address string) (*sharedConfig, error) {
	address, err := a.ownURL(address)
	if err != nil {
		return nil, err
	}
	var s sharedConfig
	if err := a.document(ctx, a.wire, web.Doc{URL: address}, &s); err != nil {
		return nil, err
	}
	return &s, s.check()
}

func (e *endpoint) address() (netip.Addr, bool) {
	text := e.Public
	if text == "" {
		text = trimXML(e.Element)
	}
	to, err := netip.ParseAddrPort(text)
	return to.Addr(), err == nil && to.Addr().Zone() == ""
}

// Hostname implements HostnameSource.
func (a *azure) Hostname(ctx context.Context) (string, bool, error) {
	name, err := a.text(ctx, "name?api-version=2017-08-01&format=text")
	if err != nil {
		return "", false, fmt.Errorf("failed to get hostname: %w", err)
	}
	return name, true, nil
}

// SSHKeys implements KeySource.
func (a *azure) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	text, err := a.text(ctx, "publicKeys?api-version=2021-02-01")
	if err != nil {
		return nil, fmt.Errorf("failed to query IMDS for publicKeys: %w", err)
	}
	return parseAzureKeys(text)
}

func parseAzureKeys(text string) ([]sshkeys.Key, error) {
	var list []struct {
		KeyData *string `json:"keyData"`
		Path    string  `json:"path"`
	}
	err := web.DecodeJSON([]byte(text), &list)
	if err == nil && list == nil {
		err = errors.New("invalid type: null, expected a sequence")
	}
	if err != nil {
		return nil, fmt.Errorf("failed to parse IMDS publicKeys JSON: %w", err)
	}
	keys := make([]sshkeys.Key, len(list))
	for i, k := range list {
		if k.KeyData == nil {
			return nil, fmt.Errorf("failed to parse IMDS publicKeys JSON: %w", errors.New("missing field `keyData`"))
		}
		where := fmt.Sprintf("at index %d", i)
		if path := strings.TrimSpace(k.Path); path != "" {
			where += fmt.Sprintf(" (path: %s)", clip(path))
		}
		// Azure's portal folds long keys into lines.
		line := strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(*k.KeyData))
		if line == "" {
			return nil, fmt.Errorf("IMDS publicKeys entry %s has empty keyData", where)
		}
		if keys[i], err = sshkeys.Parse(line); err != nil {
			return nil, fmt.Errorf("failed to parse IMDS public key %s: %w", where, err)
		}
	}
	return keys, nil
}

// Admin implements AdminSource: the name comes from the metadata service, the
// password from a virtual CD that is there on the first boot.
func (a *azure) Admin(ctx context.Context) (Admin, error) {
	name, err := a.text(ctx, "osProfile/adminUsername?api-version=2021-02-01&format=text")
	if err != nil {
		return Admin{}, fmt.Errorf("failed to query admin username from provider: %w",
			fmt.Errorf("failed to query IMDS for adminUsername: %w", err))
	}
	if name = strings.TrimSpace(name); name == "" {
		return Admin{}, nil
	}
	document, err := a.readOVF(ctx)
	if err != nil {
		a.log.Warn(fmt.Sprintf("could not read OVF media: %v", err))
		return Admin{Name: name}, nil
	}
	password, err := ovf.AdminPassword(document)
	if err != nil {
		return Admin{}, fmt.Errorf("failed to query admin password hash from provider: %w",
			fmt.Errorf("failed to parse OVF provisioning data: %w", fmt.Errorf("failed to parse OVF XML: %w", err)))
	}
	return Admin{Name: name, Password: password}, nil
}

const (
	ovfDevice = "/dev/sr0"
	// ovfMounts is for the eyes of root only. A mount point made in it is so, too.
	ovfMounts = "/run/afterburn/media"
)

// readOVF reads the document on the virtual CD.
func (a *azure) readOVF(ctx context.Context) ([]byte, error) {
	finder := *a.drives
	if finder.Root == "/" {
		if err := a.makeMounts(); err != nil {
			return nil, err
		}
		finder.TempDir = ovfMounts
	}
	d, err := finder.Open(ctx, ovfDevice, "udf", "iso9660")
	if err != nil {
		return nil, fmt.Errorf(`failed to mount %s (tried ["udf", "iso9660"]): %w`, ovfDevice, err)
	}
	data, err := d.ReadFile(ovf.FileName, ovf.MaxSize)
	if err == nil && !utf8.Valid(data) {
		err = errors.New("stream did not contain valid UTF-8")
	}
	if err != nil {
		err = fmt.Errorf("failed to read %s: %w", ovf.FileName, err)
	}
	if closing := d.Close(); closing != nil {
		a.log.Warn(fmt.Sprintf("cannot close OVF media: %v", closing))
	}
	return data, err
}

// makeMounts makes the directory that mount points are made in.
func (a *azure) makeMounts() error {
	if err := a.root.MkdirAll(filepath.Dir(ovfMounts), 0o755); err != nil {
		return err
	}
	if err := a.root.MkdirAll(ovfMounts, 0o700); err != nil {
		return err
	}
	return a.root.Chmod(ovfMounts, 0o700)
}
