package live

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/internal/confine"
)

// DisableDeviceAutoActivation tells mdadm and LVM in the system at root not to start
// arrays and volume groups when their devices appear: what is left of them on the disk to
// install to would keep it in use. Where it is done already, and where a system has no
// LVM, nothing changes.
func DisableDeviceAutoActivation(root *os.Root, f *flavour.Flavour) error {
	tree, err := bootfile.Root(root)
	if err != nil {
		return err
	}
	defer tree.Close()
	if err := disableMD(tree, f); err != nil {
		return fmt.Errorf("configuring mdadm: %w", err)
	}
	if err := disableLVM(tree, f); err != nil {
		return fmt.Errorf("configuring LVM: %w", err)
	}
	return nil
}

func disableMD(tree *confine.Root, f *flavour.Flavour) error {
	name := "etc/mdadm.conf.d/" + f.Program + ".conf"
	if _, err := tree.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := tree.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	text := fmt.Sprintf("# No arrays are assembled while %s is at work.\nAUTO -all\n", f.Program)
	return tree.WriteFile(name, []byte(text), 0o644)
}

// disableLVM appends to the main configuration, the only file that LVM reads. It is long:
// what is there is not written again.
func disableLVM(tree *confine.Root, f *flavour.Flavour) error {
	const name = "etc/lvm/lvm.conf"
	if _, err := tree.Stat(path.Dir(name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := bootfile.Read(tree, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if bytes.Contains(old, []byte(f.Program)) {
		return nil
	}
	file, err := tree.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("\n# No volume groups are activated while %s is at work.\ndevices {\n\tfilter = [ \"r|.*|\" ]\n}\n", f.Program)
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
