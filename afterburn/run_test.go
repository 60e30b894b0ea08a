package afterburn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// machine is a system that runs in a fake cloud.
type machine struct {
	t     *testing.T
	cloud *fakecloud.Cloud
	dir   string
	log   testutil.Log
	opt   afterburn.Options
}

func newMachine(t *testing.T, provider string) *machine {
	t.Helper()
	cloud, ok := fakecloud.Example(provider)
	require.True(t, ok)
	server := fakecloud.Start(cloud)
	t.Cleanup(server.Close)
	m := &machine{t: t, cloud: cloud, dir: t.TempDir()}
	m.opt = afterburn.Options{
		Root: filepath.Join(m.dir, "root"), Dial: server.Dial, RootCAs: cloud.RootCAs(), Journal: "-",
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Logger: slog.New(slog.NewTextHandler(&m.log, nil)),
	}
	me, err := user.Current()
	require.NoError(t, err)
	m.write("root/etc/passwd", fmt.Sprintf("core:x:%s:%s::/home/core:/bin/bash\n", me.Uid, me.Gid))
	m.write("root/home/core/.ssh/authorized_keys", "kept\n")
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Dir(m.path(name)), 0o755))
	require.NoError(m.t, os.WriteFile(m.path(name), []byte(text), 0o644))
}

// want looks at a file; an empty text means that there is none.
func (m *machine) want(name, text string) {
	m.t.Helper()
	got, err := os.ReadFile(m.path(name))
	if text == "" {
		require.ErrorIs(m.t, err, os.ErrNotExist, "%s", got)
		return
	}
	require.NoError(m.t, err)
	require.Equal(m.t, text, string(got))
}

const keyFile = "root/home/core/.ssh/authorized_keys.d/afterburn"

// all is every kind of output.
func (m *machine) all(provider string) afterburn.Work {
	return afterburn.Work{
		Provider: provider, Attributes: m.path("run/metadata/afterburn"), SSHKeysUser: "core", Hostname: m.path("etc/hostname"),
		NetworkUnits: m.path("units"), Netplan: m.path("netplan"), NetworkManager: m.path("nm"), CheckIn: true,
	}
}

// TestErrorsEndTheRun: what was asked for besides is not waited for.
func TestErrorsEndTheRun(t *testing.T) {
	m := newMachine(t, "aws")
	m.cloud.Set("/2021-01-03/dynamic/instance-identity/document", "{")
	m.cloud.Inject("/2021-01-03/meta-data/public-keys", 0, fakecloud.Hang())
	done := make(chan error, 1)
	go func() { done <- afterburn.Run(t.Context(), m.all("aws"), &m.opt) }()
	select {
	case err := <-done:
		require.ErrorContains(t, err, "writing metadata attributes: failed to deserialize data")
	case <-time.After(2 * time.Minute):
		t.Fatal("the run goes on after an error")
	}
	m.want("run/metadata/afterburn", "")
	m.want(keyFile, "")
}

// TestRunDoesEverything compares all outputs of every provider that has a service with what its example stands for.
func TestRunDoesEverything(t *testing.T) {
	for _, provider := range fakecloud.Providers() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, provider)
			m.surroundings(provider)
			want, ok := fakecloud.Expected(provider)
			require.True(t, ok)
			require.NoError(t, afterburn.Run(t.Context(), m.all(provider), &m.opt), &m.log)

			attributes, err := os.ReadFile(m.path("run/metadata/afterburn"))
			require.NoError(t, err)
			require.Equal(t, want.AttributesFile(), string(attributes))
			m.want("etc/hostname", want.HostnameFile())
			m.want(keyFile, want.KeyFile())
			m.want("root/home/core/.ssh/authorized_keys", "kept\n")
			m.wantDir("units", want.Units)
			m.wantDir("nm", want.Profiles)
			netplan := map[string]string{}
			if want.Netplan != "" {
				netplan["50-afterburn.yaml"] = want.Netplan
			}
			m.wantDir("netplan", netplan)
			if want.CheckIn != nil {
				m.wantCheckIn(*want.CheckIn)
			} else {
				require.Contains(t, m.log.String(), "boot check-in requested, but not supported on this platform")
			}
			m.wantNoneTwice()
		})
	}
}

