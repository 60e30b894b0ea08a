package platform

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/nestos-dev/nestos/ignition/resource"
)

// linkLocal is where most clouds have their metadata service.
const linkLocal = "http://169.254.169.254"

// service is how a metadata service differs from the common case: a GET with the
// usual headers, whose body is the config and whose status 404 means none.
type service struct {
	header http.Header
	retry  []int      // statuses to try again
	port   func() int // local port
	strict bool       // 404 is an error
	decode func([]byte) ([]byte, error)
}

var (
	google      = service{header: http.Header{"Metadata-Flavor": {"Google"}}}
	oracleCloud = service{
		header: http.Header{"Authorization": {"Bearer Oracle"}},
		retry:  []int{http.StatusTooManyRequests},
		decode: decodeUserData,
	}
	// scaleway gives user data only to privileged ports.
	scaleway = service{port: func() int { return 1 + rand.IntN(1022) }}
)

// metadata returns a function that asks a metadata service; nil is the common case.
func metadata(url string, s *service) func(context.Context, *env) (Result, error) {
	if s == nil {
		s = &service{}
	}
	return func(ctx context.Context, e *env) (Result, error) {
		raw, err := e.get(ctx, url, &resource.GetOptions{Header: s.header, RetryCodes: s.retry, LocalPort: s.port})
		if errors.Is(err, resource.ErrNotFound) && !s.strict {
			return Result{}, nil
		}
		if err == nil && s.decode != nil {
			raw, err = s.decode(raw)
		}
		return Result{Raw: raw}, err
	}
}

// get asks a metadata service.
func (e *env) get(ctx context.Context, url string, opt *resource.GetOptions) ([]byte, error) {
	if e.Offline {
		return nil, resource.ErrNeedsNetwork
	}
	raw, err := e.Fetcher.Get(ctx, url, opt)
	if err == nil && len(raw) > MaxConfigSize {
		// As it came; decoded it may be larger again.
		return nil, ErrTooLarge
	}
	return raw, err
}

// decodeUserData decodes base64.
func decodeUserData(raw []byte) ([]byte, error) {
	plain := make([]byte, base64.StdEncoding.DecodedLen(len(raw)))
	n, err := base64.StdEncoding.Decode(plain, raw)
	if err != nil {
		return nil, fmt.Errorf("decoding userdata: %w", err)
	}
	return plain[:n], nil
}
