package cloud_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/ignition/resource/cloud"
	"github.com/nestos-dev/nestos/ignition/resource/s3"
)

type source struct{}

func (source) Open(context.Context, *http.Client, *url.URL) (io.ReadCloser, error) { return nil, nil }

func TestOptions(t *testing.T) {
	for _, platform := range []string{"aws", "azure", "qemu"} {
		opt := cloud.Options(platform, nil)
		require.IsType(t, &s3.Client{}, opt.Sources["s3"])
		require.Same(t, opt.Sources["s3"], opt.Sources["arn"])
		require.NotNil(t, opt.GoogleToken)
		require.Equal(t, platform == "azure", opt.AzureToken != nil)
	}
	base := &resource.Options{Version: "2.26.0", Sources: map[string]resource.Source{"s3": source{}, "x": source{}}}
	opt := cloud.Options("aws", base)
	require.Equal(t, "2.26.0", opt.Version)
	require.Equal(t, source{}, opt.Sources["s3"])
	require.Len(t, opt.Sources, 3)
	require.Len(t, base.Sources, 2)
	_, err := resource.New(opt)
	require.NoError(t, err)
}
