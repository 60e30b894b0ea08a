package afterburn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	versionsPath = "/?comp=versions"
	goalPath     = "/machine/?comp=goalstate"
	healthPath   = "/machine/?comp=health"
	sharedPath   = "/machine/c0ffee/feed.vm7?comp=config&type=sharedConfig&incarnation=7"
	computePath  = "/metadata/instance/compute/"
	notFound     = "maximum number of retries (10) reached: failed to fetch: 404 Not Found"
	notXML       = "failed to deserialize data: failed xml deserialization: "
)

// goal is a goal state of one instance with a configuration.
func goal(configuration string) string {
	return "<GoalState><Incarnation>7</Incarnation><Container><ContainerId>c0ffee</ContainerId><RoleInstanceList><RoleInstance><InstanceId>feed.vm7</InstanceId><Configuration>" +
		configuration + "</Configuration></RoleInstance></RoleInstanceList></Container></GoalState>"
}

// change is a document in the place of an example's; "-" takes it away.
type change struct{ path, body string }

func (m *machine) change(c change) {
	if c.body == "-" {
		m.cloud.Delete(c.path)
	} else {
		m.cloud.Set(c.path, c.body)
	}
}

// attributes, hostname … are runs with one thing to do.
func (m *machine) attributes(provider string) error {
	return afterburn.Run(m.t.Context(), afterburn.Work{Provider: provider, Attributes: m.path("attributes")}, &m.opt)
}

func (m *machine) hostname(provider string) error {
	return afterburn.Run(m.t.Context(), afterburn.Work{Provider: provider, Hostname: m.path("hostname")}, &m.opt)
}

func (m *machine) keys(provider string) error {
	return afterburn.Run(m.t.Context(), afterburn.Work{Provider: provider, SSHKeysUser: "core"}, &m.opt)
}

func (m *machine) checkIn(provider string) error {
	return afterburn.Run(m.t.Context(), afterburn.Work{Provider: provider, CheckIn: true}, &m.opt)
}

// lease writes a lease of networkd.
func (m *machine) lease(text string) {
	m.t.Helper()
	list, err := net.Interfaces()
	require.NoError(m.t, err)
	m.write(fmt.Sprintf("root/run/systemd/netif/leases/%d", list[0].Index), text)
}

// dials notes the addresses that are dialed, and refuses those of refused.
func (m *machine) dials(refused ...string) func() []string {
	var mu sync.Mutex
	var list []string
	dial := m.opt.Dial
	m.opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		if !slices.Contains(list, addr) {
			list = append(list, addr)
		}
		mu.Unlock()
		if slices.Contains(refused, addr) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, addr)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(list))
	}
}

// count is how often something was asked for.
func (m *machine) count(method, path string) int {
	n := 0
	for _, r := range m.cloud.Requests() {
		if r.Method == method && r.Path == path {
			n++
		}
	}
	return n
}

func TestWireServerVersions(t *testing.T) {
	const failed = "fetching metadata from provider: failed version compatibility check: "
	for name, c := range map[string]struct{ body, err string }{
		"absent":      {"-", failed + "failed to get versions: " + notFound},
		"none":        {"<Versions><Supported/></Versions>", failed + "fabric version '2012-11-30' not supported by the WireServer at '168.63.129.16'"},
		"others":      {"<Versions><Supported><Version>2012-11-3</Version></Supported></Versions>", failed + "fabric version '2012-11-30' not supported by the WireServer at '168.63.129.16'"},
		"preferred":   {"<Versions><Preferred><Version>2012-11-30</Version></Preferred></Versions>", failed + "failed to get versions: " + notXML + "missing field `Supported`"},
		"garbage":     {"hello", failed + "failed to get versions: " + notXML + "the document has no element"},
		"blanks":      {"<Versions><Supported><Version>\n2012-11-30 </Version></Supported></Versions>", ""},
		"mark":        {"\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?><Versions><Supported><Version>2012-11-30</Version></Supported></Versions>", ""},
		"namespace":   {`<v:Versions xmlns:v="urn:x"><v:Supported><v:Version>2012-11-30</v:Version></v:Supported></v:Versions>`, ""},
		"own entity":  {`<!DOCTYPE v [<!ENTITY v "2012-11-30">]><Versions><Supported><Version>&v;</Version></Supported></Versions>`, failed + "failed to get versions: " + notXML + "XML syntax error on line 1: invalid character entity &v;"},
		"utf-16":      {`<?xml version="1.0" encoding="utf-16"?><Versions/>`, failed + "failed to get versions: " + notXML + `encoding "utf-16": not supported`},
		"not unicode": {"<Versions>\xe9</Versions>", failed + "failed to get versions: " + notXML + "XML syntax error on line 1: invalid UTF-8"},
	} {
		for _, provider := range []string{"azure", "azurestack"} {
			t.Run(name+" "+provider, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, provider)
				m.change(change{versionsPath, c.body})
				// A run without anything to do makes the provider, too.
				err := afterburn.Run(t.Context(), afterburn.Work{Provider: provider}, &m.opt)
				if c.err == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, c.err)
			})
		}
	}
}

