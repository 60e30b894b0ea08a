package afterburn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

const packetPublic = `{"id":"x","address_family":4,"public":true,"management":true,"address":"203.0.113.31","netmask":"255.255.255.254","gateway":"203.0.113.30"}`

// packetCloud has a document with the given parts of "network".
func packetCloud(t *testing.T, interfaces, addresses, mode string) *fakecloud.Cloud {
	t.Helper()
	c := empty(t, "packet")
	c.Set("/metadata", `{"id":"i","hostname":"h","iqn":"q","plan":"p","facility":"f","tags":[],"ssh_keys":[],"phone_home_url":"http://192.0.2.9/phone","error":null,
		"network":{"interfaces":[`+interfaces+`],"addresses":[`+addresses+`],"bonding":{"mode":`+mode+`}}}`)
	return c
}

func TestPacketNetworkErrors(t *testing.T) {
	const eth0 = `{"name":"eth0","mac":"02:00:00:00:01:01","bond":"bond0"}`
	for _, test := range []struct{ interfaces, addresses, mode, want string }{
		{`{"name":"eth0","mac":"02"}`, "", "4", "failed to parse mac address: '02': "},
		{eth0, packetPublic, "9", "no such bonding mode: 9"},
		{eth0, strings.Replace(packetPublic, "255.255.255.254", "255.0.255.0", 1), "4", "invalid network mask: invalid prefix"},
	} {
		p, _ := cloud(t, packetCloud(t, test.interfaces, test.addresses, test.mode))
		_, err := p.(NetworkSource).Network(t.Context())
		require.ErrorContains(t, err, test.want)
	}
}

func TestPacketWithoutBond(t *testing.T) {
	p, log := cloud(t, packetCloud(t, `{"name":"eth0","mac":"02:00:00:00:01:01"}`, packetPublic, "9"))
	require.Equal(t, map[string]string{
		"10-02:00:00:00:01:01.network": "[Match]\nMACAddress=02:00:00:00:01:01\n\n[Network]\n\n[Link]\nUnmanaged=yes\n",
	}, unitsOf(t, p))
	require.Contains(t, log.String(), "level=WARN msg=\"no bond interfaces. addresses are left unassigned.\"")
}

// TestPacketBonds: all addresses are on the first one, whose MAC address is that of its first member.
func TestPacketBonds(t *testing.T) {
	const private = `{"id":"y","address_family":4,"public":false,"management":true,"address":"10.64.0.3","netmask":"255.255.255.128","gateway":"10.64.0.2"}`
	const v6 = `{"id":"z","address_family":6,"public":false,"management":true,"address":"2604:1380::0","netmask":"ffff:ffff:ffff:ffff::","gateway":"2604:1380::1"}`
	p, _ := cloud(t, packetCloud(t, `{"name":"eth0","mac":"02:00:00:00:01:01"},{"name":"eth1","mac":"2:0:0:0:1:2","bond":"bond1"},
		{"name":"eth2","mac":"02:00:00:00:01:03","bond":"bond0"},{"name":"eth3","mac":"02:00:00:00:01:04","bond":"bond1"}`,
		packetPublic+","+private+","+v6, "1"))
	units := unitsOf(t, p)
	require.Len(t, units, 9)
	require.Equal(t, `[Match]
Name=bond1

[Network]
DNS=147.75.207.207

[Link]
RequiredForOnline=degraded-carrier

[Address]
Address=203.0.113.31/31

[Address]
Address=10.64.0.3/25

[Address]
Address=2604:1380::/64

[Route]
Destination=0.0.0.0/0
Gateway=203.0.113.30

[Route]
Destination=10.0.0.0/8
Gateway=10.64.0.2

[Route]
Destination=::/0
Gateway=2604:1380::1
`, units["05-bond1.network"])
	require.Equal(t, "[Match]\nName=bond0\n\n[Network]\nDNS=147.75.207.207\n\n[Link]\nRequiredForOnline=degraded-carrier\n", units["05-bond0.network"])
	require.Equal(t, "[NetDev]\nName=bond1\nKind=bond\nMACAddress=02:00:00:00:01:02\n\n[Bond]\nTransmitHashPolicy=layer3+4\nMIIMonitorSec=.1\nUpDelaySec=.2\nDownDelaySec=.2\nMode=active-backup\n", units["05-bond1.netdev"])
	require.Contains(t, units["10-02:00:00:00:01:01.network"], "Unmanaged=yes")
	require.Contains(t, units["10-02:00:00:00:01:04.network"], "Bond=bond1")
	require.Equal(t, `P_PACKET_HOSTNAME=h
P_PACKET_IPV4_PRIVATE_0=10.64.0.3
P_PACKET_IPV4_PRIVATE_GATEWAY_0=10.64.0.2
P_PACKET_IPV4_PUBLIC_0=203.0.113.31
P_PACKET_IPV4_PUBLIC_GATEWAY_0=203.0.113.30
P_PACKET_IPV6_PRIVATE_0=2604:1380::
P_PACKET_IPV6_PRIVATE_GATEWAY_0=2604:1380::1
P_PACKET_PHONE_HOME_URL=http://192.0.2.9/phone
P_PACKET_PLAN=p
`, attributesOf(t, p))
}

