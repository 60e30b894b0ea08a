package dracut_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func bootDir(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"ignition.firstboot", "ignition/config.ign", "grub2/grub.cfg"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func wantNames(t *testing.T, dir string, want string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("%s has %q, want %q", dir, got, want)
	}
}

func TestCompleteFirstBoot(t *testing.T) {
	dir := t.TempDir()
	bootDir(t, dir)
	for range 2 { // nothing left to remove is fine
		if err := dracut.CompleteFirstBoot(t.Context(), &dracut.CompleteOptions{BootDir: dir}); err != nil {
			t.Fatal(err)
		}
		wantNames(t, dir, "grub2")
	}
	if err := dracut.CompleteFirstBoot(t.Context(), &dracut.CompleteOptions{BootDir: dir + "/missing"}); err == nil {
		t.Error("a missing directory is no error")
	}
}

func TestCompleteFirstBootFollowsNoLink(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	bootDir(t, outside)
	for link, target := range map[string]string{"ignition": outside, "ignition.firstboot": outside + "/ignition.firstboot"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := dracut.CompleteFirstBoot(t.Context(), &dracut.CompleteOptions{BootDir: dir}); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "")
	wantNames(t, outside, "grub2 ignition ignition.firstboot")
}

// TestCompleteFirstBootRemounts has a boot file system that is mounted read-only.
func TestCompleteFirstBootRemounts(t *testing.T) {
	testutil.Tool(t, "mount")
	dir := testutil.Tmpfs(t, "size=1m")
	bootDir(t, dir)
	readOnly(t, dir)

	refused := errors.New("refused")
	refuse := func(context.Context, string) error { return refused }
	err := dracut.CompleteFirstBoot(t.Context(), &dracut.CompleteOptions{BootDir: dir, Remount: refuse})
	if !errors.Is(err, refused) {
		t.Errorf("error is %v", err)
	}
	wantNames(t, dir, "grub2 ignition ignition.firstboot")

	if err := dracut.CompleteFirstBoot(t.Context(), &dracut.CompleteOptions{BootDir: dir}); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "grub2")
}
