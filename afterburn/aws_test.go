package afterburn

import (
	"context"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

func putsOf(c *fakecloud.Cloud) (n int) {
	for _, r := range c.Requests() {
		if r.Method == http.MethodPut {
			n++
		}
	}
	return n
}

// TestAWSWithoutToken goes on without a token where there are none, and does not ask for it again.
func TestAWSWithoutToken(t *testing.T) {
	want, _ := fakecloud.Expected("aws")
	for mode, status := range map[fakecloud.TokenMode]string{
		fakecloud.TokensForbidden: "403 Forbidden", fakecloud.TokensMissing: "404 Not Found", fakecloud.TokensNotAllowed: "405 Method Not Allowed",
	} {
		t.Run(status, func(t *testing.T) {
			c := example(t, "aws")
			c.SetTokenMode(mode)
			p, log := cloud(t, c)
			require.Equal(t, want.Attributes["AWS_REGION"], "eu-west-1")
			require.Contains(t, attributesOf(t, p), "P_AWS_REGION=eu-west-1\n")
			require.Equal(t, want.KeyFile(), keysOf(t, p))
			require.Contains(t, log.String(), `level=WARN msg="failed to fetch aws imdsv2 session token with: PUT failed: `+status)
			require.Equal(t, 1, putsOf(c))
			for _, r := range c.Requests() {
				require.Empty(t, r.Header.Get("X-Aws-Ec2-Metadata-Token"))
			}
		})
	}
}

// TestAWSBehindTooManyHops: the service takes the request, and its answer does not come that far.
func TestAWSBehindTooManyHops(t *testing.T) {
	t.Parallel()
	c := example(t, "aws")
	c.SetTokenMode(fakecloud.TokensHang)
	begin := time.Now()
	p, log := cloud(t, c)
	require.Contains(t, attributesOf(t, p), "P_AWS_REGION=eu-west-1\n")
	require.Less(t, time.Since(begin), 8*tokenPatience)
	require.Contains(t, log.String(), "failed to fetch aws imdsv2 session token with: failed to PUT: ")
	require.Contains(t, log.String(), "no answer within 4s")
	require.Equal(t, 1, putsOf(c))
}

// TestAWSTokenIsWaitedFor while the network, or the service, is not ready.
func TestAWSTokenIsWaitedFor(t *testing.T) {
	c := example(t, "aws")
	c.Fail("PUT /latest/api/token", 4, 503)
	c.Fail("PUT /latest/api/token", 2, 429)
	opt, _ := cloudOptions(t, c)
	var dials atomic.Int32
	dial := opt.Dial
	opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) <= 6 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
		}
		return dial(ctx, network, addr)
	}
	p, err := New(t.Context(), "aws", opt)
	require.NoError(t, err)
	defer p.Close()
	require.Contains(t, attributesOf(t, p), "P_AWS_REGION=eu-west-1\n")
	require.Equal(t, 7, putsOf(c))
}

// TestAWSTokenOutlivesThePatience: pauses between attempts do not count as silence.
func TestAWSTokenOutlivesThePatience(t *testing.T) {
	t.Parallel()
	c := example(t, "aws")
	c.Fail("PUT /latest/api/token", 4, 503) // at 0, 1, 3 s, and at 4 s once more
	opt, _ := cloudOptions(t, c)
	opt.Sleep = nil
	p, err := New(t.Context(), "aws", opt)
	require.NoError(t, err)
	defer p.Close()
	require.Equal(t, 5, putsOf(c))
	_, ok, err := p.(HostnameSource).Hostname(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
}

func TestAWSTokenIsChecked(t *testing.T) {
	c := example(t, "aws")
	c.Inject("PUT /latest/api/token", 0, fakecloud.Reply("a\nX-Evil: b"))
	opt, _ := cloudOptions(t, c)
	_, err := New(t.Context(), "aws", opt)
	require.EqualError(t, err, "setting header value for aws imdsv2 metadata: failed to parse header value")
}

func TestAWSStopsWithItsContext(t *testing.T) {
	c := example(t, "aws")
	c.SetTokenMode(fakecloud.TokensHang)
	opt, _ := cloudOptions(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(ctx, "aws", opt)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestEC2Keys is the protocol of keys that two providers have.
func TestEC2Keys(t *testing.T) {
	for id, base := range map[string]string{"aws": "/2021-01-03/meta-data/", "openstack-metadata": "/latest/meta-data/"} {
		for list, want := range map[string]string{
			"0=a\n1=b\n0=c": keyA + " 0\n" + keyB + " \n" + keyA + " 0\n",
			"":              "",
			"0=":            keyA + " 0\n",
			"0=a\n\n":       "error parsing keyID",
			"0=a=b":         "error parsing keyID",
			"0":             "error parsing keyID",
			"7=a":           "missing ssh key",
			"1=b\n2=bad":    "invalid key format",
		} {
			c := empty(t, id)
			c.Set(base+"public-keys", list)
			c.Set(base+"public-keys/0/openssh-key", keyA+" 0\n")
			c.Set(base+"public-keys/1/openssh-key", keyB)
			c.Set(base+"public-keys/2/openssh-key", "bad")
			p, _ := cloud(t, c)
			if strings.Contains(want, "ssh-") || want == "" {
				require.Equal(t, want, keysOf(t, p), "%s %q", id, list)
				continue
			}
			_, err := p.(KeySource).SSHKeys(t.Context())
			require.EqualError(t, err, want, "%s %q", id, list)
		}
	}
}

// TestEC2KeysAreSmall: what a list of many keys can make of memory is bounded.
func TestEC2KeysAreSmall(t *testing.T) {
	const base = "/2021-01-03/meta-data/public-keys"
	for size, want := range map[int]string{maxKey: "", maxKey + 1: "exceeded maximum size of 65536 bytes"} {
		c := empty(t, "aws")
		c.Set(base, "0=a")
		c.Set(base+"/0/openssh-key", keyA+" "+strings.Repeat("x", size-len(keyA)-1))
		p, _ := cloud(t, c)
		_, err := p.(KeySource).SSHKeys(t.Context())
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}

// TestEC2KeyIDsAreSegments has a service that would like other documents to be asked for.
func TestEC2KeyIDsAreSegments(t *testing.T) {
	const base = "/2021-01-03/meta-data/public-keys"
	c := empty(t, "aws")
	c.Set(base, "../../x?y#=a\n..=b\na b=c")
	for _, id := range []string{"..%2F..%2Fx%3Fy%23", "%2E%2E", "a%20b"} {
		c.Set(base+"/"+id+"/openssh-key", keyA)
	}
	p, _ := cloud(t, c)
	require.Equal(t, strings.Repeat(keyA+" \n", 3), keysOf(t, p))
}