func TestGoalStateErrors(t *testing.T) {
	const failed = "failed to get goal state: "
	for name, c := range map[string]struct{ body, err string }{
		"absent":         {"-", failed + notFound},
		"garbage":        {"{}", failed + notXML + "the document has no element"},
		"no incarnation": {strings.Replace(goal(""), "<Incarnation>7</Incarnation>", "", 1), failed + notXML + "missing field `Incarnation`"},
		"no container":   {"<GoalState><Incarnation>7</Incarnation></GoalState>", failed + notXML + "missing field `Container`"},
		"no id":          {strings.Replace(goal(""), "<ContainerId>c0ffee</ContainerId>", "", 1), failed + notXML + "missing field `ContainerId`"},
		"no list":        {"<GoalState><Incarnation>7</Incarnation><Container><ContainerId>c</ContainerId></Container></GoalState>", failed + notXML + "missing field `RoleInstanceList`"},
		"empty list":     {"<GoalState><Incarnation>7</Incarnation><Container><ContainerId>c</ContainerId><RoleInstanceList/></Container></GoalState>", "empty RoleInstanceList"},
		"no instance id": {strings.Replace(goal(""), "<InstanceId>feed.vm7</InstanceId>", "", 1), failed + notXML + "missing field `InstanceId`"},
		"no config":      {strings.Replace(goal(""), "<Configuration></Configuration>", "", 1), failed + notXML + "missing field `Configuration`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azure")
			m.change(change{goalPath, c.body})
			require.EqualError(t, m.attributes("azure"), "writing metadata attributes: "+c.err)
			m.want("attributes", "")
			m.cloud.ClearRequests()
			require.EqualError(t, m.checkIn("azure"), "checking-in instance boot to cloud provider: maximum number of retries (5) reached: "+c.err)
			if c.body != "-" {
				require.Equal(t, 6, m.count("GET", goalPath))
			}
			require.Contains(t, m.log.String(), "Retrying ready state report: Attempt #5")
			require.NotContains(t, m.log.String(), "Retrying ready state report: Attempt #6")
			require.Zero(t, m.count("POST", healthPath))
		})
	}
}

// TestCheckInStartsOver: after a failed report the goal state is fetched again,
// since the failure may be that it has changed.
func TestCheckInStartsOver(t *testing.T) {
	for _, provider := range []string{"azure", "azurestack"} {
		m := newMachine(t, provider)
		old, ok := m.cloud.Document(goalPath)
		require.True(t, ok)
		var mu sync.Mutex
		asked, reports := 0, []string(nil)
		m.cloud.Handle(goalPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			_, _ = io.WriteString(w, strings.Replace(old.Body, "<Incarnation>7<", fmt.Sprintf("<Incarnation>%d<", 4+asked), 1))
		}))
		// The last incarnation is the one that the service takes a report for.
		m.cloud.Fail(healthPath, 2*11, http.StatusGone)
		require.NoError(t, m.checkIn(provider))
		for _, r := range m.cloud.Requests() {
			if r.Method == http.MethodPost {
				reports = append(reports, string(r.Body))
			}
		}
		require.Len(t, reports, 23, provider)
		require.Equal(t, 3, asked)
		require.Contains(t, reports[0], "<GoalStateIncarnation>5<")
		require.Contains(t, reports[22], "<GoalStateIncarnation>7<")
	}
}

func TestCheckInGivesUp(t *testing.T) {
	m := newMachine(t, "azure")
	m.cloud.Fail(healthPath, 0, http.StatusInternalServerError)
	require.EqualError(t, m.checkIn("azure"), "checking-in instance boot to cloud provider: maximum number of retries (5) reached: "+
		"maximum number of retries (10) reached: POST failed: 500 Internal Server Error")
	require.Equal(t, 66, m.count("POST", healthPath))
	require.Equal(t, 6, m.count("GET", goalPath))
}

