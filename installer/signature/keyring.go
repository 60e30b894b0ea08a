package signature

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// builtinKeys are the public keys of those who sign images of Fedora CoreOS and of RHEL
// CoreOS, one armored block each.
//
//go:embed signing-keys.asc
var builtinKeys []byte

// maxKeyFile bounds a file of keys.
const maxKeyFile = 8 << 20

// ErrNoKeys is wrapped by errors about files in which there is no usable public key.
var ErrNoKeys = errors.New("no OpenPGP public key found")

// Keyring is a set of public keys whose signatures on images count. The zero value is
// empty. Adding is not safe for concurrent use; verifying is.
type Keyring struct {
	ring sign.Keyring
}

// Key names one key of a ring.
type Key struct {
	Fingerprint string // 40 upper-case hex digits
	UserID      string // the primary one, as its owner wrote it
}

// Builtin returns a ring of the compiled-in keys: Red Hat's release key and those of the
// Fedora releases of which there are images. There is no key of NestOS among them; its
// images need keys that are added.
func Builtin() (*Keyring, error) {
	k := &Keyring{}
	if err := k.add(builtinKeys); err != nil {
		return nil, fmt.Errorf("compiled-in keys: %w", err)
	}
	return k, nil
}

// ReadKeys adds the keys of a keyring: binary, or any number of ASCII-armored blocks with or
// without text between them. Keys that are there already get what is new of them, such as
// revocations. The error wraps ErrNoKeys if there is not one usable key.
func (k *Keyring) ReadKeys(r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return err
	}
	if len(data) > maxKeyFile {
		return fmt.Errorf("more than %d bytes of keys", maxKeyFile)
	}
	return k.add(data)
}

func (k *Keyring) add(data []byte) error {
	keys, err := sign.ParseKeyring(data)
	if err != nil {
		detail := strings.TrimPrefix(err.Error(), sign.ErrNoData.Error()) // GPGME's words, which say no more
		return fmt.Errorf("%w%s", ErrNoKeys, detail)
	}
	got := k.ring.Import(keys)
	switch {
	case got.Imported+got.Updated+got.Unchanged > 0:
		return nil
	case got.Rejected > 0:
		return fmt.Errorf("%w: a key needs a user ID that it has signed", ErrNoKeys)
	}
	return ErrNoKeys
}

// AddFile adds the keys of a file, as ReadKeys does.
func (k *Keyring) AddFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening keyring %s: %w", path, errno.Bare(err))
	}
	defer f.Close()
	if err := k.ReadKeys(f); err != nil {
		return fmt.Errorf("reading keyring %s: %w", path, errno.Bare(err))
	}
	return nil
}

// AddDir adds the keys of all files "*.asc" and "*.gpg" in a directory, in the order of
// their names. A directory that does not exist is an empty one. A file that cannot be used
// does not keep the others from being added; the error tells of all such files.
func (k *Keyring) AddDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading directory of keyrings %s: %w", dir, errno.Bare(err))
	}
	var errs []error
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".asc") && !strings.HasSuffix(name, ".gpg") {
			continue
		}
		if err := k.AddFile(filepath.Join(dir, name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Keys lists the keys in the order in which they were added.
func (k *Keyring) Keys() []Key {
	var list []Key
	for _, key := range k.ring.Keys() {
		out := Key{Fingerprint: key.Fingerprint()}
		if uids := key.Info(time.Time{}, &k.ring).UIDs; len(uids) > 0 {
			out.UserID = uids[0].UID
		}
		list = append(list, out)
	}
	return list
}
