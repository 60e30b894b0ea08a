package resource

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// fetchGoogle delivers an object of Google Cloud Storage by the JSON API, with a token
// if there is one to be had.
func (f *Fetcher) fetchGoogle(ctx context.Context, u *url.URL, header http.Header, d *delivery) error {
	header = maps.Clone(header)
	if f.opt.GoogleToken != nil {
		token, err := f.opt.GoogleToken(ctx)
		if ctx.Err() != nil {
			return ended(ctx)
		}
		switch {
		case err != nil && !errors.Is(err, ErrAnonymous):
			// The object may well be one that only the service account may read.
			return fmt.Errorf("fetching GCS auth token: %w", err)
		case err != nil:
			d.log.Debug("falling back to unauthenticated GCS access: %s", oneLine(err))
		case token != "":
			if header == nil {
				header = http.Header{}
			}
			header.Set("Authorization", "Bearer "+token)
		}
	}
	object := strings.TrimLeft(u.Path, "/")
	return f.fetchHTTP(ctx, request{
		url: f.opt.GoogleStorage + "/storage/v1/b/" + url.PathEscape(u.Host) + "/o/" +
			url.PathEscape(object) + "?alt=media",
		header: header,
	}, d)
}
