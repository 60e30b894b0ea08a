package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestRereadBusy(t *testing.T) {
	testutil.Loop(t)
	d, _ := twoPartitions(t)
	f, err := os.Open(d.nodeOf(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, d.Reread(t.Context()), "couldn't reread partition table: device is in use: EBUSY: Device or resource busy")
	time.AfterFunc(300*time.Millisecond, func() { f.Close() })
	if err := d.Reread(t.Context()); err != nil {
		t.Error(err)
	}
	again, err := os.Open(d.canonical)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestRereadUnpartitionable(t *testing.T) {
	d := open(t, attach(t, layOut(t, 4<<20, 512), 512, false), nil)
	if err := d.CheckExclusive(); err != nil {
		t.Fatal(err)
	}
	if err := d.Reread(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSettle(t *testing.T) {
	device := attach(t, layOut(t, 4<<20, 512), 512, true)
	recorder := &run.Recorder{}
	d := open(t, device, &Options{Runner: recorder, host: host{run: t.TempDir()}})
	if err := d.Reread(t.Context()); err != nil || len(recorder.Calls()) > 0 {
		t.Errorf("without udev: %v, %q", err, recorder.Lines())
	}
	if err := os.MkdirAll(filepath.Join(d.opts.host.run, "udev/control"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Reread(t.Context()); err != nil || strings.Join(recorder.Lines(), ",") != "udevadm settle" {
		t.Errorf("with udev: %v, %q", err, recorder.Lines())
	}
	recorder.Replies = map[string]run.Reply{"udevadm": {Exit: 1}}
	if err := d.Reread(t.Context()); err != nil {
		t.Errorf("with a failing udev: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Reread(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// mapped is a device-mapper device in a made-up /sys.
func mapped(t *testing.T, r run.Runner, told *notes, partitions bool) *Disk {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "dev/block/253:0/holders/dm-1/dm")
	if !partitions {
		folder = filepath.Join(dir, "dev/block/253:0/dm")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if partitions {
		for name, content := range map[string]string{"../dev": "253:1", "uuid": "part1-mpath-x"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, "dev/block/253:0/dm"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d := &Disk{canonical: "/dev/dm-0", opts: Options{Message: told.add, Runner: r, host: host{sys: dir, run: dir}}, device: device{rdev: unix.Mkdev(253, 0), mapper: true}}
	d.opts.setDefaults()
	return d
}

func TestKpartx(t *testing.T) {
	told := &notes{}
	r := &run.Recorder{}
	d := mapped(t, r, told, false)
	if err := errors.Join(d.Reread(t.Context()), d.release()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(r.Lines(), "\n"); got != "kpartx -u -n /dev/dm-0\nkpartx -d -n /dev/dm-0" {
		t.Errorf("commands:\n%s", got)
	}

	// Partitions that were there stay.
	r = &run.Recorder{}
	d = mapped(t, r, told, true)
	if err := errors.Join(d.Reread(t.Context()), d.release()); err != nil {
		t.Error(err)
	}
	if got := strings.Join(r.Lines(), "\n"); got != "kpartx -u -n /dev/dm-0" {
		t.Errorf("commands:\n%s", got)
	}
	if len(told.lines) > 0 {
		t.Errorf("notes: %q", told.lines)
	}

	// It fails twice.
	n := 0
	r = &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply {
		if n++; n < 3 {
			return run.Reply{Exit: 1, Stderr: "busy"}
		}
		return run.Reply{}
	}}
	d = mapped(t, r, told, true)
	if err := d.Reread(t.Context()); err != nil || n != 3 || len(told.lines) != 4 || told.lines[3] != "Retrying in 1 second" || !strings.HasPrefix(told.lines[0], "Error: ") {
		t.Errorf("failing: %v, %d times, %q", err, n, told.lines)
	}

	// There is no kpartx.
	t.Setenv("PATH", t.TempDir())
	d = mapped(t, nil, told, false)
	if err := errors.Join(d.Reread(t.Context()), d.release()); err != nil {
		t.Errorf("without kpartx: %v", err)
	}
}
