package driver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

// vector is one run of zincati 0.0.32: what rpm-ostree was made to answer, and what came of it.
type vector struct {
	Name     string   `json:"name"`
	Status   string   `json:"status"`
	Override *string  `json:"override"`
	Exit     int      `json:"exit"`
	Stderr   string   `json:"stderr"`
	Fatal    []string `json:"fatal"` // causes below "failed to build default identity"; the wording of the JSON library is left out
	Release  *struct {
		Version string `json:"os_version"`
		Payload string `json:"os_checksum"`
		OCI     bool   `json:"oci"`
		Stream  string `json:"stream"`
	} `json:"release"`
	Target     *struct{ Scheme, Payload string } `json:"target"`
	Allow      bool                              `json:"allow"`
	Stage      []string                          `json:"stage"`
	StageError *string                           `json:"stage_error"`
}

// better are the vectors whose outcome differs on purpose: with the reason, and what comes of them here.
var better = map[string]struct{ reason, outcome string }{
	"stream-key":           {"the key of commits that no image was made of counts", "checksum {{01}} on testing"},
	"odd-foreign":          {"foreign deployments may be odd", "checksum {{01}} on stable"},
	"ref28":                {"a first component with capitals is a registry", "oci REG/os@sha256:{{aa}} on stable"},
	"ref31":                {"IPv6 addresses are registries, too", "oci [::1]:5000/os@sha256:{{aa}} on stable"},
	"ref63":                {"tags have ASCII letters", "checksum ostree-image-signed:docker://quay.io/acme/os:st\u00e4ble on stable"},
	"ref63-same":           {"tags have ASCII letters", "checksum ostree-image-signed:docker://quay.io/acme/os:st\u00e4ble on stable, stage refused"},
	"ref63-hub":            {"tags have ASCII letters", "checksum ostree-image-signed:docker://quay.io/acme/os:st\u00e4ble on stable, stage refused"},
	"ck-odd":               {"an option of a program", "checksum {{01}} on stable, stage refused"},
	"ck-odd2":              {"control characters", "checksum {{01}} on stable, stage refused"},
	"stream-a b":           {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on a b, stage refused"},
	"stream-40:1":          {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on 40:1, stage refused"},
	"stream--x":            {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on -x, stage refused"},
	"stream-st\\xe9":       {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on st\u00e9, stage refused"},
	"stream-x@y":           {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on x@y, stage refused"},
	"stream-x/y":           {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on x/y, stage refused"},
	"stream-aaaaaaaaaaaa+": {"not a tag", "oci quay.io/acme/os@sha256:{{aa}} on " + strings.Repeat("a", 129) + ", stage refused"},
}

// outcome tells in a line what comes of a vector.
func outcome(t *testing.T, v vector) string {
	f := answering(raw(v.Status))
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t)})
	got, err := d.Booted(t.Context())
	if err != nil || got.StreamErr != nil {
		return "refused"
	}
	text := string(got.Payload.Scheme) + " " + got.Payload.Text + " on " + got.Stream
	if v.Target == nil {
		return text
	}
	p := cincinnati.Payload{Scheme: cincinnati.Scheme(v.Target.Scheme), Text: expand(v.Target.Payload)}
	if err := d.Stage(t.Context(), cincinnati.Release{Version: "40.2", Payload: p}, v.Allow); err != nil {
		return text + ", stage refused"
	}
	return text + ", staged"
}

// raw makes the bytes of a vector's document: each rune is a byte, and {{…}} stands for what is long.
func raw(s string) []byte {
	s = expand(s)
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

func imageConfig(stream string) string {
	return `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[],"config":{"Labels":{"com.coreos.stream":"` + stream + `"}}}`
}

func manifest(stream string) string {
	return `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:` + strings.Repeat("aa", 32) +
		`","size":1},"layers":[],"annotations":{"fedora-coreos.stream":"` + stream + `"}}`
}

func expand(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		macro, after, _ := strings.Cut(rest, "}}")
		kind, arg, isDoc := strings.Cut(macro, ":")
		switch {
		case isDoc && kind == "cfg":
			b.WriteString(quoted(imageConfig(arg)))
		case isDoc && kind == "man":
			b.WriteString(quoted(manifest(arg)))
		default:
			b.WriteString(strings.Repeat(macro, 32))
		}
		s = after
	}
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	f, err := os.Open("testdata/peer.jsonl")
	require.NoError(t, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var v vector
		require.NoError(t, json.Unmarshal(s.Bytes(), &v))
		list = append(list, v)
	}
	return list
}

// fake is an rpm-ostree that remembers what it was asked and answers from a table by verb.
type fake struct {
	mu     sync.Mutex
	calls  []driver.Command
	answer func(c driver.Command) (driver.Result, error)
}

func (f *fake) Run(_ context.Context, c driver.Command) (driver.Result, error) {
	f.mu.Lock()
	f.calls = append(f.calls, c)
	f.mu.Unlock()
	if f.answer == nil {
		return driver.Result{}, nil
	}
	return f.answer(c)
}

// lines are the commands so far.
func (f *fake) lines() (list [][]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		list = append(list, c.Args)
	}
	return list
}

// answering returns a fake whose status is always the same document.
func answering(status []byte) *fake {
	return &fake{answer: func(c driver.Command) (driver.Result, error) {
		if c.Args[0] == "status" {
			return driver.Result{Stdout: status}, nil
		}
		return driver.Result{}, nil
	}}
}

// newRoot makes the directories that a driver looks at.
func newRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "run/zincati"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "ostree/deploy"), 0o755))
	return root
}

