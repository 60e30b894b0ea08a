package afterburn

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

const (
	hetznerBase = "http://169.254.169.254/hetzner/v1/metadata"
	// maxYAML is how large its YAML documents may be: a parsed one takes some hundred times as much memory.
	maxYAML = 256 << 10
)

// hetzner is Hetzner Cloud.
type hetzner struct{ service }

func newHetzner(_ context.Context, e *env) (Provider, error) {
	return &hetzner{e.service(nil)}, nil
}

func (p *hetzner) Attributes(ctx context.Context) (Attributes, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	private := start(ctx, p.privateNetworks)
	list, err := p.instance(ctx)
	if err != nil {
		return nil, err
	}
	networks, err := private.get()
	if err != nil {
		return nil, err
	}
	for n, network := range networks {
		ip, err := yamlText(yamlMember(network, "ip"))
		switch {
		case err != nil:
			return nil, undecodableYAML(fmt.Errorf("[%d].ip: %w", n, err))
		case ip != nil:
			list.Add(fmt.Sprintf("HETZNER_PRIVATE_IPV4_%d", n), *ip)
		}
	}
	return list, nil
}

// instance reads the base document.
func (p *hetzner) instance(ctx context.Context) (list Attributes, err error) {
	doc, err := p.yaml(ctx, "", yaml.MappingNode)
	if err != nil {
		return nil, err
	}
	for _, a := range []struct{ name, member string }{
		{"HETZNER_AVAILABILITY_ZONE", "availability-zone"},
		{"HETZNER_HOSTNAME", "hostname"},
		{"HETZNER_PUBLIC_IPV4", "public-ipv4"},
		{"HETZNER_REGION", "region"},
	} {
		value, err := yamlText(yamlMember(doc, a.member))
		switch {
		case err != nil:
			return nil, undecodableYAML(fmt.Errorf("%s: %w", a.member, err))
		case value != nil:
			list.Add(a.name, *value)
		}
	}
	if id := yamlMember(doc, "instance-id"); !yamlNull(id) {
		n, err := yamlInteger(id)
		if err != nil {
			return nil, undecodableYAML(fmt.Errorf("instance-id: %w", err))
		}
		list.Add("HETZNER_INSTANCE_ID", strconv.FormatInt(n, 10))
	}
	if ip := p.publicIPv6(yamlMember(doc, "network-config")); ip != "" {
		list.Add("HETZNER_PUBLIC_IPV6", ip)
	}
	return list, nil
}

// privateNetworks returns the entries of the list of networks.
func (p *hetzner) privateNetworks(ctx context.Context) ([]*yaml.Node, error) {
	doc, err := p.yaml(ctx, "/private-networks", yaml.SequenceNode)
	if err != nil || doc == nil {
		return nil, err
	}
	for n, network := range doc.Content {
		if yamlReal(network).Kind != yaml.MappingNode {
			return nil, undecodableYAML(fmt.Errorf("[%d]: a network must be a map", n))
		}
	}
	return doc.Content, nil
}

// publicIPv6 is the address of the first subnet with "ipv6: true" of the first physical entry. What is not of the form
// that is known has none: the network itself is configured by another document.
func (p *hetzner) publicIPv6(config *yaml.Node) string {
	for _, entry := range yamlElements(yamlMember(config, "config")) {
		if !yamlIs(yamlMember(entry, "type"), "physical") {
			continue
		}
		for _, subnet := range yamlElements(yamlMember(entry, "subnets")) {
			if v6 := yamlMember(subnet, "ipv6"); !yamlIs(v6, "true") {
				continue
			}
			address, err := yamlText(yamlMember(subnet, "address"))
			if err != nil || address == nil {
				return ""
			}
			net, err := netconf.ParsePrefix(*address)
			switch {
			case err != nil:
				return ""
			case net.Addr().Is4():
				p.log.Error("Expected IPv6 but found IPv4 " + clip(*address))
				return ""
			}
			return net.Addr().String()
		}
		return ""
	}
	return ""
}

func (p *hetzner) Hostname(ctx context.Context) (string, bool, error) {
	return p.hostname(ctx, web.Doc{URL: hetznerBase + "/hostname", Required: true})
}

// SSHKeys reads the one document that is JSON.
func (p *hetzner) SSHKeys(ctx context.Context) ([]sshkeys.Key, error) {
	var list textList
	if _, err := p.web.JSON(ctx, web.Doc{URL: hetznerBase + "/public-keys", Required: true}, &list); err != nil {
		return nil, err
	}
	return sshkeys.ParseList(list)
}

func (p *hetzner) Network(ctx context.Context) (*netconf.Config, error) {
	text, _, err := p.web.Text(ctx, web.Doc{URL: hetznerBase + "/network-config", Required: true, Limit: maxYAML})
	if err != nil {
		return nil, err
	}
	return netconf.ParseHetzner([]byte(text), p.log)
}

func (p *hetzner) Netplan(ctx context.Context) (string, error) {
	c, err := p.Network(ctx)
	if err != nil {
		return "", err
	}
	return string(c.Netplan(netconf.NetplanOptions{Version2: true, Routes: true})), nil
}

// yaml reads a document of a kind; an empty one is nil.
func (p *hetzner) yaml(ctx context.Context, name string, kind yaml.Kind) (*yaml.Node, error) {
	text, _, err := p.web.Text(ctx, web.Doc{URL: hetznerBase + name, Required: true, Limit: maxYAML})
	if err != nil {
		return nil, err
	}
	doc, err := parseYAML([]byte(text))
	if err == nil && doc != nil && doc.Kind != kind {
		err = fmt.Errorf("invalid type: %s, expected %s", yamlKind(doc.Kind), yamlKind(kind))
	}
	if err != nil {
		return nil, undecodableYAML(err)
	}
	return doc, nil
}

func undecodableYAML(err error) error {
	return fmt.Errorf("failed to deserialize data: failed yaml deserialization: %w", err)
}

func yamlKind(kind yaml.Kind) string {
	switch kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a sequence"
	}
	return "a scalar"
}

// yamlReal follows an alias to its anchor. What is not there is a node of no kind.
func yamlReal(n *yaml.Node) *yaml.Node {
	if n == nil {
		return &yaml.Node{}
	}
	return resolve(n)
}

// yamlMember returns a member of a map, nil if there is none.
func yamlMember(n *yaml.Node, name string) *yaml.Node {
	n = yamlReal(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := yamlReal(n.Content[i]); key.Kind == yaml.ScalarNode && key.Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func yamlElements(n *yaml.Node) []*yaml.Node {
	if n = yamlReal(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return nil
}

func yamlNull(n *yaml.Node) bool {
	n = yamlReal(n)
	return n.Kind == 0 || isNull(n)
}

func yamlIs(n *yaml.Node, value string) bool {
	n = yamlReal(n)
	return n.Kind == yaml.ScalarNode && n.Value == value
}

// yamlText reads any scalar as it is written: a number is the text of its digits.
func yamlText(n *yaml.Node) (*string, error) {
	if yamlNull(n) {
		return nil, nil
	}
	n = yamlReal(n)
	if n.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("invalid type: %s, expected a string", yamlKind(n.Kind))
	}
	return &n.Value, nil
}

// yamlInteger reads a whole number that is not in quotes.
func yamlInteger(n *yaml.Node) (int64, error) {
	n = yamlReal(n)
	if n.Kind == yaml.ScalarNode && n.Style & ^yaml.TaggedStyle == 0 {
		digits, _ := yamlWhole(n.Value)
		if v, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return v, nil
		}
	}
	return 0, errors.New("invalid type, expected a whole number")
}
