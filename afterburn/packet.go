package afterburn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/afterburn/sshkeys"
)

// packet is Equinix Metal, once Packet, whose service has everything in one document.
type packet struct {
	service
	doc packetDocument
}

func newPacket(ctx context.Context, e *env) (Provider, error) {
	p := &packet{service: e.service(nil)}
	_, err := p.web.JSON(ctx, web.Doc{URL: "https://metadata.packet.net/metadata", Required: true}, &p.doc)
	return p, err
}

type packetDocument struct {
	hostname, plan, phoneHome string
	keys                      []string
	interfaces                []packetInterface
	addresses                 []packetAddress
	bondingMode               uint64
}

type packetInterface struct {
	mac  string
	bond *string
}

type packetAddress struct {
	addr, netmask, gateway netip.Addr
	public                 bool
}

// UnmarshalJSON reads the document, of which upstream knows every member but two as required.
func (d *packetDocument) UnmarshalJSON(data []byte) error {
	o := parseObject(data)
	d.hostname, d.plan, d.phoneHome = o.text("hostname"), o.text("plan"), o.text("phone_home_url")
	d.keys = o.texts("ssh_keys")
	o.text("id")
	o.text("iqn")
	o.text("facility")
	o.texts("tags")
	o.optText("error")
	network := o.object("network")
	network.objects("interfaces", func(i object) {
		i.text("name")
		d.interfaces = append(d.interfaces, packetInterface{mac: i.text("mac"), bond: i.optText("bond")})
	})
	network.objects("addresses", func(a object) {
		a.text("id")
		a.integer("address_family", 32)
		a.boolean("management")
		d.addresses = append(d.addresses, packetAddress{
			addr: a.addr("address"), netmask: a.addr("netmask"), gateway: a.addr("gateway"), public: a.boolean("public"),
		})
	})
	d.bondingMode = network.object("bonding").unsigned("mode", 32)
	return o.err()
}

func (p *packet) Attributes(context.Context) (Attributes, error) {
	list := Attributes{
		{"PACKET_HOSTNAME", p.doc.hostname},
		{"PACKET_PLAN", p.doc.plan},
		{"PACKET_PHONE_HOME_URL", p.doc.phoneHome},
	}
	counts := map[string]int{}
	for _, a := range p.doc.addresses {
		kind := "PACKET_" + a.kind()
		list.Add(fmt.Sprintf("%s_%d", kind, counts[kind]), a.addr.String())
		list.Add(fmt.Sprintf("%s_GATEWAY_%d", kind, counts[kind]), a.gateway.String())
		counts[kind]++
	}
	return list, nil
}

func (a *packetAddress) kind() string {
	family, reach := "IPV6", "PRIVATE"
	if a.addr.Is4() {
		family = "IPV4"
	}
	if a.public {
		reach = "PUBLIC"
	}
	return family + "_" + reach
}

func (p *packet) Hostname(context.Context) (string, bool, error) {
	return p.doc.hostname, true, nil
}

func (p *packet) SSHKeys(context.Context) ([]sshkeys.Key, error) {
	return sshkeys.ParseList(p.doc.keys)
}

// CheckIn phones home: to the address in the document, with nothing to say.
func (p *packet) CheckIn(ctx context.Context) error {
	u, err := url.Parse(p.doc.phoneHome)
	if err != nil || u.Host == "" {
		return fmt.Errorf("failed to parse uri: %s is no address", clip(p.doc.phoneHome))
	}
	return p.web.Post(ctx, web.Doc{URL: p.doc.phoneHome}, web.TypeJSON, nil)
}

