package afterburn_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// silentBus puts a system bus in place that takes connections and never answers.
func (m *machine) silentBus() {
	m.t.Helper()
	socket := testutil.SocketPath(m.t)
	l, err := net.Listen("unix", socket) // connections stay in its queue
	require.NoError(m.t, err)
	m.t.Cleanup(func() { _ = l.Close() })
	require.NoError(m.t, os.MkdirAll(m.path("root/run/dbus"), 0o755))
	require.NoError(m.t, os.Link(socket, m.path("root/run/dbus/system_bus_socket")))
}

// TestSilentBus: a bus that does not answer is not waited for when the fallback answers.
func TestSilentBus(t *testing.T) {
	m := newMachine(t, "azure")
	m.opt.Sleep = nil
	m.lease("SERVER_ADDRESS=10.0.0.1\n")
	m.silentBus()
	versions, _ := m.cloud.Document(versionsPath)
	answered := make(chan time.Time, 1)
	m.cloud.Handle(versionsPath, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answered <- time.Now()
		_, _ = io.WriteString(w, versions.Body)
	}))
	begin := time.Now()
	require.NoError(t, m.hostname("azure"), &m.log)
	first := <-answered
	m.want("hostname", "vm7\n")
	require.Contains(t, m.log.String(), "using fallback address")
	require.GreaterOrEqual(t, first.Sub(begin), 500*time.Millisecond, "the bus was not asked")
	require.Less(t, time.Since(first), 30*time.Second, "an option is waited for 40 s")
	t.Logf("took %v, %v of it after the answer", time.Since(begin), time.Since(first))
}

// TestSilentBusWithLease: nor does it hide what networkd knows.
func TestSilentBusWithLease(t *testing.T) {
	m := newMachine(t, "azure")
	m.lease("OPTION_245=0a000001\n")
	m.silentBus()
	dialed := m.dials("168.63.129.16:80")
	m.anyAddress()
	require.NoError(t, m.hostname("azure"), &m.log)
	require.Equal(t, []string{"10.0.0.1:80", "169.254.169.254:80"}, dialed())
}
