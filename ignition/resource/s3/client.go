package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	attempts  = 3
	firstWait = 200 * time.Millisecond
	// emptyHash is the SHA-256 sum of the bodies that our requests don't have.
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// Credentials sign requests. The zero value stands for anonymous access.
type Credentials struct {
	// AccessKeyID names the key.
	AccessKeyID string
	// SecretAccessKey signs.
	SecretAccessKey string
	// SessionToken is sent with temporary credentials; empty without.
	SessionToken string
}

// Options of a Client. The zero value reads public objects.
type Options struct {
	// Credentials returns what requests are signed with; nil is anonymous access.
	// After an error of it the object is requested anonymously.
	Credentials func(ctx context.Context) (Credentials, error)
	// RegionHint is a region of the partition of s3 URLs, where the regions of
	// buckets are asked for. Empty asks Region.
	RegionHint string
	// Region returns the region hint when there is none; nil, an empty region and
	// an error stand for us-east-1.
	Region func(ctx context.Context) (string, error)
	// UserAgent of requests; empty is that of Go.
	UserAgent string
	// Sleep waits between attempts or returns when ctx is done; nil really waits.
	Sleep func(ctx context.Context, d time.Duration)
}

// Client opens objects; it is a resource.Source. It is safe for concurrent use.
type Client struct {
	opt    Options
	signer *v4.Signer

	mu   sync.Mutex
	hint string
}

// New returns a Client. Nil options are the zero value.
func New(opt *Options) *Client {
	c := &Client{signer: v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3 signs the path as it is sent
	})}
	if opt != nil {
		c.opt = *opt
	}
	if c.opt.Sleep == nil {
		c.opt.Sleep = sleep
	}
	c.hint = c.opt.RegionHint
	return c
}

// SetRegionHint replaces Options.RegionHint.
func (c *Client) SetRegionHint(region string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hint = region
}

// Open opens the object of an s3 or arn URL. Reading must go to the end, or ctx must be
// canceled; the Reader must be closed.
func (c *Client) Open(ctx context.Context, client *http.Client, u *url.URL) (io.ReadCloser, error) {
	o, err := parseURL(u)
	if err != nil {
		return nil, err
	}
	region := o.region
	if region == "" {
		if region, err = c.regionOf(ctx, client, &o); err != nil {
			return nil, err
		}
	}
	target, err := o.objectURL(region)
	if err != nil {
		return nil, o.wrap(err)
	}
	t := transfer{c: c, client: client, url: target, region: region, o: &o}
	return c.open(ctx, t)
}

// open gets the credentials, or does without them.
func (c *Client) open(ctx context.Context, t transfer) (io.ReadCloser, error) {
	if c.opt.Credentials == nil {
		return t.start(ctx)
	}
	credentials, denied := c.opt.Credentials(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if denied == nil {
		t.credentials = credentials
		return t.start(ctx)
	}
	body, err := t.start(ctx)
	if err != nil {
		cause := errors.Unwrap(err)
		return nil, fmt.Errorf("error fetching object %q from bucket %q anonymously: %w (authenticated fetch also failed: %w)",
			t.o.key, t.o.bucket, cause, denied)
	}
	return body, nil
}

func (o *object) wrap(err error) error {
	return fmt.Errorf("error fetching object %q from bucket %q: %w", o.key, o.bucket, err)
}

// regionOf asks a region where a bucket is. The answer's status hardly matters: S3
// tells the region even to those who may not read the bucket.
func (c *Client) regionOf(ctx context.Context, client *http.Client, o *object) (string, error) {
	fail := func(err error) (string, error) {
		return "", fmt.Errorf("couldn't determine the region for bucket %q: %w", o.bucket, err)
	}
	if o.accessPoint != "" {
		return fail(errors.New("multi-region access points are not supported"))
	}
	if o.bucket == "" {
		return fail(errors.New("no bucket"))
	}
	u, err := headURL(o.bucket, c.whereToAsk(ctx, o))
	if err != nil {
		return fail(err)
	}
	var region string
	err = c.try(ctx, func() (bool, error) {
		req, err := c.request(ctx, http.MethodHead, u)
		if err != nil {
			return false, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return true, err
		}
		resp.Body.Close()
		if region = resp.Header.Get("X-Amz-Bucket-Region"); region != "" && resp.StatusCode != http.StatusNotFound {
			return false, nil
		}
		return resp.StatusCode >= 500, statusError(resp.StatusCode)
	})
	if err == statusError(http.StatusNotFound) {
		return "", fmt.Errorf("could not find bucket %q: bucket not found", o.bucket)
	}
	if err != nil {
		return fail(err)
	}
	if _, err := domain(region); err != nil {
		return fail(err)
	}
	return region, nil
}

// whereToAsk is a region of the bucket's partition.
func (c *Client) whereToAsk(ctx context.Context, o *object) string {
	if o.hint != "" {
		return o.hint
	}
	c.mu.Lock()
	hint := c.hint
	c.mu.Unlock()
	if hint != "" {
		return hint
	}
	if c.opt.Region != nil {
		if region, err := c.opt.Region(ctx); err == nil && region != "" {
			return region
		}
	}
	return defaultHint
}

// statusError is the status of an answer without a body.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("status %d %s", int(e), http.StatusText(int(e)))
}

func (c *Client) request(ctx context.Context, method string, u *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	own := *u // with its way of escaping; signing writes to it
	req.URL = &own
	req.Header.Set("Accept-Encoding", "identity")
	if c.opt.UserAgent != "" {
		req.Header.Set("User-Agent", c.opt.UserAgent)
	}
	return req, nil
}

func (c *Client) sign(ctx context.Context, req *http.Request, credentials Credentials, region string) error {
	if credentials == (Credentials{}) {
		return nil
	}
	req.Header.Set("X-Amz-Content-Sha256", emptyHash)
	return c.signer.SignHTTP(ctx, aws.Credentials{
		AccessKeyID:     credentials.AccessKeyID,
		SecretAccessKey: credentials.SecretAccessKey,
		SessionToken:    credentials.SessionToken,
	}, req, emptyHash, "s3", region, time.Now())
}

// try calls f until it succeeds, says that there is no use, or was called three times.
func (c *Client) try(ctx context.Context, f func() (again bool, err error)) error {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		again, err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !again || attempt == attempts {
			return err
		}
		c.opt.Sleep(ctx, wait)
		wait *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
