package strategy_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

const markerDir = "var/lib/zincati/admin/strategy/marker_file"

// markerStrategy returns the strategy for a new root, and the path of its marker, which does not exist yet.
func markerStrategy(t *testing.T) (strategy.Strategy, string) {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, markerDir), 0o755); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1795406385, 999) }
	s, err := strategy.New(strategy.Settings{Name: strategy.MarkerFile, Root: root}, "g", "id", &strategy.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return strategy.OwnMarkers(s), filepath.Join(root, markerDir, "allowfinalize.json")
}

func ask(t *testing.T, s strategy.Strategy, want bool, wantError string) {
	t.Helper()
	got, err := s.CanFinalize(t.Context())
	switch {
	case got != want:
		t.Errorf("got %t, %v", got, err)
	case wantError == "" && err != nil:
		t.Errorf("got %v", err)
	case wantError != "" && (err == nil || !strings.Contains(err.Error(), wantError)):
		t.Errorf("got %v, want %s", err, wantError)
	}
}

func TestMarkerContent(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
		err  string
	}{
		{`{}`, true, ""},
		{" {\n} \n", true, ""},
		{`{"allowUntil": 1795406386}`, true, ""},
		{`{"allowUntil": 9223372036854775807}`, true, ""},
		{`{"allowUntil": 1795406385}`, false, ""},
		{`{"allowUntil": 0}`, false, ""},
		{`{"allowUntil": -1}`, false, ""},
		{`{"allowUntil": 9223372036854775808}`, false, "not a Unix time"},
		{`{"allowUntil": 1795406386.5}`, false, "not a Unix time"},
		{`{"allowUntil": 1e12}`, false, "not a Unix time"},
		{`{"allowUntil": "1795406386"}`, false, "not a number"},
		{`{"allowUntil": null}`, false, "not a number"},
		{`{"allowUntil": true}`, false, "not a number"},
		{`{"allowUntil": [1795406386]}`, false, "not a number"},
		{`{"allowUntil": {}}`, false, "not a number"},
		{`{"allowuntil": 1}`, false, `unknown key "allowuntil"`},
		{`{"allowUntil": 1, "allowUntil": 1795406386}`, false, "twice"},
		{`{"allowUntil": 1795406386, "x": 1}`, false, `unknown key "x"`},
		{`{"allowUntil": 1795406386} x`, false, "something after"},
		{`{}{}`, false, "something after"},
		{`[]`, false, "not a JSON object"},
		{`true`, false, "not a JSON object"},
		{`allowUntil=1795406386`, false, "not JSON"},
		{``, false, "not JSON"},
		{`{`, false, "not JSON"},
		{`{"allowUntil"`, false, "not JSON"},
		{`{"allowUntil":`, false, "not JSON"},
		{`{"allowUntil": 1795406386`, false, "not JSON"},
		{`{"allowUntil": 1795406386]`, false, "not JSON"},
		{`{"allowUntil": +1795406386}`, false, "not JSON"},
		{`{allowUntil: 1795406386}`, false, "not JSON"},
		{"\ufeff{}", false, "not JSON"},
		{"\x00", false, "not JSON"},
		{`{}` + strings.Repeat(" ", 64<<10), false, "larger than"},
		{strings.Repeat("[", 60000), false, "not a JSON object"},
	} {
		s, path := markerStrategy(t)
		if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(tc.text[:min(len(tc.text), 50)], func(t *testing.T) { ask(t, s, tc.want, tc.err) })
	}
}

func TestMarkerComesAndGoes(t *testing.T) {
	s, path := markerStrategy(t)
	ask(t, s, false, "")
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, s, true, "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	ask(t, s, false, "")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	ask(t, s, false, "")
	if steady, err := s.ReportSteady(t.Context()); !steady || err != nil {
		t.Errorf("steady: %t, %v", steady, err)
	}
	if at, ok := s.NextWindow(time.Now()); ok {
		t.Errorf("next window %v", at)
	}
}

func TestMarkerHostile(t *testing.T) {
	try := func(name, want string, make func(path string) error) {
		t.Run(name, func(t *testing.T) {
			s, path := markerStrategy(t)
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			ask(t, s, false, want)
		})
	}
	mode := func(m os.FileMode) func(string) error {
		return func(path string) error {
			if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
				return err
			}
			return os.Chmod(path, m)
		}
	}
	try("writable by all", "writable by others than its owner (mode 0646)", mode(0o646))
	try("writable by the group", "writable by others than its owner (mode 0664)", mode(0o664))
	try("directory", "not a regular file but a directory", func(p string) error { return os.Mkdir(p, 0o755) })
	try("pipe", "not a regular file but a named pipe", func(p string) error { return syscall.Mkfifo(p, 0o644) })
	try("link to a good one", "symbolic link", func(p string) error {
		if err := os.WriteFile(p+".x", []byte("{}"), 0o644); err != nil {
			return err
		}
		return os.Symlink(filepath.Base(p)+".x", p)
	})
	try("link out of the root", "symbolic link", func(p string) error { return os.Symlink("/../../../etc/hostname", p) })
	try("link to itself", "symbolic link", func(p string) error { return os.Symlink(p, p) })
	try("links on the way out of the root", "", func(p string) error {
		outside := filepath.Join(t.TempDir(), "allowfinalize.json")
		if err := os.WriteFile(outside, []byte("{}"), 0o644); err != nil {
			return err
		}
		dir := filepath.Dir(p)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		return os.Symlink(filepath.Dir(outside), dir) // means a directory in the root, which does not exist
	})
}

func TestMarkerOwner(t *testing.T) {
	testutil.Root(t)
	s, path := markerStrategy(t)
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 1234, 0); err != nil {
		t.Fatal(err)
	}
	ask(t, s, false, "owned by user 1234, not by 0")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mknod(path, syscall.S_IFCHR|0o644, 0x103); err != nil {
		t.Skip(err)
	}
	ask(t, s, false, "not a regular file but a device")
}
