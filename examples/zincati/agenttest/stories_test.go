//go:build linux

package agenttest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

type (
	lab     = agentlab.Lab
	machine = agentlab.Machine
	call    = agentlab.Call
	reply   = agentlab.Reply
	node    = agentlab.Node
)

// sum returns the checksum of a release's commit.
func sum(n int) string { return strings.Repeat(fmt.Sprintf("%02x", n), 32) }

// story is one life of an agent.
type story struct {
	name string
	// config is the configuration after cincinnati.base_url.
	config string
	set    func(t *testing.T, l *lab, m *machine)
	// until is the text of an event that ends the story when it came times times.
	until string
	times int
	speed int
}

func graphOf(text string) func(*http.Request, string) (int, string) {
	return func(*http.Request, string) (int, string) { return 200, text }
}

// two is a graph with an edge from 40.1, which runs, to 40.2.
func two() string {
	return agentlab.GraphJSON([][2]int{{0, 1}}, node{Version: "40.1", Payload: sum(1)}, node{Version: "40.2", Payload: sum(2), Age: 1})
}

// fails makes the calls that begin with prefix fail n times; n < 0 is always.
func fails(m *machine, prefix string, n int, text string) {
	var left atomic.Int64
	left.Store(int64(n))
	m.Fail = func(c call) string {
		if strings.HasPrefix(strings.Join(c.Args[1:], " ")+" ", prefix) && (n < 0 || left.Add(-1) >= 0) {
			return text
		}
		return ""
	}
}

// answers gives each text in turn, the last one for ever; "404" and the like are statuses without body.
func answers(list ...string) func(*http.Request, string) (int, string) {
	var i atomic.Int64
	return func(*http.Request, string) (int, string) {
		n := min(int(i.Add(1))-1, len(list)-1)
		status, text := 200, list[n]
		if len(text) >= 3 && text[0] >= '2' && text[0] <= '5' {
			fmt.Sscanf(text, "%d", &status)
			text = strings.TrimPrefix(text[3:], " ")
		}
		return status, text
	}
}

const reboot = "waiting for reboot"

