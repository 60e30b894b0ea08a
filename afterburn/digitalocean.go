package afterburn

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// digitalOcean is DigitalOcean, whose service has everything in one document.
type digitalOcean struct {
	service
	doc digitalOceanDocument
}

func newDigitalOcean(ctx context.Context, e *env) (Provider, error) {
	p := &digitalOcean{service: e.service(nil)}
	_, err := p.web.JSON(ctx, web.Doc{URL: "http://169.254.169.254/metadata/v1.json", Required: true}, &p.doc)
	return p, err
}

type digitalOceanDocument struct {
	hostname, region string
	keys             []string
	nameservers      []netip.Addr
	public, private  []digitalOceanInterface
}

type digitalOceanInterface struct {
	mac, kind          string
	ipv4, ipv6, anchor *digitalOceanAddress
}

type digitalOceanAddress struct {
	addr, gateway netip.Addr
	netmask       *netip.Addr
	cidr          *uint64
}

// UnmarshalJSON reads the document.
func (d *digitalOceanDocument) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.hostname, d.region = o.text("hostname"), o.text("region")
	d.keys = o.texts("public_keys")
	d.nameservers = o.object("dns").addrs("nameservers")
	interfaces := o.object("interfaces")
	d.public = digitalOceanInterfaces(interfaces, "public")
	d.private = digitalOceanInterfaces(interfaces, "private")
	return o.err()
}

func digitalOceanInterfaces(o object, name string) (list []digitalOceanInterface) {
	if !o.has(name) {
		return nil
	}
	o.objects(name, func(i object) {
		list = append(list, digitalOceanInterface{
			mac: i.text("mac"), kind: i.text("type"),
			ipv4:   newDigitalOceanAddress(i, "ipv4"),
			ipv6:   newDigitalOceanAddress(i, "ipv6"),
			anchor: newDigitalOceanAddress(i, "anchor_ipv4"),
		})
	})
	return list
}

func newDigitalOceanAddress(i object, name string) *digitalOceanAddress {
	if !i.has(name) {
		return nil
	}
	o := i.object(name)
	a := &digitalOceanAddress{addr: o.addr("ip_address"), gateway: o.addr("gateway")}
	if o.has("netmask") {
		mask := o.addr("netmask")
		a.netmask = &mask
	}
	if o.has("cidr") {
		bits := o.unsigned("cidr", 8)
		a.cidr = &bits
	}
	return a
}

func (p *digitalOcean) Attributes(context.Context) (Attributes, error) {
	list := Attributes{{"DIGITALOCEAN_HOSTNAME", p.doc.hostname}, {"DIGITALOCEAN_REGION", p.doc.region}}
	add := func(kind string, n int, a *digitalOceanAddress) {
		if a != nil {
			list.Add(fmt.Sprintf("DIGITALOCEAN_%s_%d", kind, n), a.addr.String())
		}
	}
	for n, i := range p.doc.public {
		add("IPV4_PUBLIC", n, i.ipv4)
		add("IPV6_PUBLIC", n, i.ipv6)
		add("IPV4_ANCHOR", n, i.anchor)
	}
	for n, i := range p.doc.private {
		add("IPV4_PRIVATE", n, i.ipv4)
		add("IPV6_PRIVATE", n, i.ipv6)
	}
	return list, nil
}

func (p *digitalOcean) Hostname(context.Context) (string, bool, error) {
	return p.doc.hostname, true, nil
}

func (p *digitalOcean) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	return sshkeys.ParseList(p.doc.keys)
}

func (p *digitalOcean) Network(context.Context) (*netconf.Config, error) {
	var c netconf.Config
	for _, list := range [][]digitalOceanInterface{p.doc.public, p.doc.private} {
		interfaces, err := p.merge(list)
		if err != nil {
			return nil, err
		}
		c.Interfaces = append(c.Interfaces, interfaces...)
	}
	return &c, nil
}

// merge joins the entries of a list that have the same MAC address; what comes later in the list is put first.
func (p *digitalOcean) merge(list []digitalOceanInterface) ([]netconf.Interface, error) {
	var out []netconf.Interface
	index := map[string]int{}
	for _, i := range list {
		mac, err := netconf.ParseMAC(i.mac)
		if err != nil {
			return nil, fmt.Errorf("failed to parse mac address: %w", err)
		}
		addresses, routes, err := i.network()
		if err != nil {
			return nil, err
		}
		n, ok := index[mac]
		if !ok {
			n = len(out)
			index[mac] = n
			out = append(out, netconf.Interface{MAC: mac, Priority: 10, Nameservers: p.doc.nameservers})
		}
		out[n].Addresses = append(addresses, out[n].Addresses...)
		out[n].Routes = append(routes, out[n].Routes...)
	}
	return out, nil
}

// network returns the addresses of an entry, and for each the route to its network; one of the internet has the
// default route as well.
func (i *digitalOceanInterface) network() (addresses []netip.Prefix, routes []netconf.Route, err error) {
	add := func(a *digitalOceanAddress, public bool, prefix func() (netip.Prefix, error)) {
		if a == nil || err != nil {
			return
		}
		var net netip.Prefix
		if net, err = prefix(); err != nil {
			return
		}
		addresses = append(addresses, net)
		routes = append(routes, netconf.Route{Destination: net, Gateway: a.gateway})
		if public {
			routes = append(routes, netconf.Route{Destination: defaultRoute(a.addr), Gateway: a.gateway})
		}
	}
	public := i.kind == "public"
	add(i.ipv4, public, func() (netip.Prefix, error) { return i.ipv4.masked("ipv4 address") })
	add(i.ipv6, public, func() (netip.Prefix, error) { return i.ipv6.sized() })
	add(i.anchor, false, func() (netip.Prefix, error) { return i.anchor.masked("anchor ipv4 address") })
	return addresses, routes, err
}

// masked is an IPv4 address in the network that its netmask tells.
func (a *digitalOceanAddress) masked(what string) (netip.Prefix, error) {
	if a.netmask == nil {
		return netip.Prefix{}, fmt.Errorf("missing netmask for %s", what)
	}
	if !a.addr.Is4() {
		return netip.Prefix{}, errors.New("ipv6 address in ipv4 field")
	}
	net, err := netconf.ParsePrefixMask(a.addr.String(), a.netmask.String())
	if err != nil {
		err = fmt.Errorf("invalid network mask: %w", err)
	}
	return net, err
}

// sized is an IPv6 address in the network whose prefix length it has.
func (a *digitalOceanAddress) sized() (netip.Prefix, error) {
	if a.cidr == nil {
		return netip.Prefix{}, errors.New("missing cidr for ipv6 address")
	}
	if a.addr.Is4() {
		return netip.Prefix{}, errors.New("ipv4 address in ipv6 field")
	}
	net, err := netconf.ParsePrefixMask(a.addr.String(), strconv.FormatUint(*a.cidr, 10))
	if err != nil {
		err = fmt.Errorf("invalid ip address or prefix: %w", err)
	}
	return net, err
}

// defaultRoute is the destination that stands for every address of a's family.
func defaultRoute(a netip.Addr) netip.Prefix {
	if a.Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}
