package platform_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const inNamespace = "PLATFORM_TEST_IN_NAMESPACE"

// TestRealAddresses fetches from the addresses that the clouds have, in a network of
// the test's own.
func TestRealAddresses(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		realAddresses(t)
		return
	}
	unshare := testutil.Tool(t, "unshare")
	testutil.Tool(t, "ip")
	flags := []string{"--net", "--user", "--map-root-user"}
	testutil.Namespaces(t, flags...)
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), unshare, append(flags, binary, "-test.run=^TestRealAddresses$", "-test.v", "-test.timeout=10m")...)
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: TestRealAddresses/scaleway")
}

func realAddresses(t *testing.T) {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"addr", "add", "169.254.169.254/32", "dev", "lo"},
		{"addr", "add", "169.254.42.42/32", "dev", "lo"},
		{"addr", "add", "100.100.100.200/32", "dev", "lo"},
		{"link", "add", "cloud0", "type", "veth", "peer", "name", "cloud1"},
		{"link", "set", "cloud0", "up"},
		{"link", "set", "cloud1", "up"},
		{"addr", "add", "fe80::a9fe:a9fe/64", "dev", "cloud0", "nodad"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			testutil.Missing(t, "needs ip %q: %v: %s", args, err, out)
		}
	}
	listener, err := net.Listen("tcp", ":80")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(realCloud)}
	go server.Serve(listener)
	defer server.Close()

	f, err := resource.New(&resource.Options{Version: "2.26.0", FetchTimeout: 10 * time.Second})
	require.NoError(t, err)
	for _, name := range []string{"aliyun", "aws", "azure", "gcp", "openstack", "oraclecloud", "hetzner", "scaleway", "cloudstack"} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.opt.Fetcher = f
			lo, err := net.InterfaceByName("lo")
			require.NoError(t, err)
			m.file(fmt.Sprint("run/systemd/netif/leases/", lo.Index), "SERVER_ADDRESS=127.0.0.1\n")
			require.Equal(t, name, m.config(name))
		})
	}
}

// realCloud is all clouds: it answers with their names.
func realCloud(w http.ResponseWriter, r *http.Request) {
	local := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr).AddrPort().Addr().Unmap().WithZone("")
	remote := netip.MustParseAddrPort(r.RemoteAddr)
	encoded := base64.StdEncoding.EncodeToString
	answer := ""
	switch r.Method + " " + local.String() + r.URL.Path {
	case "GET 100.100.100.200/latest/user-data":
		answer = "aliyun"
	case "PUT 169.254.169.254/latest/api/token":
		answer = "session"
	case "GET 169.254.169.254/2019-10-01/user-data":
		if r.Header.Get("X-aws-ec2-metadata-token") == "session" {
			answer = "aws"
		}
	case "GET 169.254.169.254/metadata/instance/compute/userData":
		answer = encoded([]byte("azure"))
	case "GET 169.254.169.254/computeMetadata/v1/instance/attributes/user-data":
		if r.Header.Get("Metadata-Flavor") == "Google" {
			answer = "gcp"
		}
	case "GET fe80::a9fe:a9fe/openstack/latest/user_data": // but 404 by IPv4
		answer = "openstack"
	case "GET 169.254.169.254/opc/v2/instance/metadata/user_data":
		answer = encoded([]byte("oraclecloud"))
	case "GET 169.254.169.254/hetzner/v1/userdata":
		answer = "hetzner"
	case "GET 169.254.42.42/user_data/cloud-init":
		if remote.Port() >= 1 && remote.Port() <= 1022 {
			answer = "scaleway"
		}
	case "GET 127.0.0.1/latest/user-data":
		answer = "cloudstack"
	}
	if answer == "" {
		w.WriteHeader(http.StatusNotFound)
	}
	io.WriteString(w, answer)
}
