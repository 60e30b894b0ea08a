package metrics_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/metrics"
)

// shapes reads the lines of a text that tell names, types and labels: "# TYPE …" and the series without values.
func shapes(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "# HELP "):
		case strings.HasPrefix(line, "# TYPE "):
			out = append(out, line)
		case line != "":
			out = append(out, line[:strings.LastIndex(line, " ")])
		}
	}
	return out
}

func text(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSameShapeAsZincati(t *testing.T) {
	want, err := os.ReadFile("testdata/zincati-0.0.32.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New()
	for _, gauge := range []string{
		"zincati_cincinnati_booted_release_is_deadend", "zincati_cincinnati_graph_edges_count",
		"zincati_cincinnati_ignored_update_targets", "zincati_update_agent_updates_allow_downgrade",
		"zincati_update_agent_finalization_detected_active_users",
	} {
		m.Set(gauge, 0)
	}
	for _, gauge := range []string{
		"process_start_time_seconds", "zincati_cincinnati_graph_nodes_count",
		"zincati_update_agent_last_refresh_timestamp", "zincati_update_agent_latest_state_change_timestamp",
		"zincati_update_agent_updates_enabled", "zincati_updates_strategy_periodic_schedule_length_minutes",
		"zincati_identity_rollout_wariness",
	} {
		m.Set(gauge, 1795781004)
	}
	m.Set("zincati_identity_os_info", 1, "40.1", "x86_64", "stable", "qemu")
	m.Set("zincati_updates_strategy_mode", 1, "immediate")
	for _, counter := range []string{
		"zincati_cincinnati_update_checks_total", "zincati_rpm_ostree_status_attempts_total",
		"zincati_rpm_ostree_status_cache_requests_total", "zincati_rpm_ostree_status_cache_misses_total",
		"zincati_rpm_ostree_status_failures_total", "zincati_rpm_ostree_deploy_attempts_total",
		"zincati_rpm_ostree_deploy_failures_total", "zincati_rpm_ostree_finalize_attempts_total",
		"zincati_rpm_ostree_finalize_failures_total", "zincati_rpm_ostree_register_driver_failures_total",
		"zincati_update_agent_finalization_attempts", "zincati_update_agent_finalization_successes",
		"zincati_update_agent_postponed_finalizations_total",
	} {
		m.Inc(counter)
	}
	m.Inc("zincati_cincinnati_update_checks_errors_total", "client_failed_request")
	m.Inc("zincati_strategy_fleet_lock_requests_total", "pre-reboot")
	m.Inc("zincati_strategy_fleet_lock_errors_total", "pre-reboot", "generic_http_404")
	m.Inc("zincati_updates_strategy_can_finalize_responses", "allow")
	m.Inc("zincati_update_agent_finalization_blocked_count", "active_usersessions")
	got := text(t, m)
	have := map[string]bool{}
	for _, s := range shapes(got) {
		have[s] = true
	}
	for _, s := range shapes(string(want)) {
		if !have[s] {
			t.Errorf("missing: %s", s)
		}
	}
	if n := strings.Count(got, "# TYPE "); n != 32 {
		t.Errorf("%d metrics, want 32", n)
	}
}

func TestSeriesAppearWhenTouched(t *testing.T) {
	m := metrics.New()
	if got := text(t, m); got != "" {
		t.Errorf("untouched metrics are written: %q", got)
	}
	m.Inc("zincati_strategy_fleet_lock_requests_total", "steady-state")
	want := "zincati_strategy_fleet_lock_requests_total{api=\"steady-state\"} 1\n"
	if got := text(t, m); !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 3 {
		t.Errorf("got %q, want two comments and %q", got, want)
	}
}

func TestNumbersHaveNoExponent(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  string
	}{
		{0, "0"},
		{1795406385, "1795406385"},
		{1e15, "1000000000000000"},
		{1e21, "1000000000000000000000"},
		{0.333333, "0.333333"},
		{1e-7, "0.0000001"},
		{-1.5, "-1.5"},
		{math.Inf(1), "+Inf"},
		{math.Inf(-1), "-Inf"},
		{math.NaN(), "NaN"},
	} {
		m := metrics.New()
		m.Set("zincati_identity_rollout_wariness", c.value)
		if got := text(t, m); !strings.HasSuffix(got, "zincati_identity_rollout_wariness "+c.want+"\n") {
			t.Errorf("%v: got %q, want %s", c.value, got, c.want)
		}
	}
}

func TestForeignLabels(t *testing.T) {
	m := metrics.New()
	m.Inc("zincati_cincinnati_update_checks_errors_total", "a\"b\\c\nd")
	m.Inc("zincati_cincinnati_update_checks_errors_total", "\xff\xfe")
	m.Inc("zincati_cincinnati_update_checks_errors_total", strings.Repeat("ü", 10000))
	got := text(t, m)
	if !strings.Contains(got, `{kind="a\"b\\c\nd"} 1`) {
		t.Errorf("label was not escaped: %s", got)
	}
	if len(got) > 2000 || strings.ToValidUTF8(got, "") != got {
		t.Errorf("labels were not bounded: %q", got)
	}
}

func TestKindsAreBounded(t *testing.T) {
	m := metrics.New()
	for i := range 5000 {
		m.Inc("zincati_strategy_fleet_lock_errors_total", "pre-reboot", strings.Repeat("x", i%50)+string(rune('a'+i%26))+string(rune(0x4e00+i)))
	}
	m.Inc("zincati_strategy_fleet_lock_errors_total", "pre-reboot", "one more")
	got := text(t, m)
	if n := strings.Count(got, "\n") - 2; n > 501 {
		t.Errorf("%d series", n)
	}
	if !strings.Contains(got, `{api="(other)",kind="(other)"} 4501`) {
		t.Error("what is beyond the bound was not counted together")
	}
}

func TestMisuseIsKept(t *testing.T) {
	for name, use := range map[string]func(m *metrics.Metrics){
		"unknown counter": func(m *metrics.Metrics) { m.Inc("zincati_nothing") },
		"unknown gauge":   func(m *metrics.Metrics) { m.Set("zincati_nothing", 1) },
		"wrong type":      func(m *metrics.Metrics) { m.Inc("process_start_time_seconds") },
		"missing labels":  func(m *metrics.Metrics) { m.Inc("zincati_strategy_fleet_lock_errors_total", "pre-reboot") },
		"too many labels": func(m *metrics.Metrics) { m.Set("process_start_time_seconds", 1, "x") },
	} {
		m := metrics.New()
		use(m)
		if err := m.Err(); !errors.Is(err, metrics.ErrMisuse) {
			t.Errorf("%s: error is %v", name, err)
		}
		var b bytes.Buffer
		if err := m.WriteText(&b); err != nil || b.Len() > 0 {
			t.Errorf("%s: text is %q, %v", name, b.String(), err)
		}
	}
}

// The names that the agent has had for long, against the advice of Prometheus for new ones.
var knownAdvice = regexp.MustCompile(`^(zincati_update_agent_finalization_(attempts|successes|blocked_count)|` +
	`zincati_updates_strategy_can_finalize_responses|zincati_cincinnati_graph_(nodes|edges)_count) `)

func TestPromtoolAccepts(t *testing.T) {
	promtool := testutil.Tool(t, "promtool")
	m := metrics.New()
	m.Inc("zincati_update_agent_finalization_attempts")
	m.Inc("zincati_cincinnati_update_checks_errors_total", "a\"b\\c\nd")
	m.Inc("zincati_cincinnati_update_checks_total")
	m.Set("process_start_time_seconds", 1795781004)
	m.Set("zincati_cincinnati_graph_nodes_count", 3)
	m.Set("zincati_identity_os_info", 1, "40.1", "x86_64", "stable", "qemu")
	m.Set("zincati_update_agent_last_refresh_timestamp", 1795781004)
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text(t, m))
	out, err := cmd.CombinedOutput()
	// Status 3 is for advice about names, 1 for what cannot be parsed.
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 3) {
		t.Fatalf("promtool: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if !knownAdvice.MatchString(line) {
			t.Errorf("promtool: %s", line)
		}
	}
}