// surroundings has what some providers read besides: leases and the state of networkd.
func (m *machine) surroundings(provider string) {
	if lease := fakecloud.LeaseOf(provider); lease != "" {
		list, err := net.Interfaces()
		require.NoError(m.t, err)
		m.write(fmt.Sprintf("root/run/systemd/netif/leases/%d", list[0].Index), lease)
	}
	if provider == "packet" {
		m.write("root/run/systemd/netif/state", "OPER_STATE=routable\nDNS=147.75.207.207\n")
	}
}

func (m *machine) wantDir(name string, want map[string]string) {
	m.t.Helper()
	got := map[string]string{}
	list, err := os.ReadDir(m.path(name))
	require.NoError(m.t, err)
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(m.path(name), f.Name()))
		require.NoError(m.t, err)
		got[f.Name()] = string(data)
	}
	if len(want) == 0 {
		require.Empty(m.t, got)
		return
	}
	require.Equal(m.t, want, got)
}

func (m *machine) wantCheckIn(want fakecloud.Request) {
	m.t.Helper()
	for _, r := range m.cloud.Requests() {
		if r.Method != want.Method || r.Path != want.Path {
			continue
		}
		require.Equal(m.t, string(want.Body), string(r.Body))
		require.Equal(m.t, want.Header.Get("Content-Type"), r.Header.Get("Content-Type"))
		return
	}
	m.t.Errorf("no request %s in %v", want, m.cloud.Requests())
}

// wantNoneTwice checks that each document was fetched once. Azure's goal state may have changed before the check-in.
func (m *machine) wantNoneTwice() {
	m.t.Helper()
	seen := map[string]bool{}
	for _, r := range m.cloud.Requests() {
		if seen[r.String()] && !strings.Contains(r.Path, "goalstate") {
			m.t.Errorf("asked twice: %s", r)
		}
		seen[r.String()] = true
	}
}

