package platforms

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/internal/bootfile"
)

const (
	startMark = "\n# CONSOLE-SETTINGS-START\n"
	endMark   = "\n# CONSOLE-SETTINGS-END\n"
)

// grubFiles are where the marks may be, the first that exists counts: a file of its own, its
// name in older images, the main configuration.
var grubFiles = []string{"grub2/console.cfg", "grub2/30_console.cfg", "grub2/grub.cfg"}

// ReplaceCommands replaces the lines between the marks in a configuration of GRUB by
// commands, one on a line. The part begins at the first mark and ends at the last one. The
// first line of a file cannot be the mark.
func ReplaceCommands(conf []byte, commands []string) ([]byte, error) {
	start := bytes.Index(conf, []byte(startMark))
	if start < 0 {
		return nil, errNoMark
	}
	start += len(startMark)
	// With nothing between them the marks share a line feed.
	end := bytes.LastIndex(conf[start-1:], []byte(endMark))
	if end < 0 {
		return nil, errNoMark
	}
	end += start // behind the line feed that begins the mark
	out := bytes.NewBuffer(make([]byte, 0, len(conf)+256))
	out.Write(conf[:start])
	for _, command := range commands {
		out.WriteString(command + "\n")
	}
	out.Write(conf[end:])
	return out.Bytes(), nil
}

var errNoMark = errors.New("missing substitution marker in grub.cfg")

// EditGRUB puts commands into the configuration of GRUB on a boot file system: console.cfg
// below grub2 if there is one, else grub.cfg. The change is atomic and durable; mode, owner
// and extended attributes stay.
func EditGRUB(boot *os.Root, commands []string) error {
	root, err := bootfile.Root(boot)
	if err != nil {
		return err
	}
	defer root.Close()
	name := grubFiles[len(grubFiles)-1]
	for _, candidate := range grubFiles {
		if _, err := root.Stat(candidate); !errors.Is(err, fs.ErrNotExist) {
			name = candidate
			break
		}
	}
	shown := filepath.Join(boot.Name(), name)
	conf, err := bootfile.Read(root, name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", shown, err)
	}
	edited, err := ReplaceCommands(conf, commands)
	if err != nil {
		return err
	}
	if err := bootfile.Replace(root, name, conf, edited); err != nil {
		return fmt.Errorf("writing %s: %w", shown, err)
	}
	return nil
}
