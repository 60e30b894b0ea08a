package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	awsTokenURL    = linkLocal + "/latest/api/token"
	awsIdentityURL = linkLocal + "/latest/dynamic/instance-identity/document"
	awsUserDataURL = linkLocal + "/2019-10-01/user-data"

	awsFallbackRegion = "us-east-1"
	awsRegionTimeout  = 15 * time.Second
)

// regional is a Fetcher that wants to know where the machine is.
type regional interface{ SetRegionHint(region string) }

// initAWS tells the Fetcher the region. Asking for a token first waits for the
// network as long as it takes; only then does the limit for the region begin.
func initAWS(ctx context.Context, e *env) error {
	header, err := awsSession(ctx, e)
	if err != nil {
		return err
	}
	region, err := awsRegion(ctx, e, header)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		region = awsFallbackRegion
		e.log.Warning("failed to determine EC2 region, falling back to default %s: %v", region, err)
	}
	if f, ok := e.Fetcher.(regional); ok {
		f.SetRegionHint(region)
	}
	return nil
}

func awsRegion(ctx context.Context, e *env, header http.Header) (string, error) {
	raw, err := e.get(ctx, awsIdentityURL, &resource.GetOptions{Header: header, Timeout: awsRegionTimeout})
	if err != nil {
		return "", err
	}
	var identity struct{ Region string }
	if err := json.Unmarshal(raw, &identity); err != nil {
		return "", err
	}
	if identity.Region == "" {
		return "", errors.New("instance identity has no region")
	}
	return identity.Region, nil
}

// fetchAWS gets user data, with a session token where the service has tokens.
func fetchAWS(ctx context.Context, e *env) (Result, error) {
	header, err := awsSession(ctx, e)
	if err != nil {
		return Result{}, err
	}
	if header == nil {
		e.log.Info("IMDSv2 service is unavailable; falling back to IMDSv1")
	}
	raw, err := e.get(ctx, awsUserDataURL, &resource.GetOptions{Header: header})
	if errors.Is(err, resource.ErrNotFound) {
		return Result{}, nil
	}
	return Result{Raw: raw}, err
}

// awsSession returns the header of a new session, or nil if the service has none.
func awsSession(ctx context.Context, e *env) (http.Header, error) {
	token, err := e.get(ctx, awsTokenURL, &resource.GetOptions{
		Method: http.MethodPut,
		Header: http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}},
	})
	switch {
	case errors.Is(err, resource.ErrNotFound):
		e.log.Debug("cannot read IMDSv2 session token from %q", awsTokenURL)
		return nil, nil
	case err != nil:
		e.log.Debug("unexpected error retrieving IMDSv2 session token: %v", err)
		return nil, err
	}
	return http.Header{"X-Aws-Ec2-Metadata-Token": {string(bytes.TrimSpace(token))}}, nil
}
