package boottest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// A space is a network namespace: a thread that lives in it and does what it is told, whose children live there too.
type space struct{ work chan func() }

// newSpace makes a namespace in which the loopback interface is up. It ends with the test, and so do the children that
// are to die with their parent's thread.
func newSpace(t *testing.T) *space {
	s := &space{make(chan func())}
	t.Cleanup(func() { close(s.work) })
	started := make(chan error)
	go func() {
		// The thread is never unlocked, so it is not used again but ends with the goroutine.
		runtime.LockOSThread()
		started <- unix.Unshare(unix.CLONE_NEWNET)
		for f := range s.work {
			f()
		}
	}()
	if err := <-started; err != nil {
		testutil.Missing(t, "needs network namespaces: %v", err)
	}
	require.NoError(t, s.run("ip", "link", "set", "lo", "up"))
	return s
}

// do runs a function in the namespace, one at a time. It must not end the goroutine.
func (s *space) do(f func() error) (err error) {
	done := make(chan struct{})
	s.work <- func() {
		defer close(done)
		err = f()
	}
	<-done
	return err
}

func (s *space) run(name string, args ...string) error {
	return s.do(func() error {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
		}
		return nil
	})
}

// serve has the cloud's service answer at its own address in the namespace until the end of the test.
func (s *space) serve(t *testing.T, provider string) *fakecloud.Cloud {
	cloud, ok := fakecloud.Example(provider)
	require.True(t, ok)
	for _, a := range fakecloud.AddressesOf(provider) {
		prefix, err := a.Addr().Prefix(a.Addr().BitLen())
		require.NoError(t, err)
		require.NoError(t, s.run("ip", "address", "add", prefix.String(), "dev", "lo"))
	}
	var listeners []net.Listener
	require.NoError(t, s.do(func() (err error) {
		listeners, err = fakecloud.Listen(provider)
		return err
	}))
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := cloud.Serve(ctx, listeners...); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", provider, err)
		}
	})
	t.Cleanup(func() { stop(); serving.Wait() })
	return cloud
}
