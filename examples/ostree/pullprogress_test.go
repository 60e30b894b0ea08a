package main

import (
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/stretchr/testify/require"
)

func TestPullText(t *testing.T) {
	e := progress.Event{Text: "Receiving objects"}
	require.Equal(t, "Receiving objects", pullText(e, time.Second))
	e.Items, e.Bytes = progress.Count{Done: 1957, Total: 3005}, progress.Count{Done: 208_000}
	require.Equal(t, "Receiving objects: 65% (1957/3005) 104.0\u00a0kB/s 208.0\u00a0kB", pullText(e, 2*time.Second))
	require.Contains(t, pullText(e, 0), " 0 bytes/s ")
}
