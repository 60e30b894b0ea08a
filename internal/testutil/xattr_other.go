//go:build !linux

package testutil

import "errors"

func setXattr(path, name string, value []byte) error { return errors.ErrUnsupported }

func xattrs(path string) (map[string]string, error) { return nil, nil }
