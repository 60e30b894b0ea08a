//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/rpmostree"
)

// takePackages sorts the requests of a change into those for the repositories and package files. Those at addresses
// are fetched first.
func (c *command) takePackages(change *rpmostree.Change) error {
	requests, files, err := c.sortPackages(change.Install)
	if err != nil {
		return err
	}
	change.Install = requests
	change.InstallFiles = append(change.InstallFiles, files...)
	for _, list := range []*[]string{&change.InstallReplacing, &change.OverrideReplaceFiles} {
		names, files, err := c.sortPackages(*list)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return errNotLocal
		}
		*list = files
	}
	return nil
}

var errNotLocal = errors.New("Non-local replacement overrides not implemented yet")

// sortPackages tells requests from package files.
func (c *command) sortPackages(args []string) (requests, files []string, err error) {
	for _, arg := range args {
		file, isFile, err := c.packageFile(arg)
		switch {
		case err != nil:
			return nil, nil, err
		case isFile:
			files = append(files, file)
		default:
			requests = append(requests, arg)
		}
	}
	return requests, files, nil
}

// packageFile returns the file that an argument means, if it means one.
func (c *command) packageFile(arg string) (file string, isFile bool, err error) {
	switch {
	case strings.HasSuffix(arg, ".src.rpm"):
		return "", false, fmt.Errorf("%s appears to be a source RPM which are not usually intended to be installed", arg)
	case strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://"):
		file, err = c.download(arg)
		return file, true, err
	case strings.HasPrefix(arg, "file://"):
		u, err := url.Parse(arg)
		if err != nil {
			return "", false, err
		}
		return u.Path, true, nil
	case strings.HasSuffix(arg, ".rpm"):
		return arg, true, nil
	}
	return arg, false, nil
}

// maxPackage bounds the size of a package that is fetched.
const maxPackage = 8 << 30

// download fetches a package into a directory that is removed at the end.
func (c *command) download(address string) (file string, err error) {
	if c.tmp == "" {
		if c.tmp, err = os.MkdirTemp("", "rpm-ostree-"); err != nil {
			return "", err
		}
	}
	task := progress.Start(c.progress(), progress.Event{Task: "download", ID: address, Text: fmt.Sprintf("Downloading '%s'", fetch.RedactURL(address))})
	defer func() { task.End(err) }()
	f, err := os.CreateTemp(c.tmp, "*-"+filepath.Base(path.Clean("/"+address)))
	if err != nil {
		return "", err
	}
	client, err := fetch.New(&fetch.Options{UserAgent: "rpm-ostree/" + version, ProxyEnv: c.env.Lookup})
	if err != nil {
		return "", errors.Join(err, f.Close())
	}
	defer client.Close()
	err = c.transact(func(ctx context.Context) error {
		_, err := client.GetToFile(ctx, fetch.Request{URL: address, MaxSize: maxPackage}, f, nil)
		return err
	})
	return f.Name(), errors.Join(err, f.Close())
}

// cleanUp removes what was fetched.
func (c *command) cleanUp() {
	if c.tmp != "" {
		os.RemoveAll(c.tmp)
	}
}