func stories() []story {
	lock := func(t *testing.T, l *lab, m *machine) {
		l.Files["/etc/zincati/config.d/60.toml"] = fmt.Sprintf("[updates]\nstrategy = \"fleet_lock\"\nfleet_lock.base_url = %q\n", l.URL()+"/fl/")
		l.Lock = func(*http.Request, string) (int, string) { return 200, "" }
	}
	return []story{
		{name: "immediate", until: reboot},
		{name: "wariness", config: "identity = { rollout_wariness = 0.33333333, group = \"workers\", node_uuid = \"27E3AC02-AF39-46AF-995B-9940E18B0CCE\" }\n", until: reboot},
		{name: "disabled", config: "updates.enabled = false\n", until: "logic disabled"},
		{name: "downgrades-allowed", config: "updates.allow_downgrade = true\n", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			m.Known[sum(3)] = "39.9"
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{1, 0}}, node{Version: "39.9", Payload: sum(3)}, node{Version: "40.1", Payload: sum(1), Age: 1}))
		}},
		{name: "downgrade-refused", until: "GET", times: 2, set: func(t *testing.T, l *lab, m *machine) {
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{1, 0}}, node{Version: "39.9", Payload: sum(3)}, node{Version: "40.1", Payload: sum(1), Age: 1}))
		}},
		{name: "self-edge", until: "GET", times: 2, set: func(t *testing.T, l *lab, m *machine) {
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 0}}, node{Version: "40.1", Payload: sum(1)}))
		}},
		{name: "self-edge-allowed", config: "updates.allow_downgrade = true\n", until: "GET", times: 2, set: func(t *testing.T, l *lab, m *machine) {
			m.Known[sum(1)] = "40.1"
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 0}}, node{Version: "40.1", Payload: sum(1)}))
		}},
		{name: "newest", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			m.Known[sum(2)], m.Known[sum(3)], m.Known[sum(4)] = "40.2", "40.10", "40.9"
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 3}, {0, 1}, {0, 2}, {1, 4}}, node{Version: "40.1", Payload: sum(1)}, node{Version: "40.2", Payload: sum(2), Age: 7},
				node{Version: "40.10", Payload: sum(3), Age: 7}, node{Version: "40.9", Payload: sum(4), Age: 6}, node{Version: "50", Payload: sum(5), Age: 100}))
		}},
		{name: "denied", until: "GET", times: 2, set: func(t *testing.T, l *lab, m *machine) {
			m.Deployments = append(m.Deployments, agentlab.Deployment{Checksum: sum(2), Version: "40.2", Meta: agentlab.StreamMeta("stable")},
				agentlab.Deployment{Checksum: "ff", Base: sum(9), Version: "39.0", Meta: agentlab.StreamMeta("testing")})
		}},
		{name: "denied-one", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			m.Deployments = append(m.Deployments, agentlab.Deployment{Checksum: sum(3), Version: "other name", Meta: agentlab.StreamMeta("stable")})
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 1}, {0, 2}}, node{Version: "40.1", Payload: sum(1)}, node{Version: "40.2", Payload: sum(2), Age: 1}, node{Version: "40.3", Payload: sum(3), Age: 2}))
		}},
		{name: "staged-at-start", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			m.Deployments = append([]agentlab.Deployment{{Staged: true, Checksum: sum(2), Version: "40.2", Meta: agentlab.StreamMeta("stable")}}, m.Deployments...)
		}},
		{name: "register-fails", until: reboot, set: func(t *testing.T, l *lab, m *machine) { fails(m, "deploy  --register", 3, "error: busy\n") }},
		{name: "list-fails", until: reboot, set: func(t *testing.T, l *lab, m *machine) { fails(m, "status --json", 1, "error: busy\n") }},
		{name: "staging-fails-twice", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			fails(m, "deploy --lock", 2, "error: no space\n  really\n")
		}},
		{name: "staging-fails-always", until: "deploy --lock", times: 14, speed: 200, set: func(t *testing.T, l *lab, m *machine) {
			fails(m, "deploy --lock", -1, "error: no space\n")
		}},
		{name: "verify-version", until: "failed attempts: 2", set: func(t *testing.T, l *lab, m *machine) { m.Known[sum(2)] = "40.3" }},
		{name: "verify-nothing", until: "failed attempts: 2", set: func(t *testing.T, l *lab, m *machine) { m.Known[sum(2)] = "" }},
		{name: "verify-fails", until: "failed attempts: 2", set: func(t *testing.T, l *lab, m *machine) {
			n := 0
			m.Fail = func(c call) string {
				if strings.Join(c.Args[1:], " ") == "status --json" {
					if n++; n > 1 {
						return "error: bus\n"
					}
				}
				return ""
			}
		}},
		{name: "wrong-stream", until: "GET", times: 3, set: func(t *testing.T, l *lab, m *machine) {
			l.RPMOSTree = func(c call) reply {
				r := m.Answer(c)
				if c.Args[1] == "status" {
					r.Stdout = strings.Replace(r.Stdout, `fedora-coreos.stream\":\"stable`, `fedora-coreos.stream\":\"next`, strings.Count(r.Stdout, `"staged":true`))
				}
				return r
			}
		}},
		{name: "finalize-fails", until: reboot, set: func(t *testing.T, l *lab, m *machine) { fails(m, "finalize", 2, "error: later\n") }},
		{name: "lock", until: reboot, set: lock},
		{name: "lock-refused", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			lock(t, l, m)
			steady := answers("500", `503 {"kind":"failed_lock","value":"not now"}`, "200")
			pre := answers(`500 {"kind":"failed_lock","value":"all 2 semaphore slots currently locked"}`, "404 nothing", `418 {"kind":1}`, "202")
			l.Lock = func(r *http.Request, b string) (int, string) {
				if strings.HasSuffix(r.URL.Path, "steady-state") {
					return steady(r, b)
				}
				return pre(r, b)
			}
		}},
		{name: "lock-away", until: "logic enabled", set: func(t *testing.T, l *lab, m *machine) {
			l.Files["/etc/zincati/config.d/60.toml"] = "[updates]\nstrategy = \"fleet_lock\"\nfleet_lock.base_url = \"http://127.0.0.1:1/\"\n"
		}},
		{name: "graph-errors", until: "GET", times: 9, set: func(t *testing.T, l *lab, m *machine) {
			l.Graph = answers("404", `500 {"kind":"failed_upstream","value":"away"}`, `400 {"kind":"","value":""}`, "{", `{"nodes":[],"edges":[]}`,
				`{"nodes":[{"version":"40.1","payload":"`+sum(1)+`","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"0"}}],"edges":[[0,7]]}`,
				agentlab.GraphJSON([][2]int{{0, 1}}, node{Version: "40.1", Payload: sum(1)}, node{Version: "40.2", Payload: sum(2), Meta: map[string]string{"org.fedoraproject.coreos.releases.age_index": "x"}}),
				agentlab.GraphJSON([][2]int{{0, 1}}, node{Version: "40.1", Payload: sum(1), Meta: map[string]string{"org.fedoraproject.coreos.releases.age_index": "-1"}}, node{Version: "40.2", Payload: sum(2), Age: 1}),
				`{"nodes":[],"edges":[[0,1]],"more":1}`)
		}},
		{name: "dead-end", until: "GET", times: 5, set: func(t *testing.T, l *lab, m *machine) {
			dead := func(reason string) string {
				meta := map[string]string{"org.fedoraproject.coreos.updates.deadend": "true"}
				if reason != "" {
					meta["org.fedoraproject.coreos.updates.deadend_reason"] = reason
				}
				return agentlab.GraphJSON(nil, node{Version: "40.1", Payload: sum(1), Meta: meta})
			}
			l.Graph = answers(dead("https://example.com/why"), dead("another"), agentlab.GraphJSON(nil, node{Version: "40.1", Payload: sum(1)}), dead(""), dead(""))
		}},
		{name: "dead-end-fails", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			l.Pkexec = func(call) reply { return reply{Exit: 3, Stderr: "no\n"} }
		}, config: "cincinnati.base_url = \"${URL}\"\n"},
		{name: "users-stay", until: reboot, speed: 60, set: func(t *testing.T, l *lab, m *machine) {
			l.Loginctl = func(call) reply {
				return reply{Stdout: `[{"session":"1","uid":0,"user":"root","seat":null,"tty":"nestos-nothing"},{"user":"core","tty":null},{"user":"core"}]`}
			}
		}},
		{name: "users-leave", until: reboot, speed: 60, set: func(t *testing.T, l *lab, m *machine) {
			n := 0
			l.Loginctl = func(call) reply {
				if n++; n > 3 {
					return reply{Stdout: "[]"}
				}
				return reply{Stdout: `[{"user":"root","tty":"nestos-nothing"}]`}
			}
		}},
		{name: "users-override", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			l.Files["/run/zincati/override-interactive-check"] = ""
			l.Loginctl = func(call) reply { return reply{Stdout: `[{"user":"root","tty":"nestos-nothing"}]`} }
		}},
		{name: "users-unknown", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			l.Loginctl = func(call) reply { return reply{Exit: 1, Stderr: "no bus\n"} }
		}},
		{name: "users-and-lock", until: reboot, speed: 60, set: func(t *testing.T, l *lab, m *machine) {
			lock(t, l, m)
			n := 0
			l.Lock = func(r *http.Request, b string) (int, string) {
				if strings.HasSuffix(r.URL.Path, "pre-reboot") {
					if n++; n == 3 {
						return 500, ""
					}
				}
				return 200, ""
			}
			l.Loginctl = func(call) reply {
				if n > 5 {
					return reply{Stdout: "[]"}
				}
				return reply{Stdout: `[{"user":"root","tty":"nestos-nothing"}]`}
			}
		}},
		{name: "outside-window", until: "pending due to update strategy", set: func(t *testing.T, l *lab, m *machine) {
			day := time.Now().UTC().Add(72 * time.Hour).Weekday().String()
			l.Files["/etc/zincati/config.d/60.toml"] = fmt.Sprintf("[updates]\nstrategy = \"periodic\"\n[[updates.periodic.window]]\ndays = [%q]\nstart_time = \"5:07\"\nlength_minutes = 90\n", day[:3])
		}},
		{name: "inside-window", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			l.Files["/etc/zincati/config.d/60.toml"] = "[updates]\nstrategy = \"periodic\"\nperiodic.time_zone = \"Asia/Kathmandu\"\n[[updates.periodic.window]]\ndays = [\"Mon\", \"Wed\"]\nstart_time = \"0:00\"\nlength_minutes = 10080\n"
		}},
		{name: "image", until: reboot, set: func(t *testing.T, l *lab, m *machine) {
			digest := func(n int) string { return "sha256:" + sum(n) }
			m.Deployments[0].Reference = "ostree-image-signed:docker://quay.io/acme/os:stable"
			m.Deployments[0].Digest = digest(1)
			l.RPMOSTree = func(c call) reply {
				r := m.Answer(c)
				if c.Args[1] == "deploy" && c.Args[2] == "--lock-finalization" {
					m.Deployments = append([]agentlab.Deployment{{Staged: true, Checksum: sum(7), Version: "40.2", Meta: agentlab.StreamMeta("stable"), Reference: m.Deployments[0].Reference, Digest: digest(2)}}, m.Deployments...)
				}
				return r
			}
			oci := map[string]string{"org.fedoraproject.coreos.scheme": "oci"}
			l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 1}}, node{Version: "40.1", Payload: "quay.io/acme/os@" + digest(1), Meta: oci}, node{Version: "40.2", Payload: "quay.io/acme/os@" + digest(2), Age: 1, Meta: oci}))
		}},
	}
}

