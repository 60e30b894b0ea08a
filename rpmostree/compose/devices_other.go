//go:build !linux

package compose

import "fmt"

const inputHashXattr = "user.rpmostree.inputhash"

func hideDevices(string, func(string)) ([]string, error) {
	return nil, fmt.Errorf("composing from directories is %w on this system", errNotSupported)
}

func setInputHash(dir, hash string) error { return nil }

func inputHashOf(dir string) (string, error) { return "", nil }
