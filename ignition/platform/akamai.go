package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/guestinfo"
)

// fetchAkamai gets a token, and with it user data, which are in base64 and perhaps
// compressed.
func fetchAkamai(ctx context.Context, e *env) (Result, error) {
	token, err := akamaiToken(ctx, e)
	if err != nil {
		return Result{}, fmt.Errorf("get token: %w", err)
	}
	// The service refuses the usual Accept.
	raw, err := e.get(ctx, linkLocal+"/v1/user-data", &resource.GetOptions{
		Header: http.Header{"Accept": {"*/*"}, "Metadata-Token": {token}},
	})
	if err != nil {
		return Result{}, fmt.Errorf("fetch userdata: %w", err)
	}
	if raw, err = decodeUserData(raw); err != nil {
		return Result{}, err
	}
	if bytes.HasPrefix(raw, []byte("\x1f\x8b\x08")) {
		if raw, err = guestinfo.Gunzip(raw, MaxConfigSize); err != nil {
			return Result{}, fmt.Errorf("unzip: %w", err)
		}
	}
	return Result{Raw: raw}, nil
}

func akamaiToken(ctx context.Context, e *env) (string, error) {
	token, err := e.get(ctx, linkLocal+"/v1/token", &resource.GetOptions{
		Method: http.MethodPut,
		Header: http.Header{"Accept": {"text/plain"}, "Metadata-Token-Expiry-Seconds": {"300"}},
	})
	if err != nil {
		return "", err
	}
	token = bytes.TrimSpace(token)
	if len(token) == 0 {
		return "", errors.New("received an empty token")
	}
	return string(token), nil
}
