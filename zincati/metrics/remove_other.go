//go:build !unix

package metrics

import "os"

func removeFile(path string) error { return os.Remove(path) }
