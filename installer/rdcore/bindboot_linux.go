package rdcore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

const (
	rootStamp = ".root_uuid"
	bootDir   = "grub2"
	bootName  = "bootuuid.cfg"
)

// BindBoot ties a boot file system to a root file system by their UUIDs, so that neither a
// kernel nor GRUB takes one of another installation:
//
//   - the newest entry for the boot loader gets boot=UUID=…, unless it has a boot= already. If
//     it had none the UUID is also left in /run, for the mounts of this boot;
//   - .root_uuid on the boot file system names the root. One that names another is an error;
//   - grub2/bootuuid.cfg, and EFI/<vendor>/bootuuid.cfg on every EFI system partition that
//     is on the same disks, tell GRUB the UUID of the boot file system.
//
// It may be repeated.
func BindBoot(ctx context.Context, o *BindBootOptions) error {
	if o == nil {
		o = &BindBootOptions{}
	}
	if err := o.bind(ctx, o.System.withDefaults()); err != nil {
		return fmt.Errorf("Failed to bind boot: %w", err)
	}
	return nil
}

func (o *BindBootOptions) bind(ctx context.Context, s *System) error {
	boot, bootUUID, dir, err := s.filesystemAt(o.Boot)
	if err != nil {
		return err
	}
	_, rootUUID, _, err := s.filesystemAt(filepath.Join(o.Root, "sysroot"))
	if err != nil {
		return err
	}
	err = withRoot(dir, func(root *os.Root) error { return s.bindBootFilesystem(root, bootUUID, rootUUID) })
	if err != nil {
		return err
	}
	return s.bindESPs(ctx, boot, bootUUID)
}

// filesystemAt is the device that is mounted at a path, and the UUID of its file system.
func (s *System) filesystemAt(path string) (d *device, uuid, dir string, err error) {
	m, err := s.mountAt(path)
	if err != nil {
		return nil, "", "", err
	}
	if d, err = s.device(m); err != nil {
		return nil, "", "", err
	}
	uuid, err = d.filesystemUUID()
	return d, uuid, m.Target, err
}

func (s *System) bindBootFilesystem(boot *os.Root, bootUUID, rootUUID string) error {
	changed, err := appendBootKarg(boot, bootUUID)
	if err != nil {
		return fmt.Errorf("appending boot kargs: %w", err)
	}
	if changed {
		if err := s.leaveBootUUID(bootUUID); err != nil {
			return err
		}
	}
	root, err := bootfile.Root(boot)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := bindToRoot(root, boot.Name(), rootUUID); err != nil {
		return err
	}
	if runtime.GOARCH == "s390x" {
		return nil // there is no GRUB
	}
	return writeBootUUID(root, boot.Name(), bootDir, bootUUID)
}

// appendBootKarg tells whether it had to.
func appendBootKarg(boot *os.Root, uuid string) (bool, error) {
	options, err := kargs.ReadNewest(boot)
	if err != nil || strings.HasPrefix(options, "boot=") || strings.Contains(options, " boot=") {
		return false, err
	}
	edit := &kargs.Edit{Append: []string{"boot=UUID=" + uuid}}
	return true, kargs.EditNewest(boot, edit.Apply)
}

// leaveBootUUID puts the UUID where the generator of the mount of /boot finds it.
func (s *System) leaveBootUUID(uuid string) error {
	stamp := s.Flavour.BootUUIDStamp
	path := s.path(stamp)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("creating %s: %w", filepath.Dir(stamp), errno.Bare(err))
	}
	if err := atomicfile.WriteFile(path, []byte(uuid+"\n"), 0o644, nil); err != nil {
		return fmt.Errorf("writing %s: %w", stamp, errno.Bare(err))
	}
	return nil
}

// bindToRoot writes the stamp, or checks the one that is there. mount is the path of boot.
func bindToRoot(boot *confine.Root, mount, uuid string) error {
	bound, err := bootfile.Read(boot, rootStamp)
	if errors.Is(err, fs.ErrNotExist) {
		return putFile(boot, mount, rootStamp, uuid+"\n")
	}
	if err == nil && !utf8.Valid(bound) {
		err = errNotUTF8
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", filepath.Join(mount, rootStamp), err)
	}
	if text := strings.TrimSpace(string(bound)); text != uuid {
		return fmt.Errorf("boot filesystem already bound to a root filesystem (UUID: %s)", text)
	}
	return nil
}

// writeBootUUID writes what GRUB reads. mount is the path of root.
func writeBootUUID(root *confine.Root, mount, dir, uuid string) error {
	return putFile(root, mount, filepath.Join(dir, bootName), fmt.Sprintf("set BOOT_UUID=%q\n", uuid))
}

// putFile creates or replaces a small file, atomically and durably.
func putFile(root *confine.Root, mount, name, content string) error {
	old, err := bootfile.Read(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = root.WriteFile(name, []byte(content), 0o644)
	} else if err == nil {
		err = bootfile.Replace(root, name, old, []byte(content))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Join(mount, name), errno.Bare(err))
	}
	return nil
}
