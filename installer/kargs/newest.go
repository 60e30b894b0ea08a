package kargs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

const entriesDir = "loader/entries"

// ReadNewest returns the kernel arguments in the newest entry of a boot file system.
func ReadNewest(boot *os.Root) (string, error) {
	var options string
	err := withNewest(boot, func(e *entry) error {
		_, err := EditBLS(e.content, func(text string) (string, error) {
			options = text
			return text, nil
		})
		return err
	})
	return options, err
}

// EditNewest edits the kernel arguments in the newest entry of a boot file system, that is
// the file *.conf in loader/entries which is the last one by name. Links, such as "loader"
// is one, are followed inside of boot only; an entry that is a link becomes a file. The
// change is atomic and durable, and keeps mode, owner and extended attributes. A file
// whose bytes stay the same is not touched.
func EditNewest(boot *os.Root, edit func(options string) (string, error)) error {
	return withNewest(boot, func(e *entry) error {
		content, err := EditBLS(e.content, edit)
		if err != nil {
			return err
		}
		return bootfile.Replace(e.root, e.name, e.content, content)
	})
}

// entry is an entry that has been read.
type entry struct {
	root    *confine.Root
	name    string // below root
	content []byte
}

// withNewest finds and reads the newest entry. Errors name its path.
func withNewest(boot *os.Root, f func(*entry) error) error {
	root, err := bootfile.Root(boot)
	if err != nil {
		return err
	}
	defer root.Close()
	name, err := newest(root, boot.Name())
	if err != nil {
		return err
	}
	e := &entry{root: root, name: entriesDir + "/" + name}
	shown := filepath.Join(boot.Name(), e.name)
	if e.content, err = bootfile.Read(root, e.name); err == nil && !utf8.Valid(e.content) {
		err = errors.New("stream did not contain valid UTF-8")
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", shown, err)
	}
	if err := f(e); err != nil {
		return fmt.Errorf("visiting %s: %w", shown, err)
	}
	return nil
}

func newest(root *confine.Root, mount string) (string, error) {
	shown := filepath.Join(mount, entriesDir)
	files, err := root.ReadDir(entriesDir)
	if err != nil {
		return "", fmt.Errorf("reading directory %s: %w", shown, errno.Bare(err))
	}
	last := ""
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".conf")
		if ok && name != "" {
			last = max(last, file.Name())
		}
	}
	if last == "" {
		return "", fmt.Errorf("Found no BLS entries in %s", shown)
	}
	return last, nil
}
