package platform_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/resource"
)

const config = `{"ignition":{"version":"3.0.0"}}`

// reply is what a cloud answers.
type reply struct {
	status int // 0 is 200
	body   string
}

// cloud is a metadata service, whatever its address: it plays replies in order, and
// remembers requests as "METHOD URL", "Header: value" for each unusual header, body.
type cloud struct {
	t       *testing.T
	mu      sync.Mutex
	replies []reply
	seen    []string
}

// newCloud returns a cloud and a Fetcher that reaches nothing else.
func newCloud(t *testing.T, replies ...reply) (*cloud, *resource.Fetcher) {
	t.Helper()
	c := &cloud{t: t, replies: replies}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, newFetcher(t, server.Listener.Addr().String())
}

func newFetcher(t *testing.T, address string) *resource.Fetcher {
	t.Helper()
	f, err := resource.New(&resource.Options{
		Version: "2.26.0",
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		Sleep:        func(context.Context, time.Duration) {},
		FetchTimeout: 20 * time.Second,
	})
	require.NoError(t, err)
	return f
}

// usual are the headers that say nothing about a platform.
var usual = map[string]string{
	"User-Agent":      "Ignition/2.26.0",
	"Accept":          "application/vnd.coreos.ignition+json;version=3.6.0, */*;q=0.1",
	"Accept-Encoding": "identity",
	"Content-Length":  "0",
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, shownRequest(r, body))
	if len(c.replies) == 0 {
		c.t.Errorf("unexpected %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	next := c.replies[0]
	c.replies = c.replies[1:]
	if next.status != 0 {
		w.WriteHeader(next.status)
	}
	io.WriteString(w, next.body)
}

func shownRequest(r *http.Request, body []byte) string {
	s := r.Method + " " + r.Host + r.URL.RequestURI()
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if value := r.Header.Get(name); usual[name] != value && name != "Content-Length" {
			s += "\n" + name + ": " + value
		}
	}
	if len(body) > 0 {
		s += "\n" + string(body)
	}
	return s
}

// services are the platforms with one request.
var services = map[string]struct {
	request  string
	notFound error // of status 404
	base64   bool
	retried  []int
}{
	"aliyun":       {request: "GET 100.100.100.200/latest/user-data"},
	"digitalocean": {request: "GET 169.254.169.254/metadata/v1/user-data", notFound: resource.ErrNotFound},
	"exoscale":     {request: "GET 169.254.169.254/1.0/user-data"},
	"gcp":          {request: "GET 169.254.169.254/computeMetadata/v1/instance/attributes/user-data\nMetadata-Flavor: Google"},
	"hetzner":      {request: "GET 169.254.169.254/hetzner/v1/userdata"},
	"upcloud":      {request: "GET 169.254.169.254/metadata/v1/user_data"},
	"vultr":        {request: "GET 169.254.169.254/user-data/user-data"},
	"oraclecloud": {request: "GET 169.254.169.254/opc/v2/instance/metadata/user_data\nAuthorization: Bearer Oracle",
		base64: true, retried: []int{429}},
	"azure": {request: "GET 169.254.169.254/metadata/instance/compute/userData?api-version=2021-01-01&format=text\nMetadata: true",
		base64: true, retried: []int{404, 410, 429}},
}

func TestServices(t *testing.T) {
	for name, s := range services {
		t.Run(name, func(t *testing.T) {
			body := config
			if s.base64 {
				body = base64.StdEncoding.EncodeToString([]byte(config))
			}
			replies := []reply{{status: 500}, {status: 503}}
			for _, status := range s.retried {
				replies = append(replies, reply{status: status})
			}
			c, f := newCloud(t, append(replies, reply{body: body})...)
			m := newMachine(t)
			m.opt.Fetcher = f
			require.Equal(t, config, m.config(name))
			require.Equal(t, slices.Repeat([]string{s.request}, len(replies)+1), c.seen)
		})
		t.Run(name+" failures", func(t *testing.T) {
			m := newMachine(t)
			_, m.opt.Fetcher = newCloud(t, reply{status: 403})
			_, err := m.fetch(name)
			require.ErrorIs(t, err, resource.ErrFailed)
			if !slices.Contains(s.retried, 404) {
				_, m.opt.Fetcher = newCloud(t, reply{status: 404})
				r, err := m.fetch(name)
				require.ErrorIs(t, err, s.notFound)
				require.Empty(t, r.Raw)
			}
			if s.base64 {
				_, m.opt.Fetcher = newCloud(t, reply{body: "{"})
				_, err := m.fetch(name)
				require.EqualError(t, err, "decoding userdata: illegal base64 data at input byte 0")
			}
		})
		t.Run(name+" needs the network", func(t *testing.T) {
			c, f := newCloud(t)
			m := newMachine(t)
			m.opt.Fetcher = f
			m.opt.Offline = true
			_, err := m.fetch(name)
			require.ErrorIs(t, err, resource.ErrNeedsNetwork)
			m.opt.Offline = false
			f.SetOffline(true)
			_, err = m.fetch(name)
			require.ErrorIs(t, err, resource.ErrNeedsNetwork)
			require.Empty(t, c.seen)
		})
	}
}

