//go:build !linux

package testutil

import "testing"

// UserXattrs skips: the capability is only probed on Linux.
func UserXattrs(t testing.TB, dir string) { t.Helper(); t.Skip("needs Linux") }

// Reflink skips: the capability is only probed on Linux.
func Reflink(t testing.TB, dir string) { t.Helper(); t.Skip("needs Linux") }

// Namespaces skips: there are none outside Linux.
func Namespaces(t testing.TB, kinds ...string) { t.Helper(); t.Skip("needs Linux") }

// Tmpfs skips: mounting is only known on Linux.
func Tmpfs(t testing.TB, options string) string { t.Helper(); t.Skip("needs Linux"); return "" }

// BindMount skips: mounting is only known on Linux.
func BindMount(t testing.TB, source, target string) { t.Helper(); t.Skip("needs Linux") }
