package osrelease

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// MaxSize is the size in bytes of the largest text that is read. Real ones
// have a few hundred.
const MaxSize = 1 << 20

// Paths are where a tree has its file, the first that exists counts.
var paths = [...]string{"usr/lib/os-release", "etc/os-release"}

// ErrNoName is the error of [Release.Name]. The file may well be another one
// than the text says; programs look for this text.
var ErrNoName = errors.New("No PRETTY_NAME or ID in /etc/os-release")

// Release is what an os-release file says: values by key.
type Release map[string]string

// Parse reads the text of a file.
func Parse(data []byte) (Release, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("os-release file has more than %d bytes", MaxSize)
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("Invalid UTF-8")
	}
	rel := Release{}
	for line := range strings.SplitSeq(string(data), "\n") {
		key, quoted, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if value, err := Unquote(quoted); err == nil {
			rel[key] = value
		}
	}
	return rel, nil
}

// VersionID returns VERSION_ID of a system tree, by os-release(5)'s order of the places: the file in etc counts first. It
// is empty for a tree without a file or without the key.
func VersionID(root fs.FS) (string, error) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := fs.ReadFile(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		rel, err := Parse(text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		return rel["VERSION_ID"], nil
	}
	return "", nil
}

// Name returns PRETTY_NAME or else ID, which may be empty.
func (r Release) Name() (string, error) {
	for _, key := range []string{"PRETTY_NAME", "ID"} {
		if name, ok := r[key]; ok {
			return name, nil
		}
	}
	return "", ErrNoName
}

func read(r io.Reader) (Release, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(data)
}
