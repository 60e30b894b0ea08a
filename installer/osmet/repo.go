package osmet

import (
	"io"
	"path/filepath"
)

// ObjectOpener gives access to the contents of files in an OSTree repository.
type ObjectOpener interface {
	// OpenObject opens the object of a file with the checksum, in lower-case hexadecimal.
	OpenObject(checksum string) (io.ReadSeekCloser, error)
}

// Repo returns the objects of the repository in a directory, which must store them as they are: of mode bare, bare-user or
// bare-user-only.
func Repo(dir string) ObjectOpener { return repo(dir) }

type repo string

func (r repo) OpenObject(checksum string) (io.ReadSeekCloser, error) {
	f, _, err := openRegular(filepath.Join(string(r), objectPath(checksum)))
	return f, err
}

// objectPath is where a repository has an object.
func objectPath(checksum string) string {
	return filepath.Join("objects", checksum[:2], checksum[2:]+".file")
}
