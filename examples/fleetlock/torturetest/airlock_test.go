package torturetest

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
)

// post asks as an agent does and returns the status and the body.
func (s *lockServer) post(api, id string) (int, string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"client_params":{"id":%q,"group":%q}}`, id, group)
	req, err := http.NewRequestWithContext(s.t.Context(), "POST", s.base+"v1/"+api, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("fleet-lock-protocol", "true")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp.StatusCode, string(text)
}

func failure(kind, value string) string {
	return fmt.Sprintf("{\"kind\":%q,\"value\":%q}\n", kind, value)
}

// TestTakesOverFromAirlock has semaphores as airlock leaves them, and looks at what it would find afterwards.
func TestTakesOverFromAirlock(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	key := etcdstore.Key(group)
	c.Ctl("put", key, `{"total_slots":2,"holders":["aa","bb"]}`)
	program := build(t)
	s := newServer(t, program, fmt.Sprintf("[etcd3]\nendpoints = [%q]\ntransaction_timeout_ms = 5000\n", c.Members[0].Endpoint))
	out, err := exec.Command(program, "ex", "get", "slots", "-c", s.config).Output()
	require.NoError(t, err)
	require.Equal(t, "group: default\n semaphore slots: 2\n lock owners:\n - aa\n - bb\n\n---\n", string(out))

	status, body := s.post("pre-reboot", "cc")
	require.Equal(t, 500, status)
	require.Equal(t, failure("failed_lock", "all 2 semaphore slots currently locked"), body)
	status, body = s.post("pre-reboot", "aa")
	require.Equal(t, 200, status)
	require.Empty(t, body)
	status, _ = s.post("steady-state", "aa")
	require.Equal(t, 200, status)
	status, _ = s.post("pre-reboot", "cc")
	require.Equal(t, 200, status)
	require.Equal(t, `{"total_slots":2,"holders":["bb","cc"]}`, c.Ctl("get", "--print-value-only", key))

	c.Ctl("put", key, "")
	status, body = s.post("steady-state", "cc")
	require.Equal(t, 500, status)
	require.Equal(t, failure("failed_lock", "empty semaphore value"), body)

	c.Members[0].Kill()
	began := time.Now()
	status, body = s.post("pre-reboot", "bb")
	require.Equal(t, 500, status)
	require.Equal(t, failure("failed_sem_init", "failed to initialize semaphore manager: context deadline exceeded"), body)
	require.GreaterOrEqual(t, time.Since(began), 4*time.Second)
}