// TestRequestsAreParallel answers no request before all that can be known are there.
func TestRequestsAreParallel(t *testing.T) {
	m := newMachine(t, "aws")
	const documents = 11 // ten attributes and the list of keys; the hostname is one of the former
	var mu sync.Mutex
	waiting, all := 0, make(chan struct{})
	h := m.cloud.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			mu.Lock()
			if waiting++; waiting == documents {
				close(all)
			}
			mu.Unlock()
			select {
			case <-all:
			case <-r.Context().Done():
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	m.opt.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := m.all("aws")
	w.CheckIn = false
	require.NoError(t, afterburn.Run(ctx, w, &m.opt), &m.log)
}

func TestFirstErrorEndsTheRun(t *testing.T) {
	m := newMachine(t, "aws")
	m.cloud.Set("/2021-01-03/meta-data/public-keys", "0=a=b\n")
	m.write(keyFile, "old\n")
	err := afterburn.Run(t.Context(), m.all("aws"), &m.opt)
	require.ErrorContains(t, err, "writing ssh keys: ")
	require.ErrorContains(t, err, "error parsing keyID")
	want, _ := fakecloud.Expected("aws")
	m.want("run/metadata/afterburn", want.AttributesFile())
	m.want(keyFile, "old\n")
	m.want("etc/hostname", "")
	_, err = os.Stat(m.path("units"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestErrorsLeaveFilesAlone(t *testing.T) {
	m := newMachine(t, "exoscale")
	m.write("run/metadata/afterburn", "old\n")
	m.cloud.Fail("/1.0/meta-data/vm-id", 0, 404)
	err := afterburn.Run(t.Context(), m.all("exoscale"), &m.opt)
	require.EqualError(t, err, "writing metadata attributes: maximum number of retries (10) reached: failed to fetch: 404 Not Found")
	m.want("run/metadata/afterburn", "old\n")
	list, err := os.ReadDir(m.path("run/metadata"))
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestNothingKnown(t *testing.T) {
	m := newMachine(t, "vultr")
	for _, path := range m.cloud.Paths() {
		m.cloud.Delete(path)
	}
	m.write(keyFile, "old\n")
	m.write("etc/hostname", "old\n")
	require.NoError(t, afterburn.Run(t.Context(), m.all("vultr"), &m.opt))
	attributes, err := os.ReadFile(m.path("run/metadata/afterburn"))
	require.NoError(t, err)
	require.Empty(t, attributes)
	m.want("etc/hostname", "old\n")
	m.want(keyFile, "")
}

func TestNoAction(t *testing.T) {
	m := newMachine(t, "oraclecloud")
	require.NoError(t, afterburn.Run(t.Context(), afterburn.Work{Provider: "oraclecloud"}, &m.opt))
	require.Contains(t, m.log.String(), "multi: no action specified")
	require.Len(t, m.cloud.Requests(), 1, "the provider is made all the same")
	err := afterburn.Run(t.Context(), afterburn.Work{Provider: "ec2"}, &m.opt)
	require.EqualError(t, err, "fetching metadata from provider: unknown provider 'ec2'")
	var unknown *afterburn.UnknownProviderError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "ec2", unknown.ID)
}

func TestBudget(t *testing.T) {
	m := newMachine(t, "aws")
	m.cloud.Inject("GET /2021-01-03/meta-data/hostname", 0, fakecloud.Hang())
	budget := errors.New("no time left")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, budget)
	defer cancel()
	err := afterburn.Run(ctx, m.all("aws"), &m.opt)
	require.ErrorIs(t, err, budget)
	m.want("run/metadata/afterburn", "")
}

func TestReport(t *testing.T) {
	m := newMachine(t, "digitalocean")
	var out bytes.Buffer
	require.NoError(t, afterburn.Run(t.Context(), afterburn.Work{Provider: "digitalocean", Report: &out}, &m.opt))
	var got afterburn.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	want, _ := fakecloud.Expected("digitalocean")
	require.Equal(t, "digitalocean", got.Provider)
	require.Equal(t, want.Hostname, got.Hostname)
	require.Equal(t, want.Units, got.NetworkUnits)
	require.Equal(t, want.Profiles, got.NetworkManager)
	require.Len(t, got.Attributes, len(want.Attributes))
	for name, value := range want.Attributes {
		require.Equal(t, value, got.Attributes["AFTERBURN_"+name])
	}
	require.ElementsMatch(t, want.Keys, got.SSHKeys)
	require.Len(t, m.cloud.Requests(), 1)
}

// TestNothingStaysOpen makes each provider many times.
func TestNothingStaysOpen(t *testing.T) {
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc")
		}
		return len(list)
	}
	for _, provider := range []string{"aws", "digitalocean", "scaleway"} {
		m := newMachine(t, provider)
		var before int
		for i := range 30 {
			p, err := afterburn.New(t.Context(), provider, &m.opt)
			require.NoError(t, err)
			_, err = p.(afterburn.AttributeSource).Attributes(t.Context())
			require.NoError(t, err)
			require.NoError(t, p.Close())
			if i == 5 {
				before = count()
			}
		}
		require.Eventually(t, func() bool { return count() <= before+4 }, time.Minute, 20*time.Millisecond, provider)
	}
}

func TestProvidersAreSorted(t *testing.T) {
	ids := afterburn.Providers()
	require.Len(t, ids, 24)
	require.True(t, slices.IsSorted(ids))
	for _, id := range fakecloud.Providers() {
		require.Contains(t, ids, id)
	}
}
