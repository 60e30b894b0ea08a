package rdcore

import (
	"errors"
	"fmt"
)

// Zipl would make the boot loader of IBM Z read changed kernel arguments. It is not supported:
// it always returns an error that wraps [errors.ErrUnsupported].
func Zipl() error { return fmt.Errorf("zipl is not supported: %w", errors.ErrUnsupported) }