// Network puts all addresses on the first bond: the service does not tell on which they are.
func (p *packet) Network(context.Context) (*netconf.Config, error) {
	nameservers, err := p.nameservers()
	if err != nil {
		return nil, err
	}
	var c netconf.Config
	var bonds []netconf.Interface
	bonded := map[string]bool{}
	for _, i := range p.doc.interfaces {
		mac, err := netconf.ParseMAC(i.mac)
		if err != nil {
			return nil, fmt.Errorf("failed to parse mac address: '%s': %w", clip(i.mac), err)
		}
		if i.bond == nil {
			c.Interfaces = append(c.Interfaces, netconf.Interface{MAC: mac, Priority: 10, Unmanaged: true})
			continue
		}
		c.Interfaces = append(c.Interfaces, netconf.Interface{
			MAC: mac, Priority: 10, Bond: *i.bond, RequiredForOnline: "no",
		})
		if !bonded[*i.bond] {
			bonded[*i.bond] = true
			bonds = append(bonds, netconf.Interface{
				Name: *i.bond, Priority: 5, Nameservers: nameservers, RequiredForOnline: "degraded-carrier",
			})
			c.Devices = append(c.Devices, netconf.Device{Name: *i.bond, Kind: netconf.Bond, MAC: mac})
		}
	}
	if len(bonds) == 0 {
		p.log.Warn("no bond interfaces. addresses are left unassigned.")
		return &c, nil
	}
	if err := p.assign(&bonds[0]); err != nil {
		return nil, err
	}
	if err := p.setBonding(c.Devices); err != nil {
		return nil, err
	}
	c.Interfaces = append(c.Interfaces, bonds...)
	// The last one is for the interfaces that the document does not know: nobody is to configure them by DHCP.
	c.Interfaces = append(c.Interfaces, netconf.Interface{Path: "pci-*", Priority: 80, Unmanaged: true})
	return &c, nil
}

// assign gives an interface all addresses, each with the route that its kind is for.
func (p *packet) assign(i *netconf.Interface) error {
	private := netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8)
	for _, a := range p.doc.addresses {
		net, err := netconf.ParsePrefixMask(a.addr.String(), a.netmask.String())
		if err != nil {
			return fmt.Errorf("invalid network mask: %w", err)
		}
		i.Addresses = append(i.Addresses, net)
		to := defaultRoute(a.addr)
		if !a.public && a.addr.Is4() {
			to = private
		}
		i.Routes = append(i.Routes, netconf.Route{Destination: to, Gateway: a.gateway})
	}
	return nil
}

// setBonding tells bonds their mode, and how they find out which of their members work.
func (p *packet) setBonding(bonds []netconf.Device) error {
	mode, err := netconf.BondingMode(int(p.doc.bondingMode))
	if err != nil {
		return err
	}
	networkd := []netconf.Setting{
		{Key: "TransmitHashPolicy", Value: "layer3+4"},
		{Key: "MIIMonitorSec", Value: ".1"},
		{Key: "UpDelaySec", Value: ".2"},
		{Key: "DownDelaySec", Value: ".2"},
		{Key: "Mode", Value: mode},
	}
	manager := []netconf.Setting{
		{Key: "xmit_hash_policy", Value: "layer3+4"},
		{Key: "miimon", Value: "100"},
		{Key: "updelay", Value: "200"},
		{Key: "downdelay", Value: "200"},
		{Key: "mode", Value: mode},
	}
	if p.doc.bondingMode == lacp {
		networkd = append(networkd, netconf.Setting{Key: "LACPTransmitRate", Value: "fast"})
		manager = append(manager, netconf.Setting{Key: "lacp_rate", Value: "fast"})
	}
	priority := 5
	for i := range bonds {
		bonds[i].Priority = &priority
		bonds[i].Networkd = []netconf.Section{{Name: "Bond", Settings: networkd}}
		bonds[i].NetworkManager = []netconf.Section{{Name: "bond", Settings: manager}}
	}
	return nil
}

// lacp is the bonding mode 802.3ad.
const lacp = 4

const networkdState = "run/systemd/netif/state"

// nameservers are those that networkd has learnt in the initramfs.
func (p *packet) nameservers() ([]netip.Addr, error) {
	// A FIFO in its place must not hold the run up.
	f, err := p.root.OpenFile(networkdState, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("failed to open /%s: %w", networkdState, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, fmt.Errorf("failed to open /%s: %w", networkdState, err)
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("failed to open /%s: not a regular file", networkdState)
	}
	data, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("failed to parse /%s: %w", networkdState, err)
	}
	for _, line := range lines(string(data)) {
		value, ok := strings.CutPrefix(line, "DNS=")
		if !ok {
			continue
		}
		var list []netip.Addr
		for _, s := range strings.Split(value, " ") {
			a, err := netconf.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("failed to parse IP address: %w", err)
			}
			list = append(list, a)
		}
		return list, nil
	}
	return nil, errors.New("DNS not found in netif state file")
}