func TestAddressFromLease(t *testing.T) {
	m := newMachine(t, "azure")
	m.lease("SERVER_ADDRESS=10.0.0.1\nOPTION_245=0a000001\n")
	m.cloud.Set(goalPath, goal("<SharedConfig>http://10.0.0.1/shared</SharedConfig>"))
	shared, _ := m.cloud.Document(sharedPath)
	m.cloud.Set("/shared", shared.Body)
	dialed := m.dials("168.63.129.16:80")
	m.anyAddress()
	require.NoError(t, afterburn.Run(t.Context(), afterburn.Work{Provider: "azure", Attributes: m.path("attributes"), CheckIn: true}, &m.opt), &m.log)
	require.Equal(t, []string{"10.0.0.1:80", "169.254.169.254:80"}, dialed())
	require.NotContains(t, m.log.String(), "using fallback address")
	require.Contains(t, m.log.String(), "Fetching http://10.0.0.1/?comp=versions: Attempt #1")
}

// anyAddress has the service answer at other addresses than its own, too.
func (m *machine) anyAddress() {
	h := m.cloud.Handler()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(m.t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "169.254.169.254" {
			r.Host = "168.63.129.16"
		}
		h.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(l) }()
	m.t.Cleanup(func() { server.Close() })
	outer := m.opt.Dial
	m.opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := outer(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c.Close()
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

func TestAddressIsTheFallback(t *testing.T) {
	for name, c := range map[string]struct{ lease, warning string }{
		"no lease":       {"", dhcp.ErrNoSource.Error()},
		"without option": {"SERVER_ADDRESS=10.0.0.1\n", dhcp.ErrNotOffered.Error()},
		"no address":     {"OPTION_245=zzz\n", "failed to convert 'zzz' from hex"},
		"this machine":   {"OPTION_245=7f000001\n", "unusable WireServer address: 127.0.0.1 is an address of this machine"},
		"everybody":      {"OPTION_245=ffffffff\n", "unusable WireServer address: 255.255.255.255 is the broadcast address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "azure")
			if c.lease != "" {
				m.lease(c.lease)
			}
			dialed := m.dials()
			require.NoError(t, m.hostname("azure"), &m.log)
			require.Equal(t, []string{"168.63.129.16:80", "169.254.169.254:80"}, dialed())
			require.Contains(t, m.log.String(), "using fallback address")
			// Who waits and who answers first decides between two texts.
			if !strings.Contains(m.log.String(), "Failed to get fabric address from DHCP: "+dhcp.ErrNotOffered.Error()) {
				require.Contains(t, m.log.String(), "Failed to get fabric address from DHCP: "+c.warning)
			}
		})
	}
}

// TestFallbackIsQuick: no option costs no waiting, in real time.
func TestFallbackIsQuick(t *testing.T) {
	m := newMachine(t, "azure")
	m.opt.Sleep = nil
	m.lease("SERVER_ADDRESS=10.0.0.1\n")
	begin := time.Now()
	require.NoError(t, m.hostname("azure"))
	require.Less(t, time.Since(begin), 30*time.Second, "an option is waited for 40 s")
	t.Logf("took %v", time.Since(begin))
}

// TestLateLeaseWins: a lease that appears while the fallback answers counts.
func TestLateLeaseWins(t *testing.T) {
	m := newMachine(t, "azure")
	versions, _ := m.cloud.Document(versionsPath)
	m.opt.Sleep = func(ctx context.Context, _ time.Duration) error { // nobody looks at leases meanwhile
		<-ctx.Done()
		return ctx.Err()
	}
	m.cloud.Handle(versionsPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.lease("OPTION_245=0a000001\n")
		_, _ = io.WriteString(w, versions.Body)
	}))
	dialed := m.dials()
	m.anyAddress()
	require.NoError(t, m.hostname("azure"))
	require.Equal(t, []string{"10.0.0.1:80", "168.63.129.16:80", "169.254.169.254:80"}, dialed())
	require.NotContains(t, m.log.String(), "using fallback address")
}

// TestLeaseWithoutFallback: where the fallback does not answer, a lease is waited
// for.
func TestLeaseWithoutFallback(t *testing.T) {
	m := newMachine(t, "azure")
	var mu sync.Mutex
	sleeps := 0
	m.write("root/run/systemd/netif/leases/none", "")
	m.opt.Sleep = func(ctx context.Context, _ time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		if sleeps++; sleeps == 30 {
			m.lease("OPTION_245=0a000001\n")
		}
		return ctx.Err()
	}
	m.dials("168.63.129.16:80")
	m.anyAddress()
	require.NoError(t, m.hostname("azure"), &m.log)
	m.want("hostname", "vm7\n")
}

