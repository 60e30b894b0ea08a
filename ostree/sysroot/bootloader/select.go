//go:build unix

package bootloader

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// nonblock keeps a FIFO in the place of a file from stopping us.
const nonblock = unix.O_NONBLOCK | unix.O_NOCTTY

// Select returns the boot loader that is configured, or with [Auto] the one that
// the system in the open directory sysroot has. It is nil if there is none.
func Select(sysroot *os.File, kind Kind) (Backend, error) {
	switch kind {
	case None:
		return nil, nil
	case Grub2:
		return &grub2{}, nil
	case Syslinux:
		return syslinux{}, nil
	case UBoot:
		return uboot{}, nil
	case Zipl:
		return &zipl{host: "/"}, nil
	case Aboot:
		return aboot{}, nil
	case Auto:
		return probe(sysroot)
	}
	_, err := ParseKind(string(kind))
	return nil, err
}

func probe(sysroot *os.File) (Backend, error) {
	root, err := confine.FromFile(sysroot)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if ok, err := exists(root.Lstat, syslinuxConfig); ok || err != nil {
		return syslinux{}, err
	}
	if b, err := probeGrub2(root); b != nil || err != nil {
		return b, err
	}
	if ok, err := exists(root.Stat, ubootConfig); ok || err != nil {
		return uboot{}, err
	}
	return nil, nil
}

func exists(stat func(string) (fs.FileInfo, error), name string) (bool, error) {
	_, err := stat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return false, nil
	} else if err != nil {
		return false, errno.New("fstatat", name, err)
	}
	return true, nil
}

var grub2Configs = []string{"boot/grub/grub.cfg", "boot/grub2/grub.cfg"}

// probeGrub2 returns a nil interface if the system has no GRUB for us.
func probeGrub2(root *confine.Root) (Backend, error) {
	static, err := hasStaticConfigs(root)
	if err != nil || static {
		return nil, err
	}
	for _, name := range grub2Configs {
		ok, err := exists(root.Stat, name)
		if err != nil {
			return nil, err
		}
		if ok || leadsToLoader(root, name) {
			return &grub2{}, nil
		}
	}
	efi, err := findEFI(root)
	if err != nil || efi == "" {
		return nil, err
	}
	return &grub2{efi: efi}, nil
}

// leadsToLoader tells whether name is a link to a file in boot/loader, which
// does not exist before the first deployment.
func leadsToLoader(root *confine.Root, name string) bool {
	target, err := root.Readlink(name)
	return err == nil && strings.HasSuffix("/"+target, "/loader/grub.cfg")
}

// hasStaticConfigs tells whether bootupd maintains a configuration that reads
// the entries.
func hasStaticConfigs(root *confine.Root) (bool, error) {
	const name = "boot/bootupd-state.json"
	if ok, err := exists(root.Stat, name); !ok {
		return false, err
	}
	text, err := readConfig(root, name)
	return strings.Contains(text, `"static-configs"`) && !strings.Contains(text, `"static-configs":null`), err
}

const efiDir = "boot/efi/EFI"

// findEFI returns the directory with the configuration of a GRUB for EFI, the
// first by name.
func findEFI(root *confine.Root) (string, error) {
	entries, err := root.ReadDir(efiDir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return "", nil
	} else if err != nil {
		return "", errno.New("opendir", efiDir, err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "BOOT" {
			continue
		}
		dir := path.Join(efiDir, e.Name())
		if ok, err := exists(root.Stat, path.Join(dir, "grub.cfg")); ok || err != nil {
			return dir, err
		}
	}
	return "", nil
}
