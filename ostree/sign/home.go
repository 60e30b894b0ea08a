package sign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Limits on what is read from a GnuPG home.
const (
	maxKeyringSize = 64 << 20
	maxKeyFileSize = 1 << 20
)

// Home is a GnuPG home directory, read without GnuPG: public keys from pubring.kbx or
// pubring.gpg, secret keys from private-keys-v1.d or secring.gpg.
type Home struct {
	// Dir is the directory.
	Dir string
	// Label replaces Dir in error messages.
	Label string
	// Program is the gpg to run for what needs the agent or the key daemon: secret keys
	// with a passphrase or on a card, and key databases of keyboxd. The default "" means `gpg` in
	// PATH; "-" never runs a program.
	Program string
}

// DefaultHome returns the home that gpg uses when none is given: the value of GNUPGHOME
// or, if it is empty, .gnupg in the user's home directory.
func DefaultHome(gnupgHome, userHome string) *Home {
	return &Home{Dir: firstOf(gnupgHome, filepath.Join(userHome, ".gnupg")), Label: "<default>"}
}

func (h *Home) label() string { return firstOf(h.Label, h.Dir) }

// Keyring reads the public keys. A home without any is an empty keyring. The context
// bounds the run of the program, which only key databases of keyboxd need.
func (h *Home) Keyring(ctx context.Context) (*Keyring, error) {
	if _, err := os.Stat(h.path("public-keys.d", "pubring.db")); err == nil {
		data, err := h.run(ctx, nil, "--export")
		if err != nil {
			return nil, err
		}
		return ParseKeyring(data)
	}
	for _, name := range []string{"pubring.kbx", "pubring.gpg"} {
		ring, err := h.readKeyring(name)
		if err != nil || ring.Len() > 0 {
			return ring, err
		}
	}
	return &Keyring{}, nil
}

func (h *Home) readKeyring(name string) (*Keyring, error) {
	data, err := readOptional(h.path(name), maxKeyringSize)
	if err != nil {
		return nil, err
	}
	ring, err := ParseKeyring(data)
	if errors.Is(err, ErrNoData) && isKeybox(data) {
		return &Keyring{}, nil // a keybox may be empty or hold X.509 certificates only
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.path(name), err)
	}
	return ring, nil
}

func (h *Home) path(elem ...string) string {
	return filepath.Join(append([]string{h.Dir}, elem...)...)
}

// secrets reads all secret keys, by the identity of their material.
func (h *Home) secrets() (map[string]*secretKey, error) {
	found := map[string]*secretKey{}
	if err := h.oldSecrets(found); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(h.path("private-keys-v1.d"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errno.New("opendir", h.path("private-keys-v1.d"), err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".key") {
			continue
		}
		data, err := readOptional(h.path("private-keys-v1.d", f.Name()), maxKeyFileSize)
		if err != nil {
			return nil, err
		}
		secret, err := parseAgentKey(data)
		if err != nil {
			continue // of a kind that cannot sign for OpenPGP
		}
		// Migration leaves the old keyring alone and protects its copies, with an
		// empty passphrase if need be.
		if old := found[secret.id]; old == nil || old.locked {
			found[secret.id] = secret
		}
	}
	return found, nil
}

func (h *Home) oldSecrets(found map[string]*secretKey) error {
	data, err := readOptional(h.path("secring.gpg"), maxKeyringSize)
	if err != nil {
		return err
	}
	list, err := parseSecring(data)
	if err != nil {
		return fmt.Errorf("%s: %w", h.path("secring.gpg"), err)
	}
	for _, secret := range list {
		found[secret.id] = secret
	}
	return nil
}

// readOptional reads a file of limited size; one that does not exist is empty.
func readOptional(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errno.New("open", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, errno.New("read", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, limit)
	}
	return data, nil
}

// run calls gpg on this home and returns its output.
func (h *Home) run(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	if h.Program == "-" {
		return nil, errors.New("running gpg is not allowed")
	}
	program, err := exec.LookPath(firstOf(h.Program, "gpg"))
	if err != nil {
		return nil, errors.New("the gpg program is not available")
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--homedir", h.Dir, "--batch", "--no-tty", "--quiet"}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		message := strings.TrimSpace(stderr.String())
		if len(message) > 1024 {
			message = message[:1024]
		}
		return nil, fmt.Errorf("gpg: %w: %s", err, message)
	}
	return stdout.Bytes(), nil
}
