package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	azureHost = ".blob.core.windows.net"
	// azureVersion is of the protocol; the service takes tokens since that of 2017.
	azureVersion  = "2021-12-02"
	azureAttempts = 4
)

func isAzureBlob(u *url.URL) bool { return strings.HasSuffix(u.Host, azureHost) }

// fetchAzure delivers a blob with a token. Done is false when plain HTTP is to be tried.
func (f *Fetcher) fetchAzure(ctx context.Context, u *url.URL, d *delivery) (done bool, err error) {
	n := f.reach()
	within, cancel := n.within(ctx)
	defer cancel()
	body, err := f.openAzure(within, n.client, u)
	if err == nil {
		err = f.drain(within, cancel, d, body)
	}
	if err == nil || d.n > 0 {
		// Bytes that w took cannot be taken back.
		return true, err
	}
	if ctx.Err() != nil {
		return true, ended(ctx)
	}
	if mismatch, ok := errors.AsType[*HashError](err); ok {
		return true, mismatch
	}
	d.log.Info("could not fetch %s via Azure credentials: %s", ShownURL(u.String()), shownError(err))
	d.log.Info("falling back to HTTP fetch")
	return false, nil
}

// openAzure opens a blob. The token only ever goes to TLS servers.
func (f *Fetcher) openAzure(ctx context.Context, client *http.Client, u *url.URL) (io.ReadCloser, error) {
	container, blob, ok := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if !ok || blob == "" || strings.Contains(blob, "/") {
		return nil, fmt.Errorf("invalid URL path, ensure url has a structure of /container/filename.ign: %s", u.Path)
	}
	if u.Scheme != "https" {
		return nil, errors.New("authenticated requests are not permitted for non TLS protected (https) endpoints")
	}
	token, err := f.opt.AzureToken(ctx)
	if err != nil {
		return nil, err
	}
	if token == "" {
		return nil, errors.New("no credentials")
	}
	target := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + container + "/" + blob}
	wait := 4 * firstWait
	for attempt := 1; ; attempt++ {
		body, again, err := f.azureAttempt(ctx, client, target.String(), token)
		if err == nil {
			return body, nil
		}
		err = fmt.Errorf("failed to download blob from container '%s', file '%s': %w", container, blob, err)
		if !again || attempt == azureAttempts || ctx.Err() != nil {
			return nil, err
		}
		f.opt.Sleep(ctx, wait)
		wait *= 2
	}
}

func (f *Fetcher) azureAttempt(ctx context.Context, client *http.Client, target, token string) (body io.ReadCloser, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header = http.Header{
		"User-Agent":      {"Ignition/" + f.opt.Version},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
		"Authorization":   {"Bearer " + token},
		"X-Ms-Version":    {azureVersion},
		"X-Ms-Date":       {time.Now().UTC().Format(http.TimeFormat)},
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, true, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, false, nil
	}
	resp.Body.Close()
	again = slices.Contains([]int{408, 429, 500, 502, 503, 504}, resp.StatusCode)
	return nil, again, fmt.Errorf("status %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}
