//go:build !unix

package iso

import "os"

func lock(*os.File, bool) {}
