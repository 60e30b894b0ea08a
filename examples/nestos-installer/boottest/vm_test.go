package boottest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/examples/nestos-installer/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// patience is how long a guest may take: minutes where the machine is busy, as it has no
// processor of its own.
const patience = 10 * time.Minute

// vm is a virtual machine with a BIOS and one disk.
type vm struct {
	console, report, firmware string // files that receive serial ports and the BIOS's log
	done                      chan error
	off                       func() // turns it off, if it is on
	began                     time.Time
}

// startVM turns a machine on; nothing but the disk tells it what to boot.
func startVM(t *testing.T, disk string) *vm {
	t.Helper()
	dir := t.TempDir()
	v := &vm{
		console: filepath.Join(dir, "console"), report: filepath.Join(dir, "report"), firmware: filepath.Join(dir, "firmware"),
		done: make(chan error, 1), began: time.Now(),
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, testutil.Tool(t, "qemu-system-x86_64"),
		"-accel", *accel, "-cpu", "qemu64,+rdrand", "-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-drive", "if=virtio,format=raw,cache=unsafe,file="+disk,
		"-serial", "file:"+v.console, "-serial", "file:"+v.report,
		"-chardev", "file,id=firmware,path="+v.firmware, "-device", "isa-debugcon,iobase=0x402,chardev=firmware")
	var stderr bytes.Buffer
	cmd.Stderr, cmd.SysProcAttr = &stderr, dieTogether()
	require.NoError(t, cmd.Start())
	go func() {
		v.done <- cmd.Wait()
		close(v.done)
	}()
	v.off = func() {
		stop()
		<-v.done
	}
	t.Cleanup(func() {
		v.off()
		if t.Failed() {
			t.Logf("qemu: %s\nfirmware: %s\nconsole: %s", &stderr, tail(v.firmware), tail(v.console))
		}
	})
	return v
}

// wait waits until the machine is powered off, and returns what its guest reported.
func (v *vm) wait(t *testing.T) *boottest.Report {
	t.Helper()
	select {
	case err := <-v.done:
		require.NoError(t, err)
	case <-time.After(patience):
		t.Fatal("the machine did not end")
	}
	require.Contains(t, text(t, v.firmware), grubRuns)
	t.Logf("the machine ran %v", time.Since(v.began).Round(100*time.Millisecond))
	data, err := os.ReadFile(v.report)
	require.NoError(t, err)
	r := &boottest.Report{}
	require.NoError(t, json.Unmarshal(bytes.TrimSpace(data), r), "report %q", data)
	require.Empty(t, r.Error, "guest, whose Ignition printed %s", r.Ignition)
	return r
}

// until waits until a file has a text.
func (v *vm) until(t *testing.T, file, text string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		data, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(data), text) {
			return
		}
		select {
		case err := <-v.done:
			t.Fatalf("the machine ended before it printed %q: %v", text, err)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the machine did not print %q", text)
		}
	}
}

// text reads a file that the machine writes.
func text(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-6000):])
}
