package platform_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// slowFetcher answers each URL after a while.
func slowFetcher(answers map[string]slow) *memoryFetcher {
	var mu sync.Mutex
	f := &memoryFetcher{}
	f.get = func(ctx context.Context, url string) ([]byte, error) {
		mu.Lock()
		f.asked = append(f.asked, url)
		mu.Unlock()
		a, ok := answers[url]
		if !ok {
			a = slow{time.Hour, "", errors.New("unreachable")}
		}
		select {
		case <-time.After(a.after):
			return []byte(a.body), a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return f
}

type slow struct {
	after time.Duration
	body  string
	err   error
}

const (
	ipv4 = "http://169.254.169.254/openstack/latest/user_data"
	eth0 = "http://[fe80::a9fe:a9fe%25eth0]/openstack/latest/user_data"
	eth1 = "http://[fe80::a9fe:a9fe%25eth1]/openstack/latest/user_data"
)

var nics = []platform.Interface{
	{1, "lo", true, true, true}, {2, "eth0", true, false, true}, {3, "eth1", true, false, true},
	{4, "eth2", false, false, true}, {5, "eth3", true, false, false},
}

func TestOpenStack(t *testing.T) {
	none := func(after time.Duration) slow { return slow{after, "", resource.ErrNotFound} }
	down := func(after time.Duration) slow { return slow{after, "", resource.ErrTimeout} }
	type drives map[string]time.Duration // when they appear
	for name, c := range map[string]struct {
		answers map[string]slow
		drives  drives
		content []string
		want    string
		took    time.Duration
		err     error
	}{
		"IPv4":            {answers: map[string]slow{ipv4: {2 * time.Second, config, nil}}, want: config, took: 2 * time.Second},
		"IPv6":            {answers: map[string]slow{ipv4: down(time.Minute), eth1: {2 * time.Second, config, nil}}, want: config, took: 2 * time.Second},
		"drive":           {drives: drives{"config-2": 5500 * time.Millisecond}, content: []string{openStackFile, config}, want: config, took: 6 * time.Second},
		"drive, capitals": {drives: drives{"CONFIG-2": 5500 * time.Millisecond}, content: []string{openStackFile, config}, want: config, took: 6 * time.Second},
		"an early error decides nothing": {
			answers: map[string]slow{ipv4: down(time.Second), eth0: down(2 * time.Second), eth1: {time.Minute, config, nil}},
			want:    config, took: time.Minute},
		"404 waits for the other addresses": {
			answers: map[string]slow{ipv4: none(time.Second), eth0: down(2 * time.Second), eth1: {time.Minute, config, nil}},
			want:    config, took: time.Minute},
		"404": {
			answers: map[string]slow{ipv4: down(time.Second), eth0: none(2 * time.Second), eth1: down(3 * time.Second)},
			took:    3 * time.Second},
		"a drive without config decides": {drives: drives{"config-2": 0}, content: []string{"x", "y"}},
		"all addresses fail, the drive comes": {
			answers: map[string]slow{ipv4: down(time.Second), eth0: down(time.Second), eth1: down(time.Second)},
			drives:  drives{"config-2": 5 * time.Minute}, content: []string{openStackFile, config}, want: config, took: 5 * time.Minute},
		"nothing ever": {
			answers: map[string]slow{ipv4: down(time.Second), eth0: down(time.Second), eth1: down(time.Second)},
			took:    time.Hour, err: context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				m.seams(platform.Seams{Interfaces: nics})
				f := slowFetcher(c.answers)
				m.opt.Fetcher = f
				for label, when := range c.drives {
					if when == 0 {
						m.drive(label, c.content...)
					} else {
						time.AfterFunc(when, func() { m.drive(label, c.content...) })
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				r, err := platform.Fetch(ctx, "openstack", m.opt)
				require.ErrorIs(t, err, c.err)
				require.Equal(t, c.want, string(r.Raw))
				require.InDelta(t, c.took.Seconds(), time.Since(start).Seconds(), 1.01)
				slices.Sort(f.asked)
				require.Equal(t, []string{ipv4, eth0, eth1}, f.asked)
			})
		})
	}
}

// TestOpenStackReadsWhatIsThere has a service that answers while a drive is read.
func TestOpenStackReadsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.seams(platform.Seams{Interfaces: []platform.Interface{}})
		m.opt.Fetcher = slowFetcher(map[string]slow{ipv4: {time.Second, "", resource.ErrNotFound}})
		m.drive("config-2", openStackFile, config)
		m.programs["mount"] = func(p platform.Program) (string, error) {
			time.Sleep(5 * time.Second)
			return m.mount(p)
		}
		require.Equal(t, config, m.config("brightbox"))
		require.Contains(t, m.log(), "INFO No active IPv6 network interface found: no active IPv6 network interface found")
	})
}

