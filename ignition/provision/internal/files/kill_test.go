//go:build unix

package files_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKills kills the stage before each of its changes: at each path is nothing, what
// was there, or everything with its mode. Running it again makes everything, and what
// the killed run left is gone.
func TestKills(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	dir := t.TempDir()
	cfg := config(t, `"storage":{
		"directories":[{"path":"/n/dir"},{"path":"/d","overwrite":true}],
		"files":[
			{"path":"/n/a","mode":384,"contents":{"source":"data:,aaaa"},"append":[{"source":"data:,bbbb"}]},
			{"path":"/n/dir/b","mode":2541,"contents":{"source":"data:,cccc"}},
			{"path":"/f","overwrite":true,"contents":{"source":"data:,dddd"}}],
		"links":[{"path":"/s","overwrite":true,"target":"/t"},{"path":"/n/h","hard":true,"target":"/n/a"}]},
		"systemd":{"units":[{"name":"u.service","contents":"eeee","enabled":true},{"name":"v.service","mask":true}]}`)
	data, err := json.Marshal(cfg)
	must(t, err)
	file := filepath.Join(dir, "config.json")
	must(t, os.WriteFile(file, data, 0o600))
	opt := &testutil.RunOptions{Env: []string{helperEnv + "=files", "PATH=/nonexistent"}}
	allowed := map[string][]string{ // nothing at all is allowed, too
		"n/a": {`-rw------- "aaaabbbb"`}, "n/h": {`-rw------- "aaaabbbb"`}, "n/dir/b": {`urwxr-xr-x "cccc"`},
		"f": {`-rw-r--r-- "old\n"`, `-rw-r--r-- "dddd"`}, "s": {"Lrwxrwxrwx -> /f", "Lrwxrwxrwx -> /t"},
		"etc/systemd/system/u.service": {`-rw-r--r-- "eeee"`}, "etc/systemd/system/v.service": {"Lrwxrwxrwx -> /dev/null"},
		"etc/systemd/system-preset/20-ignition.preset": {`-rw-r--r-- "enable u.service\n"`},
	}
	check := func(n int, root string) {
		for _, l := range listing(t, root) {
			name, rest, _ := strings.Cut(l, " ")
			mode, rest, _ := strings.Cut(rest, " ")
			_, rest, _ = strings.Cut(rest, " ")
			want, ok := allowed[name]
			if !ok {
				continue
			}
			found := false
			for _, w := range want {
				found = found || w == mode+" "+rest
			}
			if !found {
				t.Errorf("kill %d: %s is %s %s, want one of %q", n, name, mode, rest, want)
			}
		}
	}
	root := newRoot(t)
	res, changes := testutil.KillAt(t, opt, 0, self, root, file)
	if res.Exit != 0 || changes < 20 {
		t.Fatalf("%d changes: %s", changes, res)
	}
	check(0, root)
	step := 1
	if testing.Short() {
		step = 5
	}
	stale := 0
	for n := 1; n <= changes; n += step {
		root := newRoot(t)
		testutil.KillAt(t, opt, n, self, root, file)
		check(n, root)
		for _, l := range listing(t, root) {
			if strings.Contains(l, tree.TempPrefix) {
				stale++
			}
		}
		// What the first run made is in the second one's way, except for its leavings.
		again := config(t, `"storage":{"files":[{"path":"/x1","overwrite":true,"contents":{"source":"data:,"}},{"path":"/n/x2"},{"path":"/n/dir/x3"},{"path":"/etc/systemd/system/x4"},{"path":"/etc/systemd/system-preset/x5"},{"path":"/etc/x6"}]}`)
		h, log := bare(t, root)
		_, err := stage(t, h, log, again) // looks for temporary files
		must(t, err)
	}
	if stale == 0 {
		t.Error("no kill left a temporary file: the check proves nothing")
	}
}
