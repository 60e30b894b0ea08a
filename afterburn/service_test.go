package afterburn

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	keyA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
	keyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"
)

// httpProviders are those that are a service and nothing else.
var httpProviders = []string{
	"akamai", "aliyun", "aws", "cloudstack-metadata", "digitalocean", "exoscale", "gcp", "hetzner",
	"openstack-metadata", "oraclecloud", "packet", "scaleway", "upcloud", "vultr",
}

// cloudSystem is a system with what networkd knows: DNS servers, and the lease of interface 1.
func cloudSystem(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "run/systemd/netif/leases"), 0o755))
	for name, text := range map[string]string{"state": "OPER_STATE=routable\nDNS=147.75.207.207\n", "leases/1": "SERVER_ADDRESS=192.0.2.1\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, "run/systemd/netif", name), []byte(text), 0o644))
	}
	return root
}

// cloudOptions lead a provider to a fake, in which no time passes between attempts.
func cloudOptions(t *testing.T, c *fakecloud.Cloud) (*Options, *testutil.Log) {
	t.Helper()
	s := fakecloud.Start(c)
	t.Cleanup(s.Close)
	var log testutil.Log
	return &Options{
		Root: cloudSystem(t), Dial: s.Dial, RootCAs: s.RootCAs(),
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})),
	}, &log
}

// cloud makes the provider of a fake.
func cloud(t *testing.T, c *fakecloud.Cloud) (Provider, *testutil.Log) {
	t.Helper()
	opt, log := cloudOptions(t, c)
	p, err := New(t.Context(), c.Provider(), opt)
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p, log
}

// example is the fake of a provider with the documents of an instance.
func example(t *testing.T, id string) *fakecloud.Cloud {
	t.Helper()
	c, ok := fakecloud.Example(id)
	require.True(t, ok, id)
	return c
}

// empty is the fake of a provider without documents.
func empty(t *testing.T, id string) *fakecloud.Cloud {
	t.Helper()
	c, ok := fakecloud.New(id)
	require.True(t, ok, id)
	return c
}

func attributesOf(t *testing.T, p Provider) string {
	t.Helper()
	a, err := p.(AttributeSource).Attributes(t.Context())
	require.NoError(t, err)
	return string(a.AppendEnv(nil, "P_"))
}

// keysOf returns a key file.
func keysOf(t *testing.T, p Provider) string {
	t.Helper()
	keys, err := p.(KeySource).SSHKeys(t.Context())
	require.NoError(t, err)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintln(&b, k)
	}
	return b.String()
}

func filesOf(t *testing.T, files []netconf.File, err error) map[string]string {
	t.Helper()
	require.NoError(t, err)
	out := map[string]string{}
	for _, f := range files {
		out[f.Name] = string(f.Data)
	}
	return out
}

func unitsOf(t *testing.T, p Provider) map[string]string {
	t.Helper()
	c, err := p.(NetworkSource).Network(t.Context())
	require.NoError(t, err)
	files, err := c.Networkd()
	return filesOf(t, files, err)
}

// TestServicesTellTheirExamples has every provider read its example, each kind of work with a provider of its own.
func TestServicesTellTheirExamples(t *testing.T) {
	for _, id := range httpProviders {
		t.Run(id, func(t *testing.T) {
			want, ok := fakecloud.Expected(id)
			require.True(t, ok)
			p, _ := cloud(t, example(t, id))
			a, err := p.(AttributeSource).Attributes(t.Context())
			require.NoError(t, err)
			require.Equal(t, want.AttributesFile(), string(a.AppendEnv(nil, "")))
			require.Equal(t, want.KeyFile(), keysOf(t, p))
			if h, is := p.(HostnameSource); is {
				name, ok, err := h.Hostname(t.Context())
				require.NoError(t, err)
				require.Equal(t, want.HasHostname, ok)
				require.Equal(t, want.Hostname, name)
			} else {
				require.False(t, want.HasHostname)
			}
			requireNetwork(t, p, want)
		})
	}
}

func requireNetwork(t *testing.T, p Provider, want fakecloud.Expect) {
	t.Helper()
	n, is := p.(NetworkSource)
	require.Equal(t, len(want.Units) > 0, is)
	if is {
		c, err := n.Network(t.Context())
		require.NoError(t, err)
		files, err := c.Networkd()
		require.Equal(t, want.Units, filesOf(t, files, err))
		files, err = c.NetworkManager(nil)
		require.Equal(t, want.Profiles, filesOf(t, files, err))
	}
	np, is := p.(NetplanSource)
	require.Equal(t, want.Netplan != "", is)
	if is {
		text, err := np.Netplan(t.Context())
		require.NoError(t, err)
		require.Equal(t, want.Netplan, text)
	}
}