func TestAkamai(t *testing.T) {
	packed := base64.StdEncoding.EncodeToString(gzipped(t, config))
	for name, body := range map[string]string{
		"plain": base64.StdEncoding.EncodeToString([]byte(config)), "gzip": packed[:30] + "\n" + packed[30:] + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, f := newCloud(t, reply{body: " token\n"}, reply{body: body})
			m := newMachine(t)
			m.opt.Fetcher = f
			require.Equal(t, config, m.config("akamai"))
			require.Equal(t, []string{
				"PUT 169.254.169.254/v1/token\nAccept: text/plain\nMetadata-Token-Expiry-Seconds: 300",
				"GET 169.254.169.254/v1/user-data\nAccept: */*\nMetadata-Token: token",
			}, c.seen)
		})
	}
	bomb := base64.StdEncoding.EncodeToString(gzipped(t, strings.Repeat("\x00", platform.MaxConfigSize+1)))
	for name, c := range map[string]struct {
		replies []reply
		want    string
	}{
		"no token":     {[]reply{{body: " \n"}}, "get token: received an empty token"},
		"token is 404": {[]reply{{status: 404}}, "get token: resource not found"},
		"data are 404": {[]reply{{body: "t"}, {status: 404}}, "fetch userdata: resource not found"},
		"bomb":         {[]reply{{body: "t"}, {body: bomb}}, "unzip: decompressed data are too large"},
		"cut off":      {[]reply{{body: "t"}, {body: packed[:40]}}, "unzip: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			_, m.opt.Fetcher = newCloud(t, c.replies...)
			_, err := m.fetch("akamai")
			require.EqualError(t, err, c.want)
		})
	}
}

const (
	awsToken   = "PUT 169.254.169.254/latest/api/token\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600"
	awsSession = "\nX-Aws-Ec2-Metadata-Token: tok=="
	awsRegion  = "GET 169.254.169.254/latest/dynamic/instance-identity/document"
	awsData    = "GET 169.254.169.254/2019-10-01/user-data"
)

func TestAWS(t *testing.T) {
	for name, c := range map[string]struct {
		replies []reply
		seen    []string
		raw     string
		err     error
	}{
		"session":     {[]reply{{body: "tok=="}, {body: config}}, []string{awsToken, awsData + awsSession}, config, nil},
		"no sessions": {[]reply{{status: 404}, {body: config}}, []string{awsToken, awsData}, config, nil},
		"no data":     {[]reply{{body: "tok==\n"}, {status: 404}}, []string{awsToken, awsData + awsSession}, "", nil},
		"forbidden":   {[]reply{{body: "tok=="}, {status: 401}}, []string{awsToken, awsData + awsSession}, "", resource.ErrFailed},
		"no token":    {[]reply{{status: 403}}, []string{awsToken}, "", resource.ErrFailed},
		"gzip stays": {[]reply{{body: "tok=="}, {body: string(gzipped(t, config))}},
			[]string{awsToken, awsData + awsSession}, string(gzipped(t, config)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			cloud, f := newCloud(t, c.replies...)
			m.opt.Fetcher = f
			r, err := m.fetch("aws")
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.raw, string(r.Raw))
			require.Equal(t, c.seen, cloud.seen)
		})
	}
}

// regionalFetcher is a Fetcher that is told the region.
type regionalFetcher struct {
	*resource.Fetcher
	region string
}

func (f *regionalFetcher) SetRegionHint(region string) { f.region = region }

func TestAWSInit(t *testing.T) {
	identity := `{"region":"eu-north-1","accountId":"1"}`
	fallback := "WARN failed to determine EC2 region, falling back to default us-east-1: "
	for name, c := range map[string]struct {
		replies     []reply
		seen        []string
		region, log string
		err         error
	}{
		"session":     {[]reply{{body: "tok=="}, {body: identity}}, []string{awsToken, awsRegion + awsSession}, "eu-north-1", "", nil},
		"no sessions": {[]reply{{status: 404}, {body: identity}}, []string{awsToken, awsRegion}, "eu-north-1", "", nil},
		"no identity": {[]reply{{body: "tok=="}, {status: 404}}, []string{awsToken, awsRegion + awsSession}, "us-east-1",
			fallback + "resource not found", nil},
		"no region": {[]reply{{body: "tok=="}, {body: "{}"}}, []string{awsToken, awsRegion + awsSession}, "us-east-1",
			fallback + "instance identity has no region", nil},
		"no JSON": {[]reply{{body: "tok=="}, {body: "<"}}, []string{awsToken, awsRegion + awsSession}, "us-east-1",
			fallback + "invalid character '<' looking for beginning of value", nil},
		"no token": {[]reply{{status: 403}}, []string{awsToken}, "", "", resource.ErrFailed},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			cloud, f := newCloud(t, c.replies...)
			fetcher := &regionalFetcher{Fetcher: f}
			m.opt.Fetcher = fetcher
			require.ErrorIs(t, platform.Init(t.Context(), "aws", m.opt), c.err)
			require.Equal(t, c.region, fetcher.region)
			require.Equal(t, c.seen, cloud.seen)
			if c.log != "" {
				require.Contains(t, m.log(), c.log)
			}
		})
	}
	t.Run("offline", func(t *testing.T) {
		m := newMachine(t)
		m.opt.Offline = true
		require.ErrorIs(t, platform.Init(t.Context(), "aws", m.opt), resource.ErrNeedsNetwork)
	})
	t.Run("others", func(t *testing.T) {
		require.NoError(t, platform.Init(t.Context(), "azure", newMachine(t).opt))
		require.ErrorIs(t, platform.Init(t.Context(), "none", nil), platform.ErrUnknown)
	})
}

