//go:build unix

package units

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

// instances enables and disables units, most of them instances, under the given systemd.
func instances(t *testing.T, version func(context.Context) (string, error)) (root, log string, rec *run.Recorder, err error) {
	t.Helper()
	root = t.TempDir()
	tr, err := tree.Open(root, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	var out bytes.Buffer
	rec = &run.Recorder{Handler: func(_ context.Context, c run.Cmd) run.Reply {
		if c.Args[2] == "is-enabled" && !strings.Contains(c.Args[3], "on") {
			return run.Reply{Exit: 1}
		}
		return run.Reply{}
	}}
	h := &host.Host{Root: root, Run: rec, Log: oplog.New(slog.New(slog.NewTextHandler(&out, nil)))}
	m := &manager{h: h, t: tr, version: version}
	var list []types.Unit
	for _, name := range []string{"echo@b.service", "echo@a.service", "plain.service", "echo@x.socket", "with.dots@v1.2.service"} {
		list = append(list, types.Unit{Name: name, Enabled: new(true)})
	}
	for _, name := range []string{"f@1.service", "f@on.service", "f@on2.service", "g@1.service"} {
		list = append(list, types.Unit{Name: name, Enabled: new(false)})
	}
	presets, err := collect(list)
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{}
	m.planPresets(p, presets)
	err = p.Apply(t.Context())
	return root, out.String(), rec, err
}

func TestInstances(t *testing.T) {
	root, log, rec, err := instances(t, func(context.Context) (string, error) { return "v239-45.el8", nil })
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, presetFile))
	if err != nil {
		t.Fatal(err)
	}
	if want := "enable echo@.service b a\nenable echo@.socket x\ndisable f@.service on on2\nenable plain.service\nenable with.dots@.service v1.2\n"; string(data) != want {
		t.Errorf("preset\n%swant\n%s", data, want)
	}
	var lines []string
	for _, l := range rec.Lines() {
		lines = append(lines, strings.ReplaceAll(l, root, "R"))
	}
	want := []string{
		"systemctl --root R is-enabled f@1.service", "systemctl --root R is-enabled f@on.service", "systemctl --root R disable f@on.service",
		"systemctl --root R is-enabled f@on2.service", "systemctl --root R disable f@on2.service", "systemctl --root R is-enabled g@1.service",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("programs %q", lines)
	}
	if !strings.Contains(log, `The version of systemd (\"v239-45.el8\") is less than 240.`) {
		t.Errorf("no warning:\n%s", log)
	}
}

func TestVersions(t *testing.T) {
	for version, warns := range map[string]bool{"240": false, "255.4-1ubuntu8": false, "v258": false, "": false, "9": true} {
		_, log, _, err := instances(t, func(context.Context) (string, error) { return version, nil })
		if err != nil || strings.Contains(log, "less than 240") != warns {
			t.Errorf("version %q: %v\n%s", version, err, log)
		}
	}
	if _, _, _, err := instances(t, func(context.Context) (string, error) { return "unknown", nil }); err == nil {
		t.Error("a version that is none was accepted")
	}
	broken := errors.New("no bus")
	if _, _, _, err := instances(t, func(context.Context) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestNoExtension(t *testing.T) {
	if _, err := collect([]types.Unit{{Name: "a.b@c", Enabled: new(true)}}); err == nil {
		t.Error("an instance without an extension was accepted")
	}
}