// TestServicesAreAskedAsByAfterburn compares the requests of each kind of work with those of Afterburn, of which some
// are made several times.
func TestServicesAreAskedAsByAfterburn(t *testing.T) {
	ask := map[string]func(context.Context, Provider) error{
		"attributes": func(ctx context.Context, p Provider) error {
			_, err := p.(AttributeSource).Attributes(ctx)
			return err
		},
		"ssh-keys": func(ctx context.Context, p Provider) error {
			_, err := p.(KeySource).SSHKeys(ctx)
			return err
		},
		"hostname": func(ctx context.Context, p Provider) (err error) {
			if h, is := p.(HostnameSource); is {
				_, _, err = h.Hostname(ctx)
			}
			return err
		},
		"network-units": func(ctx context.Context, p Provider) (err error) {
			if n, is := p.(NetworkSource); is {
				_, err = n.Network(ctx)
			}
			return err
		},
		"netplan-config": func(ctx context.Context, p Provider) (err error) {
			if n, is := p.(NetplanSource); is {
				_, err = n.Netplan(ctx)
			}
			return err
		},
		"check-in": func(ctx context.Context, p Provider) (err error) {
			if c, is := p.(CheckInSource); is {
				err = c.CheckIn(ctx)
			}
			return err
		},
	}
	for _, id := range httpProviders {
		text, err := os.ReadFile("fakecloud/testdata/requests/" + id + ".txt")
		require.NoError(t, err)
		want := fakecloud.Transcripts(string(text))
		for action, do := range ask {
			t.Run(id+"/"+action, func(t *testing.T) {
				c := example(t, id)
				p, _ := cloud(t, c)
				require.Equal(t, want["start"], fakecloud.Transcript(c.Requests()))
				require.NoError(t, do(t.Context(), p))
				got := c.Requests()
				require.Equal(t, want[action], fakecloud.Transcript(got))
				require.Len(t, got, strings.Count("\n"+want[action], "\nGET ")+strings.Count("\n"+want[action], "\nP"),
					"a request is made more than once")
			})
		}
	}
}

// TestAbsentDocuments tells "none" from errors.
func TestAbsentDocuments(t *testing.T) {
	const retried = "maximum number of retries (10) reached: failed to fetch: 404 Not Found"
	type outcome struct{ attributes, keys, hostname string } // errors
	for id, want := range map[string]outcome{
		"akamai":              {attributes: "get instance metadata", keys: "get ssh keys"},
		"aliyun":              {},
		"aws":                 {},
		"cloudstack-metadata": {},
		"exoscale":            {retried, retried, retried},
		"gcp":                 {},
		"hetzner":             {retried, retried, retried},
		"openstack-metadata":  {},
		"scaleway":            {retried, retried, retried},
		"upcloud":             {},
		"vultr":               {},
	} {
		t.Run(id, func(t *testing.T) {
			p, _ := cloud(t, empty(t, id))
			check := func(what, want string, none bool, err error) {
				t.Helper()
				if want != "" {
					require.EqualError(t, err, want, what)
					return
				}
				require.NoError(t, err, what)
				require.True(t, none, what)
			}
			a, err := p.(AttributeSource).Attributes(t.Context())
			check("attributes", want.attributes, len(a) == 0, err)
			keys, err := p.(KeySource).SSHKeys(t.Context())
			check("keys", want.keys, len(keys) == 0, err)
			if h, is := p.(HostnameSource); is {
				_, ok, err := h.Hostname(t.Context())
				check("hostname", want.hostname, !ok, err)
			}
		})
	}
	for _, id := range []string{"digitalocean", "oraclecloud", "packet"} {
		opt, _ := cloudOptions(t, empty(t, id))
		_, err := New(t.Context(), id, opt)
		require.EqualError(t, err, retried, id)
	}
}

// TestEmptyDocuments are values for some providers, and none for others.
func TestEmptyDocuments(t *testing.T) {
	for id, d := range map[string]struct {
		path, attribute string
		isHostname      bool // an empty one
	}{
		"aws":                 {"/2021-01-03/meta-data/hostname", "P_AWS_HOSTNAME=\n", true},
		"aliyun":              {"/latest/meta-data/hostname", "", false},
		"cloudstack-metadata": {"/latest/meta-data/vm-id", "P_CLOUDSTACK_VM_ID=\n", false},
		"gcp":                 {"/computeMetadata/v1/instance/hostname", "", true},
		"openstack-metadata":  {"/latest/meta-data/hostname", "P_OPENSTACK_HOSTNAME=\n", true},
		"upcloud":             {"/metadata/v1/hostname", "", false},
		"vultr":               {"/v1/hostname", "", false},
	} {
		t.Run(id, func(t *testing.T) {
			c := empty(t, id)
			c.Set(d.path, "")
			p, _ := cloud(t, c)
			require.Equal(t, d.attribute, attributesOf(t, p))
			if h, is := p.(HostnameSource); is {
				name, ok, err := h.Hostname(t.Context())
				require.NoError(t, err)
				require.Equal(t, d.isHostname, ok)
				require.Empty(t, name)
			}
		})
	}
}