// TestStories lets the agent live each story, and compares events, log and metrics with the record.
func TestStories(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			golden := filepath.Join("testdata", s.name+".golden")
			if *record != "" {
				if err := os.WriteFile(golden, []byte(s.live(t)), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			insist(t, func() string { return diff(alike(string(want)), alike(s.live(t))) })
		})
	}
}

// insist fails if what differs does so each time. Once it may be because the machine was busy: to an agent that has a
// second for five minutes, each pause of the machine is a long one.
func insist(t *testing.T, differs func() string) {
	t.Helper()
	for try := range 4 {
		d := differs()
		switch {
		case d == "":
			return
		case try < 3:
			t.Logf("differs from the record, once more (-reference +ours):\n%s", d)
		default:
			t.Errorf("differs from the record (-reference +ours):\n%s", d)
		}
	}
}

// live returns the report of a story.
func (s story) live(t *testing.T) string {
	l := agentlab.New(t)
	m := agentlab.Host("40.1", sum(1))
	m.Known[sum(2)] = "40.2"
	l.RPMOSTree = func(c call) reply { return m.Answer(c) }
	l.Graph = graphOf(two())
	if !strings.Contains(s.config, "cincinnati.base_url") {
		s.config = fmt.Sprintf("cincinnati.base_url = %q\n", l.URL()) + s.config
	}
	l.Files["/etc/zincati/config.d/50.toml"] = strings.ReplaceAll(s.config, "${URL}", l.URL())
	if s.set != nil {
		s.set(t, l, m)
	}
	speed := s.speed
	if speed == 0 {
		speed = 150
	}
	start(t, l, speed)
	l.Wait(s.until, max(s.times, 1), 5*time.Minute)
	quiet(l)
	metrics := l.Metrics()
	return report(l, metrics, l.Terminate())
}

