package platform_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/platform"
)

// machine is a machine whose files are in a directory and whose programs are played.
type machine struct {
	t    *testing.T
	root string
	opt  *platform.Options

	// programs play the programs; their output is returned.
	programs map[string]func(p platform.Program) (string, error)
	// drives are the files of devices, by the device's path.
	drives map[string]map[string]string

	mu   sync.Mutex
	ran  []string // command lines, the machine's directories as ROOT and TMP
	logs []string // LEVEL message
}

// newMachine returns a machine that can mount its drives.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir(), programs: map[string]func(platform.Program) (string, error){},
		drives: map[string]map[string]string{}}
	tmp := filepath.Join(m.root, "tmp")
	require.NoError(t, os.MkdirAll(tmp, 0o755))
	m.opt = &platform.Options{Root: m.root, TempDir: tmp, Runner: m, Logger: slog.New(handler{m})}
	m.programs["mount"] = m.mount
	m.seams(platform.Seams{})
	t.Cleanup(func() {
		left, _ := os.ReadDir(tmp)
		require.Empty(t, left, "temporary files")
	})
	return m
}

// seams replaces parts; drives are unmounted as they are mounted.
func (m *machine) seams(s platform.Seams) {
	if s.Unmount == nil {
		s.Unmount = m.unmount
	}
	m.opt.SetSeams(s)
}

// file makes a file of the machine.
func (m *machine) file(name, content string) {
	m.t.Helper()
	name = filepath.Join(m.root, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(m.t, os.WriteFile(name, []byte(content), 0o644))
}

// drive attaches a drive, given as name, content, name, content …
func (m *machine) drive(label string, files ...string) {
	m.t.Helper()
	name := filepath.Join("/dev/disk/by-label", label)
	m.file(name, "")
	m.mu.Lock()
	defer m.mu.Unlock()
	content := map[string]string{}
	for n := 0; n < len(files); n += 2 {
		content[files[n]] = files[n+1]
	}
	m.drives[filepath.Join(m.root, name)] = content
}

// RunProgram implements [platform.Runner].
func (m *machine) RunProgram(_ context.Context, p platform.Program) (platform.ProgramResult, error) {
	line := strings.Join(append([]string{p.Name}, p.Args...), " ")
	m.mu.Lock()
	m.ran = append(m.ran, m.shown(line))
	play := m.programs[p.Name]
	m.mu.Unlock()
	if play == nil {
		return platform.ProgramResult{Stderr: []byte("no such program")}, fmt.Errorf("%s: not found", p.Name)
	}
	out, err := play(p)
	return platform.ProgramResult{Stdout: []byte(out)}, err
}

// temporary are the names of temporary directories.
var temporary = regexp.MustCompile(`ignition-(configdrive|azure|vmur)[0-9]+`)

// shown replaces what differs from run to run.
func (m *machine) shown(s string) string {
	s = temporary.ReplaceAllString(s, "TMP")
	s = strings.ReplaceAll(s, m.root, "ROOT")
	return strings.ReplaceAll(s, "ROOT/tmp/TMP", "TMP")
}

// mount copies a drive's files to where they are to be seen.
func (m *machine) mount(p platform.Program) (string, error) {
	if len(p.Args) != 6 || strings.Join(p.Args[:4], " ") != "-o ro -t auto" {
		return "", fmt.Errorf("mount %q", p.Args)
	}
	return "", m.copyDrive(p.Args[4], p.Args[5])
}

func (m *machine) copyDrive(device, target string) error {
	m.mu.Lock()
	files, ok := m.drives[device]
	m.mu.Unlock()
	if !ok {
		return fmt.Errorf("%s: cannot be mounted", device)
	}
	for name, content := range files {
		name = filepath.Join(target, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		var err error
		switch {
		case strings.HasPrefix(content, "link:"):
			err = os.Symlink(strings.TrimPrefix(content, "link:"), name)
		case content == "fifo:":
			err = unix.Mkfifo(name, 0o600)
		default:
			err = os.WriteFile(name, []byte(content), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unmount removes what mount has copied.
func (m *machine) unmount(target string) error {
	entries, err := os.ReadDir(target)
	for _, e := range entries {
		if err == nil {
			err = os.RemoveAll(filepath.Join(target, e.Name()))
		}
	}
	return err
}

func (m *machine) fetch(name string) (platform.Result, error) {
	return platform.Fetch(m.t.Context(), name, m.opt)
}

// config fetches a config that must be there.
func (m *machine) config(name string) string {
	m.t.Helper()
	r, err := m.fetch(name)
	require.NoError(m.t, err)
	return string(r.Raw)
}

// until is a context that ends when a line of the log has a text.
func (m *machine) until(text string) context.Context {
	ctx, cancel := context.WithCancel(m.t.Context())
	go func() {
		defer cancel()
		for ctx.Err() == nil && !strings.Contains(strings.Join(m.log(), "\n"), text) {
			time.Sleep(time.Millisecond)
		}
	}()
	return ctx
}

func (m *machine) log() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.logs...)
}

func (m *machine) commands() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.ran...)
}

// handler keeps the lines of a log.
type handler struct{ m *machine }

func (h handler) Enabled(context.Context, slog.Level) bool { return true }
func (h handler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h handler) WithGroup(string) slog.Handler            { return h }

func (h handler) Handle(_ context.Context, r slog.Record) error {
	level := r.Level.String()
	if r.Level == oplog.LevelCritical {
		level = "CRIT"
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.m.logs = append(h.m.logs, level+" "+h.m.shown(r.Message))
	return nil
}

// succeed is a program without output.
func succeed(platform.Program) (string, error) { return "", nil }
