package debrpm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Download gets packages and everything they depend on with apt-get, as for a machine
// on which nothing is installed, and returns the paths of all their files, sorted. Files are
// kept in the directory dir and not downloaded twice. The package lists are those of this
// machine; "apt-get update" makes them current.
func Download(ctx context.Context, dir string, packages []string) (paths []string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "partial"), 0o755); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "debrpm")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := os.MkdirAll(filepath.Join(scratch, "partial"), 0o755); err != nil {
		return nil, err
	}
	// With an empty cache apt-get names every file that it would need.
	list, err := apt(ctx, scratch, scratch, append([]string{"--print-uris", "install"}, packages...))
	if err != nil {
		return nil, err
	}
	missing := false
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); strings.HasPrefix(line, "'") && len(f) >= 2 {
			path := filepath.Join(dir, filepath.Base(f[1]))
			paths = append(paths, path)
			_, err := os.Stat(path)
			missing = missing || err != nil
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("apt-get names no files: %.1000s", list)
	}
	if missing {
		if _, err := apt(ctx, scratch, dir, append([]string{"--download-only", "install"}, packages...)); err != nil {
			return nil, err
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// apt runs apt-get for a machine without packages. It changes nothing but the directory archives, and scratch.
func apt(ctx context.Context, scratch, archives string, args []string) (string, error) {
	status := filepath.Join(scratch, "status")
	if err := os.WriteFile(status, nil, 0o644); err != nil {
		return "", err
	}
	var argv []string
	for _, o := range []string{
		"Dir::State::status=" + status, "Dir::State::extended_states=" + filepath.Join(scratch, "extended"),
		"Dir::Cache::archives=" + archives, "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=",
		"APT::Install-Recommends=false", "APT::Sandbox::User=", "Debug::NoLocking=true", "Acquire::Retries=3",
	} {
		argv = append(argv, "-o", o)
	}
	argv = append(argv, "-qq", "-y")
	cmd := exec.CommandContext(ctx, "apt-get", append(argv, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("apt-get: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
