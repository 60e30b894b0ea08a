//go:build !linux

package dracut_test

import "testing"

func readOnly(t *testing.T, _ string) { t.Skip("mounts, which is for Linux") }
