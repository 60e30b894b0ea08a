package busapi

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Moo returns the agent's answer, of a talkative cow or of another one. address is that of the bus.
func Moo(ctx context.Context, address string, talkative bool) (string, error) {
	var answer string
	err := call(ctx, address, Experimental+".Moo", []any{talkative}, &answer)
	return answer, err
}

// LastRefreshTime returns the Unix time at which the agent last looked at its state, 0 if it never did.
func LastRefreshTime(ctx context.Context, address string) (int64, error) {
	var seconds int64
	err := call(ctx, address, Experimental+".LastRefreshTime", nil, &seconds)
	return seconds, err
}

// CheckUpdate has the agent look for updates now. It does not wait for the outcome.
func CheckUpdate(ctx context.Context, address string) error {
	return call(ctx, address, Control+".CheckUpdate", nil)
}

// Finalize has the agent finalize a staged release now, users or not, if its strategy consents. It does not wait for
// the outcome.
func Finalize(ctx context.Context, address string) error {
	return call(ctx, address, Control+".Finalize", nil)
}

func call(ctx context.Context, address, method string, args []any, results ...any) error {
	conn, err := connect(ctx, address, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	reply := conn.Object(Name, dbus.ObjectPath(Path)).CallWithContext(ctx, method, 0, args...)
	if reply.Err != nil {
		return worded(reply.Err)
	}
	if err := reply.Store(results...); err != nil {
		return fmt.Errorf("unexpected reply to %s: %w", method, err)
	}
	return nil
}
