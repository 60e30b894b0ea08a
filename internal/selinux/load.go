package selinux

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// ErrNoPolicy is returned by [Load] if the root has no policy, or one that is
// not enabled.
var ErrNoPolicy = errors.New("no SELinux policy")

// maxFile bounds the bytes of one text file of a policy; real ones have less
// than 1 MB.
const maxFile = 64 << 20

// Load reads the policy of a root directory. The error is [ErrNoPolicy] if
// there is none. Symbolic links are up to root, which must keep them inside of
// it if it is not trusted.
//
// As in OSTree, a policy that has no label for / is an error.
func Load(root fs.FS) (*Policy, error) {
	dir := "etc/selinux"
	if _, err := fs.Stat(root, dir); errors.Is(err, fs.ErrNotExist) {
		dir = "usr/etc/selinux"
	}
	name, err := policyName(root, path.Join(dir, "config"))
	if err != nil {
		return nil, err
	}
	dir = path.Join(dir, name)
	files, err := readFiles(root, path.Join(dir, "contexts/files/file_contexts"))
	if err != nil {
		return nil, fmt.Errorf("selinux policy %s: %w", name, err)
	}
	p, err := Parse(files)
	if err != nil {
		return nil, fmt.Errorf("selinux policy %s: %w", name, err)
	}
	if _, ok, err := p.Lookup("/", typeDir); err != nil {
		return nil, fmt.Errorf("selinux policy %s: looking up the label of /: %w", name, err)
	} else if !ok {
		return nil, fmt.Errorf("selinux policy %s: no label for /", name)
	}
	p.name = name
	if p.checksum, err = checksum(root, path.Join(dir, "policy")); err != nil {
		return nil, fmt.Errorf("selinux policy %s: %w", name, err)
	}
	return p, nil
}

// policyName reads the config file. The last line of a kind counts, except
// that nothing disables what a line has enabled.
func policyName(root fs.FS, file string) (string, error) {
	data, err := readFile(root, file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoPolicy
	}
	if err != nil {
		return "", err
	}
	var name string
	var enabled bool
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "SELINUXTYPE="); ok {
			name = strings.TrimSpace(value)
		} else if value, ok := strings.CutPrefix(line, "SELINUX="); ok {
			enabled = enabled || hasPrefixFold(value, "enforcing") || hasPrefixFold(value, "permissive")
		}
	}
	switch {
	case !enabled:
		return "", ErrNoPolicy
	case name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00"):
		return "", fmt.Errorf("%s: invalid SELINUXTYPE %.40q", file, name)
	}
	return name, nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func readFiles(root fs.FS, base string) (Files, error) {
	var files Files
	for _, f := range []struct {
		suffix   string
		data     *[]byte
		required bool
	}{
		{"", &files.Contexts, true},
		{".homedirs", &files.Homedirs, false},
		{".local", &files.Local, false},
		{".subs_dist", &files.SubsDist, false},
		{".subs", &files.Subs, false},
	} {
		data, err := readFile(root, base+f.suffix)
		if err != nil && (f.required || !errors.Is(err, fs.ErrNotExist)) {
			return Files{}, err
		}
		*f.data = data
	}
	return files, nil
}

func readFile(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	return data, nil
}

// checksum returns the SHA-256 of the binary policy with the highest version.
func checksum(root fs.FS, dir string) (string, error) {
	entries, err := fs.ReadDir(root, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	best, name := -1, ""
	for _, e := range entries {
		suffix, ok := strings.CutPrefix(e.Name(), "policy.")
		version, err := strconv.Atoi(suffix)
		if ok && err == nil && version > best {
			best, name = version, path.Join(dir, e.Name())
		}
	}
	if name == "" {
		return "", nil
	}
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, bufio.NewReader(f)); err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
