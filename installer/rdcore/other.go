//go:build !linux

package rdcore

import (
	"context"
	"errors"
	"fmt"
	"os"
)

var errPlatform = fmt.Errorf("block devices are not supported on this system: %w", errors.ErrUnsupported)

func (s *System) withBoot(context.Context, Boot, func(*os.Root) error) error { return errPlatform }

// Rootmap is not supported on this system.
func Rootmap(context.Context, *RootmapOptions) ([]string, error) { return nil, errPlatform }

// BindBoot is not supported on this system.
func BindBoot(context.Context, *BindBootOptions) error { return errPlatform }

// VerifyUniqueLabel is not supported on this system.
func VerifyUniqueLabel(context.Context, *UniqueLabelOptions) error { return errPlatform }
