package sshkeys

import (
	"context"
	"log/slog"
)

// InstallOptions adjusts [Install]. The zero value, and nil, mean this system.
type InstallOptions struct {
	// Root is the directory of the system whose user it is; "" is "/". Paths are resolved as if it were the
	// root directory.
	Root string
	// Journal is the socket of the journal that is told about the change; "" is the usual one,
	// /run/systemd/journal/socket of the running system, "-" none.
	Journal string
	// Logger receives a warning when the journal cannot be told; nil discards it.
	Logger *slog.Logger
	// Lookup returns the line of the passwd database for a user whom neither etc/passwd nor usr/lib/passwd
	// below Root has, or "" if there is no such user. Nil runs "getent passwd NAME" where Root is "/", and
	// finds nobody elsewhere.
	Lookup func(ctx context.Context, name string) (line string, err error)
}

// Installed tells what [Install] did.
type Installed struct {
	// Path is the name of the key file, as the system of InstallOptions.Root sees it.
	Path string
	// Wrote is set when the file was written. Without keys, Removed is set if there was one.
	Wrote, Removed bool
}
