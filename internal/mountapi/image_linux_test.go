package mountapi_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/composefs"
)

// TestImage mounts an image from a file system that can be asked for its blocks
// and from one in memory, which needs a loop device.
func TestImage(t *testing.T) {
	testutil.Loop(t)
	mounters(t, func(m mountapi.Mounter, dir string) error {
		for _, base := range []string{dir, os.TempDir()} {
			for _, loop := range []bool{false, true} {
				if err := mountImage(m, base, filepath.Join(dir, "at"), loop); err != nil {
					return fmt.Errorf("%s, loop %t: %w", base, loop, err)
				}
			}
		}
		return nil
	})
}

func mountImage(m mountapi.Mounter, base, at string, loop bool) error {
	f, err := os.CreateTemp(base, "image")
	if err != nil {
		return err
	}
	defer f.Close()
	defer os.Remove(f.Name())
	root := &composefs.Node{Mode: unix.S_IFDIR | 0o755, Children: []*composefs.Node{
		{Name: "file", Mode: unix.S_IFREG | 0o644, Size: 5, Content: []byte("hello")},
	}}
	if _, err := composefs.Write(f, root, nil); err != nil {
		return err
	}
	image, err := os.Open(f.Name())
	if err != nil {
		return err
	}
	err = errors.Join(os.MkdirAll(at, 0o755), m.Image(&mountapi.Image{File: image, NoACL: true, Loop: loop}, at), image.Close())
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(at, "file"))
	if string(data) != "hello" {
		err = errors.Join(err, fmt.Errorf("content %q", data))
	}
	e, entryErr := entry(at)
	if entryErr == nil && loop && !strings.HasPrefix(e.Source, "/dev/loop") {
		entryErr = errors.New("source " + e.Source)
	}
	err = errors.Join(err, entryErr, wantFlags(at, "ro"), unix.Unmount(at, 0))
	if strings.HasPrefix(e.Source, "/dev/loop") {
		err = errors.Join(err, gone(e.Source))
	}
	return err
}

// gone waits for a loop device to let go of its file.
func gone(device string) error {
	name := "/sys/block/" + filepath.Base(device) + "/loop/backing_file"
	if _, err := os.Stat(name); err == nil {
		return errors.New(device + " is still in use")
	}
	return nil
}

func TestImageErrors(t *testing.T) {
	testutil.Loop(t)
	mounters(t, func(m mountapi.Mounter, dir string) error {
		name := filepath.Join(dir, "image")
		if err := errors.Join(mkdirs(dir, "at"), os.WriteFile(name, make([]byte, 8192), 0o644)); err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		err = m.Image(&mountapi.Image{File: f}, filepath.Join(dir, "at"))
		if err == nil {
			return errors.New("zeros were mounted")
		}
		return nil
	})
}
