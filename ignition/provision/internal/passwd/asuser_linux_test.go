package passwd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// identity are the ids that the calling thread uses for files.
func identity() string {
	uid, _ := unix.SetfsuidRetUid(-1)
	gid, _ := unix.SetfsgidRetGid(-1)
	groups, _ := unix.Getgroups()
	return fmt.Sprint(uid, gid, groups)
}

// TestIdentity acts as several users at the same time; nobody else may notice.
func TestIdentity(t *testing.T) {
	testutil.Root(t)
	before := identity()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			uid, gid := 60000+i, 61000+i
			err := asUser(uid, gid, func() error {
				if got, want := identity(), fmt.Sprint(uid, gid, []int{gid}); got != want {
					t.Errorf("identity %s, want %s", got, want)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if got := identity(); got != before {
				t.Errorf("outside of asUser the identity is %s", got)
			}
		})
	}
	wg.Wait()
	if os.Geteuid() != 0 || identity() != before {
		t.Errorf("identity %s, was %s", identity(), before)
	}
}

// TestNoPower shows that root's capabilities for files are gone.
func TestNoPower(t *testing.T) {
	testutil.Root(t)
	dir := t.TempDir()
	p := filepath.Join(dir, "secret")
	if err := os.WriteFile(p, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"read":   func() error { _, err := os.ReadFile(p); return err },
		"write":  func() error { return os.WriteFile(p, nil, 0o600) },
		"make":   func() error { return os.Mkdir(filepath.Join(dir, "d"), 0o755) },
		"chown":  func() error { return os.Chown(p, 60000, 60000) },
		"chmod":  func() error { return os.Chmod(p, 0o666) },
		"remove": func() error { return os.Remove(p) },
		"link":   func() error { return os.Link(p, filepath.Join(dir, "l")) },
	} {
		if err := asUser(60000, 60000, do); !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNotRoot(t *testing.T) {
	testutil.NotRoot(t)
	if err := asUser(os.Geteuid()+1, os.Getegid(), func() error { t.Error("called"); return nil }); !errors.Is(err, os.ErrPermission) {
		t.Errorf("error %v", err)
	}
	called := false
	if err := asUser(os.Geteuid(), os.Getegid(), func() error { called = true; return nil }); err != nil || !called {
		t.Errorf("called %v, error %v", called, err)
	}
}
