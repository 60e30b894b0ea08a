package sign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
)

// DefaultKeyDirs are where the system's keys are looked for.
func DefaultKeyDirs() []string { return []string{"/etc/ostree", "/usr/share/ostree"} }

const pemDashes = "-----"

// pemBlocks returns the content of all PEM blocks (RFC 7468, no headers). Text between
// blocks is ignored.
func pemBlocks(file []byte, label string) ([][]byte, error) {
	var blocks [][]byte
	var body strings.Builder
	inside := ""
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		begin, isBegin := pemLabel(line, "BEGIN ")
		end, isEnd := pemLabel(line, "END ")
		switch {
		case inside == "" && isBegin:
			inside = begin
		case inside == "":
		case isEnd && end != inside:
			//lint:ignore ST1005 the reference's text
			return nil, errors.New("Unmatched PEM header")
		case isEnd && inside != label:
			//lint:ignore ST1005 the reference's text
			return nil, fmt.Errorf("Unexpected label \"%s\"", inside)
		case isEnd:
			blocks = append(blocks, decodeBase64(body.String()))
			body.Reset()
			inside = ""
		default:
			body.WriteString(line)
		}
	}
	if inside != "" {
		return nil, errors.New("PEM trailer not found")
	}
	return blocks, nil
}

// pemLabel returns the label of a line like -----BEGIN LABEL-----.
func pemLabel(line, verb string) (string, bool) {
	rest, ok := strings.CutPrefix(line, pemDashes+verb)
	if !ok {
		return "", false
	}
	label, ok := strings.CutSuffix(rest, pemDashes)
	return label, ok && label != ""
}

// reader finds the second interface of an engine.
func reader(e Engine) (KeyReader, error) {
	r, ok := e.(KeyReader)
	if !ok {
		return nil, fmt.Errorf("%s: engine cannot read key files", e.Name())
	}
	return r, nil
}

// ReadPublicKeys reads the public keys of a file. Not to find any is an error that wraps
// ErrNoKeys.
func ReadPublicKeys(e Engine, path string) ([][]byte, error) {
	r, err := reader(e)
	if err != nil {
		return nil, err
	}
	return readKeyFile(e, path, r.PublicKeys)
}

// ReadSecretKeys reads the secret keys of a file. Not to find any is an error that wraps
// ErrNoKeys.
func ReadSecretKeys(e Engine, path string) ([][]byte, error) {
	r, err := reader(e)
	if err != nil {
		return nil, err
	}
	return readKeyFile(e, path, r.SecretKeys)
}

func readKeyFile(e Engine, path string, read func([]byte) ([][]byte, error)) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errno.New("stat", path, err)
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, &lookupError{fmt.Sprintf("File object '%s' is not a regular file", path), errors.Join(ErrNoKeys, err)}
	}
	data, err := readOptional(path, maxKeyringSize)
	if err != nil {
		return nil, err
	}
	keys, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(keys) == 0 {
		return nil, &lookupError{fmt.Sprintf("signature: %s: no valid keys in file '%s'", e.Name(), path), ErrNoKeys}
	}
	return keys, nil
}

// LoadKeys reads the system's keys for an engine: in each base directory the file
// trusted.<engine>, every file of trusted.<engine>.d, and likewise revoked.<engine>[.d].
// No directories means DefaultKeyDirs. Trusted files that cannot be read or hold no valid keys are
// passed over; not to find a single trusted key is an error that wraps ErrNoKeys. A file of revoked
// keys that exists but cannot be read is an error, lest a revoked key be trusted.
func LoadKeys(e Engine, baseDirs ...string) (*Keys, error) {
	if len(baseDirs) == 0 {
		baseDirs = DefaultKeyDirs()
	}
	keys := &Keys{}
	for _, dir := range baseDirs {
		trusted, _ := loadSet(e, filepath.Join(dir, "trusted."+e.Name()))
		keys.Trust(trusted...)
		revoked, err := loadSet(e, filepath.Join(dir, "revoked."+e.Name()))
		if err != nil {
			return nil, err
		}
		keys.Revoke(revoked...)
	}
	if len(keys.Trusted) == 0 {
		return nil, &lookupError{fmt.Sprintf("signature: %s: no keys loaded", e.Name()), ErrNoKeys}
	}
	return keys, nil
}

// loadSet reads a key file and the directory beside it, in the order of the names. The
// error tells of files that could not be read, others are none.
func loadSet(e Engine, path string) (keys [][]byte, err error) {
	names := []string{path}
	entries, dirErr := os.ReadDir(path + ".d")
	if dirErr != nil && !errors.Is(dirErr, fs.ErrNotExist) {
		err = errno.New("opendir", path+".d", dirErr)
	}
	for _, entry := range entries {
		names = append(names, filepath.Join(path+".d", entry.Name()))
	}
	for _, name := range names {
		more, fileErr := ReadPublicKeys(e, name)
		if fileErr != nil && !errors.Is(fileErr, ErrNoKeys) {
			err = errors.Join(err, fileErr)
		}
		keys = append(keys, more...)
	}
	return keys, err
}
