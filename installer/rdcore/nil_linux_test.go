package rdcore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/rdcore"
)

// TestNilOptions name nothing to work on: an error.
func TestNilOptions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rdcore.Kargs(ctx, nil)
	require.ErrorIs(t, err, rdcore.ErrNoBoot)
	_, err = rdcore.Rootmap(ctx, nil)
	require.Error(t, err)
	require.Error(t, rdcore.BindBoot(ctx, nil))
	require.Error(t, rdcore.VerifyUniqueLabel(ctx, nil))
}
