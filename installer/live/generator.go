package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/internal/bootfile"
)

// Generate is what the generator does, which systemd runs at the beginning of a boot with
// its directory for units, the first argument: if the kernel command line has a disk to
// install to, or there are config files, the default target becomes the one for
// installation; and unless it is not wanted, a stamp in /run asks for a reboot at the end.
// It reports whether the system will install itself.
//
// Root is the root of the live system, unitDir an ordinary path. Doing it twice is the same
// as once. A generator has no log of its own; errors belong into /dev/kmsg.
func Generate(f *flavour.Flavour, root *os.Root, unitDir, cmdline string) (bool, error) {
	args := parseCmdline(cmdline)
	if args.value(f.InstKarg("install_dev")) == "" && isEmpty(root, f.ConfigDir) {
		return false, nil
	}
	if unitDir == "" {
		return false, errors.New("no directory for units")
	}
	link := filepath.Join(unitDir, "default.target")
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.Symlink("/"+unitsDir+"/"+f.Unit("-post.target"), link); err != nil {
		return false, err
	}
	if args.flag(f.InstKarg("skip_reboot")) {
		return true, nil
	}
	if err := touch(root, rebootStamp(f)); err != nil {
		return false, fmt.Errorf("asking for a reboot: %w", err)
	}
	return true, nil
}

func touch(root *os.Root, name string) error {
	tree, err := bootfile.Root(root)
	if err != nil {
		return err
	}
	defer tree.Close()
	file, err := tree.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// isEmpty reports whether a directory is missing, cannot be read or has no entries.
func isEmpty(root *os.Root, dir string) bool {
	tree, err := bootfile.Root(root)
	if err != nil {
		return true
	}
	defer tree.Close()
	entries, err := tree.ReadDir(dir)
	return err != nil || len(entries) == 0
}