// quiet waits until nothing has happened for a while.
func quiet(l *lab) {
	for last := ""; ; {
		now := strings.Join(l.Texts(), "\n") + l.Log()
		if now == last {
			return
		}
		last = now
		time.Sleep(400 * time.Millisecond)
	}
}

var variable = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d{4,}`), "URL"},
	{regexp.MustCompile(`(?m)^(process_start_time_seconds|zincati_update_agent_\w+_timestamp) \d+$`), "$1 TIME"},
	{regexp.MustCompile(`next window at \d+:\d\d on \w+`), "next window at TIME"},
	{regexp.MustCompile(`(?m)^\[\w+ +zincati::dbus\].*\n`), ""},
}

// deliberate are the places where we say more than the reference, or do less: both texts are cut there.
var deliberate = []struct {
	re *regexp.Regexp
	by string
}{
	// What a check of the staged deployment met.
	{regexp.MustCompile(`(?m)(failed to confirm stream).*(\n    .*)*$`), "$1"},
	// The words of other HTTP and JSON libraries.
	{regexp.MustCompile(`(?m)(client-side error: (failed to decode graph: )?)(error|Get|Post|EOF|invalid).*$`), "$1…"},
	// The reference creates a file where a terminal should be.
	{regexp.MustCompile(`(?m)(failed to write to /dev/nestos-nothing: ).*$`), "$1…"},
}

func alike(text string) string {
	for _, d := range deliberate {
		text = d.re.ReplaceAllString(text, d.by)
	}
	return text
}

// report is what the agent did, said and counted.
func report(l *lab, metrics string, exit int) string {
	var b strings.Builder
	for _, e := range l.Texts() {
		b.WriteString(e + "\n")
	}
	fmt.Fprintf(&b, "exit %d\n\n%s\n", exit, l.Log())
	for _, line := range strings.Split(metrics, "\n") {
		if strings.HasPrefix(line, "# TYPE") || line != "" && line[0] != '#' {
			b.WriteString(line + "\n")
		}
	}
	text := b.String()
	for _, v := range variable {
		text = v.re.ReplaceAllString(text, v.by)
	}
	return text
}

// diff shows the lines that differ, nothing if the texts are equal.
func diff(want, got string) string {
	if want == got {
		return ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	// The longest common subsequence; the texts are short.
	n, m := len(a), len(b)
	t := make([][]int, n+1)
	for i := range t {
		t[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	var out strings.Builder
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && a[i] == b[j]:
			i, j = i+1, j+1
		case j == m || i < n && t[i+1][j] >= t[i][j+1]:
			fmt.Fprintf(&out, "- %s\n", a[i])
			i++
		default:
			fmt.Fprintf(&out, "+ %s\n", b[j])
			j++
		}
	}
	return out.String()
}
