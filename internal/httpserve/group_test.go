package httpserve_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// services are two of which the first does not answer before leave is closed.
func services(dir string, entered, leave chan struct{}) []httpserve.Service {
	return []httpserve.Service{
		{Name: "main", Config: httpserve.Config{Address: "127.0.0.1"}, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			entered <- struct{}{}
			<-leave
		})},
		{Name: "side", Config: httpserve.Config{Socket: filepath.Join(dir, "s")}, Handler: http.HandlerFunc(hello)},
	}
}

func TestGroup(t *testing.T) {
	dir := t.TempDir()
	entered, leave := make(chan struct{}), make(chan struct{})
	list := services(dir, entered, leave)
	closed := 0
	list[1].Done = func() error { closed++; return nil }
	var g httpserve.Group
	require.Nil(t, g.Addr("main"))
	require.False(t, g.Listening())
	require.NoError(t, g.Listen(list, nil))
	require.True(t, g.Listening())
	require.Error(t, g.Listen(services(dir, entered, leave), nil), "it is bound already")
	require.Nil(t, g.Addr("nobody"))

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx) }()
	reply := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + g.Addr("main").String())
		if err == nil {
			err = resp.Body.Close()
		}
		reply <- err
	}()
	<-entered
	require.False(t, g.Draining())
	stop()
	// As long as the first drains the other is there.
	side := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", list[1].Config.Socket)
	}, DisableKeepAlives: true}}
	require.Eventually(t, g.Draining, time.Minute, time.Millisecond)
	require.Equal(t, 200, status(t, side, "http://side/"))
	require.Zero(t, closed)
	close(leave)
	require.NoError(t, <-reply)
	require.NoError(t, <-done)
	require.Equal(t, 1, closed)
	_, err := side.Get("http://side/")
	require.Error(t, err)
}

// Of a group that cannot have all its addresses none stays bound.
func TestGroupBindsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	bad := services(dir, nil, nil)
	bad[0].Config = httpserve.Config{Socket: filepath.Join(dir, "first")}
	bad[1].Config.AuthFile = filepath.Join(dir, "nothing")
	released := errors.New("released")
	bad[1].Done = func() error { return released }
	var g httpserve.Group
	err := g.Listen(bad, nil)
	require.ErrorContains(t, err, "side: ")
	require.ErrorIs(t, err, released)
	require.NoFileExists(t, bad[0].Config.Socket)
	require.False(t, g.Listening())
	require.NoError(t, g.Listen(services(dir, nil, nil), nil))
	require.NoError(t, g.Close())
	require.NoFileExists(t, filepath.Join(dir, "s"))
}