// TestPacketNameservers are those of networkd, without which there is no network.
func TestPacketNameservers(t *testing.T) {
	opt, _ := cloudOptions(t, example(t, "packet"))
	p, err := New(t.Context(), "packet", opt)
	require.NoError(t, err)
	defer p.Close()
	state := filepath.Join(opt.Root, "run/systemd/netif/state")
	for text, want := range map[string]string{
		"OPER_STATE=x\n":          "DNS not found in netif state file",
		"DNS=\n":                  "failed to parse IP address: invalid IP address syntax",
		"DNS=1.1.1.1  2.2.2.2\n":  "failed to parse IP address: invalid IP address syntax",
		"DNS=1.1.1.1 ::1%eth0\n":  "failed to parse IP address: invalid IP address syntax",
		" DNS=1.1.1.1\nXDNS=::\n": "DNS not found in netif state file",
	} {
		require.NoError(t, os.WriteFile(state, []byte(text), 0o644))
		_, err := p.(NetworkSource).Network(t.Context())
		require.EqualError(t, err, want, text)
	}
	require.NoError(t, os.WriteFile(state, []byte("DNS=1.1.1.1 2606::1\nDNS=9.9.9.9\n"), 0o644))
	require.Contains(t, unitsOf(t, p)["05-bond0.network"], "\nDNS=1.1.1.1\nDNS=2606::1\n\n")
	require.NoError(t, os.Remove(state))
	_, err = p.(NetworkSource).Network(t.Context())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "failed to open /run/systemd/netif/state: ")
	require.NoError(t, unix.Mkfifo(state, 0o644))
	_, err = p.(NetworkSource).Network(t.Context())
	require.EqualError(t, err, "failed to open /run/systemd/netif/state: not a regular file")
	require.NoError(t, os.Remove(state))
	require.NoError(t, os.Symlink("/nowhere", state))
	_, err = p.(NetworkSource).Network(t.Context())
	require.ErrorContains(t, err, "failed to open /run/systemd/netif/state: ")
}

// TestPacketNamesAreNoPaths: the names of bonds become names of files.
func TestPacketNamesAreNoPaths(t *testing.T) {
	for _, name := range []string{"../../etc/x", `a\nb`, `a\u0000`, "", ".."} {
		p, _ := cloud(t, packetCloud(t, `{"name":"eth0","mac":"02:00:00:00:01:01","bond":"`+name+`"}`, packetPublic, "4"))
		c, err := p.(NetworkSource).Network(t.Context())
		if err == nil {
			_, err = c.Networkd()
		}
		require.Error(t, err, "%q", name)
	}
}

func TestPacketPhonesHome(t *testing.T) {
	c := packetCloud(t, "", "", "4")
	c.Fail("POST /phone", 2, 500)
	c.Fail("POST /phone", 1, 204)
	p, _ := cloud(t, c)
	require.NoError(t, p.(CheckInSource).CheckIn(t.Context()))
	r := c.Requests()[3]
	require.Equal(t, "POST http://192.0.2.9/phone", r.String())
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Empty(t, r.Body)
	for _, home := range []string{"", "nonsense", "http://", "\\u0007"} {
		c := packetCloud(t, "", "", "4")
		d, _ := c.Document("/metadata")
		c.Set("/metadata", strings.Replace(d.Body, "http://192.0.2.9/phone", home, 1))
		p, _ := cloud(t, c)
		err := p.(CheckInSource).CheckIn(t.Context())
		require.ErrorContains(t, err, "failed to parse uri: ", home)
		require.NotContains(t, err.Error(), "\a")
	}
}
