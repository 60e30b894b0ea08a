package disks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
)

// IBM Crypto Express cards (s390x): the volume key is in the card, and what zkey
// keeps in its repository is that key wrapped by the card's master key.

// cexKeyFile is the fixed key of the key slot; the distribution brings it.
func (v *volume) cexKeyFile() string { return filepath.Join(v.h.Settings.LuksKeyDir, "cex.key") }

func (v *volume) secureKey(ext string) string { return "ignition-luks-" + v.cfg.Name + ext }

// generateSecureKey makes a key and returns the arguments of luksFormat that use it.
func (v *volume) generateSecureKey(ctx context.Context) ([]string, error) {
	repository := v.h.Settings.CexKeyRepository
	if err := os.MkdirAll(repository, 0o700); err != nil {
		return nil, fmt.Errorf("generating secure key: creating %q: %w", repository, err)
	}
	queues, err := v.ccaQueues()
	if err != nil {
		return nil, fmt.Errorf("generating secure key: querying APQNs: %w", err)
	}
	cmd := run.Command("zkey", "generate", "--name", v.secureKey(""), "--key-type", "CCA-AESCIPHER", "--xts",
		"--description", "Secure Key for "+v.cfg.Name+" Volume", "--apqns", strings.Join(queues, ","))
	if err := v.cmd(ctx, "generating cex secure keys", cmd); err != nil {
		return nil, fmt.Errorf("generating secure key: %w", err)
	}
	file := filepath.Join(repository, v.secureKey(".skey"))
	st, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("generating luksFormat args: error getting the key size: %w", err)
	}
	return []string{"--volume-key-file", file, "--cipher", "paes-xts-plain64", "--key-size", strconv.FormatInt(st.Size()*8, 10)}, nil
}

var queueName = regexp.MustCompile(`^[0-9a-f]{2}\.[0-9a-f]{4}$`)

// ccaQueues are the queues of cards in CCA mode, those that are offline left out.
func (v *volume) ccaQueues() ([]string, error) {
	dir := filepath.Join(v.h.Settings.SysDir, "bus/ap/devices")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, errors.New("adjunct processor not found")
	}
	var queues []string
	for _, e := range entries {
		if !queueName.MatchString(e.Name()) {
			continue
		}
		cca, err := isCCA(filepath.Join(dir, e.Name(), "uevent"))
		if err != nil {
			return nil, err
		}
		online, err := os.ReadFile(filepath.Join(dir, e.Name(), "online"))
		if cca && (err != nil || strings.TrimSpace(string(online)) != "0") {
			queues = append(queues, e.Name())
		}
	}
	if len(queues) == 0 {
		return nil, errors.New("cannot find the cca ap controller")
	}
	return queues, nil
}

func isCCA(uevent string) (bool, error) {
	b, err := os.ReadFile(uevent)
	if err != nil {
		return false, fmt.Errorf("failed to parse uevent file: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if _, v, ok := strings.Cut(line, "="); ok && strings.TrimSpace(v) == "cca" {
			return true, nil
		}
	}
	return false, nil
}

// keepSecureKey protects the key slot and notes the key's files for the real root.
func (v *volume) keepSecureKey(ctx context.Context) error {
	cmd := run.Command("zkey-cryptsetup", "setvp", v.alias, "--key-file", v.keyFile)
	if err := v.cmd(ctx, fmt.Sprintf("Setting verification pattern for device: %q", v.alias), cmd); err != nil {
		return fmt.Errorf("zkey Verification pattern failed: %w", err)
	}
	for _, ext := range []string{".info", ".skey"} {
		name := v.secureKey(ext)
		b, err := os.ReadFile(filepath.Join(v.h.Settings.CexKeyRepository, name))
		if err != nil {
			return fmt.Errorf("saving volume keys: failed to read volume key file %q: %w", name, err)
		}
		v.h.State.LuksPersistVolumeKeyFiles[name] = dataURL(b)
	}
	return nil
}
