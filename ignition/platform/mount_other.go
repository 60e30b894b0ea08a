//go:build !linux

package platform

import "errors"

func mountReadOnly(source, target, fstype string) error { return errors.ErrUnsupported }

func unmount(target string) error { return errors.ErrUnsupported }