// TestNothingStaysMounted has a drive that is being mounted when another one wins, and
// a caller that gives up meanwhile.
func TestNothingStaysMounted(t *testing.T) {
	slowMount := func(m *machine, label string) {
		m.programs["mount"] = func(p platform.Program) (string, error) {
			if filepath.Base(p.Args[4]) == label {
				time.Sleep(5 * time.Second)
			}
			return m.mount(p)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.drive("cidata", "user-data", config)
		m.drive("config-2", openStackFile, "other")
		slowMount(m, "config-2")
		require.Equal(t, config, m.config("kubevirt"))
		require.NotContains(t, strings.Join(m.log(), "\n"), "CRIT")
	})
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.drive("cidata", "user-data", config)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		m.programs["mount"] = func(p platform.Program) (string, error) {
			m.mount(p)
			<-ctx.Done()
			return "", ctx.Err() // killed after it has mounted
		}
		_, err := platform.Fetch(ctx, "kubevirt", m.opt)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestBrokenDriveMayHaveAConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for body, want := range map[string]string{"": "config drive (config-2): broken", config: ""} {
			m := newMachine(t)
			m.seams(platform.Seams{Interfaces: []platform.Interface{}})
			answer := slow{time.Second, body, nil}
			if body == "" {
				answer.err = resource.ErrNotFound
			}
			m.opt.Fetcher = slowFetcher(map[string]slow{ipv4: answer})
			m.drive("config-2", openStackFile, config)
			m.programs["mount"] = func(platform.Program) (string, error) { return "", errors.New("broken") }
			r, err := m.fetch("openstack")
			require.Equal(t, body, string(r.Raw))
			if want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, want)
			}
		}
	})
}

func TestAllSourcesFail(t *testing.T) {
	m := newMachine(t)
	m.programs["mount"] = func(platform.Program) (string, error) { return "", errors.New("broken") }
	m.drive("cidata")
	m.drive("config-2")
	_, err := m.fetch("kubevirt")
	require.ErrorContains(t, err, "config drive (cidata): broken")
	require.ErrorContains(t, err, "config drive (config-2): broken")
	require.Equal(t, "INFO couldn't fetch config", m.log()[len(m.log())-1])
}

func TestOnlineOnly(t *testing.T) {
	for _, name := range []string{"openstack", "brightbox", "cloudstack", "akamai", "azure"} {
		m := newMachine(t)
		m.opt.Offline = true
		m.drive("config-2", openStackFile, config)
		_, err := m.fetch(name)
		require.ErrorIs(t, err, resource.ErrNeedsNetwork)
		require.Empty(t, m.log())
	}
}

func TestCloudStack(t *testing.T) {
	const url = "http://10.1.2.3/latest/user-data"
	for name, c := range map[string]struct {
		lease, url, drive, want string
		answer                  slow
	}{
		"service": {lease: "# private\nADDRESS=10.1.2.9\nSERVER_ADDRESS=10.1.2.3\nSERVER_ADDRESS=9.9.9.9\n", url: url, want: config,
			answer: slow{time.Second, config, nil}},
		"IPv6":        {lease: "SERVER_ADDRESS=fd00::1", url: "http://[fd00::1]/latest/user-data", want: config, answer: slow{0, config, nil}},
		"none":        {lease: "SERVER_ADDRESS=10.1.2.3", url: url, answer: slow{0, "", resource.ErrNotFound}},
		"drive":       {drive: "config-2", want: config},
		"other drive": {drive: "CONFIG-2", want: config},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				m.seams(platform.Seams{Interfaces: nics})
				f := slowFetcher(map[string]slow{c.url: c.answer})
				m.opt.Fetcher = f
				time.AfterFunc(5200*time.Millisecond, func() {
					if c.lease != "" {
						m.file("run/systemd/netif/leases/3", c.lease)
					} else {
						m.drive(c.drive, "cloudstack/userdata/user_data.txt", config)
					}
				})
				require.Equal(t, c.want, m.config("cloudstack"))
				if c.lease != "" {
					require.Equal(t, []string{c.url}, f.asked)
				}
			})
		})
	}
}

func TestLeaseServer(t *testing.T) {
	for lease, want := range map[string]string{
		"":                                 "dhcp server address not found in leases",
		"SERVER_ADDRESS":                   "dhcp server address not found in leases",
		"SERVER_ADDRESS=evil.example/path": `dhcp server address in lease: ParseAddr("evil.example/path"): `,
		strings.Repeat("x", 100_000):       "token too long",
	} {
		_, err := platform.LeaseServer(strings.NewReader(lease))
		require.ErrorContains(t, err, want)
	}
	m := newMachine(t)
	m.seams(platform.Seams{Interfaces: nics})
	require.NoError(t, os.MkdirAll(filepath.Join(m.root, "run/systemd/netif"), 0o755))
	require.NoError(t, os.Symlink("loop", filepath.Join(m.root, "run/systemd/netif/loop")))
	require.NoError(t, os.Symlink("loop", filepath.Join(m.root, "run/systemd/netif/leases")))
	_, err := platform.Fetch(m.until("ERROR failed to fetch config from metadata service: open "), "cloudstack", m.opt)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, fs.ErrNotExist)
}

func TestRealInterfaces(t *testing.T) {
	list, err := platform.Interfaces()
	require.NoError(t, err)
	t.Logf("%+v", list)
}
