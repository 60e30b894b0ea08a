//go:build !linux

package httpserve

import (
	"errors"
	"net"
)

func passedListeners(*Config) ([]net.Listener, error) {
	return nil, errors.New("socket activation is not supported on this system")
}
