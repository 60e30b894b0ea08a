package installer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/source"
	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/fetch"
)

// client makes the HTTP client for one run.
func (c *Common) client(retries config.Retries) *source.Client {
	n := int(min(retries.Count, math.MaxInt32))
	if retries.Infinite {
		n = -1
	}
	return &source.Client{UserAgent: c.flavour().Program, CAFiles: c.CAFiles, Getenv: c.Getenv, Retries: n, Message: c.Message}
}

// openURL opens an image on a web server and fetches the signature beside it.
func (c *Common) openURL(ctx context.Context, link string, client *source.Client) (*image, error) {
	sig, err := source.SignatureURL(link)
	if err != nil {
		return nil, err
	}
	c.note(fmt.Sprintf("Downloading image from %s\nDownloading signature from %s", fetch.RedactURL(link), fetch.RedactURL(sig)))
	return c.open(ctx, client, link, sig, "disk")
}

// open starts to fetch an artifact. A signature that cannot be fetched counts as absent.
func (c *Common) open(ctx context.Context, client *source.Client, link, sig, artifact string) (*image, error) {
	i := &image{name: fetch.RedactURL(link), artifact: artifact}
	if err := c.fetchSignature(ctx, client, i, sig); err != nil {
		return nil, err
	}
	var err error
	var status *source.StatusError
	i.body, i.length, i.file, err = client.Open(ctx, link)
	if err != nil && !errors.As(err, &status) {
		err = fmt.Errorf("fetching image URL: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return i, nil
}

func (c *Common) fetchSignature(ctx context.Context, client *source.Client, i *image, link string) error {
	if link == "" {
		return nil
	}
	var err error
	if i.signature, err = client.Signature(ctx, link); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var size *source.SizeError
	if errors.As(err, &size) { // it is there, so nothing excuses that it is bad
		return err
	}
	i.signature = nil
	c.note(fmt.Sprintf("Failed to fetch signature: %v", err))
	return nil
}

// openStream opens the artifacts of an image that a stream has.
func (c *Common) openStream(ctx context.Context, client *source.Client, o *streamQuery) ([]func() (*image, error), error) {
	link, err := c.streamURL(o.base, o.name)
	if err != nil {
		return nil, err
	}
	if o.base != "" {
		c.note(fmt.Sprintf("Downloading %s %s image (%s) and signature referenced from %s", o.arch, o.platform, o.format, fetch.RedactURL(link)))
	} else {
		c.note(fmt.Sprintf("Downloading %s %s %s %s image (%s) and signature", c.flavour().StreamProduct, streamName(o.name), o.arch, o.platform, o.format))
	}
	artifacts, err := c.findArtifacts(ctx, client, link, o)
	if err != nil {
		return nil, err
	}
	var opens []func() (*image, error)
	for _, a := range artifacts {
		if err := checkURLs(&a); err != nil {
			return nil, err
		}
		opens = append(opens, func() (*image, error) {
			i, err := c.open(ctx, client, a.Location, a.Signature, a.Type)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(link, "https:") {
				i.sha256 = strings.ToLower(a.SHA256)
			}
			return i, nil
		})
	}
	return opens, nil
}

// checkURLs refuses addresses that are none before anything is fetched.
func checkURLs(a *stream.Artifact) error {
	if _, err := config.CanonicalURL(a.Location); err != nil {
		return fmt.Errorf("parsing artifact URL from stream metadata: %w", err)
	}
	if a.Signature == "" {
		return nil // counts as absent
	}
	if _, err := config.CanonicalURL(a.Signature); err != nil {
		return fmt.Errorf("parsing signature URL from stream metadata: %w", err)
	}
	return nil
}

// streamQuery names an image of a stream.
type streamQuery struct{ base, name, arch, platform, format string }

func (c *Common) findArtifacts(ctx context.Context, client *source.Client, link string, o *streamQuery) ([]stream.Artifact, error) {
	s, err := stream.Fetch(ctx, client, link)
	if err != nil {
		return nil, err
	}
	return s.Artifacts(o.arch, o.platform, o.format)
}

// errArtifacts are the errors about streams whose image is not exactly one artifact.
var (
	errSeveralArtifacts = errors.New("found multiple artifacts")
	errNoArtifacts      = errors.New("no artifacts found")
)

func one(opens []func() (*image, error)) (*image, error) {
	switch {
	case len(opens) > 1:
		return nil, errSeveralArtifacts
	case len(opens) == 0:
		return nil, errNoArtifacts
	}
	return opens[0]()
}

// ListStream fetches the metadata of a stream, which Stream.List and [stream.WriteTable]
// show. An empty name is the default stream, an empty base the flavour's. A nil c is the zero
// value.
func ListStream(ctx context.Context, c *Common, name, base string) (*stream.Stream, error) {
	if c == nil {
		c = &Common{}
	}
	link, err := c.streamURL(base, name)
	if err != nil {
		return nil, err
	}
	client := c.client(config.Retries{})
	defer client.Close()
	return stream.Fetch(ctx, client, link)
}

// closing is an image body that also closes what it came from.
type closing struct {
	io.ReadCloser
	also func()
}

func (c *closing) Close() error {
	err := c.ReadCloser.Close()
	c.also()
	return err
}
