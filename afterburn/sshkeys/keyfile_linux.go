package sshkeys

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// keyFile is the key file in a directory of a root. Its methods run with the rights of the directory's owner,
// who may change everything below it at any moment: the directory is opened once, and then names in it only are
// used, without following links.
type keyFile struct {
	ctx  context.Context
	root *confine.Root
	dir  string
}

// set makes text the file's content, or removes the file if it is empty. It reports whether the file was
// replaced or removed, which can be so even when there is an error.
func (k keyFile) set(text []byte) (changed bool, err error) {
	if len(text) == 0 {
		return k.remove()
	}
	return k.write(text)
}

func (k keyFile) write(text []byte) (changed bool, err error) {
	if err := k.root.MkdirAll(k.dir, 0o755); err != nil {
		return false, fmt.Errorf("failed to create directory %q: %w", k.dir, err)
	}
	dir, err := k.root.Sub(k.dir)
	if err != nil {
		return false, fmt.Errorf("failed to open directory %q: %w", k.dir, err)
	}
	defer dir.Close()
	temporary, err := k.writeTemporary(dir, text)
	if err != nil {
		return false, err
	}
	if err = k.ctx.Err(); err == nil {
		err = unix.Renameat(fd(dir), temporary, fd(dir), fileName)
	}
	if err != nil {
		_ = unix.Unlinkat(fd(dir), temporary, 0)
		return false, fmt.Errorf("failed to persist file %q: %w", path.Join(k.dir, fileName), err)
	}
	return true, k.sync(dir)
}

// writeTemporary writes text to a new file in the directory, safely on disk, and returns its name.
func (k keyFile) writeTemporary(dir *confine.Root, text []byte) (name string, err error) {
	f, name, err := createTemporary(dir)
	if err != nil {
		return "", fmt.Errorf("failed to create temporary file: %w", err)
	}
	shown := path.Join(k.dir, name)
	if _, err = f.Write(text); err != nil {
		err = fmt.Errorf("failed to write to file %q: %w", shown, err)
	} else if err = f.Sync(); err != nil {
		err = fmt.Errorf("failed to sync file %q: %w", shown, err)
	}
	if err2 := f.Close(); err == nil && err2 != nil {
		err = fmt.Errorf("failed to write to file %q: %w", shown, err2)
	}
	if err != nil {
		_ = unix.Unlinkat(fd(dir), name, 0)
	}
	return name, err
}

// createTemporary creates a file with a name that nobody has: 6 of 32 characters.
func createTemporary(dir *confine.Root) (f *os.File, name string, err error) {
	for range 100 {
		name = "." + fileName + "-" + rand.Text()[:6]
		f, err = dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, name, err
}

func (k keyFile) remove() (changed bool, err error) {
	dir, err := k.root.Sub(k.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		defer dir.Close()
		if err = k.ctx.Err(); err == nil {
			err = unix.Unlinkat(fd(dir), fileName, 0)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("failed to remove file %q: %w", path.Join(k.dir, fileName), err)
	}
	// Also if there was none: a run that was killed may have removed it.
	return err == nil, k.sync(dir)
}

func (k keyFile) sync(dir *confine.Root) error {
	if err := dir.Dir().Sync(); err != nil {
		return fmt.Errorf("failed to sync '%s': %w", k.dir, err)
	}
	return nil
}

func fd(dir *confine.Root) int { return int(dir.Dir().Fd()) }

// render returns the content of a key file.
func render(keys []Key) ([]byte, error) {
	var text []byte
	for i, k := range keys {
		line := k.String()
		if strings.Contains(line, "\n") {
			return nil, fmt.Errorf("key %d holds a line break: %w", i+1, ErrFormat)
		}
		text = append(append(text, line...), '\n')
	}
	return text, nil
}
