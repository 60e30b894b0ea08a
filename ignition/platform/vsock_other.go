//go:build !linux

package platform

import (
	"context"
	"errors"
	"net"
)

func dialVsock(ctx context.Context, cid, port uint32) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}