// TestHostileServices: whatever the answer, there is an end, and an error.
func TestHostileServices(t *testing.T) {
	for name, fault := range map[string]fakecloud.Fault{
		"oversized": fakecloud.Oversized(4 << 20),
		"endless":   fakecloud.Endless(),
		"utf16":     fakecloud.UTF16(),
		"bytes":     fakecloud.InvalidUTF8(),
		"cut":       fakecloud.CutBody(),
		"elsewhere": fakecloud.Redirect("http://203.0.113.1/"),
	} {
		for _, id := range httpProviders {
			t.Run(name+"/"+id, func(t *testing.T) {
				c := example(t, id)
				c.Inject("", -1, fault)
				opt, _ := cloudOptions(t, c)
				opt.Timeout = 5 * time.Second
				p, err := New(t.Context(), id, opt)
				if err == nil {
					defer p.Close()
					_, err = p.(AttributeSource).Attributes(t.Context())
				}
				require.Error(t, err)
				require.Less(t, len(err.Error()), 1000)
				if p != nil {
					_, err = p.(KeySource).SSHKeys(t.Context())
					require.Error(t, err)
				}
			})
		}
	}
}

// TestOtherAddressOfTheService: where nobody has an IPv4 address, a service is asked at its IPv6 address.
func TestOtherAddressOfTheService(t *testing.T) {
	for id, host := range map[string]string{
		"akamai": "[fd00:a9fe:a9fe::1]:80", "aws": "[fd00:ec2::254]:80", "gcp": "[fd20:ce::254]:80", "scaleway": "[fd00:42::42]:80",
	} {
		t.Run(id, func(t *testing.T) {
			opt, _ := cloudOptions(t, example(t, id))
			dial := opt.Dial
			var reached sync.Map
			opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				reached.Store(addr, true)
				if strings.HasPrefix(addr, "169.254.") {
					return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
				}
				return dial(ctx, network, addr)
			}
			p, err := New(t.Context(), id, opt)
			require.NoError(t, err)
			defer p.Close()
			want, _ := fakecloud.Expected(id)
			a, err := p.(AttributeSource).Attributes(t.Context())
			require.NoError(t, err)
			require.Equal(t, want.AttributesFile(), string(a.AppendEnv(nil, "")))
			require.Equal(t, want.KeyFile(), keysOf(t, p))
			_, ok := reached.Load(host)
			require.True(t, ok)
		})
	}
}

func TestSegmentsStaySegments(t *testing.T) {
	for id, want := range map[string]string{
		"0": "0", "": "", ".": "%2E", "..": "%2E%2E", "../../x": "..%2F..%2Fx", "a b?c#d%": "a%20b%3Fc%23d%25", "\r\n": "%0D%0A", "é": "%C3%A9",
	} {
		require.Equal(t, want, segment(id))
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, "a\n": {"a"}, "\n": {""}, "a\n\nb": {"a", "", "b"}, "a\r\nb\r\n": {"a", "b"}, "a\r\nb\r": {"a", "b\r"}, "\r": {"\r"},
	} {
		require.Equal(t, want, lines(text), "%q", text)
	}
}

// TestKeyLists have a limit.
func TestKeyLists(t *testing.T) {
	c := empty(t, "aws")
	c.Set("/2021-01-03/meta-data/public-keys", strings.Repeat("0=x\n", 513))
	p, _ := cloud(t, c)
	_, err := p.(KeySource).SSHKeys(t.Context())
	require.EqualError(t, err, "513 ssh keys, more than 512")
}

// TestCloudStackServer is the DHCP server, of which only an address is believed.
func TestCloudStackServer(t *testing.T) {
	c := example(t, "cloudstack-metadata")
	opt, _ := cloudOptions(t, c)
	lease := filepath.Join(opt.Root, "run/systemd/netif/leases/1")
	require.NoError(t, os.WriteFile(lease, []byte("SERVER_ADDRESS=evil.example/x\n"), 0o644))
	_, err := New(t.Context(), "cloudstack-metadata", opt)
	require.EqualError(t, err, "failed to parse server ip address: evil.example/x: invalid IP address syntax")
	for address, want := range map[string]string{
		"0.0.0.0": "0.0.0.0 is the unspecified address", "::": ":: is the unspecified address",
		"127.1.2.3": "127.1.2.3 is an address of this machine", "::1": "::1 is an address of this machine",
		"::ffff:127.0.0.1": "127.0.0.1 is an address of this machine", "224.0.0.1": "224.0.0.1 is a multicast address",
		"ff02::1": "ff02::1 is a multicast address", "255.255.255.255": "255.255.255.255 is the broadcast address",
	} {
		require.NoError(t, os.WriteFile(lease, []byte("SERVER_ADDRESS="+address+"\n"), 0o644))
		_, err = New(t.Context(), "cloudstack-metadata", opt)
		require.EqualError(t, err, "unusable server ip address: "+want)
	}
	require.NoError(t, os.WriteFile(lease, []byte("SERVER_ADDRESS=2001:DB8::1\n"), 0o644))
	p, err := New(t.Context(), "cloudstack-metadata", opt)
	require.NoError(t, err)
	defer p.Close()
	require.NotEmpty(t, keysOf(t, p))
	require.Equal(t, "GET http://[2001:db8::1]/latest/meta-data/public-keys", c.Requests()[0].String())
	require.NoError(t, os.RemoveAll(filepath.Dir(lease)))
	_, err = New(t.Context(), "cloudstack-metadata", opt)
	require.ErrorIs(t, err, dhcp.ErrNotOffered)
}