func overrideFile(root string) string {
	return filepath.Join(root, "run/zincati/booted-status-override.json")
}

// TestPeer replays what zincati 0.0.32 was observed to do.
func TestPeer(t *testing.T) {
	list := vectors(t)
	require.Greater(t, len(list), 300)
	seen := map[string]bool{}
	for _, v := range list {
		t.Run(v.Name, func(t *testing.T) {
			if b, ok := better[v.Name]; ok {
				seen[v.Name] = true
				require.Equal(t, expand(b.outcome), outcome(t, v), b.reason)
				return
			}
			replay(t, v)
		})
	}
	for name := range better {
		require.True(t, seen[name], "no vector %s", name)
	}
}

func replay(t *testing.T, v vector) {
	f := answering(raw(v.Status))
	if v.Exit != 0 {
		f.answer = func(driver.Command) (driver.Result, error) {
			return driver.Result{Exit: v.Exit, Stderr: raw(v.Stderr)}, nil
		}
	}
	root := newRoot(t)
	if v.Override != nil {
		require.NoError(t, os.WriteFile(overrideFile(root), raw(*v.Override), 0o644))
	}
	if v.Name == "no-binary" {
		return
	}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: root})
	got, err := d.Booted(t.Context())
	if err == nil && got.StreamErr != nil {
		err = &streamError{got.StreamErr}
	}
	if v.Release == nil {
		require.Error(t, err)
		require.Contains(t, err.Error(), strings.Join(v.Fatal, ": "))
		return
	}
	require.NoError(t, err)
	want := cincinnati.Payload{Scheme: cincinnati.Checksum, Text: expand(v.Release.Payload)}
	if v.Release.OCI {
		want.Scheme = cincinnati.OCI
	}
	require.Equal(t, want, got.Payload)
	require.Equal(t, v.Release.Version, got.Version)
	require.Equal(t, v.Release.Stream, got.Stream)
	if v.Target != nil {
		replayStage(t, v, d, f)
	}
}

type streamError struct{ err error }

func (e *streamError) Error() string {
	return "failed to introspect OS updates stream: " + e.err.Error()
}

func replayStage(t *testing.T, v vector, d *driver.CLI, f *fake) {
	target := cincinnati.Payload{Scheme: cincinnati.Scheme(v.Target.Scheme), Text: expand(v.Target.Payload)}
	if target.Scheme == cincinnati.OCI {
		var err error
		target, err = cincinnati.ParsePullspec(target.Text)
		require.NoError(t, err)
	}
	before := len(f.lines())
	err := d.Stage(t.Context(), cincinnati.Release{Version: "40.2", Payload: target}, v.Allow)
	calls := f.lines()[before:]
	if v.Stage == nil {
		require.Error(t, err)
		require.Contains(t, err.Error(), *v.StageError)
		for _, c := range calls {
			require.Equal(t, "status", c[0])
		}
		return
	}
	require.NoError(t, err)
	want := make([]string, len(v.Stage))
	for i, a := range v.Stage {
		want[i] = expand(a)
	}
	require.Equal(t, want, calls[len(calls)-1])
	require.Contains(t, f.calls[len(f.calls)-1].Env, "RPMOSTREE_CLIENT_ID=zincati")
}
