package mountapi_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// mounters runs a test with all ways to mount, each in a namespace of its own.
func mounters(t *testing.T, f func(m mountapi.Mounter, dir string) error) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	for name, m := range map[string]mountapi.Mounter{"new calls": {}, "mount(2)": {Legacy: true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, mountapi.InPrivate(func() error {
				if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID, ""); err != nil {
					return err
				}
				return f(m, dir)
			}))
		})
	}
}

func mkdirs(dir string, names ...string) error {
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// entry returns the uppermost mount at a path.
func entry(target string) (mountapi.Entry, error) {
	table, err := mountapi.Table()
	if err != nil {
		return mountapi.Entry{}, err
	}
	for i := len(table) - 1; i >= 0; i-- {
		if table[i].Target == target {
			return table[i], nil
		}
	}
	return mountapi.Entry{}, errors.New("nothing is mounted at " + target)
}

func wantFlags(target string, want ...string) error {
	e, err := entry(target)
	if err != nil {
		return err
	}
	for _, flag := range want {
		if !strings.Contains(","+strings.Join(e.Flags, ",")+",", ","+flag+",") {
			return errors.New(target + " has " + strings.Join(e.Flags, ",") + ", not " + flag)
		}
	}
	return nil
}

func TestBind(t *testing.T) {
	mounters(t, func(m mountapi.Mounter, dir string) error {
		a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
		err := errors.Join(mkdirs(dir, "a/below", "b", "c"), unix.Mount("x", a+"/below", "tmpfs", 0, ""), mkdirs(a, "below/inner"))
		if err != nil {
			return err
		}
		err = errors.Join(
			m.Bind(a, b, &mountapi.BindOptions{ReadOnly: true}), wantFlags(b, "ro", "nosuid"),
			m.Bind(b, c, nil), wantFlags(c, "ro", "nosuid"),
			m.Bind(c, c, &mountapi.BindOptions{Writable: true}), wantFlags(c, "rw", "nosuid"),
			m.SetReadOnly(c, true), wantFlags(c, "ro", "nosuid"), m.SetReadOnly(c, false), wantFlags(c, "rw", "nosuid"),
		)
		if _, statErr := os.Stat(c + "/below/inner"); !errors.Is(statErr, os.ErrNotExist) {
			err = errors.Join(err, errors.New("a mount below came along"))
		}
		err = errors.Join(err, m.Bind(a, b, &mountapi.BindOptions{Recursive: true}))
		if _, statErr := os.Stat(b + "/below/inner"); statErr != nil {
			err = errors.Join(err, statErr)
		}
		if e := m.Bind(dir+"/none", b, nil); !errors.Is(e, unix.ENOENT) {
			err = errors.Join(err, errors.New("missing source"), e)
		}
		return err
	})
}

func TestMoveAndDetach(t *testing.T) {
	mounters(t, func(m mountapi.Mounter, dir string) error {
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		err := errors.Join(mkdirs(dir, "a", "b"), unix.Mount("moved", a, "tmpfs", 0, ""), m.Move(a, b))
		e, entryErr := entry(b)
		if entryErr == nil && e.Source != "moved" {
			entryErr = errors.New("not moved")
		}
		err = errors.Join(err, entryErr, mountapi.Detach(b))
		if e := mountapi.Detach(b); !errors.Is(e, unix.EINVAL) {
			err = errors.Join(err, errors.New("nothing was mounted"), e)
		}
		return err
	})
}

// TestOverlay uses names with all characters that mean something in options.
func TestOverlay(t *testing.T) {
	mounters(t, func(m mountapi.Mounter, dir string) error {
		odd := `l,o:w\er`
		err := mkdirs(dir, odd, "other", "u,p:p\\er", "w,o:r\\k", "at")
		for name, text := range map[string]string{odd + "/x": "1", "other/x": "2", "other/y": "2"} {
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
		o := &mountapi.Overlay{
			Lower: []string{filepath.Join(dir, odd), filepath.Join(dir, "other")},
			Upper: filepath.Join(dir, "u,p:p\\er"), Work: filepath.Join(dir, "w,o:r\\k"),
		}
		at := filepath.Join(dir, "at")
		if err = errors.Join(err, m.Overlay(o, at)); err != nil {
			return err
		}
		err = errors.Join(os.WriteFile(at+"/z", nil, 0o644), wantFlags(at, "rw"))
		x, err1 := os.ReadFile(at + "/x")
		y, err2 := os.ReadFile(at + "/y")
		_, err3 := os.Stat(o.Upper + "/z")
		if string(x)+string(y) != "12" {
			err = errors.Join(err, errors.New("layers are in the wrong order"))
		}
		o = &mountapi.Overlay{Source: "named", Lower: o.Lower, ReadOnly: true}
		err = errors.Join(err, err1, err2, err3, mountapi.Detach(at), m.Overlay(o, at), wantFlags(at, "ro"))
		if e, entryErr := entry(at); entryErr != nil || e.Source != "named" {
			err = errors.Join(err, entryErr, errors.New("source "+e.Source))
		}
		o.Lower = []string{filepath.Join(dir, "none")}
		if e := m.Overlay(o, at); !errors.Is(e, unix.ENOENT) {
			err = errors.Join(err, errors.New("missing layer"), e)
		}
		return err
	})
}

func TestLongPaths(t *testing.T) {
	mounters(t, func(m mountapi.Mounter, dir string) error {
		// fsconfig takes 255 bytes.
		long := strings.Repeat(strings.Repeat("x", 60)+"/", 6)
		err := mkdirs(dir, long+"lower", long+"upper", long+"work", "at")
		at := func(name string) string { return filepath.Join(dir, long, name) }
		o := &mountapi.Overlay{Lower: []string{at("lower")}, Upper: at("upper"), Work: at("work")}
		return errors.Join(err, m.Overlay(o, filepath.Join(dir, "at")), wantFlags(filepath.Join(dir, "at"), "rw"))
	})
}

func TestIn(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	dir := t.TempDir()
	err := mountapi.InPrivate(func() error {
		// What is mounted here is not seen from the namespace of the process.
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o644); err != nil {
			return err
		}
		return mountapi.In("/proc/self/ns/mnt", func() error {
			if _, err := os.Stat(filepath.Join(dir, "x")); !errors.Is(err, os.ErrNotExist) {
				return errors.New("the mount is visible")
			}
			return nil
		})
	})
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, "x"))
	require.ErrorIs(t, mountapi.In("/none", func() error { return nil }), unix.ENOENT)
}

func TestReadTable(t *testing.T) {
	list, err := mountapi.ReadTable(strings.NewReader("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n" +
		"nonsense\n1 2 3:4 / / rw - tmpfs none\n7 1 0:5 / /a\\134b ro - overlay composefs ro,lowerdir+=/x\n"))
	require.NoError(t, err)
	require.Equal(t, []mountapi.Entry{
		{ID: 36, Parent: 35, Device: "98:0", Root: "/mnt1", Target: "/mnt 2", Flags: []string{"rw", "noatime"}, Tags: []string{"master:1", "shared:2"},
			Type: "ext3", Source: "/dev/root", Options: []string{"rw", "errors=continue"}},
		{ID: 7, Parent: 1, Device: "0:5", Root: "/", Target: `/a\b`, Flags: []string{"ro"}, Tags: []string{},
			Type: "overlay", Source: "composefs", Options: []string{"ro", "lowerdir+=/x"}},
	}, list)
}
