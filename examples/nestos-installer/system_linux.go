package main

import (
	"context"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/osmet"
)

// What needs Linux.

func runInstall(ctx context.Context, o *installer.Options) (*installer.Result, error) {
	return installer.Install(ctx, o)
}

func runPackOsmet(ctx context.Context, o *osmet.PackOptions) error { return osmet.Pack(ctx, o) }

func fiemap(path string) ([]osmet.Extent, error) { return osmet.FiemapPath(path) }
