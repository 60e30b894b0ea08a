package sandbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// In a writable tree programs see one owner and mode, and Lstat tells the same.
func TestLstat(t *testing.T) {
	root := makeTree(t)
	s, err := sandbox.Start(t.Context(), &sandbox.Config{Root: root, Upper: scratch(t), ReadWrite: true})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	output(t, s, `cd /usr/share
echo x > file; chmod 4711 file
echo x > given; chown 5:6 given
echo x > secret; chmod 0 secret
mkdir -m 1770 dir; ln -s file link; ln -s /etc out`)
	for name, want := range map[string]sandbox.Stat{
		"usr/share/file": {Mode: 0o104711, Size: 2}, "usr/share/given": {Mode: 0o100644, UID: 5, GID: 6, Size: 2}, "usr/share/secret": {Mode: 0o100000, Size: 2},
		"usr/share/dir": {Mode: 0o41770}, "usr/share/link": {Mode: 0o120777, Size: 4}, "etc": {Mode: 0o40755}, "usr": {Mode: 0o40755},
	} {
		got, err := s.Lstat(name)
		must(t, err)
		if want.Mode&0o170000 == 0o40000 {
			got.Size = 0
		}
		if got.Mode != want.Mode || got.UID != want.UID || got.GID != want.GID || got.Size != want.Size || len(got.Xattrs) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if i, err := os.Lstat(filepath.Join(root, "usr/share/secret")); err != nil || i.Mode().Perm() != 0 {
		t.Errorf("the mode did not come back: %v, %v", i.Mode(), err)
	}
	if _, err := s.Lstat("usr/share/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	for _, name := range []string{"usr/share/out/passwd", "../x", "usr/../../x"} {
		if st, err := s.Lstat(name); err == nil {
			t.Errorf("%s: %+v", name, st)
		}
	}
}
