package dhcp

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// dialIn connects to a socket in a root. It is named by a handle, so that it is the one
// that was found inside, however long its path is.
func dialIn(ctx context.Context, root *confine.Root, name string) (net.Conn, error) {
	f, err := root.OpenFile(name, unix.O_PATH, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return (&net.Dialer{}).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
}
