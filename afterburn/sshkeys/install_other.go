//go:build !linux

package sshkeys

import (
	"context"
	"errors"
)

// Install makes the keys the content of the file .ssh/authorized_keys.d/afterburn of a user. It works on Linux
// only, as no other system gives a single thread the rights of a user.
func Install(ctx context.Context, user string, keys []Key, opt *InstallOptions) (Installed, error) {
	return Installed{}, errors.New("installing SSH keys is not supported on this system")
}
