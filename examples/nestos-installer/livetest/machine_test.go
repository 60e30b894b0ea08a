package livetest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// patience is how long a guest may take: minutes where the machine is busy, as it has no
// processor of its own.
const patience = 10 * time.Minute

// report is what the guest sends.
type report struct {
	Cmdline string
	Entries map[string]entry
	Error   string
}

type entry struct {
	Mode     string
	UID, GID uint32
	Data     []byte
}

// files returns the paths of regular files.
func (r *report) files() []string {
	var paths []string
	for path, e := range r.Entries {
		if e.Mode[0] == '-' {
			paths = append(paths, path)
		}
	}
	return paths
}

// secret returns the content of a file, which only root must be able to read.
func (r *report) secret(t *testing.T, path string) string {
	t.Helper()
	e, ok := r.Entries[path]
	require.True(t, ok, "%s is not in the initramfs", path)
	require.Equal(t, "-rw-------", e.Mode, path)
	require.Zero(t, e.UID, path)
	require.Zero(t, e.GID, path)
	return string(e.Data)
}

// asDisc is a machine with an ISO in its drive.
func asDisc(iso string) []string {
	return []string{"-boot", "d", "-drive", "if=ide,media=cdrom,format=raw,readonly=on,file=" + iso}
}

// overNetwork is what a boot loader that has fetched all by itself does.
func overNetwork(kernel, initrd, cmdline string) []string {
	return []string{"-kernel", kernel, "-initrd", initrd, "-append", cmdline}
}

// boot starts a machine and returns what its guest reports before it ends.
func boot(t *testing.T, medium []string) *report {
	t.Helper()
	dir := t.TempDir()
	console, output := filepath.Join(dir, "console"), filepath.Join(dir, "report")
	args := append([]string{
		"-accel", *accel, "-cpu", "qemu64,+rdrand", "-m", "384", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-serial", "file:" + console, "-serial", "file:" + output,
	}, medium...)
	cmd := exec.CommandContext(t.Context(), testutil.Tool(t, "qemu-system-x86_64"), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	require.NoError(t, cmd.Start())
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	err := cmd.Wait()
	t.Logf("the machine ran %v and took %v of processor time", time.Since(began).Round(100*time.Millisecond),
		(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(100*time.Millisecond))
	fail := func(err error) {
		text, _ := os.ReadFile(console)
		t.Fatalf("%v\nqemu: %s\nconsole: %s", err, &stderr, text[max(0, len(text)-8000):])
	}
	if err != nil {
		fail(err)
	}
	r := &report{}
	if err := json.Unmarshal(read(t, output), r); err != nil {
		fail(err)
	}
	require.Empty(t, r.Error)
	require.NotContains(t, string(read(t, console)), "unpacking failed", "the kernel's complaint")
	return r
}
