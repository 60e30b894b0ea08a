package testutil_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestFreePort(t *testing.T) {
	seen := map[int]bool{}
	for range 100 {
		port := testutil.FreePort(t)
		require.False(t, seen[port], port)
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
		require.NoError(t, err)
		defer l.Close()
	}
}
