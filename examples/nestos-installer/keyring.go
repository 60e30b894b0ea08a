package main

import (
	"fmt"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/signature"
)

const (
	// keyringVariable lists files with keys that are trusted in addition to the compiled-in ones.
	keyringVariable = "NESTOS_INSTALLER_KEYRING"
	// keyringDir has such files, too.
	keyringDir = "etc/nestos-installer/keys.d"
)

// keyring returns the keys whose signatures on images count.
func (p *program) keyring() (*signature.Keyring, error) {
	k, err := signature.Builtin()
	if err != nil {
		return nil, err
	}
	for _, path := range filepath.SplitList(p.Getenv(keyringVariable)) {
		if path == "" {
			continue
		}
		if err := k.AddFile(path); err != nil {
			return nil, fmt.Errorf("reading keys of %s: %w", keyringVariable, err)
		}
	}
	if err := k.AddDir(filepath.Join(p.Root, keyringDir)); err != nil {
		// The other keys are there; an image signed with a broken one will be refused.
		p.note(fmt.Sprintf("Couldn't read signing keys: %v", err))
	}
	return k, nil
}
