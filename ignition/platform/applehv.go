package platform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

const (
	vsockHost = 2    // address of the host
	vsockPort = 1024 // where Podman's vfkit and others listen
)

// fetchAppleHV asks a web server on the host, over a virtual socket instead of TCP.
// The host knows only one resource, so its status says nothing.
func fetchAppleHV(ctx context.Context, e *env) (_ Result, err error) {
	if err := e.modprobe(ctx, "/sys/devices/virtual/misc/vsock", "vsock", "Loading vsock kernel module"); err != nil {
		e.log.Err("failed to install vsock kernel module: %v", err)
		return Result{}, fmt.Errorf("failed to install vsock kernel module: %w", err)
	}
	conn, err := e.vsock(ctx, vsockHost, vsockPort)
	if err != nil {
		return Result{}, fmt.Errorf("dial vsock host(%d):%d: %w", vsockHost, vsockPort, err)
	}
	defer conn.Close()
	transport := &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://d/", nil)
	if err != nil {
		return Result{}, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	raw, err := readBounded(resp.Body)
	return Result{Raw: raw}, err
}