func TestPacket(t *testing.T) {
	c, f := newTLSCloud(t, "metadata.packet.net", reply{body: config}, reply{status: 404})
	m := newMachine(t)
	m.opt.Fetcher = f
	require.Equal(t, config, m.config("packet"))
	require.Equal(t, []string{"GET metadata.packet.net/userdata\nAccept: */*"}, c.seen)
	_, err := m.fetch("packet")
	require.ErrorIs(t, err, resource.ErrNotFound)
}

func TestPacketStatus(t *testing.T) {
	const about = "GET metadata.packet.net/metadata\nAccept: */*"
	for name, c := range map[string]struct {
		outcome error
		body    string
		replies []reply
		want    string
	}{
		"success": {nil, `{"state":"running","message":"[disks] Ignition status: finished successfully"}`, []reply{{}}, ""},
		"failure": {errors.New(`no "disk"`), `{"state":"failed","message":"[disks] Ignition error: no \"disk\""}`, []reply{{status: 204}}, ""},
		"refused": {nil, `{"state":"running","message":"[disks] Ignition status: finished successfully"}`, []reply{{status: 403}},
			"failed to fetch resource"},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := json.Marshal(map[string]string{"phone_home_url": "https://metadata.packet.net/phone/phone-home"})
			require.NoError(t, err)
			cloud, f := newTLSCloud(t, "metadata.packet.net", append([]reply{{body: string(document)}}, c.replies...)...)
			m := newMachine(t)
			m.opt.Fetcher = f
			err = platform.Status(t.Context(), "packet", m.opt, "disks", c.outcome)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
			require.Equal(t, []string{about,
				"POST metadata.packet.net/phone/events\nContent-Type: application/json\n" + c.body}, cloud.seen)
			require.Equal(t, []string{"INFO POST message to Packet Timeline"}, m.log())
		})
	}
	for body, want := range map[string]string{"": "fetch successful but fetched data empty", "<": "invalid character '<' looking for beginning of value"} {
		m := newMachine(t)
		_, m.opt.Fetcher = newTLSCloud(t, "metadata.packet.net", reply{body: body})
		require.EqualError(t, platform.Status(t.Context(), "packet", m.opt, "disks", nil), want)
	}
	require.NoError(t, platform.Status(t.Context(), "qemu", nil, "disks", nil))
}

func TestRefusesLargeBodies(t *testing.T) {
	_, f := newCloud(t, reply{body: strings.Repeat("x", platform.MaxConfigSize+1)})
	m := newMachine(t)
	m.opt.Fetcher = f
	_, err := m.fetch("hetzner")
	require.ErrorIs(t, err, platform.ErrTooLarge)
}

func TestNoFetcher(t *testing.T) {
	_, err := platform.Fetch(t.Context(), "gcp", nil)
	require.EqualError(t, err, "platform needs a Fetcher")
}

func TestNames(t *testing.T) {
	names := platform.Names()
	require.True(t, slices.IsSorted(names))
	require.Len(t, slices.Compact(slices.Clone(names)), 31)
	for _, name := range names {
		require.True(t, platform.Known(name))
	}
	require.False(t, platform.Known("cmdline"))
	_, err := platform.Fetch(t.Context(), "x", nil)
	require.EqualError(t, err, "x is not a valid platform")
	require.ErrorIs(t, platform.DeleteConfig(t.Context(), "x", nil), platform.ErrUnknown)
	for _, name := range names {
		if name != "virtualbox" && name != "vmware" {
			require.EqualError(t, platform.DeleteConfig(t.Context(), name, nil), "cannot delete config on this platform", name)
		}
	}
}

func ExampleNames() {
	for _, name := range platform.Names()[:4] {
		fmt.Println(name)
	}
	// Output:
	// akamai
	// aliyun
	// applehv
	// aws
}
