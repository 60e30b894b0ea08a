package installer_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
)

// TestSecretsInURLs: neither texts nor errors have passwords or the signatures of signed URLs.
func TestSecretsInURLs(t *testing.T) {
	status := http.StatusForbidden
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/x.raw?X-Amz-Signature=s3cr3t", http.StatusFound)
			return
		}
		if status == http.StatusOK {
			io.WriteString(w, "image")
			return
		}
		w.WriteHeader(status)
	}))
	defer web.Close()
	host := strings.TrimPrefix(web.URL, "http://")
	for _, link := range []string{
		"http://user:s3cr3t@" + host + "/x.raw", "http://user:s3cr3t@127.0.0.1:1/x.raw", "http://s3cr3t@" + host + "/x.raw", "http://user:s3cr3t@" + host + "/",
		web.URL + "/x.raw?X-Amz-Signature=s3cr3t", "http://127.0.0.1:1/x.raw?sv=1&sig=s3cr3t", web.URL + "/moved",
		"http://user:s3cr3t@%zz/", "http://%zz/?sig=s3cr3t", "ftp://user:s3cr3t@host/x?sig=s3cr3t",
	} {
		for _, status = range []int{http.StatusForbidden, http.StatusBadGateway, http.StatusNoContent, http.StatusOK} {
			var seen strings.Builder
			c := installer.Common{
				Message: func(text string) { fmt.Fprintln(&seen, text) },
				Logger:  slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug})),
			}
			_, err := installer.Download(t.Context(), &installer.DownloadOptions{Common: c, ImageURL: link, Directory: t.TempDir(), Insecure: true})
			fmt.Fprintf(&seen, "%v\n%#v\n", err, err)
			_, err = installer.ListStream(t.Context(), &c, "", link)
			fmt.Fprintf(&seen, "%v\n%#v\n", err, err)
			_, err = installer.Install(t.Context(), &installer.Options{Common: c, Config: config.Config{
				IgnitionURL: link, InsecureIgnition: true, DestDevice: "/nonexistent",
			}})
			fmt.Fprintf(&seen, "%v\n", err)
			require.NotContains(t, seen.String(), "s3cr3t", "%s %d", link, status)
		}
	}
}

// TestNilOptions are as good as empty ones.
func TestNilOptions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := installer.Install(ctx, nil)
	require.ErrorIs(t, err, installer.ErrNoDestination)
	_, err = installer.Download(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = installer.ListStream(ctx, nil, "", "")
	require.ErrorIs(t, err, context.Canceled)
}
