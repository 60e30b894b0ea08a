package dhcp_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// system is a machine of the test's own, with time that passes only when somebody sleeps.
type system struct {
	dhcp.Client
	t      *testing.T
	waited time.Duration
	sleeps int
	bus    *testutil.Bus // nil where none was started
	// events happen when so much time has passed.
	events map[time.Duration]func()
}

func newSystem(t *testing.T) *system {
	s := &system{t: t, events: map[time.Duration]func(){}}
	s.Root = t.TempDir()
	s.Interfaces = func() ([]int, error) { return []int{1, 2, 3}, nil }
	s.Sleep = func(ctx context.Context, d time.Duration) error {
		s.waited += d
		s.sleeps++
		for at, event := range s.events {
			if at <= s.waited {
				delete(s.events, at)
				event()
			}
		}
		return ctx.Err()
	}
	return s
}

func (s *system) write(name, content string) {
	name = filepath.Join(s.Root, name)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(s.t, os.WriteFile(name, []byte(content), 0o644))
}

func (s *system) lease(n, content string) { s.write("run/systemd/netif/leases/"+n, content) }

func (s *system) link(n, content string) { s.write("run/systemd/netif/links/"+n, content) }

const lease = `# This is private data. Do not parse.
ADDRESS=192.0.2.77
NETMASK=255.255.255.0
ROUTER=192.0.2.254
SERVER_ADDRESS=192.0.2.1
SERVER_ADDRESS=192.0.2.2
LIFETIME=86400
OPTION_245=a83f8110
`

func TestLeaseOfNetworkd(t *testing.T) {
	s := newSystem(t)
	s.lease("2", lease)
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.1", got)
	got, err = s.Lookup(t.Context(), dhcp.AzureWireServer)
	require.NoError(t, err)
	require.Equal(t, "a83f8110", got)
	require.Zero(t, s.sleeps)
	_, err = s.Lookup(t.Context(), dhcp.Option(7))
	require.EqualError(t, err, "DHCP option 7: not supported")
}

func TestLeaseAppears(t *testing.T) {
	s := newSystem(t)
	s.events[time.Second] = func() { require.NoError(t, os.MkdirAll(filepath.Join(s.Root, "run/systemd/netif/leases"), 0o755)) }
	s.events[20*time.Second] = func() { s.lease("3", lease) }
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.1", got)
	require.Less(t, s.waited, 20*time.Second+time.Second)
}

func TestNobodyToAsk(t *testing.T) {
	s := newSystem(t)
	_, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.ErrorIs(t, err, dhcp.ErrNoSource)
	require.ErrorIs(t, err, dhcp.ErrNotOffered)
	require.Equal(t, 2250*time.Millisecond, s.waited)
}

func TestGivesUpAfterAllRounds(t *testing.T) {
	for name, set := range map[string]func(s *system){
		"no lease": func(s *system) { s.link("2", "ADMIN_STATE=configured\n") },
		"busy": func(s *system) {
			s.lease("2", "ADDRESS=192.0.2.7\n")
			s.link("3", "ADMIN_STATE=configuring\nOPER_STATE=carrier\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			set(s)
			_, err := s.Lookup(t.Context(), dhcp.AzureWireServer)
			require.ErrorIs(t, err, dhcp.ErrNotOffered)
			require.ErrorContains(t, err, "maximum number of retries (60) reached: ")
			require.Equal(t, 60, s.sleeps)
			require.Equal(t, 28750*time.Millisecond, s.waited)
		})
	}
}

func TestLeaseWithoutOption(t *testing.T) {
	s := newSystem(t)
	s.lease("2", "ADDRESS=192.0.2.7\nXOPTION_245=1\nOPTION_2456=1\n OPTION_245=1\nOPTION_245\n")
	s.link("1", "ADMIN_STATE=unmanaged\nOPER_STATE=carrier\n")
	s.link("2", "ADMIN_STATE=configured\nOPER_STATE=routable\n")
	s.link("3", "ADMIN_STATE=configuring\nOPER_STATE=no-carrier\n")
	_, err := s.Lookup(t.Context(), dhcp.AzureWireServer)
	require.EqualError(t, err, "failed to acquire DHCP option")
	require.Equal(t, 2, s.sleeps)
}

func TestUnusableFiles(t *testing.T) {
	for name, set := range map[string]func(s *system){
		"control":   func(s *system) { s.lease("2", "SERVER_ADDRESS=192.0.2.1\x1b[m\n") },
		"not UTF-8": func(s *system) { s.lease("2", "SERVER_ADDRESS=\xff\n") },
		"empty":     func(s *system) { s.lease("2", "SERVER_ADDRESS=\n") },
		"long":      func(s *system) { s.lease("2", "SERVER_ADDRESS="+strings.Repeat("1", 1025)+"\n") },
		"huge":      func(s *system) { s.lease("2", "A=1\n"+strings.Repeat("x", 1<<20)+"\nSERVER_ADDRESS=1\n") },
		"fifo": func(s *system) {
			s.write("run/systemd/netif/leases/1", "A=1\n")
			require.NoError(s.t, unix.Mkfifo(filepath.Join(s.Root, "run/systemd/netif/leases/2"), 0o644))
		},
		"link outside": func(s *system) {
			outside := filepath.Join(s.t.TempDir(), "lease")
			require.NoError(s.t, os.WriteFile(outside, []byte(lease), 0o644))
			s.lease("1", "A=1\n")
			require.NoError(s.t, os.Symlink(outside, filepath.Join(s.Root, "run/systemd/netif/leases/2")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			set(s)
			_, err := s.Lookup(t.Context(), dhcp.ServerID)
			require.ErrorIs(t, err, dhcp.ErrNotOffered)
		})
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSystem(t)
	s.lease("2", "A=1\n")
	s.link("2", "ADMIN_STATE=pending\n")
	s.events[time.Second] = func() { cancel(errors.New("enough")) }
	_, err := s.Lookup(ctx, dhcp.ServerID)
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, s.waited, 2*time.Second)
}

func TestSleepEndsTheSearch(t *testing.T) {
	enough := errors.New("enough")
	s := newSystem(t)
	s.lease("2", "A=1\n")
	s.link("2", "ADMIN_STATE=pending\n")
	s.Sleep = func(context.Context, time.Duration) error {
		s.sleeps++
		return enough
	}
	_, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, s.sleeps)
}

func TestSleepsByTheClock(t *testing.T) {
	s := newSystem(t)
	s.Sleep, s.Interfaces = nil, nil
	s.lease("1", "A=1\n")
	start := time.Now()
	_, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.ErrorIs(t, err, dhcp.ErrNotOffered)
	require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)
}

func FuzzLease(f *testing.F) {
	f.Add([]byte(lease), []byte("ADMIN_STATE=configured\n"))
	f.Add([]byte("SERVER_ADDRESS=\x00\n"), []byte("OPER_STATE=\xff"))
	f.Fuzz(func(t *testing.T, lease, link []byte) {
		s := newSystem(t)
		s.lease("2", string(lease))
		s.link("2", string(link))
		got, err := s.Lookup(t.Context(), dhcp.ServerID)
		if err != nil {
			if got != "" || !errors.Is(err, dhcp.ErrNotOffered) {
				t.Fatal(got, err)
			}
			return
		}
		if got == "" || len(got) > 1024 || strings.ContainsAny(got, "\x00\n\r\x1b\x7f") || !strings.Contains(string(lease), "SERVER_ADDRESS="+got) {
			t.Fatalf("%q", got)
		}
	})
}
