package disks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const mib = 1 << 20

// lab is a machine made of files: disks are images, sysfs and /proc are folders.
type lab struct {
	t    *testing.T
	dir  string
	h    *host.Host
	rec  *run.Recorder
	log  *testutil.Log
	real map[string]bool // programs that really run
	// reply answers programs that do not; nil is success without output.
	reply func(run.Cmd) (run.Reply, bool)

	mu     sync.Mutex
	stdin  []string
	waited []string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, dir: dir, log: new(testutil.Log), real: make(map[string]bool)}
	l.rec = &run.Recorder{Handler: l.handle}
	set := host.DefaultSettings()
	set.AliasDir, set.SysDir, set.ProcDir = dir+"/A", dir+"/sys", dir+"/proc"
	set.DiskByLabelDir, set.LuksKeyDir, set.CexKeyRepository = dir+"/dev/disk/by-label", dir+"/luks", dir+"/zkey"
	set.SELinuxRelabel = false
	l.h = &host.Host{
		Root: dir + "/root", Run: l.rec, Devices: l, Fetcher: l, State: new(state.State), Settings: set,
		Log: oplog.New(slog.New(slog.NewTextHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}
	for _, d := range []string{"root", "dev/disk/by-id", "sys/class/block", "proc/self"} {
		l.must(os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	l.write("proc/mounts", "")
	return l
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) write(name, text string) {
	l.t.Helper()
	l.must(os.MkdirAll(filepath.Dir(filepath.Join(l.dir, name)), 0o755))
	l.must(os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o644))
}

// dev makes an empty disk and returns its path.
func (l *lab) dev(name string, size int64) string {
	l.t.Helper()
	l.write("dev/"+name, "")
	path := filepath.Join(l.dir, "dev", name)
	l.must(os.Truncate(path, size))
	l.must(os.MkdirAll(filepath.Join(l.dir, "sys/class/block", name, "holders"), 0o755))
	return path
}

// Wait implements host.Devices.
func (l *lab) Wait(_ context.Context, devices []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waited = append(l.waited, strings.Join(devices, " "))
	return nil
}

// Fetch implements host.Fetcher: the content of a source is its text.
func (l *lab) Fetch(_ context.Context, res types.Resource, w io.Writer) error {
	if res.Source == nil {
		return nil
	}
	l.mu.Lock()
	l.waited = append(l.waited, "fetch "+*res.Source)
	l.mu.Unlock()
	_, err := io.WriteString(w, *res.Source)
	return err
}

func (l *lab) handle(ctx context.Context, c run.Cmd) run.Reply {
	if c.Stdin != nil {
		b, _ := io.ReadAll(c.Stdin)
		l.mu.Lock()
		l.stdin = append(l.stdin, string(b))
		l.mu.Unlock()
	}
	if l.reply != nil {
		if r, ok := l.reply(c); ok {
			return r
		}
	}
	if c.Name == "partx" && l.real["sgdisk"] {
		return l.partx(c)
	}
	if !l.real[c.Name] {
		return run.Reply{}
	}
	c.Name = testutil.Tool(l.t, c.Name)
	res, err := new(run.Exec).Run(ctx, c)
	r := run.Reply{Stdout: string(res.Stdout), Stderr: string(res.Stderr), Exit: max(res.Exit, 0)}
	if res.Exit < 0 {
		r.Err = err
	}
	return r
}

// partx plays the kernel: it makes and removes nodes and their entries in sysfs.
func (l *lab) partx(c run.Cmd) run.Reply {
	var n int
	fmt.Sscan(c.Args[2], &n)
	node := blockdev.PartitionPath(c.Args[3], n)
	class := filepath.Join("sys/class/block", filepath.Base(node))
	if c.Args[0] == "--delete" {
		os.Remove(node)
		os.RemoveAll(filepath.Join(l.dir, class))
		return run.Reply{}
	}
	d, err := blockdev.Open(c.Args[3])
	if err != nil {
		return run.Reply{Err: err}
	}
	defer d.Close()
	g, err := d.GPT()
	if err != nil {
		return run.Reply{Err: err}
	}
	p, ok := g.Partition(n)
	if !ok {
		return run.Reply{Exit: 1}
	}
	l.write("dev/"+filepath.Base(node), "")
	l.write(class+"/start", fmt.Sprintln(p.Start))
	l.write(class+"/size", fmt.Sprintln(p.Size))
	os.MkdirAll(filepath.Join(l.dir, class, "holders"), 0o755)
	os.MkdirAll(filepath.Join(l.dir, "sys/class/block", filepath.Base(c.Args[3]), filepath.Base(node)), 0o755)
	return run.Reply{}
}

// lines are the programs that ran, with folder names shortened.
func (l *lab) lines() []string {
	var out []string
	for _, line := range l.rec.Lines() {
		out = append(out, l.short(line))
	}
	return out
}

func (l *lab) short(s string) string {
	return strings.NewReplacer(l.dir+"/A"+l.dir, "A", l.dir+"/root", "R", l.dir, "").Replace(s)
}

func (l *lab) expect(want ...string) {
	l.t.Helper()
	if got := l.lines(); !slices.Equal(got, want) {
		l.t.Errorf("programs\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// config reads the storage section; DEV is the folder of devices.
func (l *lab) config(storage string) *types.Config {
	l.t.Helper()
	cfg := new(types.Config)
	l.must(json.Unmarshal([]byte(strings.ReplaceAll(storage, "DEV", l.dir+"/dev")), &cfg.Storage))
	return cfg
}

func (l *lab) disks(storage string) error {
	l.t.Helper()
	return Disks(l.t.Context(), l.h, l.config(storage))
}

// plan is the dry run as lines.
func (l *lab) plan(storage string) string {
	l.t.Helper()
	l.h.Predicted = nil // of another dry run
	p, err := PlanDisks(l.t.Context(), l.h, l.config(storage))
	l.must(err)
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s %s %s", s.Verb, s.Kind, s.Name)
		if s.Destroys {
			b.WriteString(" destroys")
		}
		fmt.Fprintf(&b, " (%s)\n", s.Entry)
	}
	return l.short(b.String())
}

func (l *lab) table(device string) *blockdev.GPT {
	l.t.Helper()
	d, err := blockdev.Open(device)
	l.must(err)
	defer d.Close()
	g, err := d.GPT()
	l.must(err)
	return g
}

// copyOf makes a disk with the content of an image.
func (l *lab) copyOf(image, name string) string {
	l.t.Helper()
	src, err := os.Open(image)
	l.must(err)
	defer src.Close()
	st, err := src.Stat()
	l.must(err)
	dev := l.dev(name, st.Size())
	dst, err := os.OpenFile(dev, os.O_WRONLY, 0)
	l.must(err)
	defer dst.Close()
	b, zero := make([]byte, 64<<10), make([]byte, 64<<10)
	for off := int64(0); off < st.Size(); off += int64(len(b)) { // holes stay holes
		n, _ := src.ReadAt(b, off)
		if !bytes.Equal(b[:n], zero[:n]) {
			_, err := dst.WriteAt(b[:n], off)
			l.must(err)
		}
	}
	return dev
}

func (l *lab) tool(name string, args ...string) {
	l.t.Helper()
	res := testutil.Run(l.t, nil, testutil.Tool(l.t, name), args...)
	if os.Geteuid() != 0 && strings.Contains(res.Stderr, "cannot check mount status") {
		l.t.Skip("mkfs.btrfs may not look at a loop device that is mounted somewhere on this machine")
	}
	if res.Exit != 0 {
		l.t.Fatalf("%s %q: exit status %d\n%s", name, args, res.Exit, res.Stderr)
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %q", err, text)
	}
}

// failOnly has one program fail, where it is about the disk b0; isLuks says no.
func (l *lab) failOnly(name string) {
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		if c.Name == name && strings.Contains(strings.Join(c.Args, " "), "b0") {
			return run.Reply{Exit: 1}, true
		}
		return notLuks(c)
	}
}