func TestNobodyAnswers(t *testing.T) {
	m := newMachine(t, "azure")
	m.dials("168.63.129.16:80")
	err := m.hostname("azure")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.ErrorContains(t, err, "fetching metadata from provider: failed version compatibility check: failed to get versions: maximum number of retries (10) reached: failed to fetch: ")
	require.Contains(t, m.log.String(), "using fallback address")
}

func TestRunEndsWithItsContext(t *testing.T) {
	m := newMachine(t, "azure")
	m.opt.Sleep = nil
	m.cloud.Inject(versionsPath, 0, fakecloud.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err := afterburn.Run(ctx, afterburn.Work{Provider: "azure", Hostname: m.path("hostname")}, &m.opt)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(begin), time.Minute)
}

// TestLyingWireServer: answers of every bad kind to every question end in an
// error, in little time and memory.
func TestLyingWireServer(t *testing.T) {
	bomb := `<!DOCTYPE x [<!ENTITY a "` + strings.Repeat("ha", 2000) + `"><!ENTITY b "` + strings.Repeat("&a;", 2000) + `">]><x>&b;</x>`
	for name, f := range map[string]func() fakecloud.Fault{
		"2 GB":       func() fakecloud.Fault { return fakecloud.Oversized(2 << 30) },
		"endless":    fakecloud.Endless,
		"not UTF-8":  fakecloud.InvalidUTF8,
		"UTF-16":     fakecloud.UTF16,
		"gzip":       fakecloud.Gzip,
		"cut":        fakecloud.CutBody,
		"no header":  fakecloud.CutHeader,
		"closed":     fakecloud.CutConnection,
		"elsewhere":  func() fakecloud.Fault { return fakecloud.Redirect("http://169.254.169.1/x") },
		"in circles": func() fakecloud.Fault { return fakecloud.Redirect("/machine/?comp=goalstate") },
		"no content": func() fakecloud.Fault { return fakecloud.Status(http.StatusNoContent) },
		"bomb":       func() fakecloud.Fault { return fakecloud.Reply(bomb) },
		"deep":       func() fakecloud.Fault { return fakecloud.Reply(strings.Repeat("<a>", 300_000)) },
		"wide": func() fakecloud.Fault {
			return fakecloud.Reply("<x>" + strings.Repeat("<Container/>", 80_000) + "</x>")
		},
	} {
		for _, path := range []string{versionsPath, goalPath, sharedPath} {
			t.Run(name+path[:7], func(t *testing.T) {
				m := newMachine(t, "azure")
				dialed := m.dials()
				m.cloud.Inject(path, 0, f())
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				begin := time.Now()
				err := m.attributes("azure")
				runtime.ReadMemStats(&after)
				require.Error(t, err)
				require.Less(t, time.Since(begin), 2*time.Minute)
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400<<20))
				require.NotContains(t, dialed(), "169.254.169.1:80")
				require.Less(t, len(err.Error()), 2000)
				m.want("attributes", "")
			})
		}
	}
}

// TestRandomLies damages the example's documents at random: there may be any
// result but a panic or a run without end, and attributes and hostname have no
// characters that harm.
func TestRandomLies(t *testing.T) {
	random := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	paths := []string{versionsPath, goalPath, sharedPath, computePath + "publicKeys", computePath + "name", computePath + "vmSize"}
	for _, provider := range []string{"azure", "azurestack"} {
		m := newMachine(t, provider)
		m.surroundings(provider)
		originals := map[string]string{}
		for _, p := range append(paths, "/Microsoft.Compute/identity") {
			if d, ok := m.cloud.Document(p); ok {
				originals[p] = d.Body
			}
		}
		for range 60 {
			for _, p := range append(paths, "/Microsoft.Compute/identity") {
				body, ok := originals[p]
				if !ok {
					continue
				}
				if random.IntN(3) == 0 {
					body = damaged(random, body)
				}
				m.cloud.Set(p, body)
			}
			work := m.all(provider)
			err := afterburn.Run(t.Context(), work, &m.opt)
			require.False(t, errors.Is(err, context.DeadlineExceeded), err)
		}
	}
}

func damaged(random *rand.Rand, s string) string {
	b := []byte(s)
	for range 1 + random.IntN(4) {
		if len(b) == 0 {
			break
		}
		i := random.IntN(len(b))
		switch random.IntN(5) {
		case 0:
			b[i] = byte(random.Uint32())
		case 1:
			b = b[:i]
		case 2:
			b = slices.Insert(b, i, []byte(`</>&"'`)[random.IntN(6)])
		case 3:
			j := i + random.IntN(len(b)-i)
			b = slices.Delete(b, i, j)
		case 4:
			j := i + random.IntN(len(b)-i)
			b = slices.Insert(b, j, b[i:j]...)
		}
	}
	return string(b)
}
