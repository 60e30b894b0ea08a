package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/confine"
)

// Dirs are the directories of fragments, as paths in the root. The later ones win where names are equal.
func Dirs() []string {
	return []string{"/usr/lib/zincati/config.d", "/run/zincati/config.d", "/etc/zincati/config.d"}
}

const (
	maxFragment  = 1 << 20  // bytes of one file
	maxFragments = 16 << 20 // bytes of all files
)

// file is a fragment that counts.
type file struct{ path, text string }

var (
	errNotUTF8 = errors.New("stream did not contain valid UTF-8")
	errTooMuch = fmt.Errorf("all fragments together are larger than %d bytes", maxFragments)
)

// readFragments reads the fragments in the order of their names.
func readFragments(rootPath string) ([]file, error) {
	root, err := confine.OpenRoot(rootPath)
	if err != nil {
		return nil, fmt.Errorf("failed to open root directory '%s': %w", rootPath, err)
	}
	defer root.Close()
	paths := findFragments(root)
	var files []file
	total := 0
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		text, err := readText(root, paths[name])
		if total += len(text); err == nil && total > maxFragments {
			err = errTooMuch
		}
		if err != nil {
			return nil, fmt.Errorf("failed to read file '%s': %w", showPath(paths[name]), err)
		}
		files = append(files, file{paths[name], text})
	}
	return files, nil
}

// findFragments returns the path of each name that counts.
func findFragments(root *confine.Root) map[string]string {
	paths := map[string]string{}
	for _, dir := range Dirs() {
		entries, err := root.ReadDir(dir)
		if err != nil { // most systems have only some of the directories
			continue
		}
		for _, e := range entries {
			name := e.Name()
			if !isFragment(name) {
				continue
			}
			full := dir + "/" + name
			switch info, err := root.Lstat(full); {
			case err != nil:
			case info.Mode().IsRegular():
				paths[name] = full
			case info.Mode().Type() == fs.ModeSymlink:
				if target, err := root.Readlink(full); err == nil && isNull(target) {
					delete(paths, name)
				}
			}
		}
	}
	return paths
}

// isNull reports whether the text of a link is /dev/null; more slashes than needed do not matter, nor "." between them.
func isNull(target string) bool {
	parts := strings.FieldsFunc(target, func(r rune) bool { return r == '/' })
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "." })
	return strings.HasPrefix(target, "/") && slices.Equal(parts, []string{"dev", "null"})
}

// isFragment reports whether a file of this name is configuration. Names that begin with a dot are hidden, so ".toml"
// is no extension.
func isFragment(name string) bool { return !strings.HasPrefix(name, ".") && path.Ext(name) == ".toml" }

// readText reads a regular file. That it was one when the directory was listed is not relied on.
func readText(root *confine.Root, name string) (string, error) {
	f, err := root.OpenFile(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, maxFragment)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(data) {
		return "", errNotUTF8
	}
	return string(data), nil
}

// showPath makes a path fit for a message.
func showPath(p string) string { return strings.ToValidUTF8(p, "\ufffd") }
