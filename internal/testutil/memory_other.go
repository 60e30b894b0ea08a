//go:build !linux

package testutil

import "testing"

// MainInMemory runs the tests; only on Linux it knows how to have their temporary directories in memory.
func MainInMemory(m *testing.M) int { return m.Run() }
