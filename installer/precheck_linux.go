package installer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/internal/errno"
)

// precheck finds what would make the changes to the boot file system fail at the end of the
// copy, when the destination has lost its old content.
func (i *install) precheck() error {
	c := &i.Config
	for _, text := range append(append([]string{c.Platform, i.FirstbootArgs}, c.AppendKarg...), c.DeleteKarg...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("kernel argument %q has a control character", text)
		}
	}
	if i.ignition != nil {
		if err := i.ignition.checkHash(); err != nil {
			return err
		}
	}
	if !c.CopyNetwork {
		return nil
	}
	_, err := i.keyfiles()
	return err
}

// keyfiles lists the files to be copied from the network folder, sorted.
func (i *install) keyfiles() ([]string, error) {
	dir := i.networkDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading directory %s: %w", dir, errno.Bare(err))
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		st, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("reading metadata of %s: %w", file, errno.Bare(err))
		}
		if st.Mode().IsRegular() {
			files = append(files, file)
		}
	}
	return files, nil
}

func (i *install) networkDir() string {
	if i.Config.NetworkDir == "" {
		return config.DefaultNetworkDir
	}
	return i.Config.NetworkDir
}

// checkSource refuses to copy a device to itself.
func (i *install) checkSource() error {
	from, ok := i.image.body.(*os.File)
	if !ok {
		return nil
	}
	a, err := from.Stat()
	if err != nil {
		return fmt.Errorf("reading metadata of %s: %w", i.image.name, errno.Bare(err))
	}
	b, err := i.disk.File().Stat()
	if err != nil {
		return fmt.Errorf("reading metadata of %s: %w", i.Config.DestDevice, errno.Bare(err))
	}
	if a.Mode()&fs.ModeDevice != 0 && a.Sys().(*syscall.Stat_t).Rdev == b.Sys().(*syscall.Stat_t).Rdev {
		return errors.New("source image and destination are the same device")
	}
	return nil
}
