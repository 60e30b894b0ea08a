//go:build !linux

package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/osmet"
)

var errNotLinux = errors.New("not supported on this operating system")

func runInstall(context.Context, *installer.Options) (*installer.Result, error) {
	return nil, errNotLinux
}

func runPackOsmet(context.Context, *osmet.PackOptions) error { return errNotLinux }

func fiemap(string) ([]osmet.Extent, error) { return nil, errNotLinux }
